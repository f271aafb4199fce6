"""`POST /auth/launch`: an EHR makes a launch context, and gets the handle and the URL to open the app at.

A JSON object enters: `client_id`, `patient`, and if wanted `encounter`, `need_patient_banner`, `intent`. Whoever may read the
patient by the access token sent may launch an app about the patient; a launch made with a user's token is for that user alone,
one made with a system's for whoever signs in. It opens nothing by itself: what the app may see is decided by who signs in.
Rejected: no token (401), a client that cannot be launched, a patient or visit that the token does not show (400).
https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ...auth.client import Client
from ...auth.grants import NOBODY, Grants
from ...errors import Invalid, Problem
from ...store.authorization.launches import LIFETIME, Launch
from ..audited import note
from ..authorize.launch import launchable, make_launch
from ..authorize.looker import Looker
from ..context import Context
from ..exchange import Exchange
from .answer import answer, refusal
from .authority import Authority

_FIELDS: dict[str, type] = {
    "client_id": str, "patient": str, "encounter": str, "need_patient_banner": bool, "intent": str,
}  # fmt: skip
_LONGEST = 4096


async def launch(request: Request) -> Response:
    """The handle and the URL, 201; in the audit who launched an app about whom, or was refused."""
    context: Context = request.app.state.context
    authority: Authority = request.app.state.authority
    caller = NOBODY
    try:
        grants = await authority.access.grants(request.headers.get("authorization"))
        caller = grants.caller
        given = _parse(await Exchange(request.scope, request.receive, _LONGEST).read_body(_LONGEST))
        client = await launchable(authority.store, given["client_id"])
        await _check_shown(Looker(context, grants, request.scope), given)
        made = await _made(authority, grants, client, given)
    except Problem as error:
        note(context.audit, request.scope, "launch", caller, *refusal(error))
        raise
    note(context.audit, request.scope, "launch", caller, resources=(f"Patient/{given['patient']}",))
    return answer(made, 201)


async def _check_shown(looker: Looker, given: dict[str, Any]) -> None:
    """Raises Invalid where the token does not show the patient and the visit, Forbidden where it shows none at all."""
    if await looker.patient(given["patient"]) is None:
        raise Invalid("patient is none that this token shows")
    if "encounter" in given and await looker.encounter(given["encounter"], given["patient"]) is None:
        raise Invalid("encounter is none of this patient's that this token shows")


async def _made(authority: Authority, grants: Grants, client: Client, given: dict[str, Any]) -> dict[str, Any]:
    account = UUID(grants.caller.account) if grants.caller.account else None
    context = {name: value for name, value in given.items() if name != "client_id"}
    handle, url = await make_launch(authority.store, authority.base, client, Launch(client.id, account, **context))
    return {"url": url, "launch": handle, "iss": authority.base, "expires_in": LIFETIME}


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
