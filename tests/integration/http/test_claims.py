"""Every claim of the CapabilityStatement on how to search, walked; and what it does not claim is refused.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from omop_fhir.fhir.definitions import compartment
from omop_fhir.fhir.search_parameters import search_parameters

from .conftest import Served, execute, running

TYPES = ("Condition", "Encounter", "Location", "MedicationStatement", "Organization", "Patient", "Practitioner", "Procedure")
DEFINITION = "http://hl7.org/fhir/CompartmentDefinition/"


def rest(served: Served) -> dict[str, Any]:
    """What is claimed of the server."""
    (found,) = served.json("metadata")["rest"]
    return dict(found)


def claims(served: Served, type: str) -> dict[str, Any]:
    """What is claimed of a type."""
    return next(each for each in rest(served)["resource"] if each["type"] == type)


def parameters(served: Served, type: str) -> dict[str, str]:
    """Claimed parameter -> its type."""
    return {each["name"]: each["type"] for each in claims(served, type)["searchParam"]}


def names(bundle: dict[str, Any], mode: str) -> set[str]:
    """`Type/id` of the entries of a mode."""
    entries = (e for e in bundle.get("entry", ()) if e["search"]["mode"] == mode)
    return {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in entries}


def references(value: Any) -> Iterator[str]:
    """Every reference in a JSON value."""
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


@pytest.mark.parametrize("type", TYPES)
def test_each_include_brings_what_the_page_refers_to(served: Served, type: str) -> None:
    for value in claims(served, type).get("searchInclude", ()):
        bundle = served.json(f"{type}?_include={value}&_count=100")
        included = names(bundle, "include")
        pointed = {r for e in bundle["entry"] if e["search"]["mode"] == "match" for r in references(e["resource"])}
        assert included <= pointed, value
        if value == "*":
            there = {name for name in pointed if served.get(name).status_code == 200}
            extension = {r for e in bundle["entry"] for x in e["resource"].get("extension", ()) for r in references(x)}
            assert there - included - names(bundle, "match") <= extension


@pytest.mark.parametrize("type", TYPES)
def test_each_reverse_include_brings_what_refers_to_the_page(served: Served, type: str) -> None:
    brought = set()
    for value in claims(served, type).get("searchRevInclude", ()):
        bundle = served.json(f"{type}?_revinclude={value}&_count=100")
        matched = names(bundle, "match")
        for entry in bundle["entry"]:
            if entry["search"]["mode"] == "include":
                assert matched & set(references(entry["resource"])), value
                brought.add(value)
    assert brought or "searchRevInclude" not in claims(served, type)


@pytest.mark.parametrize("type", TYPES)
def test_every_include_that_is_not_claimed_is_refused(served: Served, type: str) -> None:
    claimed = claims(served, type)
    for other in TYPES:
        for parameter in search_parameters(other):
            value = f"{other}:{parameter.code}"
            for word, name in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
                expected = 200 if value in claimed.get(name, ()) else 400
                assert served.get(f"{type}?{word}={value}&_count=0").status_code == expected, (word, value)
            assert served.get(f"{type}?_include=*&_count=0").status_code == (200 if "searchInclude" in claimed else 400)


@pytest.mark.parametrize("type", TYPES)
def test_every_parameter_sorts_both_ways_and_is_there_or_missing(served: Served, type: str) -> None:
    total = served.json(f"{type}?_summary=count")["total"]
    for name in parameters(served, type):
        for sign in ("", "-"):
            assert served.get(f"{type}?_sort={sign}{name}&_count=3").status_code == 200, name
        there, missing = (served.json(f"{type}?{name}:missing={each}&_summary=count")["total"] for each in ("false", "true"))
        assert there + missing == total, name


@pytest.mark.parametrize("type", TYPES)
def test_every_reference_can_be_chained_and_had(served: Served, type: str) -> None:
    for value in claims(served, type).get("searchInclude", ()):
        if value != "*":
            name = value.partition(":")[2]
            assert served.get(f"{type}?{name}._id=1&_count=1").status_code == 200, name
    for value in claims(served, type).get("searchRevInclude", ()):
        if value != "*":
            assert served.get(f"{type}?_has:{value}:_id=1&_count=1").status_code == 200, value


def test_parameters_of_the_system_work_for_every_type(served: Served) -> None:
    claimed = [each["name"] for each in rest(served)["searchParam"]]
    assert "_type" in claimed
    assert "_id" in claimed
    assert served.json("?_id=1&_type=Patient")["entry"][0]["resource"]["id"] == "1"
    for name in claimed:
        value = "Patient" if name == "_type" else "2020"
        assert served.get(f"?{name}={value}").status_code == 200, name
        assert name == "_type" or all(name in parameters(served, type) for type in TYPES)
    assert served.get("?gender=male").status_code == 400


@pytest.mark.parametrize("name", ["Patient", "Encounter", "Practitioner", "Device", "RelatedPerson"])
def test_each_compartment_is_searched_by_its_types(served: Served, name: str) -> None:
    claimed = f"{DEFINITION}{name.lower()}" in rest(served)["compartment"]
    id = served.resources(f"{name}?_count=1")[0]["id"] if claimed else "1"
    for type in TYPES:
        member = type in compartment(name) or type == name
        answer = served.get(f"{name}/{id}/{type}")
        assert answer.status_code == (200 if member else 404), type
    if claimed:
        assert served.get(f"{name}/{id}/*").status_code == 200


def test_each_compartment_holds_what_its_parameters_find(served: Served) -> None:
    for type in ("Condition", "Encounter", "MedicationStatement", "Procedure"):
        inside = [r["id"] for r in served.walk(f"Patient/1/{type}?_count=100")]
        found = [r["id"] for r in served.walk(f"{type}?patient=1&_count=100")]
        assert inside == found
    encounter = served.resources("Encounter?_has:Procedure:encounter:status=completed&_count=1")[0]["id"]
    inside = [r["id"] for r in served.resources(f"Encounter/{encounter}/Procedure")]
    assert inside == [r["id"] for r in served.resources(f"Procedure?encounter={encounter}")]
    assert inside


def test_each_operation_is_there(served: Served) -> None:
    operations = {each["type"]: each.get("operation", []) for each in rest(served)["resource"]}
    assert operations.pop("Patient") == [
        {"name": "everything", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything"}
    ]
    assert not any(operations.values())
    assert served.get("Patient/$everything?_count=1").status_code == 200
    assert served.get("Patient/1/$everything").status_code == 200


def test_what_is_not_served_takes_its_claims_along(copy: Callable[[], str]) -> None:
    database = copy()
    execute(database, "DROP TABLE cdm.provider CASCADE", "DELETE FROM cdm.cdm_source")
    with running(database) as server:
        claimed = claims(server, "Procedure")["searchInclude"]
        assert "Procedure:performer" not in claimed
        assert "Procedure:patient" in claimed
        assert f"{DEFINITION}practitioner" not in rest(server)["compartment"]
        assert "_lastUpdated" not in parameters(server, "Procedure")
        for query in ("_include=Procedure:performer", "_lastUpdated=ge2020", "_include=Procedure:performer:Practitioner"):
            server.refusal(f"Procedure?{query}", 400, "not-supported")
