"""The invariants of R4 that plain structure cannot say, one function each, named by its key.

What enters: the JSON object of a type or backbone element, and the scope. What leaves: findings. An invariant
sees objects of the right kind, but its children may be wrong: it asks before it compares.
https://hl7.org/fhir/R4/conformance-rules.html#constraints

Left out: mqty-1 (no element of R4 has the type MoneyQuantity), dom-6 (a narrative should be there: advice),
and those of types that carry definitions (ElementDefinition, StructureDefinition, ValueSet, TestScript and
their like).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from omop_fhir.fhir.datatypes import check_decimal
from omop_fhir.fhir.dates import date_range

from .issue import NONE, Finding, Findings
from .references import Scope

JSON = Mapping[str, Any]
Invariant = Callable[[JSON, Scope], Findings]
UCUM = "http://unitsofmeasure.org"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
ALLERGY_VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"

_ANY_ZONE = timedelta(hours=14)
"""A date is that of a zone that is not known: it may begin so much before or after the same date in UTC."""

_INVARIANTS: dict[str, list[Invariant]] = {}


def invariants(path: str) -> tuple[Invariant, ...]:
    """The invariants of a type (`Period`) or backbone element (`Patient.contact`)."""
    return tuple(_INVARIANTS.get(path, ()))


def on(*paths: str) -> Callable[[Invariant], Invariant]:
    """Registers a function as an invariant of these types or backbone elements."""

    def register(function: Invariant) -> Invariant:
        for path in paths:
            _INVARIANTS.setdefault(path, []).append(function)
        return function

    return register


def broken(text: str, place: str = "") -> Findings:
    return [Finding(place, "invariant", text)]


def _rows(value: JSON, *names: str) -> Iterator[tuple[str, JSON]]:
    """(place, object) of the objects in nested lists: `_rows(statement, "rest", "resource")`."""
    items = value.get(names[0])
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            place = f".{names[0]}[{index}]"
            if len(names) == 1:
                yield place, item
            else:
                yield from ((place + inner, row) for inner, row in _rows(item, *names[1:]))


def _has(value: JSON, *names: str) -> bool:
    """Whether one of the elements is there, with a value or with extensions."""
    return any(name in value or "_" + name in value for name in names)


def _chosen(value: JSON, stem: str) -> Iterable[str]:
    """Names of the choice element that are there: `_chosen(observation, "value")` -> `valueQuantity`."""
    size = len(stem)
    return (key for key in value if key.startswith(stem) and key[size : size + 1].isupper())


def _exists(value: JSON, stem: str) -> bool:
    return next(iter(_chosen(value, stem)), None) is not None


def _has_coding(concept: object, system: str, *codes: str) -> bool:
    if not isinstance(concept, dict):
        return False
    return any(row.get("system") == system and row.get("code") in codes for _, row in _rows(concept, "coding"))


def _number(value: object) -> Decimal | None:
    """The number, of a size that can be reckoned with."""
    return None if check_decimal(value) is not None else Decimal(str(value))


def _repeated(pairs: Iterable[tuple[str, object]]) -> str | None:
    """The place of the first value that was there before."""
    seen: set[object] = set()
    for place, value in pairs:
        if value in seen:
            return place
        seen.add(value)
    return None


# Datatypes


@on("Extension")
def ext_1(value: JSON, scope: Scope) -> Findings:
    valued = False
    for key in value:
        valued = valued or key.startswith(("value", "_value"))
    if ("extension" in value) != valued:
        return NONE
    return broken("ext-1: an extension has either a value[x] or extensions, not both and not neither")


@on("Period")
def per_1(value: JSON, scope: Scope) -> Findings:
    start, end = value.get("start"), value.get("end")
    if type(start) is not str or type(end) is not str:
        return NONE
    if start <= end and len(start) == len(end) and start[19:] == end[19:]:
        return NONE
    return broken("per-1: the start of a period is after its end") if _is_after(start, end) else NONE


def _is_after(start: str, end: str) -> bool:
    """Whether every moment that `start` may mean is after every one that `end` may mean."""
    if "T" not in start and "T" not in end:
        size = min(len(start), len(end))
        return start[:size] > end[:size]
    try:
        first, last = date_range(start)[0], date_range(end)[1]
    except ValueError:
        return False
    if (first.tzinfo is None) != (last.tzinfo is None):
        first, last = first.replace(tzinfo=None), last.replace(tzinfo=None)
        return first - last >= _ANY_ZONE
    return first >= last


@on("Quantity", "Age", "Count", "Distance", "Duration")
def qty_3(value: JSON, scope: Scope) -> Findings:
    if _has(value, "code") and not _has(value, "system"):
        return broken("qty-3: a quantity with a code for its unit has the system of the code")
    return NONE


def _ucum(value: JSON, key: str) -> Findings:
    if _has(value, "value") and not _has(value, "code"):
        return broken(f"{key}: a value has a code for its unit")
    if "system" in value and value["system"] != UCUM:
        return broken(f"{key}: the system of the unit is {UCUM}", ".system")
    return NONE


@on("Age")
def age_1(value: JSON, scope: Scope) -> Findings:
    number = _number(value.get("value"))
    if number is not None and number <= 0:
        return broken("age-1: an age is more than 0", ".value")
    return _ucum(value, "age-1")


@on("Count")
def cnt_3(value: JSON, scope: Scope) -> Findings:
    number = _number(value.get("value"))
    if number is not None and number != number.to_integral_value():
        return broken("cnt-3: a count is a whole number", ".value")
    if value.get("code", "1") != "1":
        return broken("cnt-3: the code of a count is 1", ".code")
    return _ucum(value, "cnt-3")


@on("Distance")
def dis_1(value: JSON, scope: Scope) -> Findings:
    return _ucum(value, "dis-1")


@on("Duration")
def drt_1(value: JSON, scope: Scope) -> Findings:
    if _has(value, "code") and (value.get("system") != UCUM or not _has(value, "value")):
        return broken(f"drt-1: a duration with a code has the system {UCUM} and a value")
    return NONE


@on("SimpleQuantity")
def sqty_1(value: JSON, scope: Scope) -> Findings:
    return broken("sqty-1: there is no comparator here", ".comparator") if _has(value, "comparator") else NONE


@on("Range")
def rng_2(value: JSON, scope: Scope) -> Findings:
    low, high = value.get("low"), value.get("high")
    if not isinstance(low, dict) or not isinstance(high, dict) or low.get("code") != high.get("code"):
        return NONE
    least, most = _number(low.get("value")), _number(high.get("value"))
    if least is not None and most is not None and least > most:
        return broken("rng-2: the low end of a range is above its high end")
    return NONE


@on("Ratio")
def rat_1(value: JSON, scope: Scope) -> Findings:
    if ("numerator" in value) != ("denominator" in value) or not _has(value, "numerator", "extension"):
        return broken("rat-1: a ratio has both numerator and denominator, or neither and an extension")
    return NONE


@on("Attachment")
def att_1(value: JSON, scope: Scope) -> Findings:
    if _has(value, "data") and not _has(value, "contentType"):
        return broken("att-1: an attachment with data has a contentType")
    return NONE


@on("ContactPoint")
def cpt_2(value: JSON, scope: Scope) -> Findings:
    if _has(value, "value") and not _has(value, "system"):
        return broken("cpt-2: a contact point with a value has a system")
    return NONE


@on("Expression")
def exp_1(value: JSON, scope: Scope) -> Findings:
    return NONE if _has(value, "expression", "reference") else broken("exp-1: an expression or a reference is needed")


@on("DataRequirement.codeFilter")
def drq_1(value: JSON, scope: Scope) -> Findings:
    return _path_or_parameter(value, "drq-1")


@on("DataRequirement.dateFilter")
def drq_2(value: JSON, scope: Scope) -> Findings:
    return _path_or_parameter(value, "drq-2")


def _path_or_parameter(value: JSON, key: str) -> Findings:
    one = _has(value, "path") != _has(value, "searchParam")
    return NONE if one else broken(f"{key}: a filter has either a path or a searchParam")


_NEEDS = (
    ("tim-1", "duration", "durationUnit"),
    ("tim-2", "period", "periodUnit"),
    ("tim-6", "periodMax", "period"),
    ("tim-7", "durationMax", "duration"),
    ("tim-8", "countMax", "count"),
)


@on("Timing.repeat")
def tim_1_2_6_7_8(value: JSON, scope: Scope) -> Findings:
    return [
        Finding("", "invariant", f"{key}: {name} needs {needed}")
        for key, name, needed in _NEEDS
        if _has(value, name) and not _has(value, needed)
    ]


@on("Timing.repeat")
def tim_4_5(value: JSON, scope: Scope) -> Findings:
    return [
        Finding(f".{name}", "invariant", f"{key}: a {name} is not negative")
        for key, name in (("tim-4", "duration"), ("tim-5", "period"))
        if (number := _number(value.get(name))) is not None and number < 0
    ]


@on("Timing.repeat")
def tim_9_10(value: JSON, scope: Scope) -> Findings:
    when = value.get("when")
    if _has(value, "offset") and (not isinstance(when, list) or {"C", "CM", "CD", "CV"} & set(map(str, when))):
        return broken("tim-9: an offset needs a when, and not C, CM, CD or CV")
    if _has(value, "timeOfDay") and _has(value, "when"):
        return broken("tim-10: timeOfDay and when do not stand together")
    return NONE


# Resources


def dom_2_4_5(value: JSON) -> Findings:
    """Of one contained resource: it contains none, and has neither version, time nor security labels."""
    meta = value.get("meta")
    names = meta if isinstance(meta, dict) else {}
    found = (
        [Finding(".contained", "invariant", "dom-2: a contained resource contains none")]
        if "contained" in value
        else []
    )
    for key, name in (("dom-4", "versionId"), ("dom-4", "lastUpdated"), ("dom-5", "security")):
        if _has(names, name):
            found.append(Finding(f".meta.{name}", "invariant", f"{key}: a contained resource has no meta.{name}"))
    return found


def dom_3(value: JSON) -> Findings:
    """Each contained resource is referred to from the resource, or refers to it (`#`)."""
    rest = {key: item for key, item in value.items() if key != "contained"}
    used = set(_fragments(rest))
    found: list[Finding] = []
    contained = list(_rows(value, "contained"))
    inner = [set(_fragments(row)) for _, row in contained]
    for index, (place, row) in enumerate(contained):
        others = set().union(*inner[:index], *inner[index + 1 :])
        if f"#{row.get('id')}" not in used | others and "#" not in inner[index]:
            named = f"#{row['id']}" if "id" in row else f"{row.get('resourceType')}, which has no id"
            found.append(Finding(place, "invariant", f"dom-3: nothing refers to the contained {named}"))
    return found


def _fragments(node: object) -> Iterator[str]:
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if item.startswith("#"):
                yield item
        elif isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


@on("Patient.contact")
def pat_1(value: JSON, scope: Scope) -> Findings:
    if _has(value, "name", "telecom", "address", "organization"):
        return NONE
    return broken("pat-1: a contact has a name, telecom, address or organization")


@on("Organization")
def org_1(value: JSON, scope: Scope) -> Findings:
    return NONE if _has(value, "identifier", "name") else broken("org-1: an organization has an identifier or a name")


@on("Organization")
def org_2_3(value: JSON, scope: Scope) -> Findings:
    return [
        Finding(f"{place}.use", "invariant", f"{key}: the {name} of an organization is not of use home")
        for key, name in (("org-2", "address"), ("org-3", "telecom"))
        for place, row in _rows(value, name)
        if row.get("use") == "home"
    ]


@on("Condition")
def con_3(value: JSON, scope: Scope) -> Findings:
    """As its text says; the published expression compares a CodeableConcept with a string and so never
    fails."""
    listed = any(
        _has_coding(row, "http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item")
        for _, row in _rows(value, "category")
    )
    entered_in_error = _has_coding(value.get("verificationStatus"), VERIFICATION, "entered-in-error")
    if listed and not entered_in_error and "clinicalStatus" not in value:
        return [Finding("", "invariant", "con-3: a problem list item should have a clinicalStatus", "warning")]
    return NONE


@on("Condition")
def con_4(value: JSON, scope: Scope) -> Findings:
    ended = _has_coding(value.get("clinicalStatus"), CLINICAL, "resolved", "remission", "inactive")
    if ended or not (_exists(value, "abatement") or _exists(value, "_abatement")):
        return NONE
    return broken("con-4: a condition that has abated is of clinicalStatus inactive, resolved or remission")


@on("Condition")
def con_5(value: JSON, scope: Scope) -> Findings:
    if "clinicalStatus" in value and _has_coding(value.get("verificationStatus"), VERIFICATION, "entered-in-error"):
        return broken("con-5: a condition entered in error has no clinicalStatus", ".clinicalStatus")
    return NONE


@on("Condition.stage")
def con_1(value: JSON, scope: Scope) -> Findings:
    return NONE if _has(value, "summary", "assessment") else broken("con-1: a stage has a summary or an assessment")


@on("Condition.evidence")
def con_2(value: JSON, scope: Scope) -> Findings:
    return NONE if _has(value, "code", "detail") else broken("con-2: evidence has a code or a detail")


@on("AllergyIntolerance")
def ait_1_2(value: JSON, scope: Scope) -> Findings:
    in_error = _has_coding(value.get("verificationStatus"), ALLERGY_VERIFICATION, "entered-in-error")
    if in_error != ("clinicalStatus" in value):
        return NONE
    if in_error:
        return broken("ait-2: an allergy entered in error has no clinicalStatus", ".clinicalStatus")
    return broken("ait-1: an allergy has a clinicalStatus unless it was entered in error")


@on("Observation")
def obs_6(value: JSON, scope: Scope) -> Findings:
    if "dataAbsentReason" in value and (_exists(value, "value") or _exists(value, "_value")):
        return broken("obs-6: an observation with a value has no dataAbsentReason", ".dataAbsentReason")
    return NONE


@on("Observation")
def obs_7(value: JSON, scope: Scope) -> Findings:
    if "component" not in value or not (_exists(value, "value") or _exists(value, "_value")):
        return NONE
    own = [row for _, row in _rows({"code": [value.get("code")]}, "code", "coding")]
    return [
        Finding(
            f"{place}.code",
            "invariant",
            "obs-7: a component has not the code of the observation, which has a value",
        )
        for place, component in _rows(value, "component")
        if any(row in own for _, row in _rows({"code": [component.get("code")]}, "code", "coding"))
    ]


@on("Observation.referenceRange")
def obs_3(value: JSON, scope: Scope) -> Findings:
    return NONE if _has(value, "low", "high", "text") else broken("obs-3: a reference range has low, high or text")


@on("Immunization.education")
def imm_1(value: JSON, scope: Scope) -> Findings:
    return NONE if _has(value, "documentType", "reference") else broken("imm-1: documentType or reference is needed")


@on("Parameters.parameter")
def inv_1(value: JSON, scope: Scope) -> Findings:
    valued = _exists(value, "value") or _exists(value, "_value")
    if sum((valued, "resource" in value, "part" in value)) == 1:
        return NONE
    return broken("inv-1: a parameter has one of value[x], resource and part")


# Bundle


@on("Bundle")
def bdl_1(value: JSON, scope: Scope) -> Findings:
    if _has(value, "total") and value.get("type") not in ("searchset", "history"):
        return broken("bdl-1: only a searchset or history has a total", ".total")
    return NONE


@on("Bundle")
def bdl_2(value: JSON, scope: Scope) -> Findings:
    if value.get("type") == "searchset":
        return NONE
    return [
        Finding(f"{place}.search", "invariant", "bdl-2: only a searchset has entry.search")
        for place, row in _rows(value, "entry")
        if "search" in row
    ]


_PARTS = (
    ("bdl-3", "request", frozenset({"batch", "transaction", "history"})),
    ("bdl-4", "response", frozenset({"batch-response", "transaction-response", "history"})),
)


@on("Bundle")
def bdl_3_4(value: JSON, scope: Scope) -> Findings:
    kind = str(value.get("type"))
    return [
        Finding(place, "invariant", f"{key}: an entry of a {kind} has {'a' if kind in kinds else 'no'} {name}")
        for key, name, kinds in _PARTS
        for place, row in _rows(value, "entry")
        if (name in row) != (kind in kinds)
    ]


@on("Bundle.entry")
def bdl_5(value: JSON, scope: Scope) -> Findings:
    if _has(value, "resource", "request", "response"):
        return NONE
    return broken("bdl-5: an entry has a resource, a request or a response")


@on("Bundle")
def bdl_7(value: JSON, scope: Scope) -> Findings:
    if value.get("type") == "history":
        return NONE
    repeated = _repeated(_versions(value))
    return broken("bdl-7: the same fullUrl and version is there twice", f"{repeated}.fullUrl") if repeated else NONE


def _versions(bundle: JSON) -> Iterator[tuple[str, object]]:
    for place, row in _rows(bundle, "entry"):
        if isinstance(row.get("fullUrl"), str):
            resource = row.get("resource")
            meta = resource.get("meta") if isinstance(resource, dict) else None
            yield place, (row["fullUrl"], str(meta.get("versionId")) if isinstance(meta, dict) else "None")


@on("Bundle.entry")
def bdl_8(value: JSON, scope: Scope) -> Findings:
    url = value.get("fullUrl")
    if isinstance(url, str) and "/_history/" in url:
        return broken("bdl-8: a fullUrl names no version", ".fullUrl")
    return NONE


@on("Bundle.entry")
def full_url_agrees(value: JSON, scope: Scope) -> Findings:
    """https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.fullUrl: it agrees with the id of the
    resource."""
    url, resource = value.get("fullUrl"), value.get("resource")
    if not isinstance(url, str) or not isinstance(resource, dict) or "id" not in resource:
        return NONE
    name = f"{resource.get('resourceType')}/{resource['id']}"
    if url.startswith(("http://", "https://")) and not url.endswith("/" + name):
        return broken(f"the fullUrl does not end in {name}", ".fullUrl")
    return NONE


@on("Bundle")
def bdl_9_10_11_12(value: JSON, scope: Scope) -> Findings:
    kind = str(value.get("type"))
    if kind not in ("document", "message"):
        return NONE
    first = next((row.get("resource") for _, row in _rows(value, "entry")), None)
    first_type = first.get("resourceType") if isinstance(first, dict) else None
    if kind == "message":
        wrong = first_type != "MessageHeader"
        return broken("bdl-12: a message begins with a MessageHeader") if wrong else NONE
    headless = () if first_type == "Composition" else broken("bdl-11: a document begins with a Composition")
    return [*_document(value), *headless]


def _document(value: JSON) -> Iterator[Finding]:
    identifier = value.get("identifier")
    if not isinstance(identifier, dict) or not _has(identifier, "system") or not _has(identifier, "value"):
        yield Finding("", "invariant", "bdl-9: a document has an identifier with system and value")
    if "timestamp" not in value:
        yield Finding("", "invariant", "bdl-10: a document has a timestamp")


# CapabilityStatement


@on("CapabilityStatement")
def cpb_1(value: JSON, scope: Scope) -> Findings:
    if _has(value, "rest", "messaging", "document"):
        return NONE
    return broken("cpb-1: a CapabilityStatement has rest, messaging or document")


@on("CapabilityStatement")
def cpb_2(value: JSON, scope: Scope) -> Findings:
    if _has(value, "description", "software", "implementation"):
        return NONE
    return broken("cpb-2: a CapabilityStatement has a description, software or implementation")


@on("CapabilityStatement")
def cpb_3(value: JSON, scope: Scope) -> Findings:
    if value.get("kind") == "instance":
        return NONE
    return [
        Finding(f"{place}.endpoint", "invariant", "cpb-3: only an instance has messaging endpoints")
        for place, row in _rows(value, "messaging")
        if "endpoint" in row
    ]


@on("CapabilityStatement")
def cpb_7(value: JSON, scope: Scope) -> Findings:
    documents = ((place, (str(row.get("profile")), str(row.get("mode")))) for place, row in _rows(value, "document"))
    place = _repeated(documents)
    return broken("cpb-7: the same document profile and mode is there twice", place) if place else NONE


@on("CapabilityStatement.rest")
def cpb_9(value: JSON, scope: Scope) -> Findings:
    place = _repeated((place, str(row.get("type"))) for place, row in _rows(value, "resource"))
    return broken("cpb-9: a resource type is there twice", f"{place}.type") if place else NONE


@on("CapabilityStatement.rest.resource")
def cpb_12(value: JSON, scope: Scope) -> Findings:
    place = _repeated((place, str(row.get("name"))) for place, row in _rows(value, "searchParam"))
    return broken("cpb-12: a search parameter is there twice", f"{place}.name") if place else NONE


@on("CapabilityStatement")
def cpb_14_15_16(value: JSON, scope: Scope) -> Findings:
    kind, software, implementation = value.get("kind"), "software" in value, "implementation" in value
    if kind == "instance" and not implementation:
        return broken("cpb-14: an instance has an implementation")
    if kind == "capability" and (implementation or not software):
        return broken("cpb-15: a capability has software and no implementation")
    if kind == "requirements" and (implementation or software):
        return broken("cpb-16: requirements have neither implementation nor software")
    return NONE
