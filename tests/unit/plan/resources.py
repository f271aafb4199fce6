# ruff: noqa: E501 - tables of cases read best as lines
"""Resources of any type with any elements that R4 has, made by hypothesis from the definitions.

What mappings look for comes often: their extensions, their systems, the concepts of a small vocabulary, and references to rows
that are there. What they do not know comes too.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from omop_fhir.fhir.definitions import Element, children, codings
from omop_fhir.mapping.build import inside
from omop_fhir.omop.concept import Concept
from omop_fhir.omop.vocabulary import OHDSI

from .vocabulary import Vocabulary

BASE = "https://fhir.example/fhir"
OMOP = "https://ohdsi.github.io/CommonDataModel/cdm54.html#"
US = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
CDC = "urn:oid:2.16.840.1.113883.6.238"

_CONCEPTS = (
    Concept(101, "an act", "SNOMED", "S101", "Procedure", standard=True),
    Concept(102, "a state", "SNOMED", "S102", "Condition", standard=True),
    Concept(103, "a substance", "RxNorm", "R103", "Drug", standard=True),
    Concept(104, "a test", "LOINC", "L104", "Measurement", standard=True),
    Concept(105, "a site", "SNOMED", "S105", "Spec Anatomic Site", standard=True),
    Concept(106, "a route", "SNOMED", "S106", "Route", standard=True),
    Concept(201, "an act, as claimed", "CPT4", "C201", "Procedure"),
    Concept(202, "two states", "ICD10CM", "I202", "Condition"),
    Concept(203, "a code alone", "ICD10CM", "I203", "Condition"),
    Concept(9201, "Inpatient Visit", "Visit", "IP", "Visit", standard=True),
    Concept(581477, "Office Visit", "Visit", "OMOP1", "Visit", standard=True),
    Concept(32817, "EHR", "Type Concept", "OMOP2", "Type Concept", standard=True),
    Concept(32865, "Patient self-report", "Type Concept", "OMOP3", "Type Concept", standard=True),
    Concept(32893, "Confirmed diagnosis", "Condition Status", "OMOP4", "Condition Status", standard=True),
)
VOCABULARY = Vocabulary({c.id: c for c in _CONCEPTS}, {201: (101,), 202: (102, 104)}, {})

TEXTS = st.one_of(
    st.sampled_from(
        ["x", "twice a day", "MA", "OMOP2", "I202", "a text of more than fifty characters, of which OMOP takes none"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip),
)
DATES = st.sampled_from(["1980", "1980-02", "1980-02-29", "2020-03-04", "2024-07-01"])
MOMENTS = st.one_of(
    DATES,
    st.sampled_from([
        "2020-03-04T10:20:30+01:00", "2020-03-04T23:30:00Z", "2020-03-04T00:00:00+01:00", "2023-10-29T02:30:00+01:00",
        "2020-03-04T10:20:30.25Z", "2020-03-04T10:20:30.1234567Z", "9999-12-31T23:30:00Z", "1850-01-01T12:00:00Z",
    ]),
)  # fmt: skip
URLS = st.sampled_from(["http://example.org/a", "urn:oid:1.2.3", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"])
IDS = st.sampled_from(["a", "A1.b-2", "7"])
DECIMALS = st.sampled_from([Decimal("0"), Decimal("1.50"), Decimal("-71.050"), Decimal("1E+3"), Decimal("0.000001"), 30])
_PRIMITIVES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(), "integer": st.integers(-(2**31), 2**31 - 1), "positiveInt": st.integers(1, 2**31 - 1),
    "unsignedInt": st.integers(0, 2**31 - 1), "decimal": DECIMALS, "date": DATES, "dateTime": MOMENTS,
    "instant": st.just("2020-03-04T10:20:30Z"), "time": st.just("10:20:30"), "uri": URLS, "url": URLS, "canonical": URLS,
    "oid": st.just("urn:oid:1.2.3"), "uuid": st.just("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"), "id": IDS,
    "base64Binary": st.just("AAAA"), "string": TEXTS, "markdown": TEXTS, "xhtml": st.just("<div>x</div>"),
    "code": st.sampled_from(["other", "a-code"]),
}  # fmt: skip
CODINGS = st.one_of(
    st.sampled_from([concept.coding() for concept in _CONCEPTS]),
    st.sampled_from([
        {"system": OHDSI, "code": "1"}, {"system": "http://example.org/codes", "code": "X"}, {"code": "alone"}, {"display": "a word"},
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "SS"},
        {"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "problem-list-item"},
        {"system": "http://terminology.hl7.org/CodeSystem/admit-source", "code": "emd"},
        {"system": "http://terminology.hl7.org/CodeSystem/discharge-disposition", "code": "oth"},
        {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"},
    ]),
)  # fmt: skip
REFERENCES = st.sampled_from([
    {"reference": "Patient/7"}, {"reference": "Patient/7"}, {"reference": f"{BASE}/Patient/7"}, {"reference": "Patient/8", "type": "Patient"},
    {"reference": "Practitioner/3", "display": "Dr"}, {"reference": "Practitioner/3"}, {"reference": "Organization/4"},
    {"reference": "Encounter/70"}, {"reference": "Encounter/detail-71"}, {"reference": "Location/5"}, {"reference": "#c"},
    {"reference": "Patient/nobody"}, {"display": "someone"}, {"identifier": {"value": "x"}},
])  # fmt: skip


def _some(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, min_size=1, max_size=most)


@st.composite
def concepts(draw: st.DrawFn) -> dict[str, Any]:
    """A CodeableConcept."""
    value: dict[str, Any] = {}
    if draw(st.booleans()):
        chosen = draw(_some(CODINGS))
        value["coding"] = [dict(coding) for coding in chosen]
        if draw(st.booleans()):
            value["coding"][0]["userSelected"] = True
    if not value or draw(st.booleans()):
        value["text"] = draw(TEXTS)
    return value


@st.composite
def extensions(draw: st.DrawFn) -> dict[str, Any]:
    """An extension, known or not."""
    match draw(st.integers(0, 8)):
        case 0:
            part = st.fixed_dictionaries({
                "url": st.sampled_from(["ombCategory", "detailed"]),
                "valueCoding": st.sampled_from([{"system": CDC, "code": code} for code in ("2106-3", "2028-9", "2034-7", "2135-2", "0")]),
            })  # fmt: skip
            kind = draw(st.sampled_from(["race", "ethnicity"]))
            return {"url": US + kind, "extension": [*draw(_some(part)), {"url": "text", "valueString": draw(TEXTS)}]}
        case 1:
            return {"url": f"{US}birthsex", "valueCode": draw(st.sampled_from(["M", "F", "UNK"]))}
        case 2 | 3 | 4:
            name = draw(st.sampled_from([
                "procedure_occurrence.procedure_type_concept_id", "procedure_occurrence.modifier_concept_id",
                "condition_occurrence.condition_status_concept_id", "drug_exposure.drug_type_concept_id",
                "visit_occurrence.visit_type_concept_id", "person.gender_source_concept_id", "death.cause_concept_id",
                "death.death_type_concept_id", "provider.specialty_concept_id", "person.race_source_concept_id",
            ]))  # fmt: skip
            return {"url": OMOP + name, "valueCodeableConcept": draw(concepts())}
        case 5:
            name = draw(st.sampled_from(["procedure_occurrence.quantity", "drug_exposure.days_supply", "drug_exposure.refills"]))
            return {"url": OMOP + name, "valueInteger": draw(st.integers(-5, 100))}
        case 6:
            return {"url": f"{OMOP}drug_exposure.quantity", "valueDecimal": draw(DECIMALS)}
        case 7:
            return {"url": f"{OMOP}{draw(st.sampled_from(['condition_occurrence.stop_reason', 'drug_exposure.lot_number']))}",
                    "valueString": draw(TEXTS)}  # fmt: skip
        case _:
            return {"url": "http://example.org/unknown", "valueString": draw(TEXTS)}


IDENTIFIERS = st.fixed_dictionaries(
    {"value": TEXTS},
    optional={
        "system": st.sampled_from([f"{BASE}/identifier/person_source_value", f"{BASE}/identifier/person_id",
                                   f"{BASE}/identifier/care_site_source_value", "http://hl7.org/fhir/sid/us-npi",
                                   "http://example.org/mrn"]),
        "use": st.sampled_from(["usual", "official"]),
    },
)  # fmt: skip
GEOLOCATION = {
    "url": "http://hl7.org/fhir/StructureDefinition/geolocation",
    "extension": [
        {"url": "latitude", "valueDecimal": Decimal("42.360")},
        {"url": "longitude", "valueDecimal": Decimal("-71.05")},
    ],
}


def _value(draw: st.DrawFn, found: Element, type: str, depth: int) -> Any:
    if type in ("BackboneElement", "Element") or found.content:
        return _members(draw, inside(found.path), depth - 1)
    match type:
        case "code" if found.binding:
            return draw(st.sampled_from(sorted(code for _, code in codings(found.binding))))
        case "CodeableConcept":
            if found.binding and draw(st.booleans()):
                system, code = draw(st.sampled_from(sorted(codings(found.binding))))
                return {"coding": [{"system": system, "code": code}]}
            return draw(concepts())
        case "Coding":
            return dict(draw(CODINGS))
        case "Reference":
            return dict(draw(REFERENCES))
        case "Identifier":
            return draw(IDENTIFIERS)
        case "Extension":
            return draw(extensions())
        case "Period":
            start, end = sorted((draw(MOMENTS), draw(MOMENTS)))
            return draw(st.sampled_from([{"start": start, "end": end}, {"start": start}, {"end": end}]))
        case "Resource":
            return {"resourceType": "Medication", "id": "c", "code": draw(concepts())}
        case _ if type in _PRIMITIVES:
            return draw(_PRIMITIVES[type])
    value = _members(draw, type, depth - 1)
    if type == "Address" and draw(st.booleans()):
        value["extension"] = [GEOLOCATION]
    return value


def _members(draw: st.DrawFn, path: str, depth: int) -> dict[str, Any]:
    """Some of the elements below a path, the mandatory among them; at least one."""
    known = [
        e
        for e in children(path)
        if e.name not in ("id", "extension", "modifierExtension", "implicitRules", "contained", "language")
    ]
    flat = [
        e for e in known if depth > 0 or e.types[0].code in _PRIMITIVES or e.types[0].code in ("Reference", "CodeableConcept")
    ]
    must = [e for e in known if e.minimum]
    chosen = draw(st.lists(st.sampled_from(flat), max_size=3, unique_by=lambda e: e.path)) if flat else []
    value = {}
    for each in dict.fromkeys((*must, *(chosen or ([] if must else flat[:1])))):
        value |= _member(draw, each, depth)
    return value


def _member(draw: st.DrawFn, found: Element, depth: int) -> dict[str, Any]:
    kinds = [kind for kind in found.types if kind.code != "Narrative"] or list(found.types)
    kind = draw(st.sampled_from(kinds))
    name = found.name + kind.suffix if found.is_choice else found.name
    if not found.is_list:
        return {name: _value(draw, found, kind.code, depth)}
    return {name: [_value(draw, found, kind.code, depth) for _ in range(draw(st.integers(1, 2)))]}


@st.composite
def resources(draw: st.DrawFn, type: str, likely: tuple[str, ...] = (), usual: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A resource of a type; elements named `likely` are there more often than not, and `usual` members mostly as given."""
    members = {name: value for name, value in (usual or {}).items() if draw(st.integers(0, 9))}
    resource: dict[str, Any] = {"resourceType": type, "id": "x", **members}
    for each in children(type):
        there = any(name in resource for name in each.properties)
        wanted = each.minimum or draw(st.integers(0, 9)) < (7 if each.name in likely else 2)
        if wanted and not there and each.name not in ("implicitRules", "modifierExtension"):
            resource |= _member(draw, each, 2)
    if "text" in resource:
        resource["text"] = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}
    return resource
