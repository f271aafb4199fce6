"""docs/mapping.md names every key, codec and argument, and its examples load."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from omop_fhir.mapping.codecs import CODECS
from omop_fhir.mapping.load import load
from omop_fhir.mapping.schema import mapping_schema
from omop_fhir.mapping.table import read_table
from omop_fhir.mapping.writing import RULES
from omop_fhir.mapping.yaml import Mark
from omop_fhir.paths import mappings_directory

TEXT = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text("utf-8")
ROWS = {row[1]: row[0] for row in re.finditer(r"^\| `(\w+)` \|.*$", TEXT, re.M)}
EXAMPLES = re.findall(r"^```yaml ?(\S*)\n(.*?)^```$", TEXT, re.M | re.S)


@pytest.mark.parametrize("name", sorted(CODECS))
def test_every_codec_is_documented_with_its_arguments(name: str) -> None:
    row = ROWS[name]
    if "as `code`" in row:
        row += ROWS["code"]
    arguments = {item.name for item in fields(CODECS[name]) if item.name != "repeating"}
    assert arguments <= set(re.findall(r"`(\w+)`", row))


def test_no_codec_is_documented_that_is_not_there() -> None:
    section = TEXT.partition("## Codecs")[2].partition("## Code tables")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.M)) == set(CODECS)


def test_every_key_is_documented() -> None:
    properties = mapping_schema()["properties"]
    keys = {*properties, *properties["from"]["additionalProperties"]["properties"]}
    write = properties["write"]["properties"]
    rule = write["columns"]["additionalProperties"]["anyOf"][1]["items"]["properties"]
    assert {*keys, *write, *RULES} <= ROWS.keys()
    section = TEXT.partition("## Writing")[2].partition("## Overriding")[0]
    assert all(f"`{name}`" in section for name in rule)


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_loads(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / f"{name or 'example'}.yaml").write_text(text, "utf-8")
    assert load((mappings_directory(), tmp_path))


def test_the_code_table_shown_can_be_read(tmp_path: Path) -> None:
    (table,) = re.findall(r"^```csv\n(.*?)^```$", TEXT, re.M | re.S)
    file = tmp_path / "gender.csv"
    file.write_text(table, "utf-8")
    assert read_table(file, Mark(file, 1)).written("male") == 8507
