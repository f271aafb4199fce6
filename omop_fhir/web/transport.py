"""Sends the head and the body of an answer in one go: uvicorn writes them apart, and each write is a system call."""

from __future__ import annotations

import asyncio
from typing import Any


class Gathering:
    """A transport that gathers what is written within one turn of the event loop; all else is passed on as it is."""

    __slots__ = ("_loop", "_parts", "_transport", "written")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._parts: list[bytes] = []
        self.written = 0

    def write(self, data: bytes) -> None:
        """Send `data` at the end of this turn, after what was written before."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def _flush(self) -> None:
        data = b"".join(self._parts)
        self._parts.clear()
        if data and not self._transport.is_closing():
            self._transport.write(data)
            self.written += len(data)

    def write_eof(self) -> None:
        """Send what was written, and that nothing follows."""
        self._flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Send what was written, then close."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
