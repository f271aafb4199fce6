"""GET and POST /ehr: whoever is signed in chooses a patient and opens an app about that patient, as an EHR does.

https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch
"""

from __future__ import annotations

from starlette.responses import Response

from ...auth.client import Client
from ...errors import Invalid
from ...store.authorization.launches import Launch
from ..authorize.destination import source
from ..authorize.form import Form
from ..authorize.launch import launchable, make_launch
from ..authorize.looker import Looker, looking
from ..authorize.sign_in import sign_in_page
from ..authorize.signed_in import SignedIn
from ..authorize.sought import Sought, typed
from ..authorize.user_agent import UserAgent

_TOKEN = "ehr"  # noqa: S105  what the forms of this page are sealed for


async def ehr(agent: UserAgent) -> Response:
    """The page; patients that are searched; the app that is opened."""
    person = await agent.signed_in()
    if person is None:
        return sign_in_page(agent, None, None, then=f"{agent.desk.at.issuer}/ehr")
    if agent.method != "POST":
        return await _page(agent, person, Sought())
    form = await agent.form()
    if agent.open(form.one("token")) != _TOKEN:
        raise Invalid("this form is of another page")
    if form.one("patient"):
        return await _open(agent, person, form)
    return await _page(agent, person, typed(form))


async def _page(agent: UserAgent, person: SignedIn, sought: Sought) -> Response:
    looker, apps = _looker(agent, person), await _apps(agent)
    fields = await looker.fields()
    faults = sought.faults(fields)
    patients, more, message = ([], False, "") if faults else await looker.try_to_find(sought)
    return agent.page(
        "ehr",
        sends_to=" ".join(dict.fromkeys(source(app.launch_uri or "") for app in apps)),
        account=person.account,
        apps=apps,
        fields=fields,
        faults=faults,
        sought=sought,
        patients=patients,
        more=more,
        message=message,
        token=agent.seal(_TOKEN),
    )


async def _open(agent: UserAgent, person: SignedIn, form: Form) -> Response:
    client, looker = await launchable(agent.store, form.one("app")), _looker(agent, person)
    patient = await looker.patient(form.one("patient"))
    if patient is None:
        raise Invalid("this patient is none that you may see")
    encounter = await looker.latest_encounter(patient.id)
    launch = Launch(client.id, person.account.id, patient.id, encounter, need_patient_banner=False)
    _, url = await make_launch(agent.store, agent.desk.context.base, client, launch)
    agent.note("launch", person.caller("ehr"), resources=(f"Patient/{patient.id}",))
    return agent.lead_to(url)


def _looker(agent: UserAgent, person: SignedIn) -> Looker:
    return Looker(agent.desk.context, looking(person.account, person.roles, "ehr", None), agent.scope)


async def _apps(agent: UserAgent) -> list[Client]:
    return [each for each in await agent.store.clients.all() if each.launch_uri and not each.disabled]
