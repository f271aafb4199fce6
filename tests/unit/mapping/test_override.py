# ruff: noqa: E501 - tables of cases read best as lines
"""A site's folder laid over the shipped one: small files say what differs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from omop_fhir.mapping.bind import Bound, bind
from omop_fhir.mapping.load import load
from omop_fhir.mapping.schema import mapping_schema
from omop_fhir.omop.database import DatabaseSchema, PresentTable
from omop_fhir.paths import mappings_directory
from omop_fhir.query.read import coalesced
from omop_fhir.render.resource import ResourceRenderer

from .cdm_database import SITE, database
from .rows import AllConcepts


def served(site: Path, files: dict[str, str], name: str, schema: DatabaseSchema | None = None) -> Bound:
    """The mapping of that name, with the files in the site's folder."""
    for file, text in files.items():
        (site / file).parent.mkdir(exist_ok=True)
        (site / file).write_text(text, "utf-8")
    found = next(m for m in load((mappings_directory(), site)) if m.name == name)
    result = bind(found, schema or database())
    assert isinstance(result, Bound)
    return result


def rendered(bound: Bound, **columns: Any) -> dict[str, Any]:
    row = tuple(1 if c == bound.mapping.key else columns.get(c.name) for c in bound.columns)
    resource: dict[str, Any] = json.loads(ResourceRenderer(bound, SITE)(row, AllConcepts()).json)
    return resource


def test_the_system_of_an_identifier_takes_four_lines(tmp_path: Path) -> None:
    override = """\
elements:
  identifier:
    of:
      person_source_value: {system: "http://hospital.example/mrn"}
"""
    bound = served(tmp_path, {"patient.yaml": override}, "patient")
    identifier = rendered(bound, person_source_value="7")["identifier"]
    assert identifier == [{"system": "http://hospital.example/mrn", "value": "7"}]
    assert rendered(bound)["identifier"] == [{"system": "https://fhir.example/fhir/identifier/person_id", "value": "1"}]


def test_an_empty_value_removes_an_element_and_its_parameters(tmp_path: Path) -> None:
    override = "elements: {address: , deceased: null}\nsearch: {death-date: }\n"
    bound = served(tmp_path, {"patient.yaml": override}, "patient")
    resource = rendered(bound, city="Ulm", death_date="2020-01-01", gender_concept_id=8507)
    assert not {"address", "deceasedDateTime"} & resource.keys()
    assert resource["gender"] == "male"
    assert "death-date" not in bound.search


def test_a_parameter_whose_element_is_removed_goes_too(tmp_path: Path) -> None:
    bound = served(tmp_path, {"patient.yaml": "elements: {deceased: }\n"}, "patient")
    assert not {"deceased", "death-date"} & bound.search.keys()
    assert "birthdate" in bound.search


def test_a_parameter_that_the_site_points_at_a_removed_element_is_refused(tmp_path: Path) -> None:
    override = "elements: {deceased: }\nsearch: {death-date: deceased}\n"
    with pytest.raises(Exception, match=r"patient\.yaml:\d+: `deceased` is not an element of this mapping"):
        served(tmp_path, {"patient.yaml": override}, "patient")


def test_a_map_that_names_a_codec_replaces_another(tmp_path: Path) -> None:
    override = "elements:\n  status: {codec: fixed, value: unknown}\n"
    assert rendered(served(tmp_path, {"encounter.yaml": override}, "encounter"))["status"] == "unknown"


def test_a_mistake_is_told_with_the_site_files_line(tmp_path: Path) -> None:
    override = "elements:\n  gender:\n    column: person.gender\n    colour: red\n"
    with pytest.raises(Exception, match=r"patient\.yaml:\d: elements\.gender: .*'colour'"):
        served(tmp_path, {"patient.yaml": override}, "patient")


def test_a_further_resource_is_yaml_alone(tmp_path: Path) -> None:
    device = """\
resource: Device
from:
  device: {table: device_exposure, key: device_exposure_id}
compartment: {Patient: device.person_id}
elements:
  type: {codec: concept, standard: device.device_concept_id, source: device.device_source_concept_id, text: device.device_source_value}
  patient: {codec: reference, target: Patient, column: device.person_id}
  distinctIdentifier: {codec: string, column: device.unique_device_id}
search:
  patient: patient
  type: type
"""
    bound = served(tmp_path, {"device.yaml": device}, "device")
    assert rendered(bound, person_id=5, unique_device_id="u")["patient"] == {"reference": "Patient/5"}
    assert set(bound.search) == {"patient", "type"}


def test_visit_details_are_switched_on_by_one_line(tmp_path: Path) -> None:
    assert "encounter-visit-detail" not in {m.name for m in load((mappings_directory(),))}
    bound = served(tmp_path, {"encounter-visit-detail.yaml": "enabled: true\n"}, "encounter-visit-detail")
    assert rendered(bound, visit_occurrence_id=9)["partOf"] == {"reference": "Encounter/9"}
    assert rendered(bound)["id"] == "detail-1"


NAMES = """\
from:
  names: {table: person_name, join: {person_id: person.person_id}, first: [since]}
elements:
  name: {codec: human_name, text: names.full_name}
"""


def with_table(name: str, columns: dict[str, str]) -> DatabaseSchema:
    schema = database()
    table = PresentTable("site", name, 7, columns, {}, frozenset(), (), None, is_view=False)
    return DatabaseSchema(
        **{**{f: getattr(schema, f) for f in schema.__slots__}, "tables": {**schema.tables, name: table}}
    )


def test_a_table_of_the_site_gives_names(tmp_path: Path) -> None:
    schema = with_table("person_name", {"person_id": "bigint", "full_name": "text", "since": "date"})
    bound = served(tmp_path, {"patient.yaml": NAMES}, "patient", schema)
    assert rendered(bound, full_name="Ada Lovelace")["name"] == [{"text": "Ada Lovelace"}]
    assert "name" not in rendered(bound)
    assert (
        'LEFT JOIN LATERAL (SELECT * FROM "site"."person_name" "names" WHERE "names"."person_id" = "person"."person_id"'
        in coalesced(bound, schema, "UTC").text
    )


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"patient\.yaml:\d+: `person_name` is neither a CDM table nor in the database"):
        served(tmp_path, {"patient.yaml": NAMES}, "patient")


def test_a_code_table_of_the_site_hides_the_shipped_one(tmp_path: Path) -> None:
    files = {"tables/gender.csv": "concept_id,code\n8507,other\n", "patient.yaml": "enabled: true\n"}
    bound = served(tmp_path, files, "patient")
    assert rendered(bound, gender_concept_id=8507)["gender"] == "other"
    assert rendered(bound, gender_concept_id=8532)["gender"] == "unknown"


# The schema that editors use


def test_the_schema_file_is_the_generated_one() -> None:
    file = mappings_directory() / "mapping.schema.json"
    assert json.loads(file.read_text("utf-8")) == mapping_schema(), "run `python -m omop_fhir.mapping.schema`"


@pytest.mark.parametrize("file", sorted(mappings_directory().glob("*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_file_is_right_as_an_editor_sees_it(file: Path) -> None:
    """An editor reads YAML with types: numbers, booleans, null."""
    content = yaml.safe_load(file.read_text("utf-8"))
    assert list(jsonschema.Draft7Validator(mapping_schema()).iter_errors(content)) == []
    assert file.read_text("utf-8").startswith("# yaml-language-server: $schema=mapping.schema.json\n")


@pytest.mark.parametrize("text", [NAMES, "enabled: true\n", "elements: {address: , deceased: null}\n"])
def test_so_is_a_site_file(text: str) -> None:
    assert list(jsonschema.Draft7Validator(mapping_schema()).iter_errors(yaml.safe_load(text))) == []


def test_a_file_that_would_not_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "patient.yml").write_text("enabled: false\n", "utf-8")
    with pytest.raises(Exception, match=r"patient\.yml:1: mapping files end in \.yaml: rename it"):
        served(tmp_path, {}, "patient")


def test_a_column_where_a_constant_belongs_is_refused(tmp_path: Path) -> None:
    override = "elements:\n  gender: {codec: fixed, value: person.gender_source_value}\n"
    with pytest.raises(Exception, match=r"patient\.yaml:2: `value` is the same for all rows and takes no column"):
        served(tmp_path, {"patient.yaml": override}, "patient")
