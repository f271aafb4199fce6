"""Kill each part of the stack under load, and say what the clients noticed: `make acceptance`.

Every part in turn: up, killed (SIGKILL), and some time later brought back. At the end everything that a client was told to be
written is looked for, and no transaction may be there in part.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import asyncpg

from tests.integration.writes.torture import DEFECTS, ENTRIES, SYSTEM
from tests.stack.postgres import until

from .load import Answer, Load
from .stack import Stack

NOTICED = 1.0
"""Seconds after which whoever manages the cluster has noticed that a database server is gone."""

_DOCUMENTS = """
SELECT t.code, count(DISTINCT d.document) FROM omop_fhir.document d JOIN omop_fhir.token t USING (document)
WHERE t.system = $1 AND d.content IS NOT NULL GROUP BY t.code
"""


@dataclass(frozen=True, slots=True)
class Phase:
    """What was done in a phase, and what was answered then."""

    name: str
    begun: float
    seconds: float
    answers: Sequence[Answer]

    def of(self, *kinds: str) -> list[Answer]:
        return [each for each in self.answers if each.kind in kinds]

    @property
    def longest_gap(self) -> float:
        """Seconds in which no write succeeded, at most: from the beginning of the phase to its end."""
        good = sorted(each.at + each.seconds for each in self.of("write") if each.status == 200)
        return max(later - before for before, later in pairwise((self.begun, *good, self.begun + self.seconds)))


@dataclass
class Outcome:
    """All phases, and what was there at the end."""

    phases: list[Phase] = field(default_factory=list)
    acknowledged: int = 0
    lost: list[int] = field(default_factory=list)
    torn: list[int] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    unacknowledged: int = 0
    """Transactions that were not acknowledged."""
    kept: int = 0
    """Those of them that are there all the same, whole."""

    @property
    def unseen(self) -> list[Answer]:
        """Own writes that were not shown to who had just made them."""
        return [each for phase in self.phases for each in phase.of("own write") if each.status in (404, 410)]

    @property
    def strange(self) -> list[Answer]:
        """Answers that no client has to reckon with: not a success, not 503, not a broken connection."""
        answers = (each for phase in self.phases for each in phase.answers)
        return [each for each in answers if not 200 <= each.status < 300 and each.status not in (0, 503)]


@dataclass
class Acceptance:
    """Runs the phases."""

    stack: Stack
    load: Load
    seconds: float
    outcome: Outcome = field(default_factory=Outcome)

    def run(self) -> Outcome:
        with self.load.running():
            time.sleep(2)
            self._phase("all parts up", lambda: None, lambda: None)
            self._phase("Redis killed", self.stack.redis.kill, self.stack.redis.start)
            self._phase("a worker killed", self.stack.kill_worker, lambda: until(lambda: len(self.stack.workers()) == 2))
            self._phase("PgBouncer before the replica killed", self.stack.before_replica.kill, self.stack.before_replica.start)
            self._phase("PgBouncer before the primary killed", self.stack.before_primary.kill, self.stack.before_primary.start)
            self._phase("replica killed", self._kill_replica, self._restart_replica)
            self._phase("primary killed, replica promoted", self._fail_over, self.stack.rejoin)
            self._phase("after that", lambda: None, lambda: None)
        asyncio.run(self._check())
        return self.outcome

    def _phase(self, name: str, hurt: Callable[[], object], heal: Callable[[], object]) -> None:
        """For so long hurt, and for as long healed."""
        begun, before = time.monotonic(), len(self.load.answers)
        hurt()
        time.sleep(self.seconds)
        heal()
        time.sleep(self.seconds)
        self.outcome.phases.append(Phase(name, begun, time.monotonic() - begun, self.load.answers[before:]))

    def _kill_replica(self) -> None:
        self.stack.replica.kill()
        time.sleep(NOTICED)
        self.stack.primary.synchronous("")

    def _restart_replica(self) -> None:
        self.stack.replica.restart()
        self.stack.protect()

    def _fail_over(self) -> None:
        self.stack.primary.kill()
        time.sleep(NOTICED)
        self.stack.promote()

    async def _check(self) -> None:
        connection = await asyncpg.connect(self.stack.primary.url)
        try:
            found = {int(record[0]): int(record[1]) for record in await connection.fetch(_DOCUMENTS, SYSTEM)}
            self.outcome.defects = [name for name, sql in DEFECTS.items() if await connection.fetch(sql)]
        finally:
            await connection.close()
        acknowledged = self.load.acknowledged
        self.outcome.acknowledged = len(acknowledged)
        self.outcome.lost = sorted(acknowledged - set(found))
        self.outcome.torn = sorted(number for number, count in found.items() if count != ENTRIES)
        self.outcome.unacknowledged = self.load.sent - len(acknowledged)
        self.outcome.kept = len(set(found) - acknowledged)
