"""Workers on one socket, one or several: forked from a parent in which all is loaded, watched, replaced, stopped together.

What enters is a function that loads the application and gives the function that serves it. It is called once in the parent, and
again for SIGHUP, so that what changed in files is read anew; a worker is then a fork, which starts at once and shares what it
does not change. The parent answers no request. Each worker writes a byte to its pipe when it can answer and every second after;
one that ends, or is silent for long, is replaced.

| signal to the parent | what it does |
|---|---|
| SIGTERM | the workers are no longer ready, answer for the drain time, finish what they have, end |
| SIGINT, or SIGTERM again | the same without the drain time; once more, and they end at once |
| SIGHUP | new workers from files read anew; old ones end as for SIGTERM when new ones answer; as SIGINT where the terminal went |
"""

from __future__ import annotations

import gc
import logging
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import NoReturn, TypeAlias

import click

from ..errors import Problem
from ..observe.outlet import OUTLET

log = logging.getLogger(__name__)

Alive: TypeAlias = Callable[[], None]
Serve: TypeAlias = Callable[[bool, Alive], None]
"""Serves until it is told to stop; whether it is the one that tells people what is served, and what to call while it is well."""

START_LIMIT = 60.0
"""Seconds in which a worker must answer for the first time."""
SILENCE_LIMIT = 30.0
"""Seconds after which a worker that says nothing is taken for hung."""
PAUSE = 1.0
"""Seconds before a worker is replaced that ended at once."""
DRAIN_LIMIT = 1.0
"""Seconds in which the last lines of the log should be taken."""
STOP, STOP_NOW = signal.SIGUSR1, signal.SIGQUIT
"""What tells a worker to stop, with drain time and without: SIGINT reaches it from the terminal as well, SIGTERM from systemd."""


@dataclass(eq=False, slots=True)
class Worker:
    """A forked process, as the parent knows it."""

    pid: int
    pipe: int
    started: float = field(default_factory=monotonic)
    heard: float | None = None
    """When it last said that it is well; None before it first answered."""
    is_stopping: bool = False
    is_killed: bool = False

    @property
    def is_silent(self) -> bool:
        """Should it have said something by now?"""
        if self.heard is None:
            return monotonic() - self.started > START_LIMIT
        return monotonic() - self.heard > SILENCE_LIMIT

    def send(self, number: int) -> None:
        """Send it a signal; it may be gone."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return


class Supervisor:
    """Keeps `count` workers. `stop_limit`: seconds that a worker may take to stop."""

    def __init__(
        self,
        count: int,
        load: Callable[[], Serve],
        *,
        stop_limit: float,
        on_ready: Callable[[], None],
        on_stop: Callable[[], None],
        on_end: Callable[[int], None],
    ) -> None:
        self._count = count
        self._load = load
        self._stop_limit = stop_limit
        self._on_ready = on_ready
        self._on_stop = on_stop
        self._on_end = on_end
        self._workers: list[Worker] = []
        self._selector = selectors.DefaultSelector()
        self._is_ready = False
        self._stops = 0
        self._deadline = float("inf")
        self._next_start = 0.0
        self._code = 0

    def run(self) -> int:
        """Serve until told to stop; the exit code. Raises what loading raises."""
        self._signals, wakeup = socket.socketpair()
        for end in (self._signals, wakeup):
            end.setblocking(False)
        self._had_terminal = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and _has_terminal()  # not so by nohup
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(each, _noted)
        signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
        try:
            return self._run()
        finally:
            signal.set_wakeup_fd(-1)  # whoever called has children too, that end later

    def _run(self) -> int:
        self._selector.register(self._signals, selectors.EVENT_READ)
        self._serve = self._load()
        gc.collect()
        gc.freeze()  # what workers do not touch, they share
        for number in range(self._count):
            self._start(tells=number == 0)
        while self._workers or not self._stops:
            self._turn()
        OUTLET.drain(DRAIN_LIMIT)
        return self._code

    def _turn(self) -> None:
        for key, _ in self._selector.select(timeout=1.0):
            if key.fileobj is self._signals:
                for number in self._signals.recv(4096):
                    self._handle(number)
            else:
                self._hear(key.data)
        self._reap()
        for worker in self._workers:
            if not worker.is_killed and (worker.is_silent or monotonic() > self._deadline):
                log.error("worker %d does not answer: it is killed", worker.pid)
                worker.is_killed = True
                worker.send(signal.SIGKILL)
        self._fill()

    def _handle(self, number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGINT):
            self._stop(now=number == signal.SIGINT or self._stops > 0)
        elif number == signal.SIGHUP and not self._stops:
            if self._had_terminal and not _has_terminal():
                self._stop(now=True)  # the window was closed
            else:
                self._renew()

    def _stop(self, *, now: bool) -> None:
        if not self._stops:
            self._on_stop()
        self._stops += 1
        self._deadline = monotonic() + self._stop_limit
        for worker in self._workers:
            worker.is_stopping = True
            worker.send(STOP_NOW if now else STOP)

    def _renew(self) -> None:
        """Load anew and start as many workers again; the old ones go as these answer. What cannot be loaded changes nothing."""
        try:
            self._serve = self._load()
        except Problem as error:
            log.error("SIGHUP changes nothing: %s", error)
            return
        log.warning("SIGHUP: workers are replaced")
        for _ in range(self._count):
            self._start()

    def _hear(self, worker: Worker) -> None:
        if not os.read(worker.pipe, 4096):
            self._selector.unregister(worker.pipe)
            return
        is_first, worker.heard = worker.heard is None, monotonic()
        if is_first:
            self._retire()
        if not self._is_ready and sum(each.heard is not None for each in self._workers) == self._count:
            self._is_ready = True
            self._on_ready()

    def _retire(self) -> None:
        """Let the oldest worker go where there are more than wanted."""
        kept = [each for each in self._workers if not each.is_stopping]
        if len(kept) > self._count:
            kept[0].is_stopping = True
            kept[0].send(STOP)

    def _reap(self) -> None:
        for worker in tuple(self._workers):
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                self._ended(worker, os.waitstatus_to_exitcode(status))

    def _ended(self, worker: Worker, code: int) -> None:
        self._workers.remove(worker)
        if worker.pipe in self._selector.get_map():
            self._selector.unregister(worker.pipe)
        os.close(worker.pipe)
        self._on_end(worker.pid)
        if worker.is_stopping:
            return
        if not self._is_ready and not self._stops:
            log.error("worker %d ended (%s) before it answered: the server stops", worker.pid, _how(code))
            self._code = 1
            self._stop(now=True)
            return
        log.error("worker %d ended (%s): another takes its place", worker.pid, _how(code))
        if monotonic() - worker.started < PAUSE:
            self._next_start = monotonic() + PAUSE

    def _fill(self) -> None:
        if self._stops or monotonic() < self._next_start:
            return
        for _ in range(self._count - sum(not each.is_stopping for each in self._workers)):
            self._start()

    def _start(self, *, tells: bool = False) -> None:
        read, write = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            self._work(tells, write)
        os.close(write)
        os.set_blocking(read, False)
        self._workers.append(Worker(pid, read))
        self._selector.register(read, selectors.EVENT_READ, self._workers[-1])

    def _work(self, tells: bool, pipe: int) -> NoReturn:
        """Within the fork: serve, and end without a way back into the parent's program."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, STOP, STOP_NOW):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            self._selector.close()
            os.set_blocking(pipe, False)
            self._serve(tells, lambda: _beat(pipe))
            code = 0
        except (Exception, SystemExit) as error:
            why = error if isinstance(error, Problem) else type(error).__name__
            click.echo(f"Error: a worker could not go on: {why}", err=True)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            OUTLET.drain(DRAIN_LIMIT)
            os._exit(code)


def _noted(number: int, frame: object) -> None:
    """The number itself arrives by the wakeup descriptor."""


def _has_terminal() -> bool:
    """Is there a terminal that controls this process?"""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _beat(pipe: int) -> None:
    try:
        os.write(pipe, b".")
    except (BlockingIOError, BrokenPipeError):  # or the parent is gone, which the worker sees itself
        return


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
