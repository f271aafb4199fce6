"""A small population in which every text tells whose it is, and worlds that differ from it in what some caller may not see.

Persons 1, 2 and 3 are rows of the CDM, `made` and `stranger` Patients that came in through FHIR; each has rows or documents of
every type. Person 1 is the caller's own: with practitioner 1, in care site 1. References are dirty, as in life: a condition of
person 1 names a visit of person 2, a procedure of person 2 a visit of person 1.

A world keeps what a caller may see to the last byte; of all else texts, codes and dates differ, some is missing and some is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import asyncpg

from omop_fhir.omop.cdm import TABLES
from omop_fhir.omop.ddl import create_tables, indexes, primary_keys

EVENTS = ("Condition", "Encounter", "MedicationStatement", "Procedure")
PLACES = ("Location", "Organization", "Practitioner")
TYPES = ("Patient", *EVENTS, *PLACES)
OWN = 1_000
"""Rows with smaller keys are the ETL's."""
CODED, OTHER, ALTERED = 4000, 4001, 4002
"""Concepts of every domain: what a granular scope names, what else there is, what other worlds have instead."""
CODE_SYSTEM = "http://snomed.info/sct"

_TABLES = {
    "Patient": "person", "Condition": "condition_occurrence", "Encounter": "visit_occurrence",
    "MedicationStatement": "drug_exposure", "Procedure": "procedure_occurrence", "Practitioner": "provider",
    "Organization": "care_site",
}  # fmt: skip
_CODES = {
    "Condition": "condition_concept_id", "Encounter": "visit_concept_id", "MedicationStatement": "drug_concept_id",
    "Procedure": "procedure_concept_id",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource: whose it is (of a place, whose resources refer to it), and whether it has the code of the granular scopes."""

    type: str
    id: str
    owner: str
    coded: bool = False

    @property
    def is_row(self) -> bool:
        return self.id.isdigit()

    @property
    def marker(self) -> str:
        """What its texts hold."""
        return f"mk{self.type[:4]}o{self.owner}i{self.id}"


Keeps: TypeAlias = Callable[[Thing], bool]


def rows() -> Iterator[Thing]:
    """The rows of the CDM."""
    for person in (1, 2, 3):
        yield Thing("Patient", str(person), str(person))
        for type in EVENTS:
            for n in (1, 2, 3):
                yield Thing(type, str(100 * person + n), str(person), coded=n == 1)
        for place in PLACES:
            yield Thing(place, str(person), str(person))


def documents() -> Iterator[Thing]:
    """The resources that came in through FHIR; ids sort by owner, so that keys do."""
    for owner in ("1", "2", "made", "stranger"):
        if not owner.isdigit():
            yield Thing("Patient", owner, owner)
        for place in PLACES:
            yield Thing(place, f"{place.lower()}-{owner}", owner)
        for type in EVENTS:
            for n in (1, 2):
                yield Thing(type, f"{type.lower()}-{owner}-{n}", owner, coded=n == 1)
    for place in PLACES:
        yield Thing(place, f"{place.lower()}-nobody", "nobody")


@cache
def things() -> tuple[Thing, ...]:
    """All resources of the first world, but those that moved from one person to another."""
    return (*rows(), *documents())


async def create(url: str) -> None:
    """The CDM of the first world, in an empty database."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE SCHEMA cdm; " + "; ".join(create_tables("cdm", "5.4", big=True)))
        await connection.execute("SET search_path = cdm")
        for statement in _vocabulary():
            await connection.execute(statement)
        for thing in rows():
            for table, row in _rows_of(thing, "one"):
                await _insert(connection, table, row)
        for statement in (*primary_keys("cdm", "5.4"), *indexes("cdm", "5.4")):
            await connection.execute(statement)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _vocabulary() -> Iterator[str]:
    yield "INSERT INTO vocabulary VALUES ('SNOMED', 'SNOMED', 'x', 'x', 0), ('None', 'None', 'x', 'v5', 0)"
    concepts = [
        (8507, "MALE", "Gender"), (8532, "FEMALE", "Gender"), (32817, "EHR", "Type Concept"), (32827, "EHR", "Type Concept"),
        (CODED, "coded", "Condition"), (OTHER, "other", "Condition"), (ALTERED, "altered", "Condition"),
    ]  # fmt: skip
    for id, name, domain in concepts:
        values = f"({id}, '{name}', '{domain}', 'SNOMED', 'x', 'S', 'c{id}', '1970-01-01', '2099-12-31', NULL)"
        yield f"INSERT INTO concept VALUES {values}"
    names = "cdm_source_name, cdm_source_abbreviation, cdm_holder, vocabulary_version, cdm_version, cdm_version_concept_id"
    yield (f"INSERT INTO cdm_source ({names}, source_release_date, cdm_release_date)"
           " VALUES ('x', 'x', 'x', 'x', '5.4', 0, '2024-01-01', '2024-01-31')")  # fmt: skip


async def _insert(connection: asyncpg.Connection[Any], table: str, row: Mapping[str, Any]) -> None:
    names = ", ".join(row)
    values = ", ".join("NULL" if v is None else str(v) if isinstance(v, int) else f"'{v}'" for v in row.values())
    await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({values})")


def _rows_of(thing: Thing, world: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows behind a resource, all their texts its marker and the world's name."""
    if thing.type == "Location":
        return  # it is the care site's, as the Organization is
    key, number = int(thing.id), int(thing.owner)
    text = f"{thing.marker}{world}"
    year = 2000 + key % 20 if world == "one" else 1950 + key % 20
    if thing.type in ("Patient", "Organization"):
        home = key + (50 if thing.type == "Organization" else 0)
        yield "location", _filled("location", home, text, year, {"location_id": home})
    yield _TABLES[thing.type], _filled(_TABLES[thing.type], key, text, year, dict(_links(thing, number, year, world)))
    if thing.type == "Patient":
        yield "death", _filled("death", key, text, year, {"person_id": key})


def _links(thing: Thing, person: int, year: int, world: str) -> Iterator[tuple[str, Any]]:
    key = int(thing.id)
    match thing.type:
        case "Patient":
            yield "person_source_value", f"{thing.marker}one"  # another would say that the number is another person's now
            yield from {"location_id": key, "provider_id": person, "care_site_id": person, "year_of_birth": year,
                        "gender_concept_id": 8507 if (key + (world != "one")) % 2 else 8532}.items()  # fmt: skip
        case "Organization":
            yield "location_id", key + 50
        case "Practitioner":
            yield from {"care_site_id": person, "year_of_birth": year, "gender_concept_id": 8507}.items()
        case type:
            yield "person_id", person
            yield "provider_id", 1 if key % 100 == 3 else person  # one event of each is of the caller's own practitioner
            if type == "Encounter":
                yield from {"care_site_id": person, "preceding_visit_occurrence_id": {103: 201, 203: 101}.get(key)}.items()
            else:
                yield "visit_occurrence_id", {102: 201, 202: 101}.get(key, 100 * person + key % 100)
            yield _CODES[type], (CODED if thing.coded else OTHER) if world == "one" else ALTERED


def _filled(table: str, key: int, text: str, year: int, given: dict[str, Any]) -> dict[str, Any]:
    """A row with something in each column, all of it told by its key and its world."""
    row: dict[str, Any] = {}
    for column in TABLES[table].of("5.4").columns:
        if column.name in given:
            row[column.name] = given[column.name]
        elif column.primary_key:
            row[column.name] = key
        elif column.type == "text" or (column.length or 0) >= 40:
            row[column.name] = text[: column.length or None]
        elif column.type in ("date", "timestamp"):
            row[column.name] = f"{year}-01-{1 + ('end' in column.name):02}"
        elif "type_concept_id" in column.name:
            row[column.name] = 32817
        elif column.name in ("quantity", "days_supply", "refills"):
            row[column.name] = year
        elif column.required and column.type == "integer":
            row[column.name] = 0
    return row


async def alter(url: str, keeps: Keeps) -> None:
    """Make the CDM another world, in which only what is kept is as it was."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(url)
    try:
        await connection.execute("SET search_path = cdm")
        hidden = [thing for thing in rows() if not keeps(thing)]
        organizations = {thing.id for thing in rows() if thing.type in ("Organization", "Location") and keeps(thing)}
        for thing in hidden:
            if thing.type != "Organization" or thing.id not in organizations:
                await _alter(connection, thing)
        for thing in _appearing(keeps):
            for table, row in _rows_of(thing, "two"):
                await _insert(connection, table, row)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _appearing(keeps: Keeps) -> Iterator[Thing]:
    """What is there in the other world alone: a person, and more events and places of those who are hidden."""
    candidates = [Thing("Patient", "4", "4"), *(Thing(place, "4", "4") for place in PLACES)]
    candidates += [Thing(type, str(100 * p + n), str(p)) for type in EVENTS for p in (1, 2, 4) for n in (4, 5)]
    yield from (thing for thing in candidates if not keeps(thing))


async def _alter(connection: asyncpg.Connection[Any], thing: Thing) -> None:
    """Another content under the same key; of person 3, none."""
    for table, row in _rows_of(thing, "two"):
        key = "person_id" if table in ("person", "death") else TABLES[table].primary_key
        await connection.execute(f"DELETE FROM {table} WHERE {key} = {row[str(key)]}")
        if thing.owner != "3":
            await _insert(connection, table, row)


def resource(thing: Thing, world: str = "one", version: str = "") -> dict[str, Any]:
    """A document."""
    text = f"{thing.marker}{world}{version}"
    year = 2010 if world == "one" else 1960
    code = (CODED if thing.coded else OTHER) if world == "one" else ALTERED
    coded = {"coding": [{"system": CODE_SYSTEM, "code": f"c{code}"}], "text": text}
    owner = {"reference": f"Patient/{thing.owner}"}
    at = {place: {"reference": f"{place}/{place.lower()}-{thing.owner}"} for place in PLACES}
    visit = {"reference": f"Encounter/encounter-{thing.owner}-1"}
    common = {"resourceType": thing.type, "id": thing.id, "identifier": [{"system": "urn:x", "value": text}]}
    by_type: Mapping[str, Callable[[], Mapping[str, Any]]] = {
        "Patient": lambda: {"name": [{"family": text}], "birthDate": f"{year}-01-01", "address": [{"city": text}],
                            "generalPractitioner": [at["Practitioner"]], "managingOrganization": at["Organization"]},
        "Practitioner": lambda: {"name": [{"text": text}], "gender": "male"},
        "Organization": lambda: {"name": text, "address": [{"city": text}]},
        "Location": lambda: {"name": text, "address": {"city": text}},
        "Encounter": lambda: {"status": "finished", "class": {"system": CODE_SYSTEM, "code": f"c{code}"}, "type": [coded],
                              "subject": owner, "participant": [{"individual": at["Practitioner"]}],
                              "location": [{"location": at["Location"]}], "serviceProvider": at["Organization"],
                              "period": {"start": f"{year}-01-01", "end": f"{year}-01-02"}},
        "Condition": lambda: {"code": coded, "subject": owner, "encounter": visit, "asserter": at["Practitioner"],
                              "onsetDateTime": f"{year}-01-01", "note": [{"text": text}]},
        "Procedure": lambda: {"status": "completed", "code": coded, "subject": owner, "encounter": visit,
                              "performer": [{"actor": at["Practitioner"]}], "performedDateTime": f"{year}-01-01"},
        "MedicationStatement": lambda: {"status": "active", "medicationCodeableConcept": coded, "subject": owner,
                                        "context": visit, "effectiveDateTime": f"{year}-01-01"},
    }  # fmt: skip
    return {**common, **by_type[thing.type]()}


MOVED = (("condition-came", "2", "1"), ("condition-went", "1", "2"))
"""Conditions that were first of one person, and are now of another."""


def first_documents() -> Iterator[list[dict[str, Any]]]:
    """The bodies of the PUTs that make the documents, one transaction after another; events get two versions."""
    yield [resource(thing) for thing in documents()]
    yield [resource(thing, version="v2") for thing in documents() if thing.type in EVENTS]
    for step in (1, 2):
        yield [resource(Thing("Condition", id, owners[step - 1]), version=f"m{step}") for id, *owners in MOVED]


def other_documents(keeps: Keeps) -> Iterator[dict[str, Any]]:
    """The bodies of the PUTs that make what is not kept another: altered, and new."""
    for thing in documents():
        if not keeps(thing):
            yield resource(thing, "two")
    for owner in ("2", "stranger"):
        for type in EVENTS:
            thing = Thing(type, f"{type.lower()}-{owner}-9", owner)
            if not keeps(thing):
                yield resource(thing, "two")


def withdrawn_documents(keeps: Keeps) -> Iterator[Thing]:
    """What is deleted in the other world."""
    for thing in documents():
        if thing.owner in ("2", "stranger") and thing.type in ("Condition", "Procedure") and thing.coded and not keeps(thing):
            yield thing
