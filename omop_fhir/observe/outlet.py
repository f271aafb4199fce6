"""Standard error, written to by a thread: whoever reads the log may stop doing so, and nobody's request waits for that.

What enters are whole lines. They wait in memory; once `LIMIT` bytes do, more lines are lost, counted, and told of as soon as
lines can be written again. Lines that are to be kept (of the audit) are never lost while the process lives: their owner asks
`is_full` before making more.
"""

from __future__ import annotations

import logging
import os
import select
import threading
from collections import deque
from time import sleep
from typing import NamedTuple

log = logging.getLogger(__name__)

LIMIT = 1_048_576
"""Bytes that wait at most, beside those to be kept."""
_PAUSE = 1.0
"""Seconds until lines to be kept are tried again."""


class _Part(NamedTuple):
    data: bytes
    is_kept: bool


class Outlet:
    """Writes to a descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """Nothing waits; in a fork, what waits is the parent's."""
        self._changed = threading.Condition()
        self._parts: deque[_Part] = deque()
        self._size = self.lost = self._untold = 0
        self._thread: threading.Thread | None = None

    @property
    def is_full(self) -> bool:
        """Has nobody taken what is written for long?"""
        return self._size >= LIMIT

    def put(self, data: bytes, *, keep: bool = False) -> None:
        """Have lines written, soon; where it is full only those to be kept."""
        with self._changed:
            if self.is_full and not keep:
                self._lose(data)
                return
            self._parts.append(_Part(data, keep))
            self._size += len(data)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def drain(self, seconds: float) -> None:
        """Wait until all is written, for so long at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._parts, seconds)

    def _lose(self, data: bytes) -> None:
        count = data.count(b"\n")
        self.lost += count
        self._untold += count

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._parts)
                part = self._parts[0]
            is_written = self._write(part.data)
            if not is_written and part.is_kept:
                sleep(_PAUSE)
                continue
            with self._changed:
                self._parts.popleft()
                self._size -= len(part.data)
                if not is_written:
                    self._lose(part.data)
                self._changed.notify_all()
            if is_written and self._untold:
                self._tell()

    def _tell(self) -> None:
        with self._changed:
            count, self._untold = self._untold, 0
        log.warning("%d lines of the log were lost: they could not be written", count)

    def _write(self, data: bytes) -> bool:
        """Write all of it, however long that takes; False where that cannot be."""
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                select.select((), (self._descriptor,), ())
            except OSError:
                return False
        return True


OUTLET = Outlet(2)
"""That of this process."""
