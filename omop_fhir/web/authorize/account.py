"""The own account: what was granted to which app, to be taken back; signing out, here or everywhere.

https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html (`management_endpoint`)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from starlette.responses import Response

from ...auth.plain_words import in_words
from ...errors import Invalid
from ...store.authorization.authorizations import Authorization
from .form import Form
from .sign_in import sign_in_page
from .signed_in import SignedIn
from .user_agent import UserAgent

_TOKEN = "account"  # noqa: S105  what the form of this page is sealed for


@dataclass(frozen=True, slots=True)
class Granted:
    """What an app may do, in words."""

    id: UUID
    client: str
    words: list[str]
    patient: str
    emergency: str
    since: str
    until: str


async def account(agent: UserAgent) -> Response:
    """GET and POST /auth/account."""
    person = await agent.signed_in()
    if person is None:
        return sign_in_page(agent, None, None)
    if agent.method != "POST":
        return await _page(agent, person)
    form = await agent.form()
    if agent.open(form.one("token")) != _TOKEN:
        raise Invalid("this form is of another page")
    match form.one("action"):
        case "take-back":
            return await _take_back(agent, person, form)
        case "sign-out":
            await agent.sign_out()
            return await _signed_out(agent, person, "on this device")
        case "sign-out-everywhere":
            await agent.store.sessions.revoke_all(person.account.id)
            agent.note("sign-out", person.caller(), reason="everywhere")
            await agent.sign_out()
            return await _signed_out(agent, person, "on this device and on all others")
        case _:
            raise Invalid("nothing was asked for")


async def _signed_out(agent: UserAgent, person: SignedIn, where: str) -> Response:
    """The page after it. Which apps go on is not told there: who sits before it now may be somebody else."""
    goes_on = bool(await agent.store.authorizations.of_account(person.account.id))
    return agent.page("signed_out", where=where, goes_on=goes_on)


async def _take_back(agent: UserAgent, person: SignedIn, form: Form) -> Response:
    """End one authorization, which must be the account's own."""
    wanted = form.one("authorization")
    for each in await agent.store.authorizations.of_account(person.account.id):
        if str(each.id) == wanted:
            await agent.store.authorizations.revoke(each.id, "taken back")
            agent.note("revoke", replace(person.caller(each.client), authorization=str(each.id)))
            return await _page(agent, person, "Taken back: the app has no access any more.")
    return await _page(agent, person, "It had ended already.")


async def _page(agent: UserAgent, person: SignedIn, message: str = "") -> Response:
    names = {client.id: client.name for client in await agent.store.clients.all()}
    granted = [_granted(each, names) for each in await agent.store.authorizations.of_account(person.account.id)]
    return agent.page(
        "account", account=person.account, roles=person.roles, granted=granted, message=message, token=agent.seal(_TOKEN)
    )


def _granted(authorization: Authorization, names: dict[str, str]) -> Granted:
    return Granted(
        id=authorization.id,
        client=names.get(authorization.client, authorization.client),
        words=[*map(in_words, authorization.scopes.resources), *map(in_words, authorization.scopes.words)],
        patient=authorization.patient or "",
        emergency=authorization.emergency or "",
        since=_moment(authorization.created_at),
        until=_moment(authorization.expires_at),
    )


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
