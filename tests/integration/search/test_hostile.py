"""Hostile values for every parameter that the server claims: an answer or a refusal, never a failure, never SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .server import Server, serving

HOSTILE = (
    "'", "''", '"', "';--", "1' OR '1'='1", "1); DROP TABLE cdm.person;--", "$1", "${jndi:x}", "%", "_", "%%", "\\", "\\\\",
    "\\,", ",", ",,", "|", "||", "|||", "a|b|c|d", "$", "a$b", "NaN", "Infinity", "-0", "1e999", "1E-999", "9" * 40,
    "-" + "9" * 19, "0000", "0001",
    "9999", "10000", "9999-12-31T23:59:60Z", "2020-02-30", "2020-01-01T24:00", "ap9999-12-31", "eb0001-01-01",
    "gt0001-01-01T00:00:00+14:00", "ge9999-12-31T23:59:59-14:00", "2020-01-01T00:00+99:99", "eq", "ne", "ap", "http://", "urn:",
    "Patient/", "/", "Patient/1/_history/1", "Patient/../1", "http://[", "\u0661", "\u00df", "\u0130", "\U0001f600", "\u202e",
    "\x00", "\x7f", "\r\n", "\t", " ", "", "\ufffe", "\u0345", "a\u0300" * 50, "x" * 5000, "true", "null", "None", "{}", "[]",
    "http://snomed.info/sct?fhir_vs=isa/1' OR 1=1", "http://snomed.info/sct?fhir_vs=refset/1", "?fhir_vs", "0", "-1",
)  # fmt: skip
MODIFIERS = (
    "", ":missing", ":not", ":exact", ":contains", ":text", ":in", ":not-in", ":below", ":above", ":identifier", ":of-type",
    ":Patient", ":nonsense", ":", "::", ":not:not", ".", "._id", ":Patient._id", ".nonsense", "'",
)  # fmt: skip
_LEAKED = re.compile(
    r"SELECT |FROM \\?\"|LATERAL|asyncpg|Traceback|syntax error|UndefinedColumn|invalid input|pg_|File \\?\"", re.ASCII
)


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[Server]:
    with serving(postgres_url, 10) as started:
        yield started


def ask(server: Server, type: str, name: str, text: str) -> None:
    """The answer to one hostile parameter is a Bundle or a refusal that says nothing of the database."""
    answer = server.get(type, [(name, text)])
    assert answer.status_code in (200, 400), (type, name, text, answer.text)
    said = answer.text if answer.status_code == 400 else ""
    assert not _LEAKED.search(said.replace(text, "") if text else said), (type, name, text, said)


def test_every_parameter_with_every_hostile_value(server: Server) -> None:
    """Modifiers take turns, so that each meets every parameter."""
    turn = 0
    for type, codes in server.oracle.declared.items():
        for code in codes:
            for text in HOSTILE:
                ask(server, type, code, text)
                ask(server, type, code + MODIFIERS[turn % len(MODIFIERS)], text)
                turn += 1
    assert len(server.shown("Patient?_count=100")) == len(server.oracle.population.by_type["Patient"])


@pytest.mark.parametrize(
    "name",
    ["_sort", "_count", "_include", "_revinclude", "_include:iterate", "_total", "_summary", "_elements", "_type", "_page"],
)
def test_every_result_parameter_with_every_hostile_value(server: Server, name: str) -> None:
    for text in HOSTILE:
        for type in ("Patient", "Encounter", ""):
            ask(server, type, name, text)


@pytest.mark.hypothesis
@settings(deadline=None, suppress_health_check=list(HealthCheck), database=None, phases=(Phase.generate, Phase.shrink))
@given(data=st.data())
def test_any_text_for_any_parameter(server: Server, data: st.DataObject) -> None:
    type = data.draw(st.sampled_from(sorted(server.oracle.declared)))
    code = data.draw(st.sampled_from(server.oracle.declared[type]))
    text = data.draw(st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
    ask(server, type, code + data.draw(st.sampled_from(MODIFIERS)), text)
