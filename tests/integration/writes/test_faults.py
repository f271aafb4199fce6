"""kill -9 of the server and of PostgreSQL amid a stream of transactions.

Briefly in `make test`; `make torture` takes OMOP_FHIR_TORTURE_SECONDS, and a seed that it names where it fails.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from random import Random, randrange

import pytest

from .server import OURS, Server, serving
from .torture import DEFECTS, TABLES, Torture, running, transaction

SECONDS = float(os.environ.get("OMOP_FHIR_TORTURE_SECONDS", "4"))

PLANTED = {
    f"{table} without owner": f"DELETE FROM omop_fhir.owned_row WHERE \"table\" = '{table}'" for table in TABLES
} | {
    f"owned {table} gone or changed": f"DELETE FROM cdm.{table} WHERE {key} >= {OURS}" for table, key in TABLES.items()
} | {
    "documents that are not their last version": "UPDATE omop_fhir.document SET content = '{}' WHERE type = 'Patient'",
    "histories with gaps": "UPDATE omop_fhir.document SET version = 2 WHERE type = 'Patient'",
    "documents made twice over": "UPDATE omop_fhir.document SET version = 2 WHERE type = 'Patient'",
    "documents without rows": "DELETE FROM omop_fhir.owned_row",
    "documents without entries": "DELETE FROM omop_fhir.token",
    "entries of nothing": "DELETE FROM omop_fhir.document WHERE type = 'Patient'",
}  # fmt: skip
"""What is done to a whole database so that each check has something to find."""


@pytest.mark.skipif(sys.platform != "linux", reason="the processes of PostgreSQL are found by Linux's ps")
def test_each_transaction_is_there_as_a_whole_or_not_at_all() -> None:
    seed = int(os.environ.get("OMOP_FHIR_TORTURE_SEED", randrange(10**6)))
    print(f"seed {seed}")
    with running() as (database, process):
        torture = Torture(database, process, Random(seed))
        torture.run(SECONDS)
    print(f"{torture.sent} transactions, {len(torture.unsure)} without an answer, killed {dict(torture.kills)}")
    assert torture.acknowledged == set(range(torture.sent))


@pytest.mark.skipif(sys.platform != "linux", reason="the processes of PostgreSQL are found by Linux's ps")
def test_a_transaction_that_is_torn_is_seen() -> None:
    """The same torture of a server with a tear planted in it (`torn.py`): it is found, as what it is, within a few kills."""
    with running("tests.integration.writes.torn") as (database, process):
        torture = Torture(database, process, Random(1))
        with pytest.raises(AssertionError, match=r"torn transactions|documents without entries|acknowledged transaction is lost"):
            torture.run(60)
    print(f"seen after {dict(torture.kills)}")


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_each_check_sees_its_defect(whole: Server, name: str) -> None:
    """Every statement of the checker is held against a database with just that defect, and finds nothing without it."""
    assert [each for each, sql in DEFECTS.items() if whole.rows(sql)] == []
    whole.runner.run(whole.database.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {PLANTED[name]}"))
    assert name in [each for each, sql in DEFECTS.items() if whole.rows(sql)]
    whole.runner.run(whole.database.execute("ROLLBACK"))


@pytest.fixture(scope="module")
def whole(postgres_url: str) -> Iterator[Server]:
    """A server with one transaction of the stream."""
    with serving(postgres_url) as server:
        server.json("POST", "", transaction(1))
        yield server


def test_every_check_has_been_seen() -> None:
    assert PLANTED.keys() == DEFECTS.keys()
