"""Load over HTTP: wrk where it is installed, else a small generator of our own, in a process of its own.

`python -m benchmarks.load URL CONNECTIONS SECONDS < paths` prints requests a second; paths stand one a line.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import uvloop

_LUA = """
local paths = {{}}
for line in io.lines("{file}") do paths[#paths + 1] = line end
local n = 0
request = function()
  n = n % #paths + 1
  return wrk.format("GET", paths[n])
end
"""
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def generator() -> str:
    """The name of the generator in use."""
    return "wrk" if shutil.which("wrk") else "benchmarks/load.py"


def requests_per_second(url: str, paths: Sequence[str], connections: int, seconds: float) -> float:
    """Answers a second, over all connections. Raises RuntimeError where an answer is not 200."""
    run = _wrk if generator() == "wrk" else _own
    return run(url, paths, connections, seconds)


def _wrk(url: str, paths: Sequence[str], connections: int, seconds: float) -> float:
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder, "paths"), Path(folder, "paths.lua")
        file.write_text("\n".join(paths))
        script.write_text(_LUA.format(file=file))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(script), url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found = _RATE.search(done.stdout)
    if not found or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"wrk: {done.stdout}")
    return float(found[1])


def _own(url: str, paths: Sequence[str], connections: int, seconds: float) -> float:
    command = [sys.executable, "-m", "benchmarks.load", url, str(connections), str(seconds)]
    done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"load: {done.stderr}")
    return float(done.stdout)


class Client(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    def __init__(self, next_request: Callable[[], bytes], failed: asyncio.Future[None]) -> None:
        self.answers = 0
        self._next = next_request
        self._failed = failed
        self._received = bytearray()
        self._wanted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.WriteTransport = transport  # type: ignore[assignment]
        self.transport.write(self._next())

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._wanted:
            self._wanted = self._size()
        if self._wanted and len(self._received) >= self._wanted:
            self._received.clear()
            self._wanted = 0
            self.answers += 1
            self.transport.write(self._next())

    def _size(self) -> int:
        """The size of the whole answer; 0 as long as its head is not there."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return 0
        length = _LENGTH.search(self._received, 0, end)
        if not self._received.startswith(b"HTTP/1.1 200") or not length:
            self._fail(bytes(self._received[:end]).partition(b"\r\n")[0])
            return 0
        return end + 4 + int(length[1])

    def _fail(self, head: bytes) -> None:
        if not self._failed.done():
            self._failed.set_exception(RuntimeError(head.decode("latin-1")))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._failed.done() and not self.transport.is_closing():
            self._fail(b"the connection was lost")


async def generate(url: str, paths: Sequence[str], connections: int, seconds: float) -> float:
    """Answers a second. Raises RuntimeError where an answer is not 200."""
    host, port = urlsplit(url).hostname or "127.0.0.1", urlsplit(url).port or 80
    requests = cycle([f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode() for path in paths])
    loop = asyncio.get_running_loop()
    failed: asyncio.Future[None] = loop.create_future()
    start = perf_counter()
    made = [
        await loop.create_connection(lambda: Client(requests.__next__, failed), host, port) for _ in range(connections)
    ]
    await asyncio.wait({failed}, timeout=seconds)
    elapsed = perf_counter() - start
    if failed.done():
        failed.result()
    for transport, _ in made:
        transport.close()
    return sum(client.answers for _, client in made) / elapsed


def main(url: str, connections: str, seconds: str) -> None:
    """Read the paths, put the load on, print the rate."""
    paths = sys.stdin.read().split("\n")
    try:
        print(uvloop.run(generate(url, paths, int(connections), float(seconds))))
    except (RuntimeError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
