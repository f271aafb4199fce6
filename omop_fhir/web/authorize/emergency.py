"""A launch about a patient whom the roles do not show: who may break the glass is asked for the reason, before anything is shown.

The launch tells whom it is about, so nobody is chosen. For who may not break the glass the app gets `access_denied`.
https://profiles.ihe.net/ITI/BALP/, http://terminology.hl7.org/CodeSystem/v3-ActReason (BTG)
"""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from ...auth.client import Client
from ...auth.oauth_error import OAuthError
from ...auth.role import may_break_glass
from ...errors import Invalid
from .destination import source
from .flow import Flow
from .signed_in import SignedIn
from .sought import typed_reason
from .steps import NotShown, launch_of, parties_of
from .user_agent import UserAgent


def emergency_page(agent: UserAgent, client: Client, person: SignedIn, flow: Flow, message: str = "") -> Response:
    """The page that asks for the reason. Raises NotShown."""
    _check(person, flow)
    return agent.page(
        "emergency",
        status=400 if message else 200,
        sends_to=source(flow.request.redirect_uri),
        account=person.account,
        client=client,
        flow=agent.seal(flow.to_json()),
        message=message,
    )


async def emergency(agent: UserAgent) -> Response:
    """POST /auth/emergency: the reason."""
    form = await agent.form()
    flow = Flow.from_json(agent.open(form.one("flow")))
    client, person = await parties_of(agent, flow)
    try:
        launch = await launch_of(agent, flow)
        if launch is None or launch.patient is None:
            raise Invalid("the app was not started from a patient's record")
        reason = typed_reason(form)
        if not reason:
            return emergency_page(agent, client, person, flow, "Without a reason there is no access.")
        _check(person, flow)
    except OAuthError as error:
        return agent.refuse(flow.request.redirect_uri, flow.request.state, error)
    agent.note("emergency", person.caller(client.id, reason), resources=(f"Patient/{launch.patient}",))
    return agent.lead_on(replace(flow, emergency=reason))


def _check(person: SignedIn, flow: Flow) -> None:
    """Raises NotShown where the glass may not be broken, or was, which did not help."""
    if flow.emergency is not None or not may_break_glass(person.roles):
        raise NotShown
