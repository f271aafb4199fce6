"""`omop-fhir keys`: the keys that tokens are signed with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any

import click

from ..auth.secret import read_secret
from ..auth.signing import SigningKey
from ..errors import ConfigurationError
from ..store.authorization.keys import AHEAD
from ..store.authorization.store import AuthorizationStore
from .authorization import noted, with_store
from .options import OWN_DATABASE, option, options
from .terminal import console, listing

SECRET = (
    option("--secret-key-file", "File with the server's secret key.", type=click.Path(path_type=Path, dir_okay=False)),
    option("--secret-key", "The secret key itself. Prefer a file."),
)


@click.group()
def keys() -> None:
    """Keep the keys that tokens are signed with."""


@keys.command(name="list")
@options(OWN_DATABASE, SECRET)
def list_(secret_key_file: Path | None, secret_key: str | None, **given: Any) -> None:
    """List the keys that are published."""
    table = listing("key", "signs from", "published until")
    for each in with_store(given, lambda store: store.keys.all(), _secret(secret_key_file, secret_key)):
        table.add_row(each.kid, _instant(each.signs_from), _instant(each.retires_at) if each.retires_at else "")
    console().print(table if table.rows else "there is no key yet: a server makes one when it is first needed")


@keys.command(short_help="Make a new key, which signs from now on.")
@options(OWN_DATABASE, SECRET)
@click.option("--retire", metavar="KEY", help="A key that became known to others: nothing that it signed counts any more.")
def rotate(retire: str | None, secret_key_file: Path | None, secret_key: str | None, **given: Any) -> None:
    """Make a new key, which is published now and signs later; those before it go when what they signed has expired."""

    async def work(store: AuthorizationStore) -> SigningKey:
        made = await store.keys.rotate()
        if retire is not None:
            await store.keys.retire(retire)
        await noted(store, "key-rotation", "retired" if retire else "rotated")
        return made

    made = with_store(given, work, _secret(secret_key_file, secret_key))
    when = f"from {_instant(made.signs_from)} on, in {AHEAD / 60:.0f} minutes" if made.signs_from > time() else "at once"
    click.echo(f"{made.kid} is published now and signs {when}")


def _secret(file: Path | None, text: str | None) -> str:
    if (file is None) == (text is None):
        raise ConfigurationError("give the server's secret key, which its keys are sealed with: --secret-key-file FILE")
    return read_secret(file) if file is not None else text or ""


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
