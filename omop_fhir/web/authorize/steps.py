"""What the pages between a request and its answer have in common: the launch, the patient, and what there is to decide.

A flow enters, and what is true now is looked up anew at each step. Rejected with OAuthError, which goes to the app: a launch
that is spent, a patient who may not be seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...auth.client import Client
from ...auth.oauth_error import OAuthError, invalid_request
from ...auth.offer import Offer, make_offer
from ...auth.role import Role
from ...auth.scope import Scopes, parse_scopes
from ...errors import Invalid
from ...mapping.audit import AUDIT_EVENT
from ...store.authorization.accounts import Account
from ...store.authorization.launches import Launch
from .flow import Flow
from .looker import Looker, looking
from .patient_line import PatientLine
from .signed_in import SignedIn
from .user_agent import NOBODY, UserAgent


class NotShown(OAuthError):
    """The roles do not show the patient."""

    def __init__(self) -> None:
        super().__init__("access_denied", "the patient is none that the user may see")


@dataclass(frozen=True, slots=True)
class Decision:
    """All that a user decides about: for whom, about which patient, and what may be given."""

    person: SignedIn
    client: Client
    flow: Flow
    launch: Launch | None
    patient: PatientLine | None
    encounter: tuple[str, str] | None
    """Id and words."""
    offer: Offer


async def client_of(agent: UserAgent, flow: Flow) -> Client:
    """The client of a request under way. Raises Invalid where it was disabled since."""
    client = await agent.store.clients.find(flow.request.client)
    if client is None or client.disabled or flow.request.redirect_uri not in client.redirect_uris:
        raise Invalid("the app is not registered here any more")
    return client


async def parties_of(agent: UserAgent, flow: Flow) -> tuple[Client, SignedIn]:
    """The client, and who is signed in. Raises Invalid where either is gone."""
    client, person = await client_of(agent, flow), await agent.signed_in()
    if person is None:
        raise Invalid(NOBODY)
    return client, person


async def launch_of(agent: UserAgent, flow: Flow) -> Launch | None:
    """The EHR's launch context, where the app asks for it. Raises OAuthError for a handle that is not (any more) good."""
    if flow.request.launch is None or "launch" not in asked(flow):
        return None
    launch = await agent.store.launches.look(flow.request.launch, flow.request.client)
    if launch is None:
        raise _spent()
    return launch


async def take_launch(agent: UserAgent, flow: Flow) -> None:
    """Spend the launch context. Raises OAuthError where that was done already."""
    if await agent.store.launches.take(flow.request.launch or "", flow.request.client) is None:
        raise _spent()


def _spent() -> OAuthError:
    return invalid_request("launch is unknown, used or too old: start the app again")


def asked(flow: Flow) -> Scopes:
    """The scopes that the app asks for."""
    return parse_scopes(flow.request.scope)


def needs_choice(flow: Flow, person: SignedIn, launch: Launch | None) -> bool:
    """Is a patient to be chosen?"""
    scopes = asked(flow)
    wanted = "patient" in scopes.levels() or "launch/patient" in scopes
    return wanted and _given_patient(flow, person, launch) is None


def _given_patient(flow: Flow, person: SignedIn, launch: Launch | None) -> str | None:
    """The patient of the launch, the one chosen, or the only one there is for this person."""
    if launch is not None and launch.patient is not None:
        return launch.patient
    return flow.patient or own_record(person.account, person.roles)


def own_record(account: Account, roles: Iterable[Role]) -> str | None:
    """The patient that an account is, if its roles show no other."""
    kind, _, id = (account.fhir_user or "").partition("/")
    is_patient = kind == "Patient" and all(role.restriction == "own-compartment" for role in roles)
    return id if is_patient else None


def looker_of(agent: UserAgent, person: SignedIn, flow: Flow) -> Looker:
    """Who looks for patients: the person, for the app of a flow, perhaps in an emergency."""
    grants = looking(person.account, person.roles, flow.request.client, flow.emergency)
    return Looker(agent.desk.context, grants, agent.scope)


async def decision(agent: UserAgent, client: Client, person: SignedIn, flow: Flow, launch: Launch | None) -> Decision:
    """What there is to decide. Raises NotShown where the patient is none that the user may see."""
    scopes = asked(flow)
    looker = looker_of(agent, person, flow)
    id = _given_patient(flow, person, launch)
    patient = await looker.patient(id) if id is not None else None
    if id is not None and patient is None:
        raise NotShown
    encounter = await _encounter(looker, launch)
    known = {
        "launch": launch is not None,
        "launch/patient": patient is not None,
        "launch/encounter": encounter is not None,
        "fhirUser": person.account.fhir_user is not None,
    }
    words = [word for word, is_known in known.items() if is_known]
    served = {*(await agent.desk.context.facade.snapshot()).bounds, AUDIT_EVENT}
    withheld = parse_scopes(flow.request.withheld)
    offer = make_offer(scopes, person.roles, words, served, withheld=withheld, emergency=flow.emergency is not None)
    return Decision(person, client, flow, launch, patient, encounter, offer)


async def _encounter(looker: Looker, launch: Launch | None) -> tuple[str, str] | None:
    """The launch's visit, if it is the patient's and may be seen."""
    if launch is None or launch.encounter is None or launch.patient is None:
        return None
    said = await looker.encounter(launch.encounter, launch.patient)
    return (launch.encounter, said) if said else None
