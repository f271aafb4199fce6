"""Make `.venv` and install what is locked; needs Python 3.11+, this folder and a package index, nothing else.

Usage: python3 tools/bootstrap.py runtime|dev

Enters: the lock in `requirements/`. Leaves: `.venv`, ready, and a stamp in it that makes the next call do
nothing until a lock, `pyproject.toml`, the Python or the place of this folder changes. Debian's bare python3
has neither pip nor ensurepip: then pip's own wheel is fetched from the index (PIP_INDEX_URL, else PyPI) and
checked against the lock. pip's environment variables (PIP_...) work as ever. Any Python 3 can read this file,
so that it can say which one it wants.
"""

import base64
import hashlib
import importlib.util
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

OLDEST = (3, 11)
LOCKS = {"runtime": "requirements/runtime.txt", "dev": "requirements/dev.txt"}
DATA = "requirements/data.txt"
VENV = ".venv"
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed.txt")


class Failure(Exception):
    """What stops the installation, in one line."""


def main(arguments):
    os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        raise Failure("usage: python3 tools/bootstrap.py runtime|dev")
    require_python()
    if not is_installed(arguments[0]):
        install(arguments[0])


def require_python():
    if sys.version_info < OLDEST:
        found = "{}.{}".format(*sys.version_info[:2])
        raise Failure(
            "omop-fhir needs Python 3.11 or newer and python3 is {}; name another one: "
            "make PYTHON=python3.12 ...".format(found)
        )


def is_installed(kind):
    """Whether the stamp is of this state, and of the kind or of `dev`, which holds everything."""
    wanted = [state(each) for each in {kind, "dev"}]
    return os.path.exists(PYTHON) and os.path.exists(STAMP) and read(STAMP) in wanted


def state(kind):
    digest = hashlib.sha256()
    for name in ["pyproject.toml", DATA] + sorted(LOCKS.values()):
        digest.update(read(name).encode())
    return "{} {} {} {}".format(kind, sys.version.split()[0], digest.hexdigest(), os.getcwd())


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def install(kind):
    say("installing what is locked into {}: about a minute, this once".format(VENV))
    if os.path.exists(STAMP):
        os.remove(STAMP)
    make_environment()
    ensure_pip(LOCKS[kind])
    pip("install", "--require-hashes", "-r", LOCKS[kind])
    if kind == "dev":
        pip("install", "--require-hashes", "--no-deps", "-r", DATA)
    pip("install", "--no-deps", "--no-build-isolation", "--no-index", "-e", ".")
    with open(STAMP, "w", encoding="utf-8") as file:
        file.write(state(kind))
    say("installed")


def make_environment():
    """A fresh environment, unless the one there works and has this Python's version."""
    if is_usable():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if importlib.util.find_spec("venv") is None:
        raise Failure("this Python has no module venv: install it (Debian: apt install python3-venv)")
    run([sys.executable, "-m", "venv", "--without-pip", VENV], "cannot make {}".format(VENV))


def is_usable():
    """Whether the environment's Python runs, is of this version, and was made for this folder."""
    question = "import sys; print(sys.version.split()[0], sys.prefix)"
    try:
        answer = subprocess.run([PYTHON, "-c", question], stdout=subprocess.PIPE, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.strip() == "{} {}".format(sys.version.split()[0], os.path.abspath(VENV))


def ensure_pip(lock):
    if has_module("pip"):
        return
    if has_module("ensurepip"):
        run([PYTHON, "-m", "ensurepip", "--default-pip"], "cannot install pip", quiet=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetch_pip(lock, folder)
        command = [PYTHON, os.path.join(wheel, "pip"), "install", "--quiet", "--no-index", "--no-deps", wheel]
        run(command, "cannot install pip")


def has_module(name):
    """Whether the environment's Python has a module."""
    command = [PYTHON, "-c", "import " + name]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def fetch_pip(lock, folder):
    """The path of pip's wheel, of the version and hash in the lock."""
    match = re.search(r"^pip==(\S+) \\\n((?:\s+--hash=sha256:\w+(?: \\)?\n)+)", read(lock), re.MULTILINE)
    if match is None:
        raise Failure("{} does not lock pip".format(lock))
    name = "pip-{}-py3-none-any.whl".format(match.group(1))
    content = local_file(name) or download(name)
    if hashlib.sha256(content).hexdigest() not in re.findall(r"sha256:(\w+)", match.group(2)):
        raise Failure("{} from the package index is not the one that {} locks".format(name, lock))
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def local_file(name):
    """The content of a file in a folder that PIP_FIND_LINKS names, or None."""
    for place in os.environ.get("PIP_FIND_LINKS", "").split():
        path = os.path.join(place, name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                return file.read()
    return None


def download(name):
    """Fetch a wheel of pip by way of the index's page (https://peps.python.org/pep-0503/)."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/pip/"
    page, address = fetch(index, "text/html")
    for link in re.findall(r'<a\s[^>]*href="([^"]+)"', page.decode("utf-8", "replace")):
        if urllib.parse.urlsplit(link).path.endswith("/" + name):
            return fetch(urllib.parse.urljoin(address, link.replace("&amp;", "&")), "*/*")[0]
    raise Failure("the package index has no {}".format(name))


def fetch(address, accept):
    """The body at an address, and the address after redirections; user and password may stand in it."""
    parts = urllib.parse.urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    headers = {"Accept": accept, "User-Agent": "omop-fhir"}
    if parts.username:
        pair = urllib.parse.unquote("{}:{}".format(parts.username, parts.password or ""))
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    request = urllib.request.Request(parts._replace(netloc=host).geturl(), headers=headers)
    trust = trusted(secret="Authorization" in headers)
    timeout = float(os.environ.get("PIP_DEFAULT_TIMEOUT", "60"))
    try:
        with urllib.request.urlopen(request, context=trust, timeout=timeout) as answer:
            return answer.read(), answer.geturl()
    except (OSError, ValueError) as error:
        raise Failure("cannot fetch pip from the package index {}: {}".format(host, error)) from None


def trusted(secret):
    """Whom to believe. A bare machine has no certificates: there the lock's hash alone is the proof of pip."""
    places = ssl.get_default_verify_paths()
    certificates = os.environ.get("PIP_CERT") or None
    context = ssl.create_default_context(cafile=certificates)
    if not (certificates or places.cafile or places.capath or secret):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def pip(*arguments):
    common = ["--disable-pip-version-check", "--quiet", "--no-input"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        common.append("--root-user-action=ignore")
    command = [PYTHON, "-m", "pip", arguments[0]] + common + list(arguments[1:])
    run(command, "pip could not install; its reason is above")


def run(command, failure, quiet=False):
    output = subprocess.DEVNULL if quiet else None
    if subprocess.run(command, stdout=output, check=False).returncode != 0:
        raise Failure(failure)


def say(message):
    sys.stderr.write("omop-fhir: {}\n".format(message))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        say(failure)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
