"""Signing in. What is told of a failure does not tell whether there is such an account.

https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html
"""

from __future__ import annotations

from starlette.responses import Response

from ...auth.client import Client
from ...auth.grants import Caller
from ...auth.oauth_error import OAuthError
from ...store.authorization.accounts import Account
from ...store.authorization.logins import LoginRefused
from .destination import destination, source
from .flow import Flow
from .signed_in import HERE
from .steps import client_of
from .user_agent import UserAgent


def sign_in_page(
    agent: UserAgent,
    client: Client | None,
    flow: Flow | None,
    *,
    then: str | None = None,
    message: str = "",
    login: str = "",
    status: int = 200,
) -> Response:
    """The page on which somebody signs in: for an app, or to go on at the URL `then`, without one to the own account."""
    uri = flow.request.redirect_uri if flow else ""
    return agent.page(
        "sign_in",
        status=status,
        sends_to=source(uri) if flow else "",
        client=client,
        destination=destination(uri),
        flow=agent.seal_for_sign_in([flow.to_json() if flow else None, then or agent.desk.at.manage]),
        message=message,
        login=login,
    )


async def sign_in(agent: UserAgent) -> Response:
    """GET and POST /auth/sign-in: the page for the own account, where nobody is signed in yet; name and password of either."""
    if agent.method != "POST":
        signed_in = await agent.signed_in()
        return agent.lead_to(agent.desk.at.manage) if signed_in else sign_in_page(agent, None, None)
    form = await agent.form()
    sealed, then = agent.open_for_sign_in(form.one("flow"))
    flow = Flow.from_json(sealed) if sealed else None
    client = await client_of(agent, flow) if flow else None
    if flow and form.one("cancel"):
        denied = OAuthError("access_denied", "the user did not sign in")
        return agent.refuse(flow.request.redirect_uri, flow.request.state, denied)
    login = form.one("login").strip()
    try:
        account = await agent.store.logins.sign_in(login, form.one("password"), agent.address)
    except LoginRefused as refused:
        agent.note("sign-in", _caller(client, refused.account), "refused", refused.reason)
        response = sign_in_page(agent, client, flow, then=then, message=str(refused), login=login, status=refused.status)
        response.headers.update(refused.headers)
        return response
    await agent.sign_in(account)
    agent.note("sign-in", _caller(client, account))
    if flow is None:
        return agent.lead_to(then)
    return agent.lead_on(Flow(flow.request, signed_in=True))


def _caller(client: Client | None, account: Account | None) -> Caller:
    """Who signs in, or tries to: an account that there is, and else nobody, for what was typed may be a password."""
    known = (str(account.id), account.fhir_user) if account else ()
    return Caller(client.id if client else HERE, *known)
