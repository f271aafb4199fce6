"""Every request of the pairs becomes exactly the statement beside it."""

from __future__ import annotations

import re

import pytest

from tests.unit.mapping.cdm_database import bounds

from .case import Case, cases, files

ALL = [pytest.param(case, id=f"{file.stem}: {case.name}") for file in files() for case in cases(file)]


@pytest.mark.parametrize("case", ALL)
def test_a_request_becomes_its_statement(case: Case) -> None:
    assert case.actual() == case.expected, (
        "if this is meant, run `python -m tests.unit.query.regenerate` and review the diff"
    )


@pytest.mark.parametrize("case", ALL)
def test_every_argument_is_used_and_no_value_stands_in_the_text(case: Case) -> None:
    if case.expected.startswith("-- refused"):
        return
    statement = case.statement()
    used = {int(number) for number in re.findall(r"\$(\d+)::", statement.text)}
    assert used == set(range(1, len(statement.args) + 1))
    for name, value in re.findall(r"[?&]([^=]+)=([^&]+)", case.url):
        if name not in ("_sort", "_type", "_include", "_revinclude") and not name.endswith(":missing"):
            assert len(value) < 3 or value not in statement.text


def test_the_pairs_cover_every_type_and_kind_of_search() -> None:
    urls = [param.values[0].url for param in ALL]  # type: ignore[attr-defined]
    types = {re.split(r"[/?]", url)[0] for url in urls} - {""}
    assert types == {
        "Condition", "Encounter", "Location", "MedicationStatement", "Organization", "Patient", "Practitioner",
        "Procedure",
    }  # fmt: skip
    assert len(urls) >= 300


def test_the_pairs_cover_every_parameter_of_every_type() -> None:
    """Each declared one, in a search of its type; what a chain leads through does not count."""
    searched = {(re.split(r"[/?]", url)[0], name.partition(":")[0].partition(".")[0])
                for param in ALL for url in [param.values[0].url]  # type: ignore[attr-defined]
                for name in re.findall(r"[?&]([^=]+)=", url)}  # fmt: skip
    declared = {(bound.mapping.resource, code) for bound in bounds().values() for code in bound.search}
    assert declared - searched == set()
