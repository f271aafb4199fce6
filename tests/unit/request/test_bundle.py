"""Batches and transactions: what each entry asks for, all that is wrong at once, and the order of work."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.errors import InvalidContent
from omop_fhir.request.bundle import Entry, overlaps, parse_bundle
from omop_fhir.request.conditional import Preconditions, Tags

BASE = "https://fhir.example/fhir"
JSON = dict[str, Any]
PATIENT = {"resourceType": "Patient", "id": "1"}
URN = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"


def entry(method: str, url: str, resource: JSON | None = None, full_url: str | None = None, **request: Any) -> JSON:
    made: JSON = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        made["resource"] = resource
    return made if full_url is None else {"fullUrl": full_url, **made}


def bundle(*entries: Any, kind: str = "transaction") -> JSON:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def only(row: JSON) -> Entry:
    return parse_bundle(bundle(row), BASE).entries[0]


def issues(value: JSON) -> list[tuple[str, str | None]]:
    with pytest.raises(InvalidContent) as error:
        parse_bundle(value, BASE)
    assert error.value.status == 400
    return [(issue.code, issue.expression) for issue in error.value.issues]


@pytest.mark.parametrize(
    ("row", "interaction", "type", "id"),
    [
        (entry("POST", "Patient", PATIENT), "create", "Patient", None),
        (entry("POST", f"{BASE}/Patient", PATIENT), "create", "Patient", None),
        (entry("POST", "/Patient", PATIENT), "create", "Patient", None),
        (entry("PUT", "Patient/1", PATIENT), "update", "Patient", "1"),
        (entry("PUT", "Patient?identifier=a|b", {"resourceType": "Patient"}), "update", "Patient", None),
        (entry("PATCH", "Patient/1", {"resourceType": "Parameters"}), "patch", "Patient", "1"),
        (entry("PATCH", "Patient?identifier=a", {"resourceType": "Binary"}), "patch", "Patient", None),
        (entry("DELETE", "Patient/1"), "delete", "Patient", "1"),
        (entry("DELETE", "Patient?identifier=a"), "delete", "Patient", None),
        (entry("GET", "Patient/1"), "read", "Patient", "1"),
        (entry("HEAD", "Patient/1"), "read", "Patient", "1"),
        (entry("GET", "Patient/1/_history/2"), "vread", "Patient", "1"),
        (entry("GET", "Patient/1/_history?_count=1"), "history", "Patient", "1"),
        (entry("GET", "Patient/_history"), "history", "Patient", None),
        (entry("GET", "_history"), "history", None, None),
        (entry("GET", "Patient?name=a"), "search", "Patient", None),
        (entry("GET", "?_type=Patient"), "search", None, None),
        (entry("GET", "Patient/1/Procedure?code=a"), "search", "Patient", "1"),
        (entry("POST", "Patient/_search"), "search", "Patient", None),
        (entry("GET", "Patient/1/$everything"), "operation", "Patient", "1"),
        (entry("POST", "Patient/$validate", PATIENT), "operation", "Patient", None),
    ],
)
def test_what_an_entry_asks_for(row: JSON, interaction: str, type: str | None, id: str | None) -> None:
    found = only(row)
    assert (found.interaction, found.type, found.id) == (interaction, type, id)
    assert found.resource == row.get("resource")


def test_conditions_of_an_entry() -> None:
    put = only(entry("PUT", "Patient/1", PATIENT, ifMatch='W/"3"'))
    assert put.preconditions == Preconditions(if_match=Tags(frozenset({"3"})))
    assert put.identity == ("Patient", "1")
    get = only(entry("GET", "Patient/1", ifNoneMatch="*", ifModifiedSince="2020-01-02T03:04:05.5Z"))
    since = datetime(2020, 1, 2, 3, 4, 5, 500_000, UTC)
    assert get.preconditions == Preconditions(if_none_match=Tags(frozenset(), any=True), if_modified_since=since)
    post = only(entry("POST", "Patient", PATIENT, ifNoneExist="identifier=a|b"))
    assert post.condition is not None
    assert (post.condition.type, post.condition.search.pairs) == ("Patient", (("identifier", "a|b"),))
    delete = only(entry("DELETE", "Patient?identifier=a"))
    assert delete.condition is not None
    assert delete.identity is None


def test_parameters_of_a_search() -> None:
    assert only(entry("GET", "Patient?name=a%20b&_count=1")).pairs == (("name", "a b"), ("_count", "1"))


def test_the_order_of_work() -> None:
    rows = [
        entry("GET", "Patient/1"), entry("PATCH", "Patient/2", {"resourceType": "Parameters"}), entry("POST", "Patient", PATIENT),
        entry("PUT", "Patient/1", PATIENT), entry("DELETE", "Patient/4"), entry("HEAD", "Patient/5"),
        entry("POST", "Patient", PATIENT), entry("DELETE", "Patient/3"),
    ]  # fmt: skip
    found = parse_bundle(bundle(*rows), BASE)
    assert [each.index for each in found.entries] == list(range(8))
    assert [each.index for each in found.ordered()] == [4, 7, 2, 6, 1, 3, 0, 5]


@pytest.mark.parametrize(
    ("row", "code", "place"),
    [
        ("x", "structure", ""),
        ({}, "required", ".request"),
        ({"request": 1}, "required", ".request"),
        ({"request": {}}, "required", ".request.method"),
        ({"request": {"method": "GET"}}, "required", ".request.url"),
        (entry("GET", ""), "structure", ".request.url"),
        (entry("LIST", "Patient"), "code-invalid", ".request.method"),
        (entry("get", "Patient"), "code-invalid", ".request.method"),
        (entry("PUT", "Patient/1", PATIENT, ifMatched="1"), "structure", ".request"),
        (entry("GET", "Patient/1") | {"colour": 1}, "structure", ""),
        (entry("GET", "Patient/1") | {"response": {}}, "invariant", ".response"),
        (entry("GET", "Patient/1") | {"search": {}}, "invariant", ".search"),
        (entry("GET", "Patient/1") | {"modifierExtension": []}, "extension", ".modifierExtension"),
        (entry("GET", "Patient/1", modifierExtension=[]), "extension", ".request.modifierExtension"),
        (entry("POST", "Patient"), "required", ".resource"),
        (entry("PUT", "Patient/1"), "required", ".resource"),
        (entry("PATCH", "Patient/1"), "required", ".resource"),
        (entry("PATCH", "Patient/1", PATIENT), "invalid", ".resource"),
        (entry("DELETE", "Patient/1", PATIENT), "invalid", ".resource"),
        (entry("GET", "Patient/1", PATIENT), "invalid", ".resource"),
        (entry("POST", "Patient", {"resourceType": "X"}), "structure", ".resource"),
        ({**entry("POST", "Patient"), "resource": [1]}, "structure", ".resource"),
        (entry("POST", "Encounter", PATIENT), "invalid", ".resource"),
        (entry("PUT", "Encounter/1", PATIENT), "invalid", ".resource"),
        (entry("PUT", "Patient/2", PATIENT), "invalid", ".resource.id"),
        (entry("PUT", "Patient/1", {"resourceType": "Patient"}), "invalid", ".resource.id"),
        (entry("PUT", "Patient", PATIENT), "invalid", ".request.url"),
        (entry("PUT", "Patient?_count=1", PATIENT), "invalid", ".request.url"),
        (entry("PUT", "Patient/1?identifier=1", PATIENT), "value", ".request.url"),
        (entry("PUT", "Patient/1/2", PATIENT), "value", ".request.url"),
        (entry("PUT", "Nonsense/1", PATIENT), "value", ".request.url"),
        (entry("POST", "Patient/1", PATIENT), "value", ".request.url"),
        (entry("POST", "Patient?identifier=a", PATIENT), "value", ".request.url"),
        (entry("POST", "https://other.example/fhir/Patient", PATIENT), "value", ".request.url"),
        (entry("DELETE", "Patient"), "invalid", ".request.url"),
        (entry("DELETE", "Patient/a b"), "value", ".request.url"),
        (entry("DELETE", "Patient/$x"), "value", ".request.url"),
        (entry("GET", "Patient?a=%ff"), "invalid", ".request.url"),
        (entry("GET", "a/b/c/d/e"), "value", ".request.url"),
        (entry("GET", "Patient/1", ifMatch='"1"'), "invalid", ".request.ifMatch"),
        (entry("PUT", "Patient/1", PATIENT, ifMatch='"1'), "invalid", ".request.ifMatch"),
        (entry("PUT", "Patient/1", PATIENT, ifMatch=1), "structure", ".request.ifMatch"),
        (entry("PUT", "Patient/1", PATIENT, ifNoneExist="a=b"), "invalid", ".request.ifNoneExist"),
        (entry("POST", "Patient", PATIENT, ifNoneExist="_sort=b"), "invalid", ".request.ifNoneExist"),
        (entry("GET", "Patient/1", ifModifiedSince="2020"), "value", ".request.ifModifiedSince"),
        (entry("POST", "Patient", PATIENT, "urn:uuid:a b"), "value", ".fullUrl"),
        (entry("POST", "Patient", PATIENT, "http://a.example/Patient/2"), "invalid", ".fullUrl"),
        (entry("POST", "Patient", PATIENT, "http://a.example/Patient/1/_history/1"), "invariant", ".fullUrl"),
    ],
)
def test_what_is_wrong_is_named(row: Any, code: str, place: str) -> None:
    assert (code, f"Bundle.entry[1]{place}") in issues(bundle(entry("GET", "Patient/1"), row))
    batch = parse_bundle(bundle(entry("GET", "Patient/1"), row, kind="batch"), BASE)
    assert [each.index for each in batch.entries] == [0]
    assert [each.index for each in batch.refused] == [1]
    assert (code, f"Bundle.entry[1]{place}") in [(issue.code, issue.expression) for issue in batch.refused[0].issues]


def test_all_at_once() -> None:
    found = issues(bundle(entry("LIST", "Patient"), entry("POST", "Patient"), 7))
    assert [place for _, place in found] == ["Bundle.entry[0].request.method", "Bundle.entry[1].resource", "Bundle.entry[2]"]


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [
        ({"resourceType": "Patient"}, "invalid", "resourceType"),
        ({"resourceType": "Bundle"}, "required", "Bundle.type"),
        ({"resourceType": "Bundle", "type": "searchset"}, "value", "Bundle.type"),
        ({"resourceType": "Bundle", "type": "batch", "entry": {}}, "structure", "Bundle.entry"),
        ({"resourceType": "Bundle", "type": "batch", "entries": []}, "structure", "Bundle"),
    ],
)
def test_what_is_no_batch_or_transaction(value: JSON, code: str, place: str) -> None:
    assert issues(value) == [(code, place)]


def test_an_empty_bundle_asks_for_nothing() -> None:
    assert parse_bundle({"resourceType": "Bundle", "type": "transaction"}, BASE).entries == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (entry("PUT", "Patient/1", PATIENT), entry("DELETE", "Patient/1")),
        (entry("PUT", "Patient/1", PATIENT), entry("PATCH", f"{BASE}/Patient/1", {"resourceType": "Parameters"})),
        (entry("DELETE", "Patient?identifier=a"), entry("PUT", "Patient?identifier=a", {"resourceType": "Patient"})),
    ],
)
def test_one_resource_is_touched_once_in_a_transaction(one: JSON, other: JSON) -> None:
    assert issues(bundle(one, other)) == [("duplicate", "Bundle.entry[1].request.url")]
    assert len(parse_bundle(bundle(one, other, kind="batch"), BASE).entries) == 2


def test_conditional_creates_of_the_same_may_stand_twice() -> None:
    row = entry("POST", "Patient", PATIENT, ifNoneExist="identifier=a")
    assert len(parse_bundle(bundle(row, copy.deepcopy(row)), BASE).entries) == 2


def test_reading_what_is_written_is_no_overlap() -> None:
    parse_bundle(bundle(entry("PUT", "Patient/1", PATIENT), entry("GET", "Patient/1")), BASE)


def test_full_urls_are_unique() -> None:
    rows = [entry("POST", "Patient", PATIENT, URN)] * 2
    assert issues(bundle(*rows)) == [("invariant", "Bundle.entry[1].fullUrl")]


def test_overlaps_of_resolved_conditions() -> None:
    found = overlaps([(3, ("Patient", "1")), (1, ("Patient", "1")), (2, None), (4, ("Patient", "2"))])
    text = "Patient/1 is touched by the entries 1 and 3 of one transaction"
    assert [(issue.diagnostics, issue.expression) for issue in found] == [(text, "Bundle.entry[3].request.url")]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["GET", "PUT", "Patient/1", "Patient", "W/\"1\"", "", "a=b"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["resourceType", "id"]), inner, max_size=2),
    max_leaves=4,
)
REQUESTS = st.dictionaries(
    st.sampled_from(["method", "url", "ifMatch", "ifNoneMatch", "ifNoneExist", "ifModifiedSince", "x"]), VALUES, max_size=6
)
ROWS = st.fixed_dictionaries({}, optional={"request": REQUESTS | VALUES, "resource": VALUES, "fullUrl": VALUES, "x": VALUES})


@given(st.lists(ROWS | VALUES, max_size=3), st.sampled_from(["batch", "transaction"]))
def test_any_entries_are_parsed_or_refused(rows: list[Any], kind: str) -> None:
    value = bundle(*rows, kind=kind)
    before = copy.deepcopy(value)
    try:
        found = parse_bundle(value, BASE)
    except InvalidContent as problem:
        assert kind == "transaction"
        assert all(str(issue.expression).startswith("Bundle.entry[") for issue in problem.issues)  # noqa: PT017
    else:
        assert len(found.entries) + len(found.refused) == len(rows)
    assert value == before


def test_ten_thousand_entries_take_a_moment() -> None:
    rows = [entry("POST", "Patient", {"resourceType": "Patient"}, f"urn:uuid:{number}") for number in range(10_000)]
    start = perf_counter()
    assert len(parse_bundle(bundle(*rows), BASE).entries) == 10_000
    assert perf_counter() - start < 5
