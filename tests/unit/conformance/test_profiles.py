"""Profiles: each thing that a StructureDefinition can demand is seen to be missed, and what cannot be known is told."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from omop_fhir.conformance.profiles.library import Checked, Library, UnknownProfile
from omop_fhir.conformance.profiles.package import Package, read_package
from omop_fhir.conformance.profiles.profile import parse_profile
from omop_fhir.conformance.profiles.terminology import Terminology
from omop_fhir.conformance.survey.choose import choose
from omop_fhir.errors import Invalid

SPEC = Path(__file__).parents[4] / "shared" / "spec"
URL = "http://example.org/StructureDefinition/patient"
PATIENT: dict[str, Any] = {
    "resourceType": "Patient", "id": "1", "active": True, "gender": "female", "birthDate": "1970-01-01",
    "name": [{"use": "official", "family": "Chalmers"}],
    "maritalStatus": {"coding": [{"system": "http://example.org/s", "code": "a"}]},
    "managingOrganization": {"reference": "Organization/1"},
}  # fmt: skip


def structure(*elements: dict[str, Any], type: str = "Patient", url: str = URL) -> dict[str, Any]:
    """A StructureDefinition with these elements, each with its path as id where it has none."""
    rows = [{"id": type, "path": type, "min": 0, "max": "*"}]
    rows += [{"id": row["path"], "min": 0, "max": "*", **row} for row in elements]
    return {"resourceType": "StructureDefinition", "url": url, "name": "P", "type": type, "derivation": "constraint",
            "snapshot": {"element": rows}}  # fmt: skip


def package(*resources: dict[str, Any], name: str = "example.guide") -> Package:
    """A package of definitions."""
    found: dict[str, dict[str, Any]] = {}
    for resource in resources:
        found.setdefault(resource["resourceType"], {})[resource["url"]] = resource
    return Package(name, "1.0.0", found)


def check(resource: dict[str, Any], *elements: dict[str, Any], others: tuple[dict[str, Any], ...] = ()) -> Checked:
    """What is found about a resource by a profile with these elements."""
    return Library(package(structure(*elements), *others)).check(resource, URL)


def errors(resource: dict[str, Any], *elements: dict[str, Any], others: tuple[dict[str, Any], ...] = ()) -> list[str]:
    return [f"{issue.expression}: {issue.diagnostics}" for issue in check(resource, *elements, others=others).errors]


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in PATIENT.items() if key != name}


CODING = {"code": "CodeableConcept"}
VALUE_SET = {
    "resourceType": "ValueSet", "url": "http://example.org/vs",
    "compose": {"include": [{"system": "http://example.org/s", "concept": [{"code": "a"}]}]},
}  # fmt: skip
BOUND = {"path": "Patient.maritalStatus", "type": [CODING], "binding": {"strength": "required", "valueSet": "http://example.org/vs"}}

CASES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("at least", {"path": "Patient.birthDate", "min": 1}, without("birthDate"), "Patient.birthDate: 1 needed, 0 there"),
    ("at most", {"path": "Patient.name", "max": "0"}, PATIENT, "Patient.name: at most 0 allowed, 1 there"),
    ("fixed", {"path": "Patient.gender", "fixedCode": "female"}, PATIENT | {"gender": "male"},
     "Patient.gender: must be female, is male"),
    ("pattern", {"path": "Patient.maritalStatus", "type": [CODING], "patternCodeableConcept": {"coding": [{"code": "a"}]}},
     PATIENT | {"maritalStatus": {"coding": [{"code": "b"}]}},
     "Patient.maritalStatus: must have {'coding': [{'code': 'a'}]}, is {'coding': [{'code': 'b'}]}"),
    ("type of a choice", {"path": "Patient.deceased[x]", "type": [{"code": "boolean"}]},
     PATIENT | {"deceasedDateTime": "2020"}, "Patient.deceased: a dateTime, where the profile allows boolean"),
    ("target", {"path": "Patient.managingOrganization",
                "type": [{"code": "Reference", "targetProfile": ["http://hl7.org/fhir/StructureDefinition/Practitioner"]}]},
     PATIENT, "Patient.managingOrganization: refers to a Organization, where the profile allows Practitioner"),
    ("invariant", {"path": "Patient.name", "constraint": [{"key": "x-1", "severity": "error", "human": "a given name",
                   "expression": "given.exists()", "source": URL}]}, PATIENT, "Patient.name[0]: x-1: a given name"),
]  # fmt: skip


@pytest.mark.parametrize(("element", "resource", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_rule_is_seen_to_be_broken(element: dict[str, Any], resource: dict[str, Any], message: str) -> None:
    assert errors(resource, element) == [message]


def test_what_fulfils_the_rules_has_no_issue() -> None:
    for _, element, _resource, _ in CASES:
        if element["path"] not in ("Patient.name", "Patient.managingOrganization", "Patient.deceased[x]"):
            assert errors(PATIENT, element) == [], element
    assert errors(PATIENT | {"deceasedBoolean": False}, CASES[4][1]) == []
    given = {"name": [{"family": "A", "given": ["B"]}]}
    assert errors(PATIENT | given, CASES[6][1]) == []


def test_a_primitive_with_a_reason_for_its_absence_is_there() -> None:
    absent = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
    assert errors(without("birthDate") | {"_birthDate": absent}, {"path": "Patient.birthDate", "min": 1}) == []


def test_elements_of_elements_count_only_where_these_are() -> None:
    family = {"path": "Patient.name.family", "min": 1}
    name = {"path": "Patient.name"}
    assert errors(without("name"), name, family) == []
    assert errors(PATIENT | {"name": [{"text": "A"}, {"family": "B"}]}, name, family) == [
        "Patient.name[0].family: 1 needed, 0 there"
    ]


def test_a_required_binding_that_can_be_expanded_is_checked() -> None:
    assert errors(PATIENT, BOUND, others=(VALUE_SET,)) == []
    wrong = PATIENT | {"maritalStatus": {"coding": [{"system": "http://example.org/s", "code": "b"}]}}
    (message,) = errors(wrong, BOUND, others=(VALUE_SET,))
    assert "is not of the value set http://example.org/vs" in message


def test_a_binding_that_cannot_be_expanded_is_not_passed_but_told() -> None:
    found = check(PATIENT, BOUND)
    assert (found.errors, found.unchecked) == ((), ("the value set http://example.org/vs cannot be expanded here",))


def test_an_extensible_binding_may_be_left() -> None:
    loose = {**BOUND, "binding": {"strength": "extensible", "valueSet": "http://example.org/vs"}}
    wrong = PATIENT | {"maritalStatus": {"coding": [{"code": "z"}]}}
    assert check(wrong, loose, others=(VALUE_SET,)) == Checked((), (), {})


def test_what_is_no_r4_is_not_held_against_a_profile() -> None:
    found = check(PATIENT | {"gender": "of course"}, {"path": "Patient.birthDate", "min": 1})
    assert [issue.expression for issue in found.errors] == ["Patient.gender"]
    assert found.unchecked == (f"{URL}: the resource is not valid R4",)


def test_must_support_tells_what_is_filled() -> None:
    found = check(
        without("birthDate"), {"path": "Patient.birthDate", "mustSupport": True}, {"path": "Patient.gender", "mustSupport": True}
    )
    assert found.must_support == {"Patient.birthDate": False, "Patient.gender": True}


def test_a_profile_of_another_type_or_none_is_told() -> None:
    assert errors({"resourceType": "Organization", "id": "1", "name": "A"}, {"path": "Patient.birthDate"}) == [
        "Organization: a Organization, not a Patient"
    ]
    with pytest.raises(UnknownProfile, match="is in no loaded package"):
        Library().check(PATIENT, "http://example.org/nothing")
    core = Library().check(PATIENT, "http://hl7.org/fhir/StructureDefinition/Organization")
    assert core.errors[0].diagnostics == "a Patient, not a Organization"


# Slices


def sliced(kind: str, path: str, *slices: dict[str, Any], rules: str = "open", of: str = "identifier") -> list[dict[str, Any]]:
    """`Patient.<of>` in slices, each told by one discriminator."""
    whole = {"path": f"Patient.{of}", "slicing": {"discriminator": [{"type": kind, "path": path}], "rules": rules}}
    return [whole, *slices]


def part(name: str, of: str = "identifier", **more: Any) -> dict[str, Any]:
    return {"id": f"Patient.{of}:{name}", "path": f"Patient.{of}", "sliceName": name, **more}


MRN = [
    part("mrn", min=1, max="1"),
    {"id": "Patient.identifier:mrn.system", "path": "Patient.identifier.system", "fixedUri": "http://example.org/mrn"},
    {"id": "Patient.identifier:mrn.value", "path": "Patient.identifier.value", "min": 1},
]


def identified(*systems: str) -> dict[str, Any]:
    return PATIENT | {"identifier": [{"system": system, "value": "1"} for system in systems]}


def test_values_are_put_into_slices_by_a_fixed_value() -> None:
    elements = sliced("value", "system", *MRN)
    assert errors(identified("http://example.org/mrn", "http://example.org/other"), *elements) == []
    assert errors(identified("http://example.org/other"), *elements) == ["Patient.identifier: 1 needed (slice mrn), 0 there"]
    twice = identified("http://example.org/mrn", "http://example.org/mrn")
    assert errors(twice, *elements) == ["Patient.identifier: at most 1 allowed (slice mrn), 2 there"]
    empty = PATIENT | {"identifier": [{"system": "http://example.org/mrn"}]}
    assert errors(empty, *elements) == ["Patient.identifier[0].value: 1 needed, 0 there"]


def test_closed_slices_let_nothing_else_in() -> None:
    elements = sliced("value", "system", *MRN, rules="closed")
    both = identified("http://example.org/mrn", "http://example.org/other")
    assert errors(both, *elements) == ["Patient.identifier[1]: is in none of the slices, and others are not allowed"]


def test_slices_by_pattern_type_existence_and_binding() -> None:
    pattern = {"coding": [{"code": "a"}]}
    language = sliced("pattern", "language", part("a", of="communication", min=1),
                      {"id": "Patient.communication:a.language", "path": "Patient.communication.language",
                       "patternCodeableConcept": pattern}, of="communication")  # fmt: skip
    speaks = PATIENT | {"communication": [{"language": {"coding": [{"code": "a", "display": "A"}]}}]}
    assert errors(speaks, *language) == []
    assert errors(PATIENT, *language) == ["Patient.communication: 1 needed (slice a), 0 there"]

    existing = sliced("exists", "period", part("old", max="0"),
                      {"id": "Patient.identifier:old.period", "path": "Patient.identifier.period", "min": 1})  # fmt: skip
    old = PATIENT | {"identifier": [{"value": "1", "period": {"start": "2020"}}]}
    assert errors(old, *existing) == ["Patient.identifier: at most 0 allowed (slice old), 1 there"]
    assert errors(identified("http://example.org/x"), *existing) == []

    choice = {"path": "Patient.deceased[x]", "slicing": {"discriminator": [{"type": "type", "path": "$this"}], "rules": "open"}}
    date = {"id": "Patient.deceased[x]:deceasedDateTime", "path": "Patient.deceased[x]", "sliceName": "deceasedDateTime",
            "min": 1, "type": [{"code": "dateTime"}]}  # fmt: skip
    assert errors(PATIENT | {"deceasedDateTime": "2020"}, choice, date) == []
    assert errors(PATIENT | {"deceasedBoolean": True}, choice, date) == [
        "Patient.deceased: 1 needed (slice deceasedDateTime), 0 there"
    ]

    bound = sliced("value", "type", part("a", min=1), {
        "id": "Patient.identifier:a.type", "path": "Patient.identifier.type", "binding": BOUND["binding"],
    })  # fmt: skip
    typed = PATIENT | {"identifier": [{"type": PATIENT["maritalStatus"], "value": "1"}]}
    assert errors(typed, *bound, others=(VALUE_SET,)) == []
    assert errors(identified("http://example.org/x"), *bound, others=(VALUE_SET,)) != []


def test_a_slice_that_cannot_be_told_is_not_passed_in_silence() -> None:
    elements = sliced("profile", "$this", part("a"))
    found = check(identified("http://example.org/x"), *elements)
    assert found.unchecked == ("Patient.identifier:a: whether a value is of the slice cannot be told",)


EXTENSION = structure(
    {"path": "Extension.url", "fixedUri": "http://example.org/e"},
    {"path": "Extension.value[x]", "min": 1, "type": [{"code": "code"}]},
    type="Extension", url="http://example.org/e",
)  # fmt: skip


def test_an_extension_fulfils_its_own_definition() -> None:
    elements = [
        {"path": "Patient.extension", "slicing": {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"}},
        part("e", of="extension", min=1, type=[{"code": "Extension", "profile": ["http://example.org/e"]}]),
    ]
    right = PATIENT | {"extension": [{"url": "http://example.org/e", "valueCode": "a"}]}
    wrong = PATIENT | {"extension": [{"url": "http://example.org/e", "valueString": "a"}]}
    assert errors(right, *elements, others=(EXTENSION,)) == []
    message = "Patient.extension[0].value: a string, where the profile allows code"
    assert errors(wrong, *elements, others=(EXTENSION,)) == [message]
    assert errors(PATIENT, *elements, others=(EXTENSION,)) == ["Patient.extension: 1 needed (slice e), 0 there"]
    assert check(right, *elements).unchecked == ("Patient.extension:e: the profile http://example.org/e is not loaded",)


# Value sets


def test_value_sets_are_expanded_as_far_as_they_can_be() -> None:
    sets = {
        "listed": {"include": [{"system": "s", "concept": [{"code": "a"}, {"code": "b"}]}]},
        "whole": {"include": [{"system": "c"}]},
        "less": {"include": [{"system": "c"}], "exclude": [{"system": "c", "concept": [{"code": "x"}]}]},
        "both": {"include": [{"system": "s", "concept": [{"code": "a"}], "valueSet": ["listed"]}]},
        "filtered": {"include": [{"system": "c", "filter": [{}]}]},
        "away": {"include": [{"system": "nowhere"}]},
        "circle": {"include": [{"valueSet": ["circle"]}]},
        "gender": {"include": [{"valueSet": ["http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1"]}]},
    }
    system = {"content": "complete", "concept": [{"code": "x", "concept": [{"code": "y"}]}]}
    terminology = Terminology({url: {"compose": compose} for url, compose in sets.items()}, {"c": system})
    assert terminology.codes("listed") == {("s", "a"), ("s", "b")}
    assert terminology.codes("whole|1.0") == {("c", "x"), ("c", "y")}
    assert terminology.codes("less") == {("c", "y")}
    assert terminology.codes("both") == {("s", "a")}
    assert [terminology.codes(url) for url in ("filtered", "away", "circle", "unknown")] == [None] * 4
    assert ("http://hl7.org/fhir/administrative-gender", "female") in (terminology.codes("gender") or ())


# Packages and choices


def test_a_package_is_read_from_an_archive_and_a_folder(tmp_path: Path) -> None:
    files = {
        "package/package.json": {"name": "example.guide", "version": "2.0"},
        "package/StructureDefinition-p.json": structure(),
        "package/example/Patient-1.json": PATIENT,
        "package/.index.json": {"files": []},
    }
    with tarfile.open(tmp_path / "p.tgz", "w:gz") as archive:
        for name, content in files.items():
            data = json.dumps(content).encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    found = read_package(tmp_path / "p.tgz")
    assert (found.name, found.version, list(found.of("StructureDefinition"))) == ("example.guide", "2.0", [URL])
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "p.json").write_text(json.dumps(structure()))
    assert list(read_package(tmp_path / "folder").of("StructureDefinition")) == [URL]


@pytest.mark.parametrize("content", [b"no archive", b""])
def test_what_is_no_package_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.tgz").write_bytes(content)
    with pytest.raises(Invalid, match=r"p\.tgz: not a package"):
        read_package(tmp_path / "p.tgz")
    with pytest.raises(Invalid, match="has no snapshot"):
        parse_profile({"url": "http://example.org/x"})


def test_words_choose_profiles() -> None:
    one, two = structure(), structure(url="http://example.org/StructureDefinition/two")
    other = package(structure(url="http://x/ipa-p"), name="hl7.fhir.uv.ipa")
    library = Library(package(one, two, name="hl7.fhir.us.core"), other)
    assert [(c.package, c.type, len(c.profiles)) for c in choose(library, [])] == [
        ("hl7.fhir.us.core 1.0.0", "Patient", 2), ("hl7.fhir.uv.ipa 1.0.0", "Patient", 1),
    ]  # fmt: skip
    assert [c.package for c in choose(library, ["us-core"])] == ["hl7.fhir.us.core 1.0.0"]
    (choice,) = choose(library, ["two"])
    assert [profile.url for profile in choice.profiles] == [two["url"]]
    (choice,) = choose(library, ["us-core"])
    said = PATIENT | {"meta": {"profile": [f"{two['url']}|1.0"]}}
    assert [profile.url for profile in choice.of(said)] == [two["url"]]
    assert len(choice.of(PATIENT)) == 2
    with pytest.raises(Invalid, match="no loaded package has the profile 'mars'; loaded: hl7"):
        choose(library, ["mars"])


PACKAGES = {"us_core_610.tgz": 170, "ipa_v100.tgz": 14}


@pytest.mark.skipif(not SPEC.is_dir(), reason=f"there is no {SPEC}")
@pytest.mark.parametrize(("name", "least"), PACKAGES.items())
def test_the_examples_of_a_guide_fulfil_its_profiles(name: str, least: int) -> None:
    library, checked = Library(read_package(SPEC / name)), 0
    with tarfile.open(SPEC / name) as archive:
        files = [member for member in archive if "/example/" in member.name and member.name.endswith(".json")]
        for member in files:
            file = archive.extractfile(member)
            resource = json.load(file) if file else {}
            for url in (resource.get("meta") or {}).get("profile", ()):
                try:
                    found = library.check(resource, url)
                except UnknownProfile:
                    continue
                checked += 1
                # R4's JSON Schema lets no canonical have extensions, which two examples of questionnaires do.
                assert [e for e in found.errors if "_questionnaire" not in e.diagnostics] == [], member.name
    assert checked >= least
