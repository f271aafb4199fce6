"""A database with this server's own schema of any earlier version, and data in it: upgraded, and served as before."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from omop_fhir.fhir.index import number
from omop_fhir.mapping.documents import source_number
from omop_fhir.store.migrate import migrate
from omop_fhir.store.migration import shipped_migrations

from .conftest import OWN_SCHEMA, execute, rows, running

MIGRATIONS = shipped_migrations()
KEPT: dict[str, Any] = {
    "resourceType": "Patient", "id": "kept", "meta": {"versionId": "1", "lastUpdated": "2024-01-02T03:04:05.678Z"},
    "identifier": [{"system": "urn:example", "value": "1"}], "gender": "female",
}  # fmt: skip
_CONTENT = json.dumps(KEPT).replace("'", "''")
_SOURCE = source_number("patient")
_AT = KEPT["meta"]["lastUpdated"]
ROWS: Mapping[int, tuple[str, ...]] = {
    1: (
        f"""INSERT INTO omop_fhir.document (document, source, key, type, id, version, last_updated, person, content)
        SELECT k, {_SOURCE}, k, 'Patient', 'kept', 1, '{_AT}', k, '{_CONTENT}' FROM nextval('omop_fhir.key') k""",
        f"""INSERT INTO omop_fhir.version (document, version, source, last_updated, method, author, person, content)
        SELECT document, 1, source, '{_AT}', 'PUT', 'anyone', person, content FROM omop_fhir.document""",
        f"""INSERT INTO omop_fhir.token (document, parameter, system, code)
        SELECT document, {number("Patient", "identifier")}, 'urn:example', '1' FROM omop_fhir.document""",
    ),
    2: (
        "INSERT INTO omop_fhir.client (id, name, kind, scope) VALUES ('app', 'An app', 'public', 'patient/*.rs')",
        """INSERT INTO omop_fhir.account (id, login, name, password_hash)
        VALUES ('11111111-1111-1111-1111-111111111111', 'somebody', 'Somebody', 'x')""",
    ),
    3: ("UPDATE omop_fhir.document SET rules = 5",),
    4: (
        """INSERT INTO omop_fhir.audit_event (event) VALUES ('{"at": 1700000000000, "kind": "read", "outcome": "success"}')""",
        "INSERT INTO omop_fhir.legal_hold (patient, reason) VALUES ('kept', 'a suit')",
    ),
    5: ("UPDATE omop_fhir.document SET adopted = NULL",),
    6: ("UPDATE omop_fhir.client SET deduplicates = true",),
}
"""What each version brings to be filled, in its own columns. A new version gets its own line."""


def test_each_version_has_rows_to_be_kept() -> None:
    assert {each.version for each in MIGRATIONS} - set(ROWS) <= {MIGRATIONS[-1].version}


@pytest.mark.parametrize("earlier", [each.version for each in MIGRATIONS[:-1]])
def test_what_is_there_is_served_after_an_upgrade(copy: Callable[[], str], earlier: int) -> None:
    database = copy()
    first = tuple(each for each in MIGRATIONS if each.version <= earlier)
    asyncio.run(migrate(database, OWN_SCHEMA, first))
    for version in range(1, earlier + 1):
        execute(database, *ROWS.get(version, ()))
    before = _content(database)
    asyncio.run(migrate(database, OWN_SCHEMA))
    after = _content(database)
    for table, found in before.items():
        kept = [{name: record[name] for name in old} for old, record in zip(found, after[table], strict=True)]
        assert kept == found, table
    with running(database) as served:
        assert served.json("Patient/kept") == KEPT
        assert served.resources("Patient?identifier=urn:example|1") == [KEPT]
        changed = served.send("PUT", "Patient/kept", KEPT | {"gender": "male"}, if_match='W/"1"')
        assert (changed.status_code, changed.headers["etag"]) == (200, 'W/"2"')
        versions = served.resources("Patient/kept/_history")
        assert [each["meta"]["versionId"] for each in versions] == ["2", "1"]


async def _ten(database: str) -> list[int]:
    done = await asyncio.gather(*(migrate(database, OWN_SCHEMA) for _ in range(10)))
    return sorted(each.version for applied in done for each in applied)


def test_ten_that_upgrade_at_once_apply_each_migration_once(copy: Callable[[], str]) -> None:
    database = copy()
    asyncio.run(migrate(database, OWN_SCHEMA, MIGRATIONS[:1]))
    execute(database, *ROWS[1])
    assert asyncio.run(_ten(database)) == [each.version for each in MIGRATIONS[1:]]
    assert rows(database, "SELECT count(*) FROM omop_fhir.document") == [(1,)]


def _content(database: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of all tables of the schema, but for the history of migrations."""
    named = rows(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'omop_fhir' AND tablename <> 'migration'")
    return {
        table: [json.loads(row) for (row,) in rows(database, f'SELECT to_json(t)::text FROM omop_fhir."{table}" t ORDER BY 1')]
        for (table,) in named
    }
