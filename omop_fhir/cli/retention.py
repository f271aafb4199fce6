"""`omop-fhir retention`: take away what need not be kept any longer."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from ..config import Settings
from ..store.retention import Terms, retain
from .audit import AUDIT_KEY
from .options import OWN_DATABASE, option, options

_DAYS = click.IntRange(1)


@click.command(short_help="Take away old events, versions and ended sessions.")
@options(OWN_DATABASE)
@AUDIT_KEY
@option("--audit-days", "Days that events of the audit are kept; for ever if not given.", type=_DAYS)
@option("--history-days", "Days that a version is kept after another took its place; for ever if not given.", type=_DAYS)
@click.option("--apply", is_flag=True, help="Do it; without this it only says what would go.")
def retention(
    database_url: str, own_schema: str, audit_key: tuple[str, ...], audit_days: int | None, history_days: int | None, apply: bool
) -> None:
    """Take away old events of the audit, superseded versions, and authorizations, sessions and launches that have ended.

    Nothing of a patient under a legal hold goes (`omop-fhir hold`). The role needs DELETE on the tables. May be run at any time,
    again and again. Exit code 1 where something stays that should go.
    """
    settings = Settings(database_url=database_url, own_schema=own_schema, pool_size=2)
    gone = asyncio.run(retain(settings, audit_key, Terms(audit_days, history_days), apply=apply))
    say: Any = click.echo
    verb = "went" if apply else "would go"
    say(f"{gone.events:,} events of the audit {verb}, under {gone.seals:,} seals; {gone.held:,} seals stay for a legal hold")
    say(f"{gone.versions:,} superseded versions {verb}")
    say(f"{gone.ended:,} rows of ended sessions, launches and authorizations {verb}")
    for problem in gone.problems:
        say(problem)
    if not apply:
        say("nothing was changed: give --apply to do it")
    if gone.problems:
        raise SystemExit(1)
