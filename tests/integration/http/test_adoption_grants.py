"""Rows that an ETL brought, changed by callers who may see only some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from omop_fhir.auth.grants import ALL_LETTERS, ALL_TYPES, Grants, Permission

from .conftest import Fixed, Served, rows, running


@pytest.fixture
def bound(migrated_copy: Callable[[], str]) -> Iterator[Served]:
    """A server whose caller is bound to Patient/1."""
    grants = Grants("someone", (Permission(ALL_TYPES, ALL_LETTERS, patient=1),))
    with running(migrated_copy(), access=Fixed(grants), writable="all") as served:
        yield served


def procedures(served: Served, which: str) -> list[int]:
    sql = f"SELECT procedure_occurrence_id FROM cdm.procedure_occurrence WHERE person_id {which} ORDER BY 1 LIMIT 2"
    return [row[0] for row in rows(served.database, sql)]


def test_ones_own_row_is_changed(bound: Served) -> None:
    (id, other) = procedures(bound, "= 1")
    read = bound.json(f"Procedure/{id}")
    changed = bound.send("PUT", f"Procedure/{id}", read | {"note": [{"text": "x"}]}, if_match=f'W/"{read["meta"]["versionId"]}"')
    assert changed.status_code == 200, changed.text
    assert bound.json(f"Procedure/{id}")["note"] == [{"text": "x"}]
    assert bound.send("DELETE", f"Procedure/{other}").status_code == 204
    assert procedures(bound, "= 1")[0] == id


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_anothers_is_not_there(bound: Served, method: str) -> None:
    """And no attempt tells it from a row that is not there, or leaves anything behind."""
    (id, _) = procedures(bound, "= 2")
    def sent(number: int) -> tuple[int, str]:
        body = {"resourceType": "Procedure", "id": str(number), "status": "completed", "subject": {"reference": "Patient/1"}}
        kind = {"content_type": "application/json-patch+json"} if method == "PATCH" else {}
        given = {"PUT": body, "PATCH": [], "DELETE": None}[method]
        answer = bound.send(method, f"Procedure/{number}", given, **kind)
        return answer.status_code, answer.text.replace(str(number), "N")

    assert sent(id) == sent(987654321)
    assert sent(id)[0] == (204 if method == "DELETE" else 404)
    assert rows(bound.database, "SELECT count(*) FROM omop_fhir.document") == [(0,)]
    assert id in procedures(bound, "= 2")


def test_a_row_may_not_be_moved_to_another(bound: Served) -> None:
    (id, _) = procedures(bound, "= 1")
    read = bound.json(f"Procedure/{id}")
    answer = bound.send("PUT", f"Procedure/{id}", read | {"subject": {"reference": "Patient/2"}})
    assert answer.status_code in (400, 403), answer.text
    assert bound.json(f"Procedure/{id}") == read
