"""POST /auth/launch: an EHR makes a launch context, and gets the handle and the URL to open the app at.

A JSON object enters: `client_id`, `patient`, and if wanted `encounter`, `need_patient_banner`, `intent`. Whoever may read the
patient by the access token sent may launch an app about the patient; a launch made with a user's token is for that user alone,
one made with a system's for whoever signs in. It opens nothing by itself: what the app may see is decided by who signs in.
Rejected: no token (401), a client that cannot be launched, a patient or visit that the token does not show (400).
https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from ...auth.client import Client
from ...auth.grants import NOBODY, Grants
from ...errors import Invalid, Problem
from ...store.authorization.launches import LIFETIME, Launch
from ..audited import note
from ..exchange import Exchange
from ..oauth.answer import answer, failure, refusal
from .desk import Desk
from .looker import Looker

_FIELDS: dict[str, type] = {
    "client_id": str, "patient": str, "encounter": str, "need_patient_banner": bool, "intent": str,
}  # fmt: skip
_LONGEST = 4096


async def make_launch(desk: Desk, client: Client, launch: Launch) -> str:
    """The URL at which the app is to be opened, with the handle."""
    assert client.launch_uri is not None  # noqa: S101
    handle = await desk.store.launches.create(launch)
    parts = urlsplit(client.launch_uri)
    query = urlencode({"iss": desk.context.base, "launch": handle})
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, query)))))


async def launchable(desk: Desk, id: str) -> Client:
    """The client with this id. Raises Invalid where it cannot be launched."""
    client = await desk.store.clients.find(id)
    if client is None or client.disabled or client.launch_uri is None:
        raise Invalid("client_id is of no app that can be launched")
    return client


@dataclass(frozen=True, slots=True)
class LaunchEndpoint:
    """The endpoint, for an EHR's server or its page."""

    desk: Desk

    async def __call__(self, request: Request) -> Response:
        try:
            self.desk.context.audit.check()
            return answer(await self._recorded(request), 201)
        except Exception as error:
            return failure(request, error)

    async def _recorded(self, request: Request) -> dict[str, Any]:
        """The answer, and in the audit who launched an app about whom, or was refused."""
        audit, caller = self.desk.context.audit, NOBODY
        try:
            grants = await self.desk.context.access.grants(request.headers.get("authorization"))
            caller = grants.caller
            given = _parse(await Exchange(request.scope, request.receive, _LONGEST).read_body(_LONGEST))
            made = await self._made(request.scope, grants, given)
        except Problem as error:
            note(audit, request.scope, "launch", caller, *refusal(error))
            raise
        note(audit, request.scope, "launch", caller, resources=(f"Patient/{given['patient']}",))
        return made

    async def _made(self, scope: Scope, grants: Grants, given: dict[str, Any]) -> dict[str, Any]:
        client = await launchable(self.desk, given["client_id"])
        await self._check_shown(Looker(self.desk.context, grants, scope), given)
        account = UUID(grants.caller.account) if grants.caller.account else None
        context = {name: value for name, value in given.items() if name != "client_id"}
        launch = Launch(client.id, account, **context)
        url = await make_launch(self.desk, client, launch)
        return {"url": url, "launch": url.rpartition("launch=")[2], "iss": self.desk.context.base, "expires_in": LIFETIME}

    async def _check_shown(self, looker: Looker, given: dict[str, Any]) -> None:
        """Raises Invalid where the token does not show the patient and the visit, Forbidden where it shows none at all."""
        if await looker.patient(given["patient"]) is None:
            raise Invalid("patient is none that this token shows")
        if "encounter" in given and await looker.encounter(given["encounter"], given["patient"]) is None:
            raise Invalid("encounter is none of this patient's that this token shows")


def _parse(body: bytes) -> dict[str, Any]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Invalid("the body is not JSON") from None
    if not isinstance(given, dict) or not {"client_id", "patient"} <= given.keys() <= _FIELDS.keys():
        raise Invalid(f"the body is an object with client_id, patient, and if wanted {', '.join([*_FIELDS][2:])}")
    for name, value in given.items():
        if not isinstance(value, _FIELDS[name]) or value == "" or len(str(value)) > 1000:
            raise Invalid(f"{name} is not a {_FIELDS[name].__name__} of reasonable length")
    return given
