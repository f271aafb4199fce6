"""$validate: what a write would say, with nothing written (https://hl7.org/fhir/R4/resource-operation-validate.html)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omop_fhir.auth.grants import ALL_TYPES, ANYONE, Grants, Permission

from .conftest import Fixed, Served, refused, rows, running

TABLES = ("document", "version", "owned_row", "token", "string", "date", "reference")
CDM = ("person", "procedure_occurrence", "location")


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **more}


def procedure(subject: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Procedure", "status": "completed", "subject": {"reference": subject}, **more}


def parameters(**values: Any) -> dict[str, Any]:
    """A Parameters resource; `mode` is a code."""
    given = [{"name": n, ("resource" if n == "resource" else "valueCode"): value} for n, value in values.items()]
    return {"resourceType": "Parameters", "parameter": given}


def told(answer: httpx.Response) -> list[tuple[str, str, str | None]]:
    """Severity, code and place of each issue of an answer that must be 200."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    return [(each["severity"], each["code"], next(iter(each.get("expression", ())), None)) for each in outcome["issue"]]


RIGHT = [("information", "informational", None)]


@pytest.fixture(scope="module")
def known(writable: Served) -> Served:
    """Patient/known is there in its second version, and referred to; Patient/free is not referred to."""
    for gender in ("male", "female"):
        writable.send("PUT", "Patient/known", patient(id="known", gender=gender))
    writable.send("PUT", "Patient/free", patient(id="free"))
    assert writable.send("PUT", "Procedure/known", procedure("Patient/known", id="known")).status_code == 201
    return writable


@pytest.fixture(autouse=True)
def _nothing_is_written(known: Served, request: pytest.FixtureRequest) -> Iterator[None]:
    tables = [f"omop_fhir.{name}" for name in TABLES] + [f"cdm.{name}" for name in CDM]
    hashes = (f"(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t)" for table in tables)
    state = f"SELECT {', '.join(hashes)}"
    before = rows(known.database, state)
    yield
    assert rows(known.database, state) == before


class TestAnswers:
    @pytest.mark.parametrize("mode", [None, "create"])
    def test_a_right_resource_is_told_so(self, known: Served, mode: str | None) -> None:
        query = f"?mode={mode}" if mode else ""
        assert told(known.send("POST", f"Procedure/$validate{query}", procedure("Patient/known"))) == RIGHT
        asked = parameters(resource=procedure("Patient/1"), **({"mode": mode} if mode else {}))
        assert told(known.send("POST", "Procedure/$validate", asked)) == RIGHT

    @pytest.mark.parametrize("mode", [None, "create"])
    def test_all_issues_come_at_once(self, known: Served, mode: str | None) -> None:
        query = f"?mode={mode}" if mode else ""
        performer = [{"actor": {"reference": "Practitioner/nobody"}}]
        wrong = procedure("Patient/nobody", status="x", nonsense=1, performer=performer)
        found = told(known.send("POST", f"Procedure/$validate{query}", wrong))
        assert sorted(found) == [
            ("error", "code-invalid", "Procedure.status"),
            ("error", "not-found", "Procedure.performer[0].actor.reference"),
            ("error", "not-found", "Procedure.subject.reference"),
            ("error", "structure", "Procedure.nonsense"),
        ]

    @pytest.mark.parametrize("mode", [None, "create"])
    def test_rules_of_this_server_are_told(self, known: Served, mode: str | None) -> None:
        query = f"?mode={mode}" if mode else ""
        wrong = patient(modifierExtension=[{"url": "urn:not", "valueBoolean": True}])
        assert told(known.send("POST", f"Patient/$validate{query}", wrong)) == [
            ("error", "extension", "Patient.modifierExtension[0]")
        ]

    def test_it_is_what_the_write_says(self, known: Served) -> None:
        wrong = procedure("Patient/nobody")
        written = known.send("POST", "Procedure", wrong)
        asked = known.send("POST", "Procedure/$validate?mode=create", wrong)
        assert asked.json() == written.json()


class TestUpdate:
    def test_of_what_is_there_or_free(self, known: Served) -> None:
        for id in ("known", "quite-new"):
            body = patient(id=id, gender="other")
            assert told(known.send("POST", f"Patient/{id}/$validate?mode=update", body)) == RIGHT
            assert told(known.send("POST", "Patient/$validate?mode=update", body)) == RIGHT
        known.refusal("Patient/quite-new", 404, "not-found")

    def test_the_id_must_be_that_of_the_url(self, known: Served) -> None:
        for mode in ("?mode=update", ""):
            found = told(known.send("POST", f"Patient/known/$validate{mode}", patient(id="other", gender="x")))
            assert found == [("error", "invalid", "Patient.id"), ("error", "code-invalid", "Patient.gender")]
        assert told(known.send("POST", "Patient/$validate?mode=update", patient())) == [("error", "invalid", "Patient.id")]

    def test_a_type_that_is_not_the_urls_is_told(self, known: Served) -> None:
        found = told(known.send("POST", "Patient/$validate", procedure("Patient/known")))
        assert found == [("error", "invalid", "Procedure.resourceType")]

    def test_a_row_of_the_database_is_only_read(self, known: Served) -> None:
        found = told(known.send("POST", "Patient/1/$validate?mode=update", patient(id="1")))
        assert found == [("error", "not-supported", None)]

    def test_a_version_must_match(self, known: Served) -> None:
        body = patient(id="known", gender="other")
        for tag, expected in (('W/"2"', RIGHT), ('W/"1"', [("error", "conflict", None)])):
            answer = known.send("POST", "Patient/known/$validate?mode=update", body, if_match=tag)
            assert told(answer) == expected


class TestDelete:
    def test_of_what_others_refer_to(self, known: Served) -> None:
        for answer in (
            known.send("POST", "Patient/known/$validate?mode=delete"),
            known.get("Patient/known/$validate?mode=delete"),
            known.send("POST", "Patient/known/$validate", parameters(mode="delete")),
        ):
            assert told(answer) == [("error", "conflict", None)]
            assert "others refer to it" in answer.json()["issue"][0]["diagnostics"]

    def test_of_what_nothing_refers_to(self, known: Served) -> None:
        assert told(known.get("Patient/free/$validate?mode=delete")) == RIGHT
        assert known.get("Patient/free").status_code == 200

    def test_of_one_resource_only(self, known: Served) -> None:
        answer = known.send("POST", "Patient/$validate?mode=delete")
        assert "`mode=delete` is about one resource" in refused(answer, 400, "invalid")


class TestRefusals:
    @pytest.mark.parametrize(
        ("query", "body", "status", "code", "words"),
        [
            ("", None, 400, "invalid", "the body is empty"),
            ("", [], 400, "invalid", "a resource is a JSON object"),
            ("", parameters(), 400, "invalid", "there is no resource to validate"),
            ("", parameters(mode="create"), 400, "invalid", "there is no resource to validate"),
            ("", parameters(resource={"resourceType": "X"}), 400, "invalid", "`X` is not a resource type"),
            ("", parameters(resource=1), 400, "invalid", "a resource is a JSON object"),
            ("", parameters(other="x"), 400, "invalid", "no parameter `other`"),
            ("", {"resourceType": "Parameters", "parameter": [1]}, 400, "invalid", "a parameter has no `name`"),
            ("", {"resourceType": "Parameters", "parameter": [{"name": "mode"}]}, 400, "invalid", "not one value"),
            ("?mode=profile", patient(), 400, "invalid", "`mode` is one of create, update, delete"),
            ("?mode=", patient(), 400, "invalid", "`mode` is one of"),
            ("?x=1", patient(), 400, "invalid", "no parameter `x`"),
            ("?profile=urn:p", patient(), 400, "not-supported", "not against a profile"),
            ("", parameters(profile="urn:p", resource=patient()), 400, "not-supported", "not against a profile"),
        ],
    )
    def test_what_is_no_question_is_refused(
        self, known: Served, query: str, body: Any, status: int, code: str, words: str
    ) -> None:
        assert words in refused(known.send("POST", f"Patient/$validate{query}", body), status, code)

    def test_of_a_type_that_is_not_served(self, known: Served) -> None:
        refused(known.send("POST", "Observation/$validate", {"resourceType": "Observation"}), 404, "not-found")

    def test_of_another_content_type(self, known: Served) -> None:
        refused(known.send("POST", "Patient/$validate", patient(), content_type="text/plain"), 415, "not-supported")


class TestGrants:
    def test_what_a_bound_caller_may_not_see_is_not_told(self, known: Served) -> None:
        known_key = rows(known.database, "SELECT key FROM omop_fhir.document WHERE type = 'Patient' AND id = 'known'")[0][0]
        access = Fixed(Grants("bound", (Permission(ALL_TYPES, frozenset("cruds"), patient=known_key),)))
        with running(known.database, access=access) as server:
            assert told(server.send("POST", "Procedure/$validate?mode=create", procedure("Patient/known"))) == RIGHT
            foreign = procedure("https://other.example.org/fhir/Patient/1")
            answer = server.send("POST", "Procedure/$validate?mode=create", foreign)
            assert told(answer) == [("error", "forbidden", None)]
            said = []
            for id in ("free", "nowhere"):
                answers = [
                    server.send("POST", "Procedure/$validate", procedure(f"Patient/{id}")),
                    server.send("POST", f"Patient/{id}/$validate?mode=update", patient(id=id)),
                    server.get(f"Patient/{id}/$validate?mode=delete"),
                ]
                said.append([(answer.status_code, answer.text.replace(id, "ID")) for answer in answers])
            assert said[0] == said[1]

    @pytest.mark.parametrize(("mode", "letters"), [("create", "rsu"), ("update", "rsc"), ("delete", "rscu"), ("", "d")])
    def test_what_is_not_granted_is_forbidden(self, known: Served, mode: str, letters: str) -> None:
        access = Fixed(ANYONE)
        access.current = Grants("some", (Permission(ALL_TYPES, frozenset(letters)),))  # type: ignore[arg-type]
        with running(known.database, access=access) as server:
            query = f"?mode={mode}" if mode else ""
            refused(server.send("POST", f"Patient/known/$validate{query}", patient(id="known")), 403, "forbidden")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("Patient/known"),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["reference", "subject", "url", "name", "div", "x"]), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["subject", "performer", "text", "extension", "contained", "meta", "id", "code", "identifier"])


@given(content=st.dictionaries(NAMES, VALUES, max_size=4), mode=st.sampled_from(["", "?mode=create", "?mode=update"]))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_is_answered(known: Served, content: dict[str, Any], mode: str) -> None:
    answer = known.send("POST", f"Procedure/$validate{mode}", {"resourceType": "Procedure", **content})
    assert answer.status_code in (200, 400), answer.text
    assert answer.json()["issue"][0]["severity"] == "error"
