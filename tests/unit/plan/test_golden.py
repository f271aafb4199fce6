# ruff: noqa: E501 - tables of cases read best as lines
"""FHIR in, OMOP rows out: the cases of `golden/`, each with the reason why.

A case file has `concepts`, the vocabulary of its cases, and `cases`. A case has a `why`, the `resource`, and what becomes of it:
`rows` (each a table and its columns; a column that is not named is null, and one that is `key of row 0` holds the key that the
row gets), `losses` (FHIRPath -> kind), a `gate` (the element for which there is no row) or what is `refused`. `site` is a
mapping file that a site lays over the shipped one, `cdm` the version, `without` a table or column that the database lacks,
`encoding` the database's if it is not UTF8, `key` that of a row which is there already, `kept` the resource where it is not kept
as it was sent, `span` the days that count as observed, and `zone: none` a site that declares no time zone. The site of all cases keeps time in Berlin, has data of until 2024-06-30, and
receives everything on 2024-07-01.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import pytest
import yaml

from omop_fhir.mapping.bind import Bound, bind
from omop_fhir.mapping.load import load
from omop_fhir.paths import mappings_directory
from omop_fhir.plan.owned import KeyOf, OwnedRow, Projected
from omop_fhir.plan.projection import project
from omop_fhir.plan.target import Target, targets

from ..mapping.cdm_database import SITE, ZONELESS, database
from .vocabulary import Rows, Vocabulary, vocabulary

FOLDER = Path(__file__).parent / "golden"
RECEIVED = date(2024, 7, 1)


class Reader(yaml.SafeLoader):
    """YAML in which dates stay text and decimals keep their digits."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


Reader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: Decimal(loader.construct_scalar(node)))


@dataclass(frozen=True)
class Case:
    """One case of a file."""

    name: str
    content: Mapping[str, Any]
    vocabulary: Vocabulary


def cases() -> Iterator[Case]:
    """All cases of all files."""
    for file in sorted(FOLDER.glob("*.yaml")):
        content = yaml.load(file.read_text("utf-8"), Reader)  # a safe loader
        known = vocabulary(content.get("concepts", ()))
        for case in content["cases"]:
            yield Case(f"{file.stem}: {case['case']}", case, known)


CASES = tuple(cases())


@cache
def mapped(site: str, cdm: str, without: str, type: str, zone: str, encoding: str) -> tuple[Target, ...]:
    """What can be written of a type in the database that a case describes."""
    with TemporaryDirectory() as folder:
        for name, content in yaml.load(site, Reader).items():
            (Path(folder) / f"{name}.yaml").write_text(yaml.safe_dump(content), "utf-8")
        mappings = load((mappings_directory(), Path(folder)))
    table, _, column = without.partition(".")
    there = database(cdm, {table: {column: None}} if column else None)
    if without and not column:
        there = replace(there, tables={name: of for name, of in there.tables.items() if name != table})
    there = replace(there, encoding=encoding)
    bounds = [found for each in mappings if each.resource == type and isinstance(found := bind(each, there), Bound)]
    return targets(sorted(bounds, key=lambda bound: bound.mapping.prefix), ZONELESS if zone == "none" else SITE, there)


def run(case: Case) -> Projected:
    """The resource of a case, projected."""
    content = case.content
    site = yaml.safe_dump(content.get("site", {}))
    database = (site, str(content.get("cdm", "5.4")), content.get("without", ""))
    rest = (content["resource"]["resourceType"], content.get("zone", ""), content.get("encoding", "UTF8"))
    known = mapped(*database, *rest)
    return project(content["resource"], known, case.vocabulary, Rows(), RECEIVED, content.get("key"))


def shown(value: Any) -> Any:
    """A column's value as the case files have it."""
    match value:
        case KeyOf(row):
            return f"key of row {row}"
        case datetime():
            return value.isoformat(" ")
        case date():
            return value.isoformat()
        case _:
            return value


def as_case(row: OwnedRow) -> dict[str, Any]:
    """A row as the case files have it."""
    columns = {name: shown(value) for name, value in row.columns.items() if value is not None}
    shared = {"shared": True} if row.shared else {}
    initial = {"initial": dict(row.initial)} if row.initial else {}
    return {row.table: columns, **shared, **initial}


def outcome(projected: Projected) -> dict[str, Any]:
    """What became of a resource, as the case files have it."""
    result: dict[str, Any] = {
        "rows": [as_case(row) for row in projected.rows],
        "losses": {loss.expression: loss.kind for loss in projected.losses},
        "gate": projected.gate.expression if projected.gate else None,
        "refused": [loss.expression for loss in projected.refused],
    }
    return {name: value for name, value in result.items() if value}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fhir_in_omop_rows_out(case: Case) -> None:
    expected = {name: case.content[name] for name in ("rows", "losses", "gate", "refused") if case.content.get(name)}
    projected = run(case)
    assert outcome(projected) == expected
    if "kept" in case.content:
        assert projected.resource == case.content["kept"]
    if "span" in case.content:
        assert projected.span is not None
        assert [shown(projected.span.start), shown(projected.span.end)] == case.content["span"]


def test_there_are_cases_enough_and_each_says_why() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        assert case.content["why"].strip().endswith("."), case.name
        assert case.content.keys() <= {
            "case", "why", "resource", "rows", "losses", "gate", "refused", "kept", "span", "site", "cdm", "without", "zone", "encoding", "key",
        }, case.name  # fmt: skip
