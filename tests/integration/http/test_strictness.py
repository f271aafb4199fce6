"""What is unknown, unsupported, malformed or too much is said, never silently left out.

https://hl7.org/fhir/R4/search.html#errors, https://hl7.org/fhir/R4/http.html#ops
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omop_fhir.auth.grants import Grants

from .conftest import SCHEMA, Serve, Served, execute, link, refused, rows, running

LENIENT = {"prefer": "handling=lenient"}


def outcome(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """The issues of the outcome entry."""
    found = [each["resource"] for each in bundle.get("entry", ()) if each["search"]["mode"] == "outcome"]
    assert all("fullUrl" not in each for each in bundle.get("entry", ()) if each["search"]["mode"] == "outcome")
    return [issue for each in found for issue in each["issue"]]


class TestLenient:
    @pytest.mark.parametrize("name", ["colour", "name", "_text", "_filter", "_content", "_list", "_query", "_tag", "name:exact",
                                      "organization.colour", "_has:Procedure:patient:colour"])  # fmt: skip
    def test_what_is_not_known_is_left_aside_and_said(self, served: Served, name: str) -> None:
        strict = served.get(f"Patient?gender=female&{name}=x")
        assert strict.status_code == 400
        for prefer in ("handling=strict", "respond-async", "handling=", ""):
            assert served.get(f"Patient?gender=female&{name}=x", headers={"prefer": prefer}).status_code == 400
        bundle = served.json(f"Patient?gender=female&{name}=x&_count=3", headers=LENIENT)
        (issue,) = outcome(bundle)
        assert (issue["severity"], issue["code"], issue["expression"]) == ("warning", "not-supported", [f"http.{name}"])
        assert issue["diagnostics"] == f"not applied: {strict.json()['issue'][0]['diagnostics']}"
        assert link(bundle, "self") == f"{served.base}/Patient?gender=female&_count=3"
        plain = served.json("Patient?gender=female&_count=3")
        assert [e for e in bundle["entry"] if e["search"]["mode"] == "match"] == plain["entry"]

    def test_the_next_page_goes_on_with_what_was_applied(self, served: Served) -> None:
        bundle = served.json("Patient?gender=female&colour=red&_count=3", headers=LENIENT)
        following = served.json(str(link(bundle, "next")))
        assert following["entry"] == served.json(str(link(served.json("Patient?gender=female&_count=3"), "next")))["entry"]

    def test_several_are_each_said(self, served: Served) -> None:
        bundle = served.json("Patient?colour=red&size=2&_fancy=1", headers={"prefer": 'return=minimal, handling="lenient"'})
        assert [(i["severity"], i["expression"][0]) for i in outcome(bundle)] == [
            ("warning", "http.colour"), ("warning", "http.size"), ("information", "http._fancy")]  # fmt: skip
        assert link(bundle, "self") == f"{served.base}/Patient"

    @pytest.mark.parametrize(
        "query",
        ["gender:exact=x", "birthdate=soon", "_id:contains=1", "organization:Patient=1", "_sort=colour",
         "_include=Patient:colour", "_count=x", "_summary=x", "_elements=colour", "_total=x", "gender="],
    )  # fmt: skip
    def test_what_is_malformed_or_cannot_be_done_is_refused_all_the_same(self, served: Served, query: str) -> None:
        assert served.get(f"Patient?{query}", headers=LENIENT).status_code == 400

    def test_of_several_types_what_one_lacks_is_left_aside(self, served: Served) -> None:
        bundle = served.json("?_type=Patient,Practitioner&birthdate=1980&_count=2", headers=LENIENT)
        assert [issue["expression"] for issue in outcome(bundle)] == [["http.birthdate"]]

    def test_by_post_and_in_a_compartment(self, served: Served) -> None:
        posted = served.http.post("Patient/_search", data={"colour": "red", "_id": "1"}, headers=LENIENT).json()
        assert [e["search"]["mode"] for e in posted["entry"]] == ["match", "outcome"]
        assert len(outcome(served.json("Patient/1/Procedure?colour=red", headers=LENIENT))) == 1


class TestHarmless:
    @pytest.mark.parametrize("name", ["_totalMethod", "_fancy", "_at"])
    def test_what_begins_with_an_underscore_and_cannot_filter_is_a_word_in_the_bundle(self, served: Served, name: str) -> None:
        bundle = served.json(f"Patient?{name}=count&_count=1")
        (issue,) = outcome(bundle)
        assert (issue["severity"], issue["code"], issue["expression"]) == ("information", "informational", [f"http.{name}"])
        assert f"`{name}`" in issue["diagnostics"]
        assert link(bundle, "self") == f"{served.base}/Patient?_count=1"

    def test_a_search_without_anything_to_say_says_nothing(self, served: Served) -> None:
        assert outcome(served.json("Patient?_count=1&_format=json&_pretty=true")) == []


class TestBooleans:
    @pytest.mark.parametrize("value", ["maybe", "TRUE", "1", "true|", "http://example.org|true", "true,no"])
    def test_anything_but_true_and_false_is_refused(self, served: Served, value: str) -> None:
        assert served.refusal(f"Patient?deceased={value}", 400, "invalid") == f"`deceased` is `true` or `false`, not `{value}`"
        served.refusal(f"Procedure?patient.deceased={value}", 400, "invalid")

    def test_their_system_need_not_be_named(self, served: Served) -> None:
        counts = [
            served.json(f"Patient?deceased={system}true&_summary=count")["total"]
            for system in ("", "|", "http://hl7.org/fhir/special-values|")
        ]
        assert len(set(counts)) == 1
        assert 0 < counts[0] < served.json("Patient?_summary=count")["total"]


class TestGuards:
    def test_a_hundred_reverse_chains_are_refused_before_anything_is_asked(self, served: Served) -> None:
        query = "&".join(["_has:Procedure:patient:status=completed"] * 100)
        assert "at most 20 steps together" in served.refusal(f"Patient?{query}", 400, "too-costly")

    def test_parameters_are_counted_before_the_planner_takes_its_time(self, served: Served) -> None:
        """Fifty dates took PostgreSQL four seconds, a hundred thirty, for whoever could ask anything."""
        query = "Procedure?patient=1&" + "&".join(f"date=ne{1900 + year}" for year in range(29))
        assert served.get(query).status_code == 200
        said = served.refusal(f"{query}&date=ne2000", 400, "too-costly")
        assert said == "a search has at most 30 parameters that filter, and this one 31"
        with running(served.database, filter_limit=31) as server:
            assert server.get(f"{query}&date=ne2000").status_code == 200

    def test_each_bound_is_a_setting_with_an_error_of_its_own(self, served: Served) -> None:
        bounds = {"chain_limit": 1, "link_limit": 2, "value_limit": 2, "include_limit": 3, "url_limit": 300, "body_limit": 300}
        with running(served.database, **bounds) as server:
            assert server.get("Procedure?patient.gender=female").status_code == 200
            chain = server.refusal("Procedure?encounter.practitioner.name=x", 400, "too-costly")
            assert "at most 1 steps" in chain
            assert "at most 1 steps" in server.refusal("Patient?_has:Procedure:patient:encounter.class=IMP", 400, "too-costly")
            links = "&".join(["_has:Procedure:patient:status=completed", "general-practitioner.gender=male"] * 2)
            assert "at most 2 steps together" in server.refusal(f"Patient?{links}", 400, "too-costly")
            assert server.get(f"Patient?{links.rpartition('&_has')[0]}").status_code == 200
            assert "at most 2 values" in server.refusal("Patient?_id=1,2,3", 400, "too-costly")
            assert server.get("Patient?_id=1,2").status_code == 200
            assert server.get("Patient?_id=1,2&gender=male,female").status_code == 200
            assert "at most 4 values together" in server.refusal("Patient?_id=1,2&gender=male,female&name=a", 400, "too-costly")
            server.refusal("Patient?_id=" + "1" * 300, 414, "too-long")
            form = {"content-type": "application/x-www-form-urlencoded"}
            refused(server.http.post("Patient/_search", content=b"_id=" + b"1" * 300, headers=form), 413, "too-long")
            bundle = server.json("Patient?_revinclude=Procedure:patient&_count=50")
            assert sum(e["search"]["mode"] == "include" for e in bundle["entry"]) == 3
            (issue,) = outcome(bundle)
            assert (issue["severity"], issue["code"]) == ("warning", "incomplete")
            assert "more than 3 resources" in issue["diagnostics"]

    def test_a_sort_of_a_whole_large_table_names_the_index_that_would_serve(self, serve: Serve) -> None:
        server = serve(sort_row_limit=100)
        said = server.refusal("Procedure?_sort=-date", 400, "too-costly")
        sql = said.partition("would serve it: ")[2]
        assert sql.startswith('CREATE INDEX CONCURRENTLY "omop_fhir_procedure_occurrence_date_desc_')
        execute(server.database, sql.replace("CONCURRENTLY ", ""))
        with running(server.database, sort_row_limit=100) as again:
            assert again.get("Procedure?_sort=-date").status_code == 200
            assert again.get("Procedure?_sort=-date,status").status_code == 200
            again.refusal("Procedure?_sort=date", 400, "too-costly")

    @pytest.mark.parametrize(
        "query",
        ["Procedure?patient=1&_sort=date", "Patient/1/Procedure?_sort=-date", "Procedure?code=4&_sort=date",
         "Procedure?_sort=_id", "Procedure?_sort=-_id", "Procedure?_sort=patient", "Procedure?_sort=date&_summary=count",
         "Procedure?patient.identifier=MRN000000001&_sort=date", "Organization?_sort=name", "Procedure?_sort=_lastUpdated"],
    )  # fmt: skip
    def test_a_sort_that_is_narrow_small_or_along_a_key_is_answered(self, served: Served, query: str) -> None:
        with running(served.database, sort_row_limit=100) as server:
            assert server.get(query).status_code == 200

    @pytest.mark.parametrize("query", ["Procedure?_sort=code", "Patient?_sort=address-city", "Procedure?date=ge2000&_sort=code"])
    def test_a_sort_that_no_index_can_serve_says_so(self, served: Served, query: str) -> None:
        with running(served.database, sort_row_limit=100) as server:
            assert "no index can serve it" in server.refusal(query, 400, "too-costly")

    def test_a_caller_bound_to_a_patient_sorts_at_will(self, served: Served) -> None:
        class One:
            may_write = True

            async def grants(self, authorization: str | None) -> Grants:
                return Grants.reading("one", frozenset({"*"}), 1)

        with running(served.database, access=One(), sort_row_limit=0) as server:
            assert server.get("Procedure?_sort=code,-date").status_code == 200


class TestExplain:
    def test_it_is_off_by_default(self, served: Served) -> None:
        assert "--explain" in served.refusal("Patient?_explain=true", 400, "not-supported")
        assert "_explain" in served.refusal("Patient?_explain=x", 400, "invalid")
        assert served.json("Patient?_explain=false&_count=1")["entry"] == served.json("Patient?_count=1")["entry"]

    @pytest.mark.parametrize(
        "query",
        [
            "Procedure?patient=1&date=ge2020",
            "Procedure?patient.gender=female&_sort=-date&_include=Procedure:patient&_total=accurate",
            "Patient?_has:Procedure:patient:code=http://snomed.info/sct|80146002",
            "Patient/1/Procedure?code:text=x",
            "Patient/1/$everything?start=2020",
            "?_type=Patient,Procedure&_id=1",
            "Patient?_summary=count",
        ],
    )
    def test_where_enabled_it_shows_declaration_sql_arguments_and_plan(self, served: Served, query: str) -> None:
        with running(served.database, explain=True) as server:
            path, _, rest = query.partition("?")
            found = server.json(f"{path}?_explain=true&{rest}")
        assert found["resourceType"] == "Parameters"
        text = str(found)
        assert ".yaml:" in text
        statements = [{p["name"]: p.get("valueString") for p in each["part"]} for each in found["parameter"]
                      if each["name"] == "statement"]  # fmt: skip
        assert statements
        assert all("SELECT" in each["sql"] and '"Plan"' in each["plan"] for each in statements)

    def test_a_chain_names_the_lines_of_both_mappings_and_nothing_is_asked_where_nothing_can_match(self, served: Served) -> None:
        with running(served.database, explain=True) as server:
            text = server.get("Procedure?_explain=true&patient.gender=female").text
            assert "procedure.yaml:" in text
            assert "patient.yaml:" in text
            assert '"codec"' in text
            empty = server.json("Procedure?_explain=true&subject=Group/1")
            assert "statement" not in {each["name"] for each in empty["parameter"]}

    def test_the_links_of_pages_do_not_explain(self, served: Served) -> None:
        with running(served.database, explain=True) as server:
            assert link(server.json("Patient?_explain=false"), "self") == f"{server.base}/Patient"


def test_the_rows_that_the_guards_count_are_there(served: Served) -> None:
    assert rows(served.database, f"SELECT count(*) > 100 FROM {SCHEMA}.procedure_occurrence") == [(True,)]


def test_inclusions_that_go_on_too_long_say_so(copy: Callable[[], str], tmp_path: Path) -> None:
    """Details of a visit, each part of the one before: a chain longer than the statements that one page may take."""
    (tmp_path / "encounter-visit-detail.yaml").write_text("enabled: true\n")
    database = copy()
    chain = "SELECT visit_detail_id AS id, lag(visit_detail_id) OVER (ORDER BY visit_detail_id) AS above FROM cdm.visit_detail"
    execute(
        database,
        f"UPDATE cdm.visit_detail d SET parent_visit_detail_id = c.above FROM ({chain}) c WHERE c.id = d.visit_detail_id",
    )
    (deepest,) = rows(database, "SELECT max(visit_detail_id) FROM cdm.visit_detail")
    with running(database, mappings=(tmp_path,)) as server:
        url = f"Encounter?_id=detail-{deepest[0]}&_include:iterate=Encounter:part-of"
        bundle = server.json(url)
        modes = [each["search"]["mode"] for each in bundle["entry"]]
        assert (modes.count("match"), modes.count("include")) == (1, 10)
        (issue,) = outcome(bundle)
        assert (issue["severity"], issue["code"]) == ("warning", "incomplete")
        assert "`:iterate` goes at most 10 steps" in issue["diagnostics"]
