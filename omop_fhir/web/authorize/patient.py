"""Choosing a patient: those whom the roles of the account show, or in an emergency the one whom somebody can name.

https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#requesting-context-with-scopes
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
from .sought import Sought, typed
from .steps import launch_of, looker_of, needs_choice, parties_of
from .user_agent import UserAgent


async def picker(
    agent: UserAgent, client: Client, person: SignedIn, flow: Flow, sought: Sought = Sought()  # noqa: B008
) -> Response:
    """The page with patients to choose from. Raises OAuthError where the roles show none at all."""
    choosing = replace(flow, emergency=sought.reason or None)
    looker = looker_of(agent, person, choosing)
    if not looker.may_look:
        raise OAuthError("access_denied", "the user's role shows no patients")
    fields = await looker.fields()
    faults = sought.faults(fields)
    if sought.reason and not faults:
        agent.note("emergency", person.caller(client.id, sought.reason))
    patients, more, told = ([], False, "") if faults else await looker.try_to_find(sought)
    return agent.page(
        "patient",
        status=400 if told or faults else 200,
        sends_to=source(flow.request.redirect_uri),
        account=person.account,
        client=client,
        fields=fields,
        faults=faults,
        breaks_glass=may_break_glass(person.roles),
        sought=sought,
        patients=patients,
        more=more,
        message=told,
        flow=agent.seal(flow.to_json()),
        choosing=agent.seal(replace(choosing, found=tuple(each.id for each in patients if sought.reason)).to_json()),
    )


async def patient(agent: UserAgent) -> Response:
    """POST /auth/patient: a search, or the choice."""
    form = await agent.form()
    flow = Flow.from_json(agent.open(form.one("flow")))
    client, person = await parties_of(agent, flow)
    try:
        if not needs_choice(flow.about(None), person, await launch_of(agent, flow)):
            raise Invalid("the patient is settled, and no other can be chosen")
        chosen = form.one("patient")
        if not chosen:
            return await picker(agent, client, person, flow.about(None), typed(form))
        if flow.emergency and chosen not in flow.found:
            raise Invalid("this patient is not the one who was looked for")
        if await looker_of(agent, person, flow).patient(chosen) is None:
            raise Invalid("this patient is none that you may see")
        return agent.lead_on(flow.about(chosen, flow.emergency))
    except OAuthError as error:
        return agent.refuse(flow.request.redirect_uri, flow.request.state, error)
