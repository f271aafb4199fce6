"""A real server over a durable database of its own, a stream of transactions, and kill -9 at any moment.

Each transaction can be sent again without harm: PUT with ids of the client's, creates only where nothing is found. Whoever was
killed is started again, and then each transaction must be there as a whole, or not at all; what was acknowledged must be there.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx

from omop_fhir.store.embedded import EmbeddedPostgres

from .server import INDEXES, OURS, prepare

JSON = dict[str, Any]
SYSTEM = "urn:example:torture"
CLIENTS = 4
TABLES = {
    "person": "person_id", "visit_occurrence": "visit_occurrence_id", "procedure_occurrence": "procedure_occurrence_id",
    "drug_exposure": "drug_exposure_id", "condition_occurrence": "condition_occurrence_id",
}  # fmt: skip
"""Where the rows of the stream's resources stand, and their keys."""
_LIMIT = 60.0


def transaction(number: int) -> JSON:
    """One of the stream: a patient, a visit, and what was done."""
    patient, visit = f"Patient/t-{number}", f"Encounter/t-{number}"
    about = {"subject": {"reference": patient}}
    moment = "2020-02-03T10:00:00Z"
    snomed = {"coding": [{"system": "http://snomed.info/sct", "code": "430193006"}]}
    resources = [
        {"resourceType": "Patient", "id": f"t-{number}", "gender": "female", "birthDate": "1980-05-06"},
        {"resourceType": "Encounter", "id": f"t-{number}", "status": "finished", "class": {"code": "AMB"}, **about,
         "period": {"start": moment, "end": moment}},
        {"resourceType": "Procedure", "status": "completed", "code": snomed, "encounter": {"reference": visit}, **about,
         "performedDateTime": moment},
        {"resourceType": "MedicationStatement", "status": "completed", "medicationCodeableConcept": {"text": "a pill"},
         **about, "effectiveDateTime": moment},
        {"resourceType": "Condition", "code": {"text": "ill"}, **about, "onsetDateTime": moment},
    ]  # fmt: skip
    return {"resourceType": "Bundle", "type": "transaction", "entry": [_entry(number, each) for each in resources]}


def _entry(number: int, resource: JSON) -> JSON:
    type = resource["resourceType"]
    resource = resource | {"identifier": [{"system": SYSTEM, "value": str(number)}]}
    if "id" in resource:
        return {"resource": resource, "request": {"method": "PUT", "url": f"{type}/{resource['id']}"}}
    return {"resource": resource, "request": {"method": "POST", "url": type, "ifNoneExist": f"identifier={SYSTEM}|{number}"}}


ENTRIES = len(transaction(0)["entry"])


class Database:
    """A durable PostgreSQL on a port that stays the same, which can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self._home = home
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = int(probe.getsockname()[1])
        self._server = self._started()
        password = urlsplit(self._server.url).password
        self.url = f"postgresql://postgres:{password}@127.0.0.1:{self._port}/postgres"

    def _started(self) -> EmbeddedPostgres:
        return EmbeddedPostgres.start(self._home, settings={"listen_addresses": "127.0.0.1", "port": str(self._port)})

    def kill(self) -> None:
        """SIGKILL to the postmaster and to all processes that it has made."""
        postmaster = int((self._home / "data" / "postmaster.pid").read_text().split()[0])
        for pid in (postmaster, *children(postmaster)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def restart(self) -> None:
        """Start it again; it recovers by itself."""
        self._server.stop()
        self._server = self._started()

    def stop(self) -> None:
        self._server.stop()


def children(pid: int) -> list[int]:
    """The processes that a process has made."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(each) for each in found.stdout.split()]


class Process:
    """`omop-fhir serve` on a port that stays the same; `module` is what is run."""

    def __init__(self, url: str, module: str) -> None:
        self._url = url
        self._module = module
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = int(probe.getsockname()[1])
        self.base = f"http://127.0.0.1:{self._port}/fhir"
        self._popen = self._started()

    def _started(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", self._module, "serve", "--open", "--port", str(self._port), "--time-zone", "UTC"]
        named = {"OMOP_FHIR_DATABASE_URL": self._url, "OMOP_FHIR_CDM_SCHEMA": "cdm"}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("OMOP_FHIR_")}
        popen = subprocess.Popen(command, env=clean | named, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert popen.stdout is not None
        said = next((line for line in popen.stdout if re.search(r" ready on ", line)), None)
        assert said, "the server ended before it was ready"
        return popen

    def kill(self) -> None:
        for each in (*children(self._popen.pid), self._popen.pid):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self._popen.wait()
        if self._popen.stdout:
            self._popen.stdout.close()

    def restart(self) -> None:
        self._popen = self._started()


@contextmanager
def running(module: str = "omop_fhir") -> Iterator[tuple[Database, Process]]:
    """Both, until the block ends."""
    home = Path(tempfile.mkdtemp(prefix="omop-fhir-torture-"))
    database = Database(home)
    try:
        asyncio.run(prepare(database.url, persons=5))
        process = Process(database.url, module)
        try:
            yield database, process
        finally:
            process.kill()
    finally:
        database.stop()
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class Torture:
    """The stream and what is known of it."""

    database: Database
    process: Process
    chance: Random
    sent: int = 0
    acknowledged: set[int] = field(default_factory=set)
    unsure: set[int] = field(default_factory=set)
    kills: Counter[str] = field(default_factory=Counter)

    def run(self, seconds: float) -> None:
        """Kill the server and the database, in turn, for so long; then complete the stream, twice."""
        end, number = monotonic() + seconds, 0
        while monotonic() < end or number < 2:
            asyncio.run(self._round("database" if number % 2 else "server"))
            number += 1
        for _ in range(2):
            asyncio.run(self._replay())

    async def _round(self, victim: str) -> None:
        async with httpx.AsyncClient(base_url=self.process.base, timeout=20) as http:
            tasks = [asyncio.create_task(self._stream(http)) for _ in range(CLIENTS)]
            await asyncio.sleep(self.chance.uniform(0.2, 1.5))
            self.kills[victim] += 1
            (self.process if victim == "server" else self.database).kill()
            done, late = await asyncio.wait(tasks, timeout=_LIMIT)
            assert not late, "a client waits for ever"
            for task in done:
                task.result()
        await asyncio.to_thread((self.process if victim == "server" else self.database).restart)
        await self._await_answer()
        await self._check()

    async def _stream(self, http: httpx.AsyncClient) -> None:
        """Send one transaction after the other until one is not answered."""
        while True:
            number, self.sent = self.sent, self.sent + 1
            if not await self._post(http, number):
                return

    async def _post(self, http: httpx.AsyncClient, number: int) -> bool:
        try:
            answer = await http.post("", json=transaction(number), headers={"content-type": "application/fhir+json"})
        except httpx.TransportError:
            self.unsure.add(number)
            return False
        if answer.status_code != 200:
            assert answer.status_code == 503, (number, answer.status_code, answer.text)
            self.unsure.add(number)
            return False
        self.acknowledged.add(number)
        return True

    async def _await_answer(self) -> None:
        """Until the server has its database again."""
        async with httpx.AsyncClient(base_url=self.process.base, timeout=20) as http:
            end = monotonic() + _LIMIT
            while (await http.get("Patient?_count=1")).status_code != 200:
                assert monotonic() < end, "the server does not find its database again"
                await asyncio.sleep(0.05)

    async def _replay(self) -> None:
        """Send the whole stream again: afterwards everything is there, and nothing twice."""
        async with httpx.AsyncClient(base_url=self.process.base, timeout=20) as http:
            for number in range(self.sent):
                assert await self._post(http, number)
        assert await self._check() == dict.fromkeys(range(self.sent), ENTRIES)

    async def _check(self) -> dict[int, int]:
        """Number -> how many documents of a transaction are there. Asserts that all is whole."""
        connection = await asyncpg.connect(self.database.url)
        try:
            found = {int(r[0]): r[1] for r in await connection.fetch(_DOCUMENTS, SYSTEM)}
            torn = {number: count for number, count in found.items() if count != ENTRIES}
            assert not torn, "torn transactions"
            assert self.acknowledged <= set(found), "an acknowledged transaction is lost"
            for name, sql in DEFECTS.items():
                defects = await connection.fetch(sql)
                assert not defects, (name, [dict(each) for each in defects[:5]])
        finally:
            await connection.close()
        return found


_DOCUMENTS = """
SELECT t.code, count(DISTINCT d.document) FROM omop_fhir.document d JOIN omop_fhir.token t USING (document)
WHERE t.system = $1 AND d.content IS NOT NULL GROUP BY t.code
"""
_OWNED = {
    f"{table} without owner": f"""
        SELECT r.{key} FROM cdm.{table} r WHERE r.{key} >= {OURS} AND NOT EXISTS
        (SELECT FROM omop_fhir.owned_row o WHERE o."table" = '{table}' AND o.key = r.{key})"""
    for table, key in TABLES.items()
} | {
    f"owned {table} gone or changed": f"""
        SELECT o.document FROM omop_fhir.owned_row o LEFT JOIN cdm.{table} r ON r.{key} = o.key
        WHERE o."table" = '{table}' AND md5(r::text) IS DISTINCT FROM o.fingerprint"""
    for table, key in TABLES.items()
}  # fmt: skip
DEFECTS = _OWNED | {
    "documents that are not their last version": """
        SELECT d.document FROM omop_fhir.document d LEFT JOIN omop_fhir.version v USING (document, version)
        WHERE v.document IS NULL OR v.content IS DISTINCT FROM d.content""",
    "histories with gaps": """
        SELECT document FROM omop_fhir.document d JOIN omop_fhir.version v USING (document)
        GROUP BY document HAVING count(*) <> max(d.version) OR max(v.version) <> max(d.version)""",
    "documents made twice over": "SELECT document FROM omop_fhir.document WHERE version <> 1",
    "documents without rows": """
        SELECT document FROM omop_fhir.document d WHERE NOT EXISTS
        (SELECT FROM omop_fhir.owned_row o WHERE o.document = d.document AND o.key = d.key)""",
    "documents without entries": " UNION ALL ".join(
        f"SELECT document FROM omop_fhir.document d WHERE NOT EXISTS"
        f" (SELECT FROM omop_fhir.{table} e WHERE e.document = d.document)" for table in ("token", "date")
    ),
    "entries of nothing": " UNION ALL ".join(
        f"SELECT document FROM omop_fhir.{table} e WHERE NOT EXISTS"
        f" (SELECT FROM omop_fhir.document d WHERE d.document = e.document)" for table in INDEXES
    ),
}  # fmt: skip
"""What must find nothing, whatever was killed."""
