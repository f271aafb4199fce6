"""`omop-fhir user`: the accounts of people."""

from __future__ import annotations

from typing import Any

import click

from ..auth.role import Person
from ..store.authorization.accounts import Account
from ..store.authorization.store import AuthorizationStore
from .authorization import ask_password, noted, with_store
from .local import require
from .options import DATABASE, MAPPINGS, OWN_DATABASE, OWN_SCHEMA, options, settings
from .terminal import console, listing

_random = click.option("--random", is_flag=True, help="Have a password made, and shown once.")


@click.group()
def user() -> None:
    """Keep the accounts of people who sign in."""


@user.command()
@options(DATABASE, OWN_SCHEMA, MAPPINGS)
@click.argument("login")
@click.option("--name", help="The name that is shown; the login if not given.")
@click.option("--role", "roles", multiple=True, required=True, help="A role; may be given several times.")
@click.option("--fhir-user", help="Who it is in FHIR: Patient/ID, Practitioner/ID ...")
@click.option("--organization", help="Id of the Organization worked for, for roles of a care site.")
@_random
def add(
    login: str, name: str | None, roles: tuple[str, ...], fhir_user: str | None, organization: str | None, random: bool,
    **given: Any,
) -> None:  # fmt: skip
    """Add an account. The password is asked for, or read from the input; there is no default.

    The person and the organization are looked up in the CDM, and in what was written through FHIR.
    """
    for reference in (fhir_user, organization and f"Organization/{organization}"):
        if reference and "/" in reference:
            require(settings(given), reference)
    password, is_new = ask_password(random=random)

    async def work(store: AuthorizationStore) -> None:
        await store.accounts.create(login, name or login, password, roles, Person(fhir_user, organization))
        await noted(store, "account", "added")

    with_store(given, work)
    click.echo(f"added {login}" + (f" with the password {password}" if is_new else ""))


@user.command(name="list")
@options(OWN_DATABASE)
def list_(**given: Any) -> None:
    """List the accounts."""
    table = listing("login", "name", "roles", "in FHIR", "organization", "state")
    for each in with_store(given, lambda store: store.accounts.all()):
        disabled = "disabled" if each.disabled else ""
        table.add_row(each.login, each.name, ", ".join(each.roles), each.fhir_user or "", each.organization or "", disabled)
    console().print(table if table.rows else "there is no account")


@user.command()
@options(OWN_DATABASE)
@click.argument("login")
@click.option("--enable", is_flag=True, help="Let it in again.")
def disable(login: str, enable: bool, **given: Any) -> None:
    """Let an account in no more, and revoke whatever it authorized."""

    async def work(store: AuthorizationStore) -> None:
        account = await store.accounts.named(login)
        await (store.accounts.enable(account) if enable else store.accounts.disable(account))
        await noted(store, "account", "enabled" if enable else "disabled")

    with_store(given, work)
    click.echo(f"{'enabled' if enable else 'disabled'} {login}")


@user.command()
@options(OWN_DATABASE)
@click.argument("login")
@_random
def password(login: str, random: bool, **given: Any) -> None:
    """Give an account another password; it is signed out everywhere."""
    new, is_new = ask_password(random=random)

    async def work(store: AuthorizationStore) -> None:
        await store.accounts.set_password(await store.accounts.named(login), new)
        await noted(store, "account", "password")

    with_store(given, work)
    click.echo(f"changed the password of {login}" + (f" to {new}" if is_new else ""))


@user.command(short_help="Give an account these roles instead of its own.")
@options(OWN_DATABASE)
@click.argument("login")
@click.argument("roles", nargs=-1, required=True)
def role(login: str, roles: tuple[str, ...], **given: Any) -> None:
    """Give an account these roles instead of the ones that it has; tokens that are out follow."""

    async def work(store: AuthorizationStore) -> Account:
        account = await store.accounts.named(login)
        await store.accounts.set_roles(account, roles)
        await noted(store, "account", "roles")
        return await store.accounts.named(login)

    click.echo(f"{login} is {', '.join(with_store(given, work).roles)}")
