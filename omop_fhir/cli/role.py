"""`omop-fhir role`: what roles there are, and more of them."""

from __future__ import annotations

from typing import Any, cast

import click

from ..auth.role import RESTRICTIONS, Restriction, Role, role_scope
from ..store.authorization.store import AuthorizationStore
from .authorization import noted, with_store
from .options import OWN_DATABASE, options
from .terminal import console, listing


@click.group(short_help="Keep the roles: what accounts may do, with whose resources.")
def role() -> None:
    """Keep the roles: what accounts may do at most, and with whose resources."""


@role.command()
@options(OWN_DATABASE)
@click.argument("name")
@click.option("--description", default="", help="What it is for.")
@click.option("--scope", "scopes", multiple=True, required=True, help="type.letters, such as Observation.rs; may be repeated.")
@click.option("--restriction", type=click.Choice(RESTRICTIONS), default="none", show_default=True, help="Whose resources.")
@click.option("--administers", is_flag=True, help="May register clients and read what was audited.")
@click.option("--breaks-glass", is_flag=True, help="May set the restriction aside for one patient, with a reason.")
def add(
    name: str, description: str, scopes: tuple[str, ...], restriction: str, administers: bool, breaks_glass: bool, **given: Any
) -> None:
    """Add a role."""
    parsed = tuple(role_scope(each) for each in scopes)
    made = Role(name, description, parsed, cast(Restriction, restriction), administers, breaks_glass)

    async def work(store: AuthorizationStore) -> None:
        await store.roles.add(made)
        await noted(store, "role", "added")

    with_store(given, work)
    click.echo(f"added the role {name}")


@role.command(name="list")
@options(OWN_DATABASE)
def list_(**given: Any) -> None:
    """List the roles."""
    table = listing("name", "scopes", "restriction", "may", "description")
    for each in with_store(given, lambda store: store.roles.all()):
        scopes = " ".join(str(scope).partition("/")[2] for scope in each.scopes)
        marks = ("administer", each.administers), ("break the glass", each.breaks_glass)
        said = ", ".join(word for word, is_so in marks if is_so)
        table.add_row(each.name, scopes, each.restriction, said, each.description)
    console().print(table if table.rows else "there is no role: run `omop-fhir migrate`")
