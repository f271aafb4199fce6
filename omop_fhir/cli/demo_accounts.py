"""Who can sign in to the demo: a doctor and a patient with passwords made up for this run, and the sample app; and where to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import click

from ..auth.client import Client, new_client
from ..auth.password import new_password
from ..auth.role import Person
from ..config import Settings
from ..store.authorization.store import opened
from ..store.postgresql.session import session

_SCOPE = "openid fhirUser profile launch launch/patient launch/encounter offline_access online_access patient/*.rs user/*.rs"
_DOCTOR = "SELECT min(provider_id) FROM cdm.provider WHERE provider_id > 0"
_PATIENT = """
SELECT person_id FROM cdm.person p LEFT JOIN cdm.procedure_occurrence o USING (person_id)
GROUP BY person_id
ORDER BY EXISTS (SELECT FROM cdm.death d WHERE d.person_id = p.person_id), count(o.person_id) DESC, person_id LIMIT 1
"""


def own_app(redirect_uris: Sequence[str]) -> Client:
    """An app of whoever tries the demo. Raises Invalid for URIs that codes cannot go to."""
    return new_client("my-app", "My app", "public", _SCOPE, redirect_uris)


def welcome(settings: Settings, own: Client | None = None) -> None:
    """Make them, with an app of one's own where there is one, and show the passwords this once."""
    lines = asyncio.run(_made(settings, own))
    for line in lines:
        click.echo(line)


async def _made(settings: Settings, own: Client | None) -> list[str]:
    people = await _people(settings)
    site = settings.local_base.removesuffix("/fhir")
    async with opened(settings) as store:
        lines = []
        for login, name, role, person in people:
            password = new_password()
            await store.accounts.create(login, name, password, [role], person)
            lines.append(f"sign in as {login} with {password}" + (f" ({person.fhir_user})" if person.fhir_user else ""))
        app = new_client(
            "sample-app", "Sample app", "public", _SCOPE, [f"{site}/app/"], launch_uri=f"{site}/app/launch"
        )
        for client in (app, *([own] if own else [])):
            await store.clients.register(client)
    lines.append(f"a sample app that asks you for access: {site}/app/")
    lines.append(f"the same app, opened out of a record:  {site}/ehr")
    if own:
        lines.append(f"your app may ask as client_id={own.id}, for codes at {' or '.join(own.redirect_uris)}")
    return lines


async def _people(settings: Settings) -> list[tuple[str, str, str, Person]]:
    """Login, name, role, and who it is: the first provider, and of the living patients the one with the most procedures."""
    async with session(settings.database_url, 60) as database:
        provider = await database.value(_DOCTOR)
        persons = await database.fetch(_PATIENT)
    doctor = Person(None if provider is None else f"Practitioner/{provider}")
    people = [("doctor", "Dr. Demo", "Doctor", doctor)]
    if persons:
        patient = persons[0]["person_id"]
        people.append(("patient", f"Patient {patient}", "Patient", Person(f"Patient/{patient}")))
    return people
