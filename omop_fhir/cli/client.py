"""`omop-fhir client`: the apps and backend services that may ask for tokens."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex
from typing import Any, cast

import click
import orjson

from ..auth.client import KINDS, Client, Kind, new_client
from ..auth.scope import WORDS, unknown_words
from ..errors import Invalid, why_unread
from ..store.authorization.store import AuthorizationStore
from .authorization import noted, with_store
from .options import OWN_DATABASE, options
from .terminal import console, listing

_DEDUPLICATES = "Its plain creates give what has one of their identifiers already."


@click.group()
def client() -> None:
    """Keep the clients: apps, backend services, resource servers."""


@client.command()
@options(OWN_DATABASE)
@click.argument("name")
@click.option("--id", "id", help="The client id; made up if not given.")
@click.option("--kind", type=click.Choice(KINDS), default="public", show_default=True, help="How it proves itself.")
@click.option("--scope", default="", help="The most that it can get, between spaces.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where codes go, exactly; may be given several times.")
@click.option("--launch-uri", help="Where an EHR starts it.")
@click.option("--jwks", type=click.Path(path_type=Path, dir_okay=False), help="File with its public keys, a JWK set.")
@click.option("--jwks-uri", help="Public https URL of its public keys instead.")
@click.option("--introspects", is_flag=True, help="It may ask about tokens of others, as a resource server does.")
@click.option("--deduplicates", is_flag=True, help=_DEDUPLICATES)
def add(
    name: str, id: str | None, kind: str, scope: str, redirect_uris: tuple[str, ...], launch_uri: str | None,
    jwks: Path | None, jwks_uri: str | None, introspects: bool, deduplicates: bool, **given: Any,
) -> None:  # fmt: skip
    """Register a client. A secret is shown once."""
    if unknown := unknown_words(scope):
        raise Invalid(f"`{unknown[0]}` is no scope: beside such as patient/*.rs there are {', '.join(WORDS)}")
    made = new_client(
        id or token_hex(12), name, cast(Kind, kind), scope, redirect_uris, launch_uri=launch_uri,
        jwks=None if jwks is None else _keys(jwks), jwks_uri=jwks_uri, introspects=introspects, deduplicates=deduplicates,
    )  # fmt: skip

    async def work(store: AuthorizationStore) -> tuple[Client, str | None]:
        registered = await store.clients.register(made)
        await noted(store, "client", "registered")
        return registered

    kept, secret = with_store(given, work)
    click.echo(f"registered {kept.id}" + (f" with the secret {secret}" if secret else ""))


def _keys(file: Path) -> dict[str, Any]:
    """The JWK set of a file. Raises Invalid."""
    try:
        found = orjson.loads(file.read_bytes())
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {why_unread(error)}") from None
    except orjson.JSONDecodeError as error:
        raise Invalid(f"{file} is no JWK set: {error}") from None
    if not isinstance(found, dict):
        raise Invalid(f"{file} is no JWK set")
    return found


@client.command(name="list")
@options(OWN_DATABASE)
def list_(**given: Any) -> None:
    """List the clients."""
    table = listing("id", "name", "kind", "scope", "redirect URIs", "note")
    for each in with_store(given, lambda store: store.clients.all()):
        marks = ("disabled", each.disabled), ("introspects", each.introspects), ("deduplicates", each.deduplicates)
        said = ", ".join(word for word, is_so in marks if is_so)
        table.add_row(each.id, each.name, each.kind, str(each.scopes), " ".join(each.redirect_uris), said)
    console().print(table if table.rows else "there is no client")


@client.command(short_help="Change how a client is served.")
@options(OWN_DATABASE)
@click.argument("id")
@click.option("--deduplicates/--no-deduplicates", required=True, help=_DEDUPLICATES)
def update(id: str, deduplicates: bool, **given: Any) -> None:
    """Change how a client is served, with the tokens that it has, too."""

    async def work(store: AuthorizationStore) -> None:
        await store.clients.deduplicate(await store.clients.named(id), deduplicates)
        await noted(store, "client", "updated")

    with_store(given, work)
    click.echo(f"{id} {'deduplicates' if deduplicates else 'does not deduplicate'}")


@client.command(short_help="Let a client ask no more, and revoke what it was given.")
@options(OWN_DATABASE)
@click.argument("id")
@click.option("--enable", is_flag=True, help="Let it ask again.")
def disable(id: str, enable: bool, **given: Any) -> None:
    """Let a client ask for nothing more, and revoke whatever was authorized to it."""

    async def work(store: AuthorizationStore) -> None:
        found = await store.clients.named(id)
        await (store.clients.enable(found) if enable else store.clients.disable(found))
        await noted(store, "client", "enabled" if enable else "disabled")

    with_store(given, work)
    click.echo(f"{'enabled' if enable else 'disabled'} {id}")


@client.command(short_help="Give a client another secret instead of the old one.")
@options(OWN_DATABASE)
@click.argument("id")
def secret(id: str, **given: Any) -> None:
    """Give a client another secret, shown once; the old one is good for nothing from now on."""

    async def work(store: AuthorizationStore) -> str:
        made = await store.clients.new_secret(await store.clients.named(id))
        await noted(store, "client", "secret")
        return made

    click.echo(f"the secret of {id} is {with_store(given, work)}")
