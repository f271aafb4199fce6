"""`omop-fhir audit`: is the audit as it was written, and where its chains stand."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import orjson

from ..auth.audit_seal import Anchor, key_of
from ..errors import ConfigurationError, why_unread
from ..store.audit.verify import heads as find_heads
from ..store.audit.verify import verify as look
from .options import OWN_DATABASE, Seconds, option, options

_DATABASE = (
    *OWN_DATABASE,
    option("--statement-timeout", "Seconds that a statement may take.", default=600.0, type=Seconds()),
)
AUDIT_KEY = option(
    "--audit-key", "Secret that the seals were made with; several, where it was changed. Prefer the environment.", multiple=True
)


@click.group()
def audit() -> None:
    """Look after the audit."""


@audit.command()
@options(_DATABASE)
@AUDIT_KEY
@click.option("--heads", type=click.Path(path_type=Path, dir_okay=False), help="What `audit heads` printed once.")
@click.option("--unkeyed", type=int, multiple=True, help="With a key: a chain that was made before there was one.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def verify(heads: Path | None, unkeyed: tuple[int, ...], as_json: bool, audit_key: tuple[str, ...], **given: Any) -> None:
    """Say what was altered, removed, put in or cut off. Exit code 0: nothing; 1: something."""
    keys = [key for secret in audit_key if (key := key_of(secret)) is not None]
    known = read_heads(heads) if heads else []
    at = given["database_url"], given["own_schema"]
    report = asyncio.run(look(*at, keys, given["statement_timeout"], known, unkeyed))
    if as_json:
        click.echo(orjson.dumps(report).decode())
    else:
        for line in (*report.problems, *(f"note: {note}" for note in report.notes)):
            click.echo(line)
        verdict = "nothing was altered" if report.is_sound else f"{len(report.problems):,} things are wrong"
        click.echo(f"{verdict}: {report.chains:,} chains, {report.seals:,} seals, {report.events:,} events; "
                   f"{report.waiting:,} wait for a seal")  # fmt: skip
    if not report.is_sound:
        raise SystemExit(1)


@audit.command(short_help="Print the newest seal of each chain, to be kept elsewhere.")
@options(_DATABASE)
def heads(**given: Any) -> None:
    """Print the newest seal of each chain, to be kept where nobody changes it, for `audit verify --heads`."""
    for head in asyncio.run(find_heads(given["database_url"], given["own_schema"], given["statement_timeout"])):
        click.echo(orjson.dumps(head.to_json()).decode())


def read_heads(file: Path) -> list[Anchor]:
    """The heads of a file. Raises ConfigurationError."""
    try:
        return [Anchor.of_json(orjson.loads(line)) for line in file.read_text("utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise ConfigurationError(f"the heads in {file} cannot be read: {why_unread(error)}") from None
    except (ValueError, TypeError):
        raise ConfigurationError(f"{file} does not hold what `omop-fhir audit heads` printed") from None
