"""`python -m benchmarks`: run all of it and write the report.

With OMOP_FHIR_TEST_DATABASE_URL the databases are made on that server, else on an embedded one. `--quick` is a look
of less than a minute, shown and not written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from omop_fhir.errors import ConfigurationError

from . import http, machine, pages
from .load import generator
from .population import Population, populations, server
from .report import Conditions, report

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and short, and nothing is written")
    parser.add_argument("--persons", type=int, nargs="+", help="how many persons in each database (1000 100000)")
    parser.add_argument("--rounds", type=int, help="pages of each type and database (400)")
    parser.add_argument("--repeats", type=int, help="slices of load of each kind (15)")
    parser.add_argument("--seconds", type=float, help="how long a slice lasts (1)")
    parser.add_argument("--connections", type=int, default=16, help="open at once (16)")
    parser.add_argument("--report", type=Path, help="where the report goes (docs/benchmarks.md)")
    options = parser.parse_args(given)
    quick = {"persons": [300, 1000], "rounds": 60, "repeats": 2, "seconds": 1.0, "report": None}
    whole = {"persons": [1000, 100_000], "rounds": 400, "repeats": 15, "seconds": 1.0, "report": REPORT}
    for name, value in (quick if options.quick else whole).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def main(options: argparse.Namespace) -> None:
    """Make the databases, measure, report."""
    try:
        with server() as url:
            text = uvloop.run(_measured(url, options))
    except (RuntimeError, OSError, ConfigurationError) as error:
        sys.exit(f"benchmarks: {error}")
    print(text)
    if options.report:
        options.report.write_text(text, "utf-8")


async def _measured(url: str, options: argparse.Namespace) -> str:
    _say(f"making databases of {', '.join(map(str, options.persons))} persons")
    async with populations(url, options.persons) as made:
        facts = await _facts(made)
        _say("pages")
        paged = await pages.measure(made, options.rounds)
        _say("HTTP")
        served = await http.measure(
            made, repeats=options.repeats, seconds=options.seconds, connections=options.connections
        )
    conditions = Conditions(facts, options.connections, generator(), options.repeats, options.seconds)
    return report(paged, served, conditions)


async def _facts(made: Sequence[Population]) -> dict[str, str]:
    databases = {f"PostgreSQL, {each.persons:,} persons": await machine.database(each.url) for each in made}
    began = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load average {machine.load()}"
    return {"begun": began, **machine.facts(), **databases}


def _say(text: str) -> None:
    print(f"benchmarks: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(arguments())
