"""What is sent comes back: drawn resources, the official examples of R4, and a patient's whole Bundle.

Each is created, read, found by every search parameter that has a value in it, and deleted; then nothing of it is left but its
history. https://hl7.org/fhir/R4/http.html#create
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from omop_fhir.fhir.json import loads
from omop_fhir.validate.incoming import errors, validate_write
from tests.strategies.resources import Wishes, resources

from .comparison import rewritten, sent
from .queries import queries
from .server import PERSONS, TYPES, Server

JSON = dict[str, Any]
EXAMPLES = Path(__file__).parents[4] / "shared" / "spec" / "r4" / "examples"
BUNDLES = sorted((Path(__file__).parents[2] / "fixtures" / "synthea").glob("*.json.gz"))
DRAWN = max(12, settings().max_examples // 8)

SNOMED, RXNORM = "http://snomed.info/sct", "http://www.nlm.nih.gov/research/umls/rxnorm"
KNOWN = {
    "Procedure.code": (SNOMED, "430193006", "Medication reconciliation"),
    "Condition.code": (SNOMED, "38341003", "Hypertensive disorder"),
    "MedicationStatement.medication[x]": (RXNORM, "313782", "acetaminophen 325 MG Oral Tablet"),
}
"""Codes that the database may know, so that there are rows."""


def concept(system: str, code: str, display: str) -> JSON:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


PEOPLE = Wishes(
    targets={"Patient": [str(id) for id in range(1, PERSONS + 1)], "Encounter": ["1", "2", "3"], "Practitioner": ["1", "2"],
             "Organization": ["1", "2"], "Location": ["1", "2"]},
    given={
        path: st.just(concept(*known)) for path, known in KNOWN.items() if not path.endswith("[x]")
    } | {"Procedure.status": st.just("completed")},
)  # fmt: skip
"""Resources about those who are there, so that most become rows."""


def check(server: Server, resource: JSON, expected: JSON | None = None) -> None:
    """The whole way of one resource."""
    before = server.counts()
    type = resource["resourceType"]
    created = server.ask("POST", type, resource)
    assert created.status_code == 201, created.text
    id = loads(created.content)["id"]
    back = server.json("GET", f"{type}/{id}")
    assert sent(back) == sent(expected or resource)
    assert (back["id"], back["meta"]["versionId"]) == (id, "1")
    check_found(server, back)
    assert server.ask("DELETE", f"{type}/{id}").status_code == 204
    assert server.ask("GET", f"{type}/{id}").status_code in (404, 410)
    assert server.counts() == before
    assert (server.owned(type, id), server.indexed(type, id)) == ([], 0)


def check_found(server: Server, resource: JSON) -> None:
    """Every search parameter that has a value in the resource finds it."""
    type, id = resource["resourceType"], resource["id"]
    for name, text in queries(resource, server.declared[type]):
        answer = server.runner.run(server.http.get(type, params=[("_id", id), (name, text)]))
        assert answer.status_code == 200, (name, text, answer.text)
        found = [entry["resource"]["id"] for entry in answer.json().get("entry", ())]
        assert found == [id], (name, text)


@pytest.mark.hypothesis
@pytest.mark.parametrize("type", TYPES)
@settings(
    max_examples=DRAWN,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
@given(data=st.data())
def test_drawn_resources_come_back(lenient: Server, type: str, data: st.DataObject) -> None:
    check(lenient, data.draw(st.one_of(resources(type), resources(type, PEOPLE))))


def official() -> list[Path]:
    """The examples of the types that are kept."""
    names = tuple(name.lower() for name in TYPES)
    return [path for path in sorted(EXAMPLES.glob("*.json")) if path.name.startswith(names)] if EXAMPLES.is_dir() else []


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"the examples of R4 are not in {EXAMPLES}")
@pytest.mark.parametrize("path", official(), ids=lambda path: path.stem)
def test_official_examples_come_back(lenient: Server, path: Path) -> None:
    resource = loads(path.read_bytes())
    refused = errors(validate_write(resource))
    if refused:
        answer = lenient.ask("POST", resource["resourceType"], resource)
        assert answer.status_code == 400, answer.text
        pytest.skip(f"it is not valid R4: {refused[0].message}")
    check(lenient, resource)


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.name)
def test_a_patients_bundle_comes_back(server: Server, path: Path) -> None:
    bundle = loads(gzip.decompress(path.read_bytes()))
    before = server.counts()
    answer = server.json("POST", "", bundle)
    places = {
        entry["fullUrl"]: "/".join(done["response"]["location"].split("/")[-4:-2])
        for entry, done in zip(bundle["entry"], answer["entry"], strict=True)
    }
    for entry in bundle["entry"]:
        back = server.json("GET", places[entry["fullUrl"]])
        assert sent(back) == sent(rewritten(entry["resource"], places))
        check_found(server, back)
    for type in ("Procedure", "Condition", "Encounter", "Patient", "Practitioner", "Location", "Organization"):
        for place in [place for place in places.values() if place.startswith(f"{type}/")]:
            assert server.ask("DELETE", place).status_code == 204
    assert server.counts() == before
