"""The committed pages say what the mappings say."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from omop_fhir.cli import main
from omop_fhir.cli.docs import all_mappings, resource_pages
from omop_fhir.paths import mappings_directory

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "resources"


def test_every_committed_page_is_what_the_mappings_say() -> None:
    pages = resource_pages(all_mappings((mappings_directory(),)))
    committed = {file.name: file.read_text(encoding="utf-8") for file in PAGES.glob("*.md")}
    assert committed.keys() == pages.keys()
    for name, text in pages.items():
        assert committed[name] == text, f"{name} is out of date: run `omop-fhir docs docs/resources`"


def test_a_page_tells_element_path_column_codec_and_search() -> None:
    page = resource_pages(all_mappings((mappings_directory(),)))["Procedure.md"]
    assert "| `performer.actor` | `Procedure.performer.actor` | `procedure.provider_id` | `reference` |" in page
    assert "(http://hl7.org/fhir/SearchParameter/clinical-patient) | reference | `subject` |" in page
    assert "`Procedure.performed[x]`" in page


def test_a_mapping_that_is_off_is_documented_as_such() -> None:
    page = resource_pages(all_mappings((mappings_directory(),)))["Encounter.md"]
    assert "`mappings/encounter-visit-detail.yaml`, off unless a site file says `enabled: true`" in page


def test_columns_that_no_mapping_uses_are_named(tmp_path: Path) -> None:
    (tmp_path / "organization.yaml").write_text(
        "resource: Organization\nfrom:\n  site: {table: care_site, key: care_site_id}\n"
        "elements:\n  name: {codec: string, column: site.care_site_name}\n"
    )
    page = resource_pages(all_mappings((tmp_path,)))["Organization.md"]
    assert page.endswith(
        "* `care_site`: `place_of_service_concept_id`, `location_id`, `care_site_source_value`, "
        "`place_of_service_source_value`\n"
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site folder that renames one identifier system."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "patient.yaml").write_text(
        "elements:\n  identifier:\n    of:\n      person_source_value: {codec: identifier, "
        "value: person.person_source_value, system: 'urn:oid:1.2.3'}\n"
    )
    return folder


def test_pages_of_a_site_show_its_overrides(site: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["docs", str(tmp_path / "out"), "--mappings", str(site)])
    assert (result.exit_code, result.output) == (0, f"9 pages in {tmp_path / 'out'}\n")
    assert "system `urn:oid:1.2.3`" in (tmp_path / "out" / "Patient.md").read_text(encoding="utf-8")


def test_check_fails_in_one_line_where_a_page_differs(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["docs", str(tmp_path)])
    assert CliRunner().invoke(main, ["docs", "--check", str(tmp_path)]).exit_code == 0
    (tmp_path / "Patient.md").write_text("old")
    result = CliRunner().invoke(main, ["docs", "--check", str(tmp_path)])
    assert result.exit_code == 1
    assert result.output.startswith("Error: Patient.md: not what the mappings say")
    assert result.output.count("\n") == 1
