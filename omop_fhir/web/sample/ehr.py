"""GET and POST /ehr: whoever is signed in chooses a patient and opens an app about that patient, as an EHR does.

https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch
"""

from __future__ import annotations

from starlette.responses import Response

from ...auth.client import Client
from ...errors import Invalid
from ...store.authorization.launches import Launch
from ..authorize.form import Form
from ..authorize.launch import launchable, make_launch
from ..authorize.people import Looker, Sought, looking, typed
from ..authorize.sign_in import sign_in_page
from ..authorize.visit import SignedIn, Visit, source

_TOKEN = "ehr"  # noqa: S105  what the forms of this page are sealed for


async def ehr(visit: Visit) -> Response:
    """The page; patients that are searched; the app that is opened."""
    person = await visit.signed_in()
    if person is None:
        return sign_in_page(visit, None, None, then=f"{visit.desk.at.issuer}/ehr")
    if visit.method != "POST":
        return await _page(visit, person, Sought())
    form = await visit.form()
    if visit.open(form.one("token")) != _TOKEN:
        raise Invalid("this form is of another page")
    if form.one("patient"):
        return await _open(visit, person, form)
    return await _page(visit, person, typed(form))


async def _page(visit: Visit, person: SignedIn, sought: Sought) -> Response:
    looker, apps = _looker(visit, person), await _apps(visit)
    patients, more, message = await looker.try_to_find(sought)
    return visit.page(
        "ehr",
        sends_to=" ".join(dict.fromkeys(source(app.launch_uri or "") for app in apps)),
        account=person.account,
        apps=apps,
        fields=await looker.fields(),
        sought=sought,
        patients=patients,
        more=more,
        message=message,
        token=visit.seal(_TOKEN),
    )


async def _open(visit: Visit, person: SignedIn, form: Form) -> Response:
    client, looker = await launchable(visit.desk, form.one("app")), _looker(visit, person)
    patient = await looker.patient(form.one("patient"))
    if patient is None:
        raise Invalid("this patient is none that you may see")
    launch = Launch(client.id, person.account.id, patient.id, await looker.latest_visit(patient.id), need_patient_banner=False)
    return visit.lead_to(await make_launch(visit.desk, client, launch))


def _looker(visit: Visit, person: SignedIn) -> Looker:
    return Looker(visit.desk.context, looking(person.account, person.roles, "ehr", None), visit.scope)


async def _apps(visit: Visit) -> list[Client]:
    return [each for each in await visit.store.clients.all() if each.launch_uri and not each.disabled]
