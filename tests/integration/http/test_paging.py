"""Pages by next links: https://hl7.org/fhir/R4/http.html#paging."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from omop_fhir.auth.grants import ALL_TYPES, Grants
from omop_fhir.errors import Unauthorized

from .conftest import Serve, Served, execute, ids, link, refused, rows, running


class Tokens:
    """Each token has grants of its own, which a test may change."""

    may_write = True

    def __init__(self, **grants: Grants) -> None:
        self.known = grants

    async def grants(self, authorization: str | None) -> Grants:
        try:
            return self.known[(authorization or "").removeprefix("Bearer ")]
        except KeyError:
            raise Unauthorized("no token") from None


def bearer(token: str) -> dict[str, Any]:
    return {"headers": {"authorization": f"Bearer {token}"}}


@pytest.mark.parametrize(
    ("type", "size"),
    [("Patient", 1), ("Patient", 7), ("Patient", 1000), ("Procedure", 50), ("Encounter", 37), ("Organization", 1)],
)
def test_a_walk_visits_each_resource_once_in_order(served: Served, type: str, size: int) -> None:
    table = {
        "Patient": ("person", "person_id"),
        "Procedure": ("procedure_occurrence", "procedure_occurrence_id"),
        "Encounter": ("visit_occurrence", "visit_occurrence_id"),
        "Organization": ("care_site", "care_site_id"),
    }[type]
    expected = [str(row[0]) for row in rows(served.database, f"SELECT {table[1]} FROM cdm.{table[0]} ORDER BY 1")]
    assert ids(served.walk(f"{type}?_count={size}")) == expected


@pytest.mark.parametrize("size", [3, 50, 1000])
def test_a_walk_through_many_types_visits_all_of_each_and_comes_back(served: Served, size: int) -> None:
    types = ("Encounter", "Location", "Organization", "Patient", "Practitioner")
    expected = [(type, id) for type in types for id in ids(served.walk(f"{type}?_count=1000"))]
    url: str | None = f"?_type={','.join(types)}&_count={size}"
    there: list[list[tuple[str, str]]] = []
    last: dict[str, Any] = {}
    while url:
        last = served.json(url)
        there.append([(each["resource"]["resourceType"], each["resource"]["id"]) for each in last["entry"]])
        url = link(last, "next")
    assert [each for page in there for each in page] == expected
    assert [len(page) for page in there[:-1]] == [size] * (len(there) - 1)

    back, url = there[-1:], link(last, "previous")
    while url:
        bundle = served.json(url)
        back.insert(0, [(each["resource"]["resourceType"], each["resource"]["id"]) for each in bundle["entry"]])
        url = link(bundle, "previous")
    assert [each for page in back for each in page] == expected


def test_a_page_that_ends_with_the_last_resource_has_no_next(served: Served) -> None:
    number = served.json("Patient?_summary=count")["total"]
    assert link(served.json(f"Patient?_count={number}"), "next") is None
    assert link(served.json(f"Patient?_count={number - 1}"), "next") is not None


def test_rows_that_come_and_go_meanwhile_do_not_disturb_those_that_stay(serve: Serve) -> None:
    server = serve()
    table = "cdm.procedure_occurrence"
    before = [row[0] for row in rows(server.database, f"SELECT procedure_occurrence_id FROM {table} ORDER BY 1")]
    seen: list[int] = []
    url: str | None = "Procedure?_count=50"
    copied = "procedure_concept_id, procedure_date, procedure_type_concept_id, person_id"
    page = 0
    gone: set[int] = set()
    while url:
        bundle = server.json(url)
        seen += [int(entry["resource"]["id"]) for entry in bundle["entry"]]
        url = link(bundle, "next")
        page += 1
        last = seen[-1]
        removed = [last, *[key for key in before if key > last][3:5], *[key for key in before if key < last][:2]]
        gone |= set(removed)
        execute(
            server.database,
            f"DELETE FROM {table} WHERE procedure_occurrence_id = ANY (ARRAY{removed}::bigint[])",
            f"INSERT INTO {table} (procedure_occurrence_id, {copied})"
            f" SELECT {last - 1_000_000_000_000 - page}, {copied} FROM {table} LIMIT 1",
        )
    assert len(seen) == len(set(seen))
    assert set(before) - gone <= set(seen) <= set(before)
    assert seen == sorted(seen)


class TestLink:
    @pytest.fixture
    def next_link(self, served: Served) -> str:
        found = link(served.json("Procedure?patient=1,2,3,4,5&_count=2"), "next")
        assert found is not None
        return found

    def test_it_tells_nothing_of_the_search(self, served: Served, next_link: str) -> None:
        path, _, query = next_link.partition("?")
        assert path == f"{served.base}/Procedure"
        assert query.startswith("_page=")
        assert "patient" not in query

    def test_its_own_page_has_a_self_link_with_the_whole_search(self, served: Served, next_link: str) -> None:
        bundle = served.json(next_link)
        assert link(bundle, "self") is not None
        assert served.json(next_link)["entry"] == bundle["entry"]

    def test_format_and_pretty_may_stand_beside_it(self, served: Served, next_link: str) -> None:
        assert "\n" in served.get(f"{next_link}&_format=json&_pretty=true").text

    @pytest.mark.parametrize(
        "beside", ["patient=6", "_count=1000", "_summary=count", "_id=1", "_page=x", "_elements=code"]
    )
    def test_nothing_else_may_stand_beside_it(self, served: Served, next_link: str, beside: str) -> None:
        diagnostics = served.refusal(f"{next_link}&{beside}", 400, "invalid")
        assert f"`{beside.partition('=')[0]}`" in diagnostics

    def test_it_is_of_its_type_alone(self, served: Served, next_link: str) -> None:
        assert "Procedure" in served.refusal(next_link.replace("/Procedure?", "/Patient?"), 400, "invalid")

    def test_a_changed_one_is_refused(self, served: Served, next_link: str) -> None:
        head, _, sealed = next_link.partition("_page=")
        for place in range(0, len(sealed) - 2, 5):
            other = "A" if sealed[place] != "A" else "B"
            changed = f"{head}_page={sealed[:place]}{other}{sealed[place + 1 :]}"
            assert "search again" in served.refusal(changed, 400, "invalid")

    @pytest.mark.parametrize("sealed", ["", "x", "AAAA", "=", "%00", "\u00e9", "A" * 16, "A" * 4000, "....", "a b"])
    def test_nonsense_is_refused(self, served: Served, sealed: str) -> None:
        assert "search again" in served.refusal(f"Procedure?_page={sealed}", 400, "invalid")

    def test_another_server_with_the_key_takes_it(self, serve: Serve, served: Served) -> None:
        options: dict[str, Any] = {"base_url": "http://127.0.0.1:1/fhir", "database": served.database}
        first = serve(**options)
        second = serve(**options)
        sealed = (link(first.json("Patient?_count=5"), "next") or "").partition("?")[2]
        assert ids(second.resources(f"Patient?{sealed}")) == ids(first.resources(f"Patient?{sealed}"))
        stranger = serve(secret_key="another", **options)
        stranger.refusal(f"Patient?{sealed}", 400, "invalid")

    def test_by_post_it_works_too(self, served: Served, next_link: str) -> None:
        sealed = next_link.partition("_page=")[2]
        posted = served.http.post("Procedure/_search", data={"_page": sealed})
        assert posted.json()["entry"] == served.json(next_link)["entry"]


class TestHolder:
    @pytest.fixture
    def access(self) -> Tokens:
        everything = frozenset({ALL_TYPES})
        return Tokens(ann=Grants.reading("ann", everything), bob=Grants.reading("bob", everything))

    @pytest.fixture
    def server(self, served: Served, access: Tokens) -> Iterator[Served]:
        with running(served.database, access=access) as server:
            yield server

    def test_a_link_is_good_for_its_holder_alone(self, server: Served) -> None:
        sealed = link(server.json("Procedure?_count=5", **bearer("ann")), "next") or ""
        assert server.json(sealed, **bearer("ann"))["entry"]
        server.refusal(sealed, 400, "invalid", **bearer("bob"))
        server.refusal(sealed, 401, "login")

    def test_grants_that_shrank_meanwhile_count(self, server: Served, access: Tokens) -> None:
        sealed = link(server.json("Procedure?_count=5", **bearer("ann")), "next") or ""
        access.known["ann"] = Grants.reading("ann", frozenset({ALL_TYPES}), patient=10)
        patients = {e["resource"]["subject"]["reference"] for e in server.json(sealed, **bearer("ann"))["entry"]}
        assert patients == {"Patient/10"}
        access.known["ann"] = Grants.reading("ann", frozenset({"Patient"}))
        server.refusal(sealed, 403, "forbidden", **bearer("ann"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mappings")
    (folder / "encounter-visit-detail.yaml").write_text("resource: Encounter\nenabled: true\n")
    return folder


@pytest.fixture(scope="module")
def detailed(served: Served, folder: Path) -> Iterator[Served]:
    with running(served.database, mappings=(folder,), page_size_limit=5000) as server:
        yield server


class TestSeveralSources:
    """A site that switches visit details on has Encounters of two tables."""

    @pytest.fixture
    def server(self, detailed: Served) -> Served:
        return detailed

    @pytest.mark.parametrize("size", [13, 200, 1000])
    def test_a_walk_visits_visits_and_then_details(self, server: Served, size: int) -> None:
        visits = rows(server.database, "SELECT visit_occurrence_id FROM cdm.visit_occurrence ORDER BY 1")
        details = rows(server.database, "SELECT visit_detail_id FROM cdm.visit_detail ORDER BY 1")
        assert details
        expected = [*(str(key) for (key,) in visits), *(f"detail-{key}" for (key,) in details)]
        assert ids(server.walk(f"Encounter?_count={size}")) == expected
        assert server.json("Encounter?_summary=count")["total"] == len(expected)

    def test_a_page_may_hold_both(self, server: Served) -> None:
        visits = rows(server.database, "SELECT count(*) FROM cdm.visit_occurrence")[0][0]
        found = ids(server.resources(f"Encounter?_count={visits + 3}"))
        assert sum(id.startswith("detail-") for id in found) == 3

    def test_a_detail_reads_as_it_was_found_and_is_part_of_what_is_there(self, server: Served) -> None:
        for resource in list(server.walk("Encounter?_count=1000"))[-20:]:
            assert resource["id"].startswith("detail-")
            assert server.json(f"Encounter/{resource['id']}") == resource
            assert resource["partOf"]["reference"].startswith("Encounter/")
        some = resource["id"]
        assert ids(server.resources(f"Encounter?_id={some},1,detail-007,{some.removeprefix('detail-')}")) in (
            [some],
            [some.removeprefix("detail-"), some],
        )

    @pytest.mark.parametrize("id", ["detail-", "detail-007", "detail-x", "detail--0", "Detail-1"])
    def test_other_spellings_are_not_there(self, server: Served, id: str) -> None:
        server.refusal(f"Encounter/{id}", 404, "not-found")

    def test_a_search_goes_over_both(self, server: Served) -> None:
        both = ids(server.walk("Encounter?patient=1"))
        assert any(id.startswith("detail-") for id in both) or not rows(
            server.database, "SELECT 1 FROM cdm.visit_detail WHERE person_id = 1"
        )
        details = ids(server.walk("Encounter?part-of=32&_count=1000"))
        assert all(id.startswith("detail-") for id in details)

    def test_a_source_that_is_gone_meanwhile_is_not_mistaken_for_the_other(self, serve: Serve, folder: Path) -> None:
        server = serve(mappings=(folder,))
        sealed = link(server.json("Encounter?_count=5"), "next") or ""
        execute(server.database, "ALTER TABLE cdm.visit_occurrence RENAME TO hidden")
        assert "search again" in server.refusal(sealed, 400, "invalid")


def test_keys_that_are_null_do_not_make_a_walk_endless(copy: Callable[[], str]) -> None:
    database = copy()
    execute(
        database,
        "ALTER TABLE cdm.care_site DROP CONSTRAINT xpk_care_site",
        "ALTER TABLE cdm.care_site ALTER care_site_id DROP NOT NULL",
        "INSERT INTO cdm.care_site (care_site_id, care_site_name) VALUES (NULL, 'no key'), (NULL, 'nor here')",
    )
    with ExitStack() as stack:
        server = stack.enter_context(running(database))
        expected = rows(database, "SELECT care_site_id FROM cdm.care_site WHERE care_site_id IS NOT NULL ORDER BY 1")
        for size in (1, 3, 1000):
            assert ids(server.walk(f"Organization?_count={size}")) == [str(key) for (key,) in expected]
        assert server.json("Organization?_summary=count")["total"] == len(expected)
        assert "None" not in server.get("Organization?_count=1000").text
        refused(server.get("Organization/None"), 404, "not-found")
