"""GET and POST /auth/authorize: an app sends somebody here, and what comes next is a page.

https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#obtain-authorization-code,
https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from ...auth.authorization_request import client_id, parse_authorization, trusted
from ...auth.client import Client
from ...auth.grants import Pairs
from ...auth.oauth_error import OAuthError, invalid_request
from .consent import consent_page
from .emergency import emergency_page
from .flow import Flow
from .form import Form
from .patient import picker
from .sign_in import sign_in_page
from .signed_in import SignedIn
from .steps import NotShown, client_of, decision, launch_of, needs_choice
from .user_agent import UserAgent

AGAIN = frozenset({"login", "select_account"})
"""Values of `prompt` that ask for signing in although somebody is."""


async def authorize(agent: UserAgent) -> Response:
    """The next page, or a redirect that tells the app what is wrong. Raises Untrusted where nobody may be redirected.

    A form that an app sent is asked again as a link: browsers send the cookie of a session with links from elsewhere, not with
    forms.
    """
    pairs = await agent.pairs()
    client, uri = trusted(pairs, await agent.store.clients.find(client_id(pairs)))
    try:
        request = parse_authorization(pairs, client, uri, frozenset({agent.desk.context.base}))
        if agent.method == "POST":
            return agent.lead_to(f"{agent.desk.at.authorize}?{urlencode(pairs)}")
        return await proceed(agent, client, Flow(request))
    except OAuthError as error:
        return agent.refuse(uri, _state(pairs), error)


async def proceed(agent: UserAgent, client: Client, flow: Flow) -> Response:
    """The next page. Raises OAuthError."""
    person = await agent.signed_in()
    prompts = _prompts(flow, person)
    if person is None or (prompts & AGAIN and not flow.signed_in):
        return sign_in_page(agent, client, flow)
    launch = await launch_of(agent, flow)
    if launch is not None and not launch.is_for(person.account.id):
        return sign_in_page(agent, client, flow, message="The app was started by somebody else: sign in as that person.")
    if needs_choice(flow, person, launch):
        return await picker(agent, client, person, flow)
    try:
        return consent_page(agent, await decision(agent, client, person, flow, launch), chosen=flow.chosen)
    except NotShown:
        if launch is None:
            raise
        return emergency_page(agent, client, person, flow)


def _prompts(flow: Flow, person: SignedIn | None) -> frozenset[str]:
    """The values of `prompt`. Raises OAuthError for one that is none, and for `none`: consent is asked for each time."""
    prompts = frozenset((flow.request.prompt or "").split())
    if prompts - {"none", "login", "consent", "select_account"} or ("none" in prompts and len(prompts) > 1):
        raise invalid_request("prompt is none, or some of login, consent and select_account")
    if "none" in prompts and person is None:
        raise OAuthError("login_required", "nobody is signed in")
    if "none" in prompts:
        raise OAuthError("consent_required", "consent is asked for each time")
    return prompts


def _state(pairs: Pairs) -> str | None:
    """The state that goes back, if there is exactly one."""
    states = [value for name, value in pairs if name == "state"]
    return states[0] if len(states) == 1 and states[0] else None


async def next_page(agent: UserAgent) -> Response:
    """GET /auth/authorize/next: the page after a form, by a link that is good in this session."""
    flow = Flow.from_json(agent.open(Form(await agent.pairs()).one("flow")))
    client = await client_of(agent, flow)
    try:
        return await proceed(agent, client, flow)
    except OAuthError as error:
        return agent.refuse(flow.request.redirect_uri, flow.request.state, error)
