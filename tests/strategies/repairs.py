"""Makes what was drawn at random meet the invariants of R4, by the smallest change.

A repair takes the object of a type or backbone element and changes it in place; it draws nothing, so that examples shrink well.
https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omop_fhir.validate.invariants import UCUM, invariants
from omop_fhir.validate.references import Scope

JSON = dict[str, Any]
Repair = Callable[[JSON], None]
_ENDED = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "resolved"}]}
_NO_SCOPE = Scope({}, {})


def has(value: JSON, *names: str) -> bool:
    return any(name in value or "_" + name in value for name in names)


def drop(value: JSON, *names: str) -> None:
    for name in names:
        value.pop(name, None)
        value.pop("_" + name, None)


def chosen(value: JSON, stem: str) -> list[str]:
    names = (name.removeprefix("_") for name in value)
    return [name for name in names if name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper()]


def _is_broken(path: str, value: JSON) -> bool:
    return any(invariant(value, _NO_SCOPE) for invariant in invariants(path))


def _period(value: JSON) -> None:
    if _is_broken("Period", value):
        value["start"], value["end"] = value["end"], value["start"]


def _quantity(value: JSON) -> None:
    if has(value, "code") and not has(value, "system"):
        value["system"] = UCUM


def _measured(value: JSON) -> None:
    """Age, Count, Distance and Duration: of UCUM, with a value and a code."""
    drop(value, "system", "code")
    value |= {"system": UCUM, "code": "1", "value": abs(value.get("value", 0)) + 1}


def _counted(value: JSON) -> None:
    _measured(value)
    value["value"] = int(value["value"])


def _range(value: JSON) -> None:
    if _is_broken("Range", value):
        value["low"]["value"], value["high"]["value"] = value["high"]["value"], value["low"]["value"]


def _ratio(value: JSON) -> None:
    if ("numerator" in value) != ("denominator" in value):
        both = {"value": 1}
        value |= {"numerator": value.get("numerator", both), "denominator": value.get("denominator", both)}
    if not has(value, "numerator", "extension"):
        value |= {"numerator": {"value": 1}, "denominator": {"value": 2}}


def _set(name: str, item: Any, *unless: str, when: str | None = None) -> Repair:
    """Sets an element where none of `unless` (itself, if none is named) is there."""

    def repair(value: JSON) -> None:
        if (when is None or has(value, when)) and not has(value, *(unless or (name,))):
            value[name] = item

    return repair


def _one_of(*names: str, otherwise: JSON) -> Repair:
    """Keeps the first of several elements."""

    def repair(value: JSON) -> None:
        present = [name for name in names if has(value, name)]
        drop(value, *present[1:])
        if not present:
            value.update(otherwise)

    return repair


def _repeat(value: JSON) -> None:
    for name, needed, item in (
        ("periodMax", "period", 1),
        ("durationMax", "duration", 1),
        ("duration", "durationUnit", "h"),
        ("period", "periodUnit", "d"),
        ("countMax", "count", 1),
    ):
        if has(value, name) and not has(value, needed):
            value[needed] = item
    for name in ("duration", "period"):
        if name in value:
            value[name] = abs(value[name])
    if has(value, "offset"):
        drop(value, "timeOfDay", "when")
        value["when"] = ["AC"]
    if has(value, "when"):
        drop(value, "timeOfDay")


def _organization(value: JSON) -> None:
    _set("name", "a", "identifier", "name")(value)
    for row in [*value.get("address", ()), *value.get("telecom", ())]:
        if row.get("use") == "home":
            row["use"] = "work"


def _condition(value: JSON) -> None:
    """con-4, con-5: what is entered in error has no clinical status, what has abated is resolved."""
    if "entered-in-error" in str(value.get("verificationStatus")):
        drop(value, "clinicalStatus", *chosen(value, "abatement"))
    elif chosen(value, "abatement"):
        value["clinicalStatus"] = _ENDED


def _allergy(value: JSON) -> None:
    if "entered-in-error" in str(value.get("verificationStatus")):
        drop(value, "clinicalStatus")
    elif "clinicalStatus" not in value:
        system = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
        value["clinicalStatus"] = {"coding": [{"system": system, "code": "active"}]}


def _observation(value: JSON) -> None:
    if chosen(value, "value"):
        drop(value, "dataAbsentReason")
        own = value.get("code", {}).get("coding", [])
        for component in value.get("component", ()):
            component["code"]["coding"] = [row for row in component["code"].get("coding", ()) if row not in own]
            if not component["code"]["coding"]:
                component["code"] = {"text": "a"}


def _parameter(value: JSON) -> None:
    present = [*chosen(value, "value"), *(name for name in ("resource", "part") if name in value)]
    drop(value, *present[1:])
    if not present:
        value["valueBoolean"] = True


def _bundle(value: JSON) -> None:
    value["type"] = "collection"
    drop(value, "total")
    value.pop("_type", None)


def _entry(value: JSON) -> None:
    drop(value, "search", "request", "response", "fullUrl")
    value.setdefault("resource", {"resourceType": "Basic", "code": {"text": "a"}})


def _capability(value: JSON) -> None:
    drop(value, "kind", "messaging", "document", "rest")
    value |= {"kind": "instance", "implementation": {"description": "a"}, "rest": [{"mode": "server"}]}


REPAIRS: dict[str, Repair] = {
    "Period": _period,
    "Quantity": _quantity,
    "Age": _measured,
    "Distance": _measured,
    "Duration": _measured,
    "Count": _counted,
    "Range": _range,
    "Ratio": _ratio,
    "Attachment": _set("contentType", "text/plain", when="data"),
    "ContactPoint": _set("system", "phone", when="value"),
    "Expression": _set("expression", "a", "expression", "reference"),
    "DataRequirement.codeFilter": _one_of("path", "searchParam", otherwise={"path": "a"}),
    "DataRequirement.dateFilter": _one_of("path", "searchParam", otherwise={"path": "a"}),
    "Timing.repeat": _repeat,
    "Patient.contact": _set("name", {"text": "a"}, "name", "telecom", "address", "organization"),
    "Organization": _organization,
    "Condition": _condition,
    "Condition.stage": _set("summary", {"text": "a"}, "summary", "assessment"),
    "Condition.evidence": _set("code", [{"text": "a"}], "code", "detail"),
    "AllergyIntolerance": _allergy,
    "Observation": _observation,
    "Observation.referenceRange": _set("text", "a", "low", "high", "text"),
    "Immunization.education": _set("documentType", "a", "documentType", "reference"),
    "Parameters.parameter": _parameter,
    "Bundle": _bundle,
    "Bundle.entry": _entry,
    "CapabilityStatement": _capability,
}
"""Path of a type or backbone element -> its repair."""
