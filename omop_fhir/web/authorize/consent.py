"""Consent: what an app asks for, in plain words, each refusable; and the code that the app gets for what is allowed.

What a form gives is held against what may be given at that moment, so nothing can be smuggled into it.
https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#obtain-authorization-code
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from ...auth.oauth_error import OAuthError
from ...auth.offer import Offer, parts_of
from ...auth.plain_words import in_words, writes
from ...auth.role import ADMINISTER
from ...auth.scope import Scope, Scopes
from ...errors import Invalid
from ...store.authorization.authorizations import Grant
from .destination import destination, source
from .flow import Flow
from .steps import Decision, client_of, decision, launch_of, needs_choice, own_record, parties_of, take_launch
from .user_agent import UserAgent

_CONTEXT = ("launch", "launch/patient", "launch/encounter")
_IDENTITY = ("openid", "fhirUser", "profile")


@dataclass(frozen=True, slots=True)
class Line:
    """One scope that can be given, and the parts that can be given instead. `comes_with` others: it cannot be refused alone."""

    scope: str
    words: str
    writes: bool = False
    checked: bool = False
    comes_with: str = ""
    parts: tuple[Line, ...] = ()
    summary: str = "Or only some of them"
    instead: str = "Then these count instead of all:"


@dataclass(frozen=True, slots=True)
class Group:
    """Scopes of one kind."""

    heading: str
    lines: tuple[Line, ...]


def consent_page(agent: UserAgent, decision: Decision, *, message: str = "", chosen: Collection[str] | None = None) -> Response:
    """The page; `chosen` are the scopes that stay checked, None: all."""
    request = decision.flow.request
    in_launch = decision.launch is not None and decision.launch.patient is not None
    return agent.page(
        "consent",
        status=400 if message else 200,
        sends_to=source(request.redirect_uri),
        account=decision.person.account,
        client=decision.client,
        destination=destination(request.redirect_uri),
        flow=agent.seal(decision.flow.to_json()),
        patient=decision.patient,
        may_choose=not in_launch and own_record(decision.person.account, decision.person.roles) is None,
        encounter=decision.encounter[1] if decision.encounter else "",
        emergency=decision.flow.emergency,
        groups=list(_groups(decision.offer, chosen)),
        refused=decision.offer.refused,
        message=message,
    )


def _groups(offer: Offer, chosen: Collection[str] | None) -> Iterator[Group]:
    scopes = offer.scopes
    records = [each for each in scopes.resources if not writes(each)]
    changes = [each for each in scopes.resources if writes(each)]
    elsewhere = (*_CONTEXT, *_IDENTITY, ADMINISTER, *(("online_access",) if offer.is_shorter_possible else ()))
    others = [word for word in scopes.words if word not in elsewhere]
    kinds: list[tuple[str, list[Any]]] = [
        ("See records", records),
        ("Change records", changes),
        ("Administer this server", [word for word in scopes.words if word == ADMINISTER]),
        ("Know what is open", [word for word in scopes.words if word in _CONTEXT]),
        ("Know who you are", [word for word in scopes.words if word in _IDENTITY]),
        ("Keep its access", others),
    ]
    for heading, of_kind in kinds:
        if of_kind:
            yield Group(heading, tuple(_line(each, offer, chosen) for each in of_kind))


def _line(scope: Scope | str, offer: Offer, chosen: Collection[str] | None) -> Line:
    line = Line(str(scope), in_words(scope), writes(scope), chosen is None or str(scope) in chosen)
    parts = {str(part): words for part, words in parts_of(scope).items()} if isinstance(scope, Scope) else {}
    if scope == "offline_access" and offer.is_shorter_possible:
        parts = {"online_access": in_words("online_access")}
        line = replace(line, summary="Or not for so long", instead="Then this counts instead:")
    line = replace(line, parts=tuple(Line(part, words, checked=part in (chosen or ())) for part, words in parts.items()))
    return replace(line, comes_with="the records of the chosen patient" if scope in offer.implied else "")


async def consent(agent: UserAgent) -> Response:
    """POST /auth/consent: allow, deny, choose another patient, sign out, or (Enter in a box) nothing yet.

    What was unchecked stays so wherever one goes from here.
    """
    form = await agent.form()
    flow = Flow.from_json(agent.open(form.one("flow")))
    match form.one("decision"):
        case "deny":
            client, person = await client_of(agent, flow), await agent.signed_in()
            if person is not None:
                agent.note("consent", person.caller(client.id), "refused", "access_denied")
            denied = OAuthError("access_denied", "the user did not allow it")
            return agent.refuse(flow.request.redirect_uri, flow.request.state, denied)
        case "stay":
            return agent.lead_on(replace(flow, chosen=form.all("scope")))
        case "patient":
            return agent.lead_on(replace(flow.about(None), chosen=form.all("scope")))
        case "sign-out":
            await agent.sign_out()
            return agent.lead_to(f"{agent.desk.at.authorize}?{urlencode(flow.request.pairs(agent.desk.context.base))}")
        case "allow":
            return await _allow(agent, flow, form.all("scope"))
        case _:
            raise Invalid("neither allowed nor denied")


async def _allow(agent: UserAgent, flow: Flow, texts: Collection[str]) -> Response:
    client, person = await parties_of(agent, flow)
    try:
        launch = await launch_of(agent, flow)
        if needs_choice(flow, person, launch) or (launch and not launch.is_for(person.account.id)):
            return agent.lead_on(flow)
        deciding = await decision(agent, client, person, flow, launch)
        scopes = deciding.offer.chosen(texts)
        if not scopes:
            return consent_page(agent, deciding, message="Choose at least one of them, or deny.", chosen=())
        return await _granted(agent, deciding, scopes)
    except OAuthError as error:
        return agent.refuse(flow.request.redirect_uri, flow.request.state, error)


async def _granted(agent: UserAgent, deciding: Decision, scopes: Scopes) -> Response:
    """Spend the launch, keep the grant, and send its code to the app."""
    request = deciding.flow.request
    if deciding.launch is not None:
        await take_launch(agent, deciding.flow)
    grant = _grant(agent, deciding, scopes)
    code = await agent.store.authorizations.grant(grant, request.redirect_uri, request.code_challenge)
    caller = deciding.person.caller(request.client, deciding.flow.emergency)
    agent.note("consent", replace(caller, patient=grant.patient, encounter=grant.encounter))
    return agent.answer(request.redirect_uri, request.state, code=code)


def _grant(agent: UserAgent, deciding: Decision, scopes: Scopes) -> Grant:
    person, request, launch = deciding.person, deciding.flow.request, deciding.launch
    about_patient = "patient" in scopes.levels() or bool({"launch", "launch/patient"} & set(scopes.words))
    intent = launch.intent if launch and "launch" in scopes else None
    about_encounter = deciding.encounter if "launch/encounter" in scopes or "launch" in scopes else None
    return Grant(
        client=request.client,
        scopes=scopes,
        lifetime=_lifetime(agent, scopes),
        account=person.account.id,
        session=None if "offline_access" in scopes else person.session.hash,
        patient=deciding.patient.id if deciding.patient and about_patient else None,
        encounter=about_encounter[0] if about_encounter else None,
        context=_context(launch.need_patient_banner if launch else True, intent),
        nonce=request.nonce,
        authenticated_at=person.session.created_at,
        emergency=deciding.flow.emergency,
    )


def _context(need_patient_banner: bool, intent: str | None) -> dict[str, Any]:
    return {"need_patient_banner": need_patient_banner, **({"intent": intent} if intent else {})}


def _lifetime(agent: UserAgent, scopes: Scopes) -> float:
    """Seconds: for as long as the app may come back by itself, as long as somebody is signed in, or one access token's."""
    settings = agent.desk.context.settings
    if "offline_access" in scopes:
        return settings.offline_lifetime
    return settings.session_lifetime if "online_access" in scopes else settings.access_token_lifetime + 60.0
