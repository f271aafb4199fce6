"""An event's record as the bytes of an AuditEvent.

https://hl7.org/fhir/R4/auditevent.html; the entities for queries and request ids are those of IHE's Basic Audit Log Patterns,
https://profiles.ihe.net/ITI/BALP/.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson

from ..fhir.dates import instant_text
from ..mapping.audit import MEANINGS, OUTCOME_CODES, POLICY, Coding, subtypes
from .compile import Concepts, Row
from .resource import SUBSETTED, Resource

JSON: TypeAlias = dict[str, Any]

_ALWAYS = ("resourceType", "id", "meta")
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_BALP = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
_PERSON_TYPE = "http://terminology.hl7.org/CodeSystem/extra-security-role-type"
_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_SOURCE = {
    "observer": {"display": "omop-fhir"},
    "type": [{"system": "http://terminology.hl7.org/CodeSystem/security-source-type", "code": "4"}],
}


class AuditEventRenderer:
    """Renders records of events in one shape; `offset` and `only` as for rows."""

    def __init__(self, base: str, offset: int, only: Collection[str] | None) -> None:
        self._base = base
        self._offset = offset
        self._only = None if only is None else frozenset(only)

    def __call__(self, row: Row, concepts: Concepts) -> Resource:
        """The resource of a record."""
        id = str(row[self._offset])
        resource = audit_event(id, orjson.loads(row[self._offset + 1]), self._base)
        last_updated = str(resource["recorded"])
        if self._only is not None:
            resource = {name: value for name, value in resource.items() if name in _ALWAYS or name in self._only}
            resource["meta"] = {**resource["meta"], "tag": [SUBSETTED]}
        return Resource(id, "1", orjson.dumps(resource), last_updated)


def audit_event(id: str, event: JSON, base: str) -> JSON:
    """The AuditEvent of an event as it is kept."""
    recorded = instant_text(datetime.fromtimestamp(event["at"] / 1000, UTC))
    meaning = MEANINGS[event["kind"]]
    resource: JSON = {
        "resourceType": "AuditEvent",
        "id": id,
        "meta": {"versionId": "1", "lastUpdated": recorded},
        "type": _coding(meaning.type),
        "subtype": [_coding(each) for each in subtypes(base, event["kind"])],
        "action": meaning.action,
        "recorded": recorded,
        "outcome": OUTCOME_CODES[event["outcome"]],
    }
    if "reason" in event:
        resource["outcomeDesc"] = event["reason"]
    if "emergency" in event:
        resource["purposeOfEvent"] = [_emergency(event["emergency"])]
    return resource | {"agent": list(_agents(event)), "source": _SOURCE} | _entities(event)


def _coding(coding: Coding) -> JSON:
    return {"system": coding.system, "code": coding.code}


def _emergency(reason: str | bool) -> JSON:
    purpose: JSON = {"coding": [{"system": _REASON, "code": "BTG", "display": "break the glass"}]}
    return purpose | {"text": reason} if isinstance(reason, str) else purpose


def _agents(event: JSON) -> Iterator[JSON]:
    """The person, where one is known, and the client."""
    account, user = event.get("account"), event.get("user")
    if account or user:
        person: JSON = {"type": {"coding": [{"system": _PERSON_TYPE, "code": "humanuser"}]}}
        if user:
            person["who"] = {"reference": user}
        yield person | ({"altId": account} if account else {}) | _how(event, requestor=True)
    client = {"type": {"coding": [{"system": _DCM, "code": "110150"}]}, "who": {"display": event["client"]}}
    yield client | {"name": event["client"]} | _how(event, requestor=not (account or user))


def _how(event: JSON, *, requestor: bool) -> JSON:
    found: JSON = {"requestor": requestor}
    if requestor and "authorization" in event:
        found["policy"] = [f"{POLICY}{event['authorization']}"]
    if requestor and "address" in event:
        found["network"] = {"address": event["address"], "type": "2"}
    return found


def _entities(event: JSON) -> JSON:
    entities = [_resource(each) for each in event.get("what", "").split()]
    if "parameters" in event:
        entities.append(_query(event["parameters"].split()))
    if "request" in event:
        what = {"identifier": {"value": event["request"]}}
        entities.append({"what": what, "type": {"system": _BALP, "code": "XrequestId"}})
    return {"entity": entities} if entities else {}


def _resource(reference: str) -> JSON:
    is_patient = reference.startswith("Patient/")
    type, role = ("1", "1") if is_patient else ("2", "4")
    return {
        "what": {"reference": reference},
        "type": {"system": _ENTITY_TYPE, "code": type},
        "role": {"system": _ROLE, "code": role},
    }


def _query(names: list[str]) -> JSON:
    """The parameters of a search by their names; their values are not kept."""
    return {
        "type": {"system": _ENTITY_TYPE, "code": "2"},
        "role": {"system": _ROLE, "code": "24"},
        "detail": [{"type": "parameter", "valueString": name} for name in names],
    }
