"""Clients that read, search and write all the time, and note what they were told.

A writer sends transactions that make a patient with four more resources, and asks for the patient as soon as it was told that it
is there: by another connection, so that another worker may answer from another database server.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Literal

import httpx

from tests.integration.writes.torture import transaction

from .stack import PERSONS

READERS, SEARCHERS, WRITERS = 3, 3, 2
PAUSE = 0.02
"""Seconds between two requests of one client: this is a test of what breaks, not of how fast it is."""
AGAIN = 0.2
"""Seconds until a client comes again that was told to, or got no answer."""

Kind = Literal["read", "search", "write", "own write"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request; status 0: the connection broke."""

    at: float
    kind: Kind
    status: int
    seconds: float


@dataclass
class Load:
    """All clients, and all that they were told."""

    base: str
    answers: list[Answer] = field(default_factory=list)
    acknowledged: set[int] = field(default_factory=set)
    sent: int = 0
    _ends: threading.Event = field(default_factory=threading.Event)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def _ask(self, client: httpx.Client, kind: Kind, method: str, path: str, body: object = None) -> int:
        begun = time.monotonic()
        try:
            status = client.request(method, path, json=body).status_code
        except httpx.TransportError:
            status = 0
        self.answers.append(Answer(begun, kind, status, time.monotonic() - begun))
        self._ends.wait(PAUSE if 200 <= status < 300 else AGAIN)
        return status

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.base, timeout=40, headers={"content-type": "application/fhir+json"})

    def _read(self, seed: int) -> None:
        chance = Random(seed)
        with self._client() as client:
            while not self._ends.is_set():
                self._ask(client, "read", "GET", f"Patient/{chance.randint(1, PERSONS)}")

    def _search(self, seed: int) -> None:
        chance = Random(seed)
        with self._client() as client:
            while not self._ends.is_set():
                patient = chance.randint(1, PERSONS)
                path = chance.choice((f"Procedure?patient={patient}", f"Encounter?subject=Patient/{patient}&_sort=-date&_count=5",
                                      "Patient?gender=female&_count=10"))
                self._ask(client, "search", "GET", path)

    def _write(self) -> None:
        with self._client() as client:
            while not self._ends.is_set():
                with self._counting:
                    number, self.sent = self.sent, self.sent + 1
                if self._ask(client, "write", "POST", "", transaction(number)) == 200:
                    self.acknowledged.add(number)
                    with self._client() as other:
                        self._ask(other, "own write", "GET", f"Patient/t-{number}")

    @contextmanager
    def running(self) -> Iterator[None]:
        """All clients, until the block ends."""
        threads = [threading.Thread(target=self._read, args=(n,)) for n in range(READERS)]
        threads += [threading.Thread(target=self._search, args=(n,)) for n in range(SEARCHERS)]
        threads += [threading.Thread(target=self._write) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ends.set()
            for thread in threads:
                thread.join()
