"""`python -m benchmarks.pooler`: the same requests directly, and through PgBouncer with and without prepared statements.

One server process for each way, all up at once, asked in turn; ratios are taken round by round. PgBouncer is the installed one,
and one of 1.21 or later where OMOP_FHIR_TEST_PGBOUNCER names it. Writes docs/benchmarks-pooler.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import asyncpg

from omop_fhir.store.data.generate import generate_database
from omop_fhir.store.migrate import migrate
from tests.stack import pgbouncer
from tests.stack.postgres import Postgres, replicated

from .load import generator, requests_per_second
from .machine import database, facts, load
from .population import SCHEMA, Population, analyse
from .process import Process, serving
from .report import table
from .sample import Sample, sample

_PAGE = Path(__file__).parents[1] / "docs" / "benchmarks-pooler.md"
_DIRECT = "direct"
_TEXT = """# Behind PgBouncer

Written by `python -m benchmarks.pooler`; all figures are from one run. Requests a second on {connections} connections that are
kept open, medians with the lower and upper quartile of {repeats} rounds of {seconds:g} s in which all ways take turns; in the
second table each as a share of *direct* in the same round: trust these. One worker; the server, PgBouncer, PostgreSQL and the
load ({generator}) share the machine's cores. The data are {persons:,} generated persons.

*direct*: to PostgreSQL, with prepared statements. *without statements*: `--statement-cache off`, each statement parsed and
planned anew, in two round trips. Through PgBouncer in transaction mode the server finds out which of them it can do.

{rates}
{shares}
{facts}"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--connections", type=int, default=8)
    given = parser.parse_args()
    before = load()
    with replicated(lambda url: asyncio.run(_fill(url, given.persons))) as (server, _), ExitStack() as stack:
        ways = dict(_ways(stack, server, given.persons))
        paths = asyncio.run(_paths(server.url))
        rates = _measured(ways, paths, given.repeats, given.seconds, given.connections)
        about = facts() | {"PostgreSQL": asyncio.run(database(server.url)), "load average, before": before, "after": load()}
    text = _TEXT.format(
        **vars(given), generator=generator(), facts=table(("", ""), about.items()),
        rates=_table(rates, lambda way, kind: rates[way][kind].shown()),
        shares=_table(rates, lambda way, kind: rates[way][kind].over(rates[_DIRECT][kind]).shown(2)),
    )  # fmt: skip
    print(text)
    _PAGE.write_text(text)


async def _fill(url: str, persons: int) -> None:
    await generate_database(url, schema=SCHEMA, persons=persons, awkward=False)
    await migrate(url, "omop_fhir")  # so that what is read is audited there, and not in the log
    await analyse(url)


def _ways(stack: ExitStack, server: Postgres, persons: int) -> Iterator[tuple[str, Process]]:
    """A running server for each way to the database."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="omop-fhir-pooler-")))
    folder.chmod(0o755)
    yield _DIRECT, stack.enter_context(_served(server.url, persons))
    yield "direct, without statements", stack.enter_context(_served(server.url, persons, "off"))
    found = {path for path in (pgbouncer.any_program(), os.environ.get("OMOP_FHIR_TEST_PGBOUNCER")) if path}
    for path in sorted(found, key=pgbouncer.version):
        version = ".".join(map(str, pgbouncer.version(path)))
        process = pgbouncer.bouncer(path, server, folder / version, size=20)
        stack.callback(process.stop)
        url = f"postgresql://{server.login}@127.0.0.1:{process.port}/postgres"
        if pgbouncer.version(path) >= pgbouncer.KEEPS_SINCE:
            yield f"PgBouncer {version}, with statements", stack.enter_context(_served(url, persons))
        yield f"PgBouncer {version}, without statements", stack.enter_context(_served(url, persons, "off"))


def _served(url: str, persons: int, cache: str = "auto") -> AbstractContextManager[Process]:
    return serving(Population(persons, url), ("--statement-cache", cache))


async def _paths(url: str) -> dict[str, list[str]]:
    connection = await asyncpg.connect(url)
    try:
        keys = [row[0] for row in await connection.fetch(f"SELECT person_id FROM {SCHEMA}.person ORDER BY random()")]  # noqa: S608
    finally:
        await connection.close()
    return {
        "read a Patient": [f"/fhir/Patient/{key}" for key in keys],
        "Procedures of a patient": [f"/fhir/Procedure?patient={key}&_count=50" for key in keys],
        "page of 50 Procedures": ["/fhir/Procedure?_count=50"],
    }


def _measured(
    ways: dict[str, Process], paths: dict[str, list[str]], repeats: int, seconds: float, connections: int
) -> dict[str, dict[str, Sample]]:
    found: dict[str, dict[str, list[float]]] = {way: {kind: [] for kind in paths} for way in ways}
    for number in range(-1, repeats):
        for kind, each in paths.items():
            for way, process in ways.items():
                rate = requests_per_second(process.url, each, connections, seconds)
                if number >= 0:
                    found[way][kind].append(rate)
    return {way: {kind: sample(rates) for kind, rates in kinds.items()} for way, kinds in found.items()}


def _table(rates: dict[str, dict[str, Sample]], shown: Callable[[str, str], str]) -> str:
    kinds = list(rates[_DIRECT])
    return table(("", *kinds), [(way, *(shown(way, kind) for kind in kinds)) for way in rates])


if __name__ == "__main__":
    main()
