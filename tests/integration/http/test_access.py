"""Who may see what: tokens, and grants that are bound to a patient."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from omop_fhir.app import create_app
from omop_fhir.auth.grants import ALL_TYPES, Grants
from omop_fhir.config import Settings
from omop_fhir.errors import ConfigurationError

from .conftest import Fixed, Served, ids, refused, rows, running

TOKEN = "t" * 20 + "0123456789abcdef"
EVENTS = ("Encounter", "Procedure", "MedicationStatement", "Condition")
PLACES = ("Practitioner", "Organization", "Location")


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def guarded(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = tmp_path_factory.mktemp("tokens") / "tokens"
    file.write_text(f"# the only one\n\n{TOKEN}\n")
    with running(served.database, open=False, access_token_file=file) as server:
        yield server


class TestTokens:
    @pytest.fixture
    def server(self, guarded: Served) -> Served:
        return guarded

    @pytest.mark.parametrize(
        "path", ["Patient/1", "Patient", "Patient/0", "Nonsense/1", "", "Patient/1/x", "Patient?_page=x"]
    )
    def test_without_a_token_nothing_is_told(self, server: Served, path: str) -> None:
        answer = server.get(path)
        assert "Authorization: Bearer" in refused(answer, 401, "login")
        assert answer.headers["www-authenticate"].startswith('Bearer realm="omop-fhir"')

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "Bearer",
            f"Bearer {TOKEN}x",
            f"Bearer {TOKEN[:-1]}",
            f"Basic {TOKEN}",
            TOKEN,
            f"Bearer {TOKEN} x",
            "Bearer \u00fc",
        ],
    )
    def test_another_token_is_refused_and_not_repeated(self, server: Served, value: str) -> None:
        answer = server.get("Patient/1", headers={"authorization": value.encode()})
        assert TOKEN[:10] not in answer.text
        refused(answer, 401, "login")

    def test_a_token_that_is_wrong_is_told_from_none(self, server: Served) -> None:
        answer = server.get("Patient/1", headers=bearer(f"{TOKEN}x"))
        assert answer.headers["www-authenticate"] == 'Bearer realm="omop-fhir", error="invalid_token"'
        assert "error" not in server.get("Patient/1").headers["www-authenticate"]

    def test_two_tokens_are_none(self, server: Served) -> None:
        headers = [("authorization", f"Bearer {TOKEN}"), ("authorization", "Bearer other")]
        refused(server.get("Patient/1", headers=headers), 401, "login")

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    def test_the_token_opens_all(self, server: Served, scheme: str) -> None:
        for path in ("Patient/1", "Patient?_count=1", "Procedure?patient=1"):
            assert server.get(path, headers={"authorization": f"{scheme} {TOKEN}"}).status_code == 200

    def test_a_post_needs_it_before_its_body_is_read(self, server: Served) -> None:
        refused(server.http.post("Patient/_search", content=b"{", headers={"content-type": "text/plain"}), 401, "login")
        assert server.http.post("Patient/_search", data={"_id": "1"}, headers=bearer(TOKEN)).status_code == 200

    def test_metadata_options_and_health_stay_open(self, server: Served) -> None:
        statement = server.json("metadata")
        assert "token" in statement["rest"][0]["security"]["description"]
        assert server.http.options("Patient/1").status_code == 204
        for path in ("/health/live", "/health/ready", "/"):
            assert httpx.get(f"http://127.0.0.1:{server.port}{path}").status_code == 200

    def test_a_preflight_needs_none(self, server: Served) -> None:
        asked = {
            "origin": "https://app.example.org",
            "access-control-request-method": "GET",
            "access-control-request-headers": "authorization",
        }
        assert server.http.options("Patient/1", headers=asked).status_code == 200


class TestSettings:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "holds no token"),
            ("# none\n", "holds no token"),
            ("short\n", "shorter than 32"),
            (None, "cannot be read"),
        ],
    )
    def test_a_token_file_that_cannot_serve_is_refused(self, tmp_path: Path, content: str | None, message: str) -> None:
        file = tmp_path / "tokens"
        if content is not None:
            file.write_text(content)
        with pytest.raises(ConfigurationError, match=message) as caught:
            create_app(Settings(database_url="postgresql://x", access_token_file=file))
        assert str(caught.value).count(str(file)) == 1

    def test_nobody_enters_by_default(self) -> None:
        with pytest.raises(ConfigurationError, match="--open"):
            create_app(Settings(database_url="postgresql://x"))

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "::", "example.org", ""])
    def test_open_is_for_loopback_alone(self, host: str) -> None:
        with pytest.raises(ConfigurationError, match="loopback"):
            create_app(Settings(database_url="postgresql://x", open=True, host=host))

    def test_several_database_hosts_may_be_named(self) -> None:
        create_app(Settings(database_url="postgresql://u:p@one:5432,two:5433/x", open=True))

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
    def test_loopback_may_be_open(self, host: str) -> None:
        create_app(Settings(database_url="postgresql://x", open=True, host=host))


TEN = Grants.reading("ten", frozenset({ALL_TYPES}), patient=10)


@pytest.fixture(scope="module")
def bound(served: Served) -> Iterator[tuple[Served, Fixed]]:
    access = Fixed(TEN)
    with running(served.database, access=access) as server:
        yield server, access


class TestPatient:
    """A caller who is bound to patient 10."""

    @pytest.fixture
    def access(self, bound: tuple[Served, Fixed]) -> Iterator[Fixed]:
        yield bound[1]
        bound[1].current = TEN

    @pytest.fixture
    def server(self, bound: tuple[Served, Fixed]) -> Served:
        return bound[0]

    @staticmethod
    def owners(server: Served, type: str) -> dict[str, int]:
        table = {
            "Encounter": "visit_occurrence",
            "Procedure": "procedure_occurrence",
            "MedicationStatement": "drug_exposure",
            "Condition": "condition_occurrence",
        }[type]
        found = rows(server.database, f"SELECT {table}_id, person_id FROM cdm.{table}")
        return {str(key): person for key, person in found}

    def test_he_reads_himself_alone(self, server: Served) -> None:
        assert server.json("Patient/10")["id"] == "10"
        assert server.http.head("Patient/10").status_code == 200
        for id in ("1", "11", "-7", "0"):
            assert server.refusal(f"Patient/{id}", 404, "not-found") == f"Patient/{id} was not found"

    def test_what_he_may_not_see_is_told_like_what_is_not_there(self, server: Served) -> None:
        hidden, absent = server.get("Patient/1"), server.get("Patient/0")
        assert hidden.text.replace("/1 ", "/0 ") == absent.text
        etag = 'W/"*"'
        assert server.get("Patient/1", headers={"if-none-match": "*"}).status_code == 404
        assert server.get("Patient/1", headers={"if-none-match": etag}).status_code == 404

    @pytest.mark.parametrize("type", EVENTS)
    def test_he_reads_and_finds_his_own_events_alone(self, server: Served, type: str) -> None:
        owners = self.owners(server, type)
        mine = sorted((id for id, person in owners.items() if person == 10), key=int)
        others = [id for id, person in owners.items() if person != 10][:20]
        assert mine
        assert ids(server.walk(f"{type}?_count=2")) == mine
        assert server.json(f"{type}?_summary=count")["total"] == len(mine)
        for id in mine:
            assert server.get(f"{type}/{id}").status_code == 200
        for id in others:
            server.refusal(f"{type}/{id}", 404, "not-found")
        assert ids(server.walk(f"{type}?_id={','.join(others)}")) == []
        for query in ("patient=1", "subject=Patient/11", "patient=1,11", f"patient={server.base}/Patient/1"):
            assert ids(server.walk(f"{type}?{query}")) == []
        assert ids(server.walk(f"{type}?patient=1,10")) == mine

    def test_no_search_leads_to_others(self, server: Served) -> None:
        for query in (
            "",
            "gender=male,female",
            "birthdate=ge1800",
            "birthdate=ne1800",
            "identifier=MRN000000001",
            "_id=1,2,10",
        ):
            assert set(ids(server.walk(f"Patient?{query}"))) <= {"10"}
        posted = server.http.post("Patient/_search", data={"_id": "1"}).json()
        assert "entry" not in posted

    @pytest.mark.parametrize("type", PLACES)
    def test_of_types_outside_every_compartment_he_sees_what_his_resources_refer_to(
        self, served: Served, server: Served, type: str
    ) -> None:
        referred = ids(served.walk(f"Patient/10/$everything?_type={type}"))
        assert ids(server.walk(type)) == referred != []
        assert server.json(f"{type}?_summary=count")["total"] == len(referred)
        for id in ids(served.walk(type)):
            if id in referred:
                assert server.json(f"{type}/{id}")["id"] == id
            else:
                assert server.refusal(f"{type}/{id}", 404, "not-found") == f"{type}/{id} was not found"

    def test_his_reads_gather_with_those_of_others_without_mixing(self, served: Served) -> None:
        grants = {n: Grants.reading(str(n), frozenset({ALL_TYPES}), patient=n) for n in (1, 2, 3, 10)}
        grants[0] = Grants.reading("all", frozenset({ALL_TYPES}))

        class ByHeader:
            may_write = True

            async def grants(self, authorization: str | None) -> Grants:
                return grants[int(authorization or "0")]

        async def ask(client: httpx.AsyncClient, bound: int, id: int) -> bool:
            answer = await client.get(f"Patient/{id}", headers={"authorization": str(bound)})
            expected = 200 if bound in (0, id) else 404
            return answer.status_code == expected and (expected == 404 or answer.json()["id"] == str(id))

        async def ask_all(base: str) -> list[bool]:
            async with httpx.AsyncClient(base_url=base, timeout=30) as client:
                cases = [(bound, id) for bound in grants for id in (1, 2, 3, 10)] * 10
                return await asyncio.gather(*(ask(client, *case) for case in cases))

        with running(served.database, access=ByHeader()) as server:
            assert all(asyncio.run(ask_all(server.base)))

    def test_types_that_are_not_granted_are_forbidden(self, server: Served, access: Fixed) -> None:
        access.current = Grants.reading("some", frozenset({"Patient"}), patient=10)
        assert server.get("Patient/10").status_code == 200
        for path in ("Procedure", "Procedure/1", "Procedure?patient=10"):
            answer = server.get(path)
            refused(answer, 403, "forbidden")
            assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
        server.refusal("Nonsense", 404, "not-found")


def test_a_defect_in_deciding_who_asks_lets_nobody_in(served: Served) -> None:
    class Broken:
        may_write = True

        async def grants(self, authorization: str | None) -> Any:
            raise RuntimeError("no")

    with running(served.database, access=Broken()) as server:
        server.refusal("Patient/1", 500, "exception")
        assert server.get("metadata").status_code == 200
