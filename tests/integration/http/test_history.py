"""vread and history, and reads of what changed or is gone: https://hl7.org/fhir/R4/http.html#history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest

from omop_fhir.auth.grants import ALL_TYPES, ANYONE, Grants, Permission
from omop_fhir.validate import validate

from .conftest import Fixed, Served, link, refused, rows, running

READ = frozenset({"r", "s"})


def patient(id: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id, **more}


def procedure(id: str, subject: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Procedure", "id": id, "status": "completed", "subject": {"reference": subject}, **more}


def put(served: Served, resource: dict[str, Any]) -> dict[str, Any]:
    answer = served.send("PUT", f"{resource['resourceType']}/{resource['id']}", resource)
    assert answer.status_code in (200, 201), answer.text
    body: dict[str, Any] = answer.json()
    return body


def versions(bundle: dict[str, Any]) -> list[tuple[str, str]]:
    """Method and ETag of each entry."""
    return [(e["request"]["method"], e["response"]["etag"]) for e in bundle.get("entry", ())]


@pytest.fixture(scope="module")
def changed(writable: Served) -> dict[str, dict[str, Any]]:
    """The versions of Patient/changed: made, altered, deleted, made again."""
    found = {"1": put(writable, patient("changed", gender="female"))}
    found["2"] = put(writable, patient("changed", gender="male"))
    assert writable.send("DELETE", "Patient/changed").status_code == 204
    found["4"] = put(writable, patient("changed", gender="other"))
    return found


def test_what_was_changed_last_is_found_first_and_rows_are_as_old_as_their_release(writable: Served) -> None:
    for id, gender in (("sorted-1", "male"), ("sorted-2", "male"), ("sorted-1", "female")):
        put(writable, patient(id, gender=gender))
    newest = list(writable.walk("Patient?_sort=-_lastUpdated&_count=40"))
    times = [resource["meta"]["lastUpdated"] for resource in newest]
    assert [resource["id"] for resource in newest[:2]] == ["sorted-1", "sorted-2"]
    assert [moment(each) for each in times] == sorted(map(moment, times), reverse=True)
    oldest = list(writable.walk("Patient?_sort=_lastUpdated&_count=40"))
    assert [resource["id"] for resource in oldest[-2:]] == ["sorted-2", "sorted-1"]
    assert len(oldest) == len(newest)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


class TestVersionRead:
    @pytest.mark.parametrize("version", ["1", "2", "4"])
    def test_every_version_reads_as_it_was(self, writable: Served, changed: dict[str, Any], version: str) -> None:
        answer = writable.get(f"Patient/changed/_history/{version}")
        assert answer.status_code == 200
        assert answer.json() == changed[version]
        assert answer.headers["etag"] == f'W/"{version}"'
        assert answer.headers["last-modified"].endswith("GMT")

    def test_the_location_of_a_write_leads_to_its_version(self, writable: Served) -> None:
        answer = writable.send("POST", "Patient", {"resourceType": "Patient", "gender": "male"})
        assert writable.json(answer.headers["location"]) == answer.json()

    def test_the_deletion_is_gone(self, writable: Served, changed: dict[str, Any]) -> None:
        assert writable.refusal("Patient/changed/_history/3", 410, "deleted").startswith("Patient/changed was deleted")

    @pytest.mark.parametrize("version", ["0", "5", "01", "-1", "x", "99999999999", "h0123456789abcdef", "\u0661"])
    def test_others_are_not_there(self, writable: Served, changed: dict[str, Any], version: str) -> None:
        path = f"Patient/changed/_history/{quote(version)}"
        assert writable.refusal(path, 404, "not-found") == f"Patient/changed/_history/{version} was not found"

    def test_a_row_has_the_version_that_it_is_now(self, writable: Served) -> None:
        now = writable.json("Patient/1")
        assert writable.json(f"Patient/1/_history/{now['meta']['versionId']}") == now
        writable.refusal("Patient/1/_history/1", 404, "not-found")
        writable.refusal("Patient/1/_history/h0000000000000000", 404, "not-found")

    def test_a_client_that_has_it_is_told_so(self, writable: Served, changed: dict[str, Any]) -> None:
        answer = writable.get("Patient/changed/_history/2", headers={"if-none-match": 'W/"2"'})
        assert (answer.status_code, answer.content) == (304, b"")

    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("Patient/changed/_history/1?_elements=gender", 400, "not-supported"),
            ("Patient/no_id/_history/1", 400, "invalid"),
            ("Nonsense/1/_history/1", 404, "not-found"),
            ("Patient/nobody/_history/1", 404, "not-found"),
        ],
    )
    def test_what_is_no_vread_is_refused(self, writable: Served, path: str, status: int, code: str) -> None:
        writable.refusal(path, status, code)


class TestInstanceHistory:
    def test_it_holds_every_version_newest_first(self, writable: Served, changed: dict[str, Any]) -> None:
        bundle = writable.json("Patient/changed/_history")
        full = f"{writable.base}/Patient/changed"
        times = [entry["response"].pop("lastModified") for entry in bundle["entry"]]
        assert times == sorted(times, reverse=True)
        assert bundle == {
            "resourceType": "Bundle",
            "type": "history",
            "link": [{"relation": "self", "url": f"{full}/_history"}],
            "entry": [
                {
                    "fullUrl": full,
                    "resource": changed["4"],
                    "request": {"method": "PUT", "url": "Patient/changed"},
                    "response": {"status": "201 Created", "etag": 'W/"4"'},
                },
                {
                    "fullUrl": full,
                    "request": {"method": "DELETE", "url": "Patient/changed"},
                    "response": {"status": "204 No Content", "etag": 'W/"3"'},
                },
                {
                    "fullUrl": full,
                    "resource": changed["2"],
                    "request": {"method": "PUT", "url": "Patient/changed"},
                    "response": {"status": "200 OK", "etag": 'W/"2"'},
                },
                {
                    "fullUrl": full,
                    "resource": changed["1"],
                    "request": {"method": "PUT", "url": "Patient/changed"},
                    "response": {"status": "201 Created", "etag": 'W/"1"'},
                },
            ],
        }

    def test_it_is_valid(self, writable: Served, changed: dict[str, Any]) -> None:
        for path in ("Patient/changed/_history", "_history", "Patient/1/_history"):
            assert validate(writable.json(path)) == []

    def test_a_row_has_one_version(self, writable: Served) -> None:
        now = writable.json("Patient/1")
        assert writable.json("Patient/1/_history")["entry"] == [
            {
                "fullUrl": f"{writable.base}/Patient/1",
                "resource": now,
                "request": {"method": "PUT", "url": "Patient/1"},
                "response": {
                    "status": "200 OK",
                    "etag": f'W/"{now["meta"]["versionId"]}"',
                    "lastModified": now["meta"]["lastUpdated"],
                },
            }
        ]
        assert "entry" not in writable.json("Patient/1/_history?_since=2100-01-01T00:00:00Z")
        assert "entry" not in writable.json("Patient/1/_history?_at=1999")
        assert len(writable.json("Patient/1/_history?_at=2100&_since=2000-01-01T00:00:00Z")["entry"]) == 1

    def test_what_never_was_has_none(self, writable: Served) -> None:
        for id in ("nobody", "99999999"):
            assert writable.refusal(f"Patient/{id}/_history", 404, "not-found") == f"Patient/{id} was not found"

    def test_a_patch_and_a_post_are_named(self, writable: Served) -> None:
        made = writable.send("POST", "Patient", {"resourceType": "Patient"}).json()
        change = [{"op": "add", "path": "/gender", "value": "male"}]
        patched = writable.send("PATCH", f"Patient/{made['id']}", change, content_type="application/json-patch+json")
        assert patched.status_code == 200, patched.text
        entries = writable.json(f"Patient/{made['id']}/_history")["entry"]
        assert [entry["request"] for entry in entries] == [
            {"method": "PATCH", "url": f"Patient/{made['id']}"},
            {"method": "POST", "url": "Patient"},
        ]


@pytest.fixture(scope="module")
def moments(writable: Served) -> list[datetime]:
    """When the versions of Patient/timed were made."""
    made = [put(writable, patient("timed", gender=gender)) for gender in ("male", "female", "other")]
    return [datetime.fromisoformat(each["meta"]["lastUpdated"]) for each in made]


class TestTimes:
    def history(self, served: Served, **query: datetime) -> list[str]:
        asked = "&".join(f"{name}={quote(moment.isoformat(timespec='milliseconds'))}" for name, moment in query.items())
        return [etag for _, etag in versions(served.json(f"Patient/timed/_history?{asked}"))]

    def test_since_is_inclusive(self, writable: Served, moments: list[datetime]) -> None:
        millisecond = timedelta(milliseconds=1)
        assert self.history(writable, _since=moments[1]) == ['W/"3"', 'W/"2"']
        assert self.history(writable, _since=moments[1] + millisecond) == ['W/"3"']
        assert self.history(writable, _since=moments[2] + millisecond) == []

    def test_at_gives_what_was_current_then(self, writable: Served, moments: list[datetime]) -> None:
        millisecond = timedelta(milliseconds=1)
        assert self.history(writable, _at=moments[0] - millisecond) == []
        assert self.history(writable, _at=moments[0]) == ['W/"1"']
        assert self.history(writable, _at=moments[1]) == ['W/"2"']
        assert self.history(writable, _at=moments[2] + timedelta(days=1)) == ['W/"3"']

    def test_at_a_period_gives_all_that_was_current_in_it(self, writable: Served, moments: list[datetime]) -> None:
        year = moments[0].year
        assert len(versions(writable.json(f"Patient/timed/_history?_at={year}"))) == 3
        assert versions(writable.json(f"Patient/timed/_history?_at={year + 1}")) == [("PUT", 'W/"3"')]

    @pytest.mark.parametrize(
        ("query", "code", "words"),
        [
            ("_since=yesterday", "invalid", "`_since`: `yesterday` is not a date"),
            ("_since=2020&_since=2021", "invalid", "`_since` is given 2 times"),
            ("_at=2020-13", "invalid", "`_at`"),
            ("_count=0", "invalid", "`_count=0`"),
            ("_count=-1", "invalid", "`_count=-1`"),
            ("_list=1", "not-supported", "`_list`"),
            ("gender=male", "not-supported", "`gender`"),
            ("_sort=_lastUpdated", "not-supported", "`_sort`"),
            ("_page=x", "invalid", "paging link"),
        ],
    )
    @pytest.mark.parametrize("path", ["_history", "Patient/_history", "Patient/timed/_history", "Patient/1/_history"])
    def test_other_parameters_are_refused(self, writable: Served, path: str, query: str, code: str, words: str) -> None:
        assert words in writable.refusal(f"{path}?{query}", 400, code)

    @pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
    def test_the_ends_of_time_are_dates_too(self, writable: Served, text: str) -> None:
        for name in ("_since", "_at"):
            assert writable.get(f"_history?{name}={text}").status_code == 200


class TestPaging:
    @pytest.mark.parametrize("path", ["_history", "Patient/_history", "Patient/paged/_history"])
    @pytest.mark.parametrize("count", [1, 2, 3])
    def test_pages_hold_each_version_once_forward_and_back(self, writable: Served, path: str, count: int) -> None:
        for gender in ("male", "female", "other", "unknown"):
            put(writable, patient("paged", gender=gender))
        put(writable, procedure("paged", "Patient/paged"))
        whole = writable.json(path)["entry"]
        pages = [writable.json(f"{path}?_count={count}")]
        while url := link(pages[-1], "next"):
            pages.append(writable.json(url))
        assert [entry for page in pages for entry in page["entry"]] == whole
        assert all(len(page["entry"]) == count for page in pages[:-1])
        assert link(pages[0], "previous") is None
        for earlier, page in pairwise(pages):
            url = link(page, "previous")
            assert url is not None
            assert writable.json(url)["entry"] == earlier["entry"]
            assert link(page, "first") == link(pages[0], "self")

    def test_a_link_is_good_for_its_own_history_only(self, writable: Served, changed: dict[str, Any]) -> None:
        url = link(writable.json("Patient/changed/_history?_count=1"), "next")
        assert url is not None
        sealed = url.partition("?")[2]
        for path in ("_history", "Patient/_history", "Patient/paged/_history"):
            assert "this paging link is for" in writable.refusal(f"{path}?{sealed}", 400, "invalid")
        page = link(writable.json("Patient?_count=1"), "next")
        assert page is not None
        writable.refusal(f"Patient/_history?{page.partition('?')[2]}", 400, "invalid")

    def test_of_the_system_all_types_are_there_and_of_a_type_its_own(self, writable: Served) -> None:
        put(writable, patient("both"))
        put(writable, procedure("both", "Patient/both"))
        named = [entry["request"]["url"] for entry in writable.json("_history?_count=2")["entry"]]
        assert named == ["Procedure/both", "Patient/both"]
        assert {e["request"]["url"].split("/")[0] for e in writable.json("Procedure/_history")["entry"]} == {"Procedure"}

    def test_a_type_without_documents_has_an_empty_history(self, writable: Served) -> None:
        assert "entry" not in writable.json("Organization/_history")


class TestGone:
    def test_what_was_deleted_is_gone_and_its_history_kept(self, writable: Served) -> None:
        put(writable, patient("gone"))
        assert writable.send("DELETE", "Patient/gone").status_code == 204
        assert writable.refusal("Patient/gone", 410, "deleted") == "Patient/gone was deleted"
        assert versions(writable.json("Patient/gone/_history")) == [("DELETE", 'W/"2"'), ("PUT", 'W/"1"')]
        assert "entry" not in writable.json("Patient?_id=gone")

    def test_an_unchanged_update_makes_no_version(self, writable: Served) -> None:
        for _ in range(2):
            put(writable, patient("still", gender="male"))
        assert len(writable.json("Patient/still/_history")["entry"]) == 1

    def test_of_what_never_was_nothing_is_told(self, writable: Served) -> None:
        writable.refusal("Patient/never", 404, "not-found")
        writable.refusal("Patient/2000099999", 404, "not-found")


class TestConditionalRead:
    def test_a_document_by_its_version_or_time(self, writable: Served) -> None:
        put(writable, patient("cond"))
        answer = writable.get("Patient/cond")
        for path in ("Patient/cond", "Patient/cond/_history/1"):
            for headers in (
                {"if-none-match": answer.headers["etag"]},
                {"if-none-match": "*"},
                {"if-modified-since": answer.headers["last-modified"]},
                {"if-none-match": '"1"', "if-modified-since": "Mon, 01 Jan 2001 00:00:00 GMT"},
            ):
                same = writable.get(path, headers=headers)
                assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", 'W/"1"'), headers
            for headers in (
                {"if-none-match": 'W/"2"'},
                {"if-none-match": 'W/"2"', "if-modified-since": answer.headers["last-modified"]},
                {"if-modified-since": "Mon, 01 Jan 2001 00:00:00 GMT"},
                {"if-modified-since": "yesterday"},
            ):
                assert writable.get(path, headers=headers).json() == answer.json(), headers

    def test_a_row_by_the_release_of_the_database(self, served: Served) -> None:
        answer = served.get("Patient/1")
        assert served.get("Patient/1", headers={"if-modified-since": answer.headers["last-modified"]}).status_code == 304
        before = {"if-modified-since": "Tue, 30 Jan 2024 23:59:59 GMT"}
        assert answer.headers["last-modified"] == "Wed, 31 Jan 2024 00:00:00 GMT"
        assert served.get("Patient/1", headers=before).status_code == 200


@pytest.fixture(scope="module")
def access() -> Fixed:
    return Fixed(ANYONE)


@pytest.fixture(scope="module")
def server(writable: Served, access: Fixed) -> Iterator[Served]:
    with running(writable.database, access=access) as server:
        yield server


@pytest.fixture(scope="module")
def keys(writable: Served) -> dict[str, int]:
    """The keys of the patients `one` and `two`, between whom Procedure/moved went; Procedure/away was deleted."""
    for id in ("one", "two"):
        put(writable, patient(id, gender="male" if id == "one" else "female"))
    put(writable, procedure("moved", "Patient/one"))
    put(writable, procedure("moved", "Patient/two"))
    put(writable, procedure("away", "Patient/one"))
    assert writable.send("DELETE", "Procedure/away").status_code == 204
    put(writable, {"resourceType": "Organization", "id": "seen", "name": "Seen"})
    put(writable, {"resourceType": "Organization", "id": "unseen", "name": "Unseen"})
    put(writable, patient("one", gender="male", managingOrganization={"reference": "Organization/seen"}))
    put(writable, patient("two", gender="male"))

    found = rows(writable.database, "SELECT id, key FROM omop_fhir.document WHERE id IN ('one', 'two')")
    return dict(found)


class TestGrants:
    def of(self, keys: dict[str, int], id: str, **more: Any) -> Grants:
        return Grants(id, (Permission(ALL_TYPES, READ, patient=keys[id], **more),))

    def test_each_sees_the_versions_of_whose_it_was(self, server: Served, access: Fixed, keys: dict[str, int]) -> None:
        access.current = self.of(keys, "one")
        assert versions(server.json("Procedure/moved/_history")) == [("PUT", 'W/"1"')]
        assert server.json("Procedure/moved/_history/1")["subject"] == {"reference": "Patient/one"}
        server.refusal("Procedure/moved/_history/2", 404, "not-found")
        server.refusal("Procedure/moved", 404, "not-found")
        access.current = self.of(keys, "two")
        assert versions(server.json("Procedure/moved/_history")) == [("PUT", 'W/"2"')]
        server.refusal("Procedure/moved/_history/1", 404, "not-found")

    def test_histories_of_types_and_the_system_hold_nothing_else(
        self, server: Served, access: Fixed, keys: dict[str, int]
    ) -> None:
        access.current = self.of(keys, "one")
        urls = {entry["request"]["url"] for entry in server.json("_history")["entry"]}
        assert urls == {"Patient/one", "Procedure/moved", "Procedure/away", "Organization/seen"}
        assert {e["request"]["url"] for e in server.json("Patient/_history")["entry"]} == {"Patient/one"}

    def test_what_was_deleted_is_gone_for_its_person_and_not_there_for_others(
        self, server: Served, access: Fixed, keys: dict[str, int]
    ) -> None:
        access.current = self.of(keys, "one")
        server.refusal("Procedure/away", 410, "deleted")
        server.refusal("Procedure/away/_history/2", 410, "deleted")
        access.current = self.of(keys, "two")
        for path in ("Procedure/away", "Procedure/away/_history", "Procedure/away/_history/1", "Procedure/away/_history/2"):
            absent = server.refusal(path.replace("away", "nowhere"), 404, "not-found")
            assert server.refusal(path, 404, "not-found") == absent.replace("nowhere", "away")

    def test_a_place_is_seen_by_whom_something_refers_to_it(
        self, server: Served, access: Fixed, keys: dict[str, int]
    ) -> None:
        access.current = self.of(keys, "one")
        assert len(server.json("Organization/seen/_history")["entry"]) == 1
        server.refusal("Organization/unseen/_history", 404, "not-found")
        server.refusal("Organization/unseen/_history/1", 404, "not-found")

    @pytest.mark.parametrize("query", [(("gender", "male"),), (("gender:not", "female"),), (("birthdate:missing", "true"),)])
    def test_grants_that_a_search_binds_cover_the_current_version_alone(
        self, server: Served, access: Fixed, keys: dict[str, int], query: Any
    ) -> None:
        access.current = Grants("search", (Permission("Patient", READ, query=query),))
        found = versions(server.json("Patient/two/_history"))
        assert found == [("PUT", 'W/"2"')]
        server.refusal("Patient/two/_history/1", 404, "not-found")
        server.refusal("Patient/gone", 404, "not-found")
        access.current = Grants("search", (Permission("Patient", READ, query=(("gender", "other"),)),))
        server.refusal("Patient/two/_history", 404, "not-found")

    def test_grants_among_patients_cover_the_versions_of_theirs(
        self, server: Served, access: Fixed, keys: dict[str, int]
    ) -> None:
        access.current = Grants("among", (Permission(ALL_TYPES, READ, among=(("_id", "two"),)),))
        assert versions(server.json("Procedure/moved/_history")) == [("PUT", 'W/"2"')]
        assert versions(server.json("Patient/two/_history")) == [("PUT", 'W/"2"')]
        server.refusal("Patient/one/_history", 404, "not-found")

    def test_types_that_are_not_granted_are_forbidden(self, server: Served, access: Fixed) -> None:
        access.current = Grants.reading("some", {"Patient"})
        for path in ("Procedure/_history", "Procedure/moved/_history", "Procedure/moved/_history/1"):
            refused(server.get(path), 403, "forbidden")
        assert {e["request"]["url"].split("/")[0] for e in server.json("_history")["entry"]} == {"Patient"}
        access.current = Grants("reads", (Permission("Patient", frozenset({"r"})),))
        refused(server.get("Patient/_history"), 403, "forbidden")
        assert server.get("Patient/one/_history").status_code == 200

    def test_a_link_is_good_for_its_holder_only(self, server: Served, access: Fixed, keys: dict[str, int]) -> None:
        access.current = self.of(keys, "one")
        url = link(server.json("_history?_count=1"), "next")
        assert url is not None
        access.current = self.of(keys, "two")
        server.refusal(url, 400, "invalid")


def test_without_the_own_schema_there_is_no_history(served: Served) -> None:
    for path in ("Patient/1/_history", "Patient/_history", "_history"):
        assert "history" in served.refusal(path, 404, "not-found")
