"""A server is walked and validated: what is wrong is counted, what cannot be walked is told."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from omop_fhir.cli import main
from omop_fhir.conformance.client import Server
from omop_fhir.conformance.profiles.library import Library
from omop_fhir.conformance.profiles.package import read_package
from omop_fhir.conformance.survey.choose import choose
from omop_fhir.conformance.survey.survey import Survey, survey
from omop_fhir.conformance.survey.tally import LIMIT

from .conftest import Asked, Reply, answering_at

SPEC = Path(__file__).parents[4] / "shared" / "spec"
STATEMENT = {"resourceType": "CapabilityStatement", "rest": [
    {"mode": "server", "resource": [{"type": "Patient", "interaction": [{"code": "search-type"}]}, {"type": "Group"}]},
]}  # fmt: skip
PROFILE = {
    "resourceType": "StructureDefinition", "url": "http://example.org/p", "name": "P", "type": "Patient",
    "derivation": "constraint", "snapshot": {"element": [
        {"id": "Patient", "path": "Patient", "min": 0, "max": "*"},
        {"id": "Patient.gender", "path": "Patient.gender", "min": 1, "max": "1", "mustSupport": True},
    ]},
}  # fmt: skip

Patients = Callable[[int], dict[str, Any]]


def patient(number: int) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": str(number), "gender": "female"}


def holding(total: int, make: Patients = patient, size: int = 50) -> Callable[[Asked], Reply]:
    """A server of so many patients, in pages."""

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/fhir/metadata"):
            return Reply(200, STATEMENT)
        start = int(asked.path.partition("page=")[2] or 0)
        entries = [{"resource": make(number), "search": {"mode": "match"}} for number in range(start, min(total, start + size))]
        host = asked.headers["host"]
        more = [{"relation": "next", "url": f"http://{host}/fhir/Patient?page={start + size}"}] if start + size < total else []
        return Reply(200, {"resourceType": "Bundle", "type": "searchset", "link": more, "entry": entries})

    return answer


def surveyed(answer: Callable[[Asked], Reply], *profiles: dict[str, Any], tmp_path: Path | None = None, **more: Any) -> Survey:
    packages = []
    if profiles and tmp_path is not None:
        for number, profile in enumerate(profiles):
            (tmp_path / f"{number}.json").write_text(json.dumps(profile))
        packages.append(read_package(tmp_path))
    library = Library(*packages)
    bounds = {"types": [], "limit": None, "count": 50} | more
    with answering_at(answer) as base, Server(base) as server:
        return survey(server, library, choose(library, []), **bounds)


def test_every_resource_of_every_page_is_looked_at() -> None:
    found = surveyed(holding(120))
    assert [(tally.type, tally.profile, tally.resources, tally.valid) for tally in found.tallies] == [("Patient", "R4", 120, 120)]
    assert found.is_good
    assert surveyed(holding(120), limit=70).tallies[0].resources == 70


def test_what_is_wrong_is_counted_by_place_with_an_example() -> None:
    def make(number: int) -> dict[str, Any]:
        names = [{"use": "nick name"}, {"use": "nick name"}] if number % 10 == 3 else [{"family": "A"}]
        return {**patient(number), "name": names}

    found = surveyed(holding(100, make))
    (tally,) = found.tallies
    ((kind, seen),) = tally.sorted_issues
    assert (tally.resources, tally.valid, found.is_good) == (100, 90, False)
    assert (kind.severity, kind.code, kind.place) == ("error", "code-invalid", "Patient.name.use")
    assert (seen.count, seen.resources, seen.example) == (20, 10, "Patient/3")


def test_profiles_are_looked_at_only_where_r4_is_fulfilled(tmp_path: Path) -> None:
    def make(number: int) -> dict[str, Any]:
        genders = {0: {"gender": "of course"}, 1: {}}
        return {"resourceType": "Patient", "id": str(number), **genders.get(number, {"gender": "male"})}

    base, profiled = surveyed(holding(10, make), PROFILE, tmp_path=tmp_path).tallies
    assert (base.valid, profiled.profile, profiled.valid) == (9, "http://example.org/p", 8)
    assert {kind.place: seen.count for kind, seen in profiled.sorted_issues} == {"Patient": 1, "Patient.gender": 1}
    assert dict(profiled.unchecked) == {"the resource is not valid R4, so that the profile was not looked at": 1}
    assert profiled.must_support == {"Patient.gender": [8, 9]}


def test_a_resource_of_another_type_is_an_error() -> None:
    (tally,) = surveyed(holding(1, lambda number: {"resourceType": "Basic", "id": "1", "code": {"text": "x"}})).tallies
    assert tally.sorted_issues[0][1].diagnostics == "a Basic among the matches of a search for Patient"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Reply(500, "no"), "-> 500: not a page of results"),
        (Reply(200, {"resourceType": "OperationOutcome"}), "-> 200: not a page of results"),
        (Reply(200, {"resourceType": "Bundle", "link": [{"relation": "next", "url": "Patient?_count=50"}]}), "was there before"),
    ],
)
def test_a_walk_that_comes_to_no_end_is_told(answer: Reply, words: str) -> None:
    found = surveyed(lambda asked: Reply(200, STATEMENT) if "metadata" in asked.path else answer)
    assert words in found.problems[0]
    assert not found.is_good


def test_different_issues_are_bounded() -> None:
    found = surveyed(holding(LIMIT + 40, lambda number: {**patient(number), f"element{number}": 1}))
    (tally,) = found.tallies
    assert len(tally.issues) == LIMIT + 1
    assert sum(seen.count for seen in tally.issues.values()) == LIMIT + 40


def test_memory_does_not_grow_with_the_resources() -> None:
    def peak(total: int) -> int:
        tracemalloc.start()
        surveyed(holding(total, size=200), count=200)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(200)
    assert peak(8_000) < 2 * peak(1_000)  # the server's own threads are measured too


def test_the_command_tells_and_keeps_what_it_found(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "p.json").write_text(json.dumps(PROFILE))
    words = ["conformance", "validate", "--package", str(tmp_path / "p"), "--reports", str(tmp_path / "r")]
    with answering_at(holding(3, lambda number: {"resourceType": "Patient", "id": str(number)})) as base:
        result = CliRunner().invoke(main, [*words, "--base", base])
        assert result.exit_code == 1
        assert "error Patient.gender: 1 needed, 0 there  3, as Patient/0" in result.output
        assert "must-support, never filled: Patient.gender" in result.output
        wrong = CliRunner().invoke(main, [*words, "--base", base, "--type", "Group"])
        assert wrong.output.strip() == "Error: the server does not claim to search Group; it has Patient"
        wrong = CliRunner().invoke(main, [*words, "--base", base, "--profile", "mars"])
        assert wrong.output == "Error: no loaded package has the profile 'mars'; loaded: p\n"
    kept = json.loads((tmp_path / "r" / "survey.json").read_text())
    assert [(row["profile"], row["valid"], row["resources"]) for row in kept["profiles"]] == [
        ("R4", 3, 3), ("http://example.org/p", 0, 3),
    ]  # fmt: skip
    assert "Patient.gender" in (tmp_path / "r" / "index.html").read_text()


GUIDES = {
    "us_core_610.tgz": ("Patient", "Encounter", "Procedure", "Condition"),
    "ipa_v100.tgz": ("Patient", "Condition", "MedicationStatement", "Practitioner"),
}


@pytest.mark.skipif(not SPEC.is_dir(), reason=f"there is no {SPEC}")
@pytest.mark.parametrize(("package", "types"), GUIDES.items())
def test_what_our_server_renders_fulfils_the_guides(ours: str, package: str, types: tuple[str, ...]) -> None:
    library = Library(read_package(SPEC / package))
    with Server(ours) as server:
        found = survey(server, library, choose(library, []), types, limit=400, count=200)
    issues = [(tally.profile, kind, seen) for tally in found.tallies for kind, seen in tally.sorted_issues]
    assert ([issue for issue in issues if issue[1].severity == "error"], found.problems) == ([], [])
    assert {tally.type for tally in found.tallies if tally.profile != "R4"} == set(types)
