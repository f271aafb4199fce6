"""Every request of the pairs becomes exactly the statement beside it."""

from __future__ import annotations

import re

import pytest

from .case import Case, cases, files

ALL = [pytest.param(case, id=f"{file.stem}: {case.name}") for file in files() for case in cases(file)]


@pytest.mark.parametrize("case", ALL)
def test_a_request_becomes_its_statement(case: Case) -> None:
    assert case.actual() == case.expected, (
        "if this is meant, run `python -m tests.unit.query.regenerate` and review the diff"
    )


@pytest.mark.parametrize("case", ALL)
def test_every_argument_is_used_and_no_value_stands_in_the_text(case: Case) -> None:
    statement = case.statement()
    used = {int(number) for number in re.findall(r"\$(\d+)::", statement.text)}
    assert used == set(range(1, len(statement.args) + 1))
    for value in re.findall(r"=([^&]+)", case.url):
        assert len(value) < 3 or value not in statement.text


def test_the_pairs_cover_every_type_and_kind_of_search() -> None:
    urls = [param.values[0].url for param in ALL]  # type: ignore[attr-defined]
    types = {re.split(r"[/?]", url)[0] for url in urls}
    assert types == {
        "Condition", "Encounter", "Location", "MedicationStatement", "Organization", "Patient", "Practitioner",
        "Procedure",
    }  # fmt: skip
    assert len(urls) >= 40
