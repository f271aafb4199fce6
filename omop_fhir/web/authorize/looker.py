"""Patients as people recognise them, found by our own search under the grants of whoever looks.

What is sought enters, `PatientLine`s leave, never of a patient whom the account's roles do not show. Rejected with Invalid: a
birth date that is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.types import Scope

from ...auth.grants import Caller, Grants, Pairs
from ...auth.role import Role, user_permissions
from ...auth.scope import Scopes, parse_scopes
from ...errors import Invalid
from ...request.page import Page
from ...request.values import ID
from ...store.authorization.accounts import Account
from ...store.snapshot import Snapshot
from ..context import Context
from ..exchange import Exchange
from ..search import search
from .patient_line import PatientLine, patient_line
from .sought import FIELDS, Sought

SHOWN = 10
"""Patients on a page to choose from."""
_SAID_ID = re.compile(r"^Patient[ /]")
"""An id as the pages, or references, say it."""
_LOOKING = parse_scopes("user/Patient.rs user/Encounter.rs")


def looking(account: Account, roles: Iterable[Role], client: str, emergency: str | None) -> Grants:
    """What somebody may look at to choose a patient: all that the roles show, or, in an emergency, what those of them would
    show without their restriction that may break the glass."""
    looked = [replace(role, restriction="none") for role in roles if role.breaks_glass] if emergency else roles
    permissions = user_permissions(Scopes(_LOOKING.resources), looked, account.person, None)
    caller = Caller(client, str(account.id), account.fhir_user, emergency=emergency)
    return Grants(f"account {account.id}", permissions, caller=caller)


@dataclass(frozen=True, slots=True)
class Looker:
    """Finds patients under somebody's grants."""

    context: Context
    grants: Grants
    scope: Scope
    """The request that looks, for the audit."""

    @property
    def may_look(self) -> bool:
        """Do the roles show any patients at all?"""
        return self.grants.allow("Patient", "search-type")

    async def fields(self) -> tuple[str, ...]:
        """What can be searched by here: the name only where any is known, an id always."""
        return await self.context.facade.attempt(self._fields)

    async def _fields(self, snapshot: Snapshot) -> tuple[str, ...]:
        rows = [bound for bound in snapshot.bounds.get("Patient", ()) if bound.twin is None]
        fields = {field for field in FIELDS if any(field in bound.search for bound in rows)} | {"identifier"}
        if "name" not in fields and await self.context.facade.is_indexed(snapshot, "Patient", "name"):
            fields.add("name")
        return tuple(field for field in FIELDS if field in fields)

    async def find(self, sought: Sought) -> tuple[list[PatientLine], bool]:
        """The first patients that are found, and whether there are more. An identifier may be an id as well."""
        pairs = (*sought.pairs(), ("_count", str(SHOWN)))
        found, more = await (self._search(pairs) if sought.identifier else self._first(pairs))
        id = _SAID_ID.sub("", sought.identifier)
        if not found and ID.fullmatch(id):
            others = (pair for pair in pairs if pair[0] != "identifier")
            found, more = await self._search((*others, ("_id", id)))
        return [patient_line(each) for each in found], more

    async def _first(self, pairs: Pairs) -> tuple[list[dict[str, Any]], bool]:
        """The first patients, those with negative keys last: ETLs give such to whom they set apart."""
        bounds = (await self.context.facade.snapshot()).bounds.get("Patient", ())
        if not bounds:
            return await self._search(pairs)
        beyond = Page("Patient", pairs, (), bounds[0].mapping.name, 0, backward=False)
        found, more = await self._search((("_page", self.context.sealer.seal(beyond, self.grants.holder)),))
        if more or len(found) == SHOWN:
            return found, more
        others, more = await self._search(pairs)
        shown = {each["id"] for each in found}
        found += [each for each in others if each["id"] not in shown]
        return found[:SHOWN], more or len(found) > SHOWN

    async def try_to_find(self, sought: Sought) -> tuple[list[PatientLine], bool, str]:
        """The same, and what is wrong with what was typed."""
        try:
            return (*await self.find(sought), "")
        except Invalid:
            return [], False, "nobody can be looked for by that: check what you typed"

    async def patient(self, id: str) -> PatientLine | None:
        """The patient with this id, if the roles show it."""
        found, _ = await self._search((("_id", id),))
        return patient_line(found[0]) if found else None

    async def encounter(self, id: str, patient: str) -> str | None:
        """An encounter of a patient, in words; None where it is not the patient's or is not shown."""
        if not self.grants.allow("Encounter", "search-type"):
            return None
        found = (await self._bundle("Encounter", (("_id", id), ("patient", patient)))).get("entry", ())
        return _encounter_line(found[0]["resource"]) if found else None

    async def latest_encounter(self, patient: str) -> str | None:
        """The id of the patient's latest encounter, if any is shown."""
        if not self.grants.allow("Encounter", "search-type"):
            return None
        bundle = await self._bundle("Encounter", (("patient", patient), ("_sort", "-date"), ("_count", "1")))
        return next((str(each["resource"]["id"]) for each in bundle.get("entry", ())), None)

    async def _search(self, pairs: Pairs) -> tuple[list[dict[str, Any]], bool]:
        bundle = await self._bundle("Patient", pairs)
        patients = [each["resource"] for each in bundle.get("entry", ()) if each["resource"]["resourceType"] == "Patient"]
        return patients, any(link["relation"] == "next" for link in bundle["link"])

    async def _bundle(self, type: str, pairs: Pairs) -> dict[str, Any]:
        exchange = _asked(self.scope, type, pairs)
        exchange.touched.aim(exchange.method, [type])
        exchange.touched.caller, exchange.touched.is_typed = self.grants.caller, True
        try:
            response = await search(exchange, self.context, self.grants, [type])
        except Exception as error:
            self.context.audit.record(exchange.touched.event(self.scope, error))
            raise
        self.context.audit.record(exchange.touched.event(self.scope, None))
        bundle: dict[str, Any] = orjson.loads(bytes(response.body))
        return bundle


def _asked(scope: Scope, type: str, pairs: Pairs) -> Exchange:
    """A search as if it had come from outside, within the request of a page."""
    asked = {"method": "GET", "path": f"/fhir/{type}", "raw_path": f"/fhir/{type}".encode(), "fhir_prefix": "/fhir"}
    return Exchange({**scope, **asked, "headers": [], "query_string": urlencode(pairs).encode()}, _nothing, 16_384)


async def _nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def _encounter_line(encounter: Mapping[str, Any]) -> str:
    period = encounter.get("period", {})
    kind = encounter.get("class", {})
    said = kind.get("display") or kind.get("code") or "Encounter"
    return " ".join(filter(None, (str(said), str(period.get("start", ""))[:10], f"({encounter['id']})")))
