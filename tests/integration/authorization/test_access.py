"""What a token opens: requested, granted, allowed to the client, allowed to the role; and how soon that ends everywhere."""

from __future__ import annotations

import asyncio
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import pytest

from omop_fhir.auth.access_token import AccessToken
from omop_fhir.auth.client import new_client
from omop_fhir.auth.grants import Grants
from omop_fhir.auth.role import Person, Role, role_scope
from omop_fhir.auth.scope import parse_scopes
from omop_fhir.errors import InvalidToken, Unauthorized
from omop_fhir.store.authorization.access import SIZE, STALE, SmartAccess
from omop_fhir.store.authorization.authorizations import Grant
from omop_fhir.store.authorization.store import INTERVAL, AuthorizationStore
from tests.fixtures.databases import create_database, database_url, drop_database
from tests.integration.http.conftest import running

from .conftest import PASSWORD, REDIRECT, SECRET
from .server import Smart, authorizing
from .test_token import claims


def ids(smart: Smart, path: str, token: str) -> set[str]:
    answer = smart.get(path, token)
    assert answer.status_code == 200, answer.text
    return {entry["resource"]["id"] for entry in answer.json().get("entry", ())}


def grants(smart: Smart, token: str) -> Grants:
    """What a worker makes of a token."""
    return smart.run(lambda store: SmartAccess(store, smart.issuer, smart.served.base).grants(f"Bearer {token}"))


class TestIntersection:
    def test_a_patient_scope_opens_that_compartment(self, smart: Smart) -> None:
        token = smart.tokens(scope="patient/*.rs", patient="1")["access_token"]
        assert ids(smart, "Patient", token) == {"1"}
        assert smart.get("Patient/2", token).status_code == 404

    def test_a_user_scope_opens_what_the_role_does(self, smart: Smart) -> None:
        doctor = smart.tokens(scope="user/*.rs")["access_token"]
        patient = smart.tokens(login="patient", scope="user/*.rs")["access_token"]
        assert len(ids(smart, "Patient?_count=50", doctor)) > 5
        assert ids(smart, "Patient", patient) == {"1"}
        assert smart.get("Patient/2", patient).status_code == 404

    @pytest.mark.parametrize("opens", [False, True])
    def test_places_are_open_where_the_operator_says_so(self, postgres_url: str, population: str, opens: bool) -> None:
        name = asyncio.run(create_database(postgres_url, template=population))
        with authorizing(database_url(postgres_url, name), open_places=opens) as smart:
            doctor = smart.tokens(scope="user/*.rs")["access_token"]
            token = smart.tokens(scope="patient/Patient.rs patient/Organization.rs", patient="1")["access_token"]
            everywhere = ids(smart, "Organization?_count=100", doctor)
            own = {smart.get("Patient/1", token).json()["managingOrganization"]["reference"].rpartition("/")[2]}
            assert ids(smart, "Organization?_count=100", token) == (everywhere if opens else own)
            (other, *_) = everywhere - own
            assert smart.get(f"Organization/{other}", token).status_code == (200 if opens else 404)
            assert smart.get("Patient/2", token).status_code == 404
            assert smart.get("Location", token).status_code == 403
        asyncio.run(drop_database(postgres_url, name))

    def test_another_patient_in_the_context_opens_nothing_to_a_patient(self, smart: Smart) -> None:
        token = smart.tokens(login="patient", scope="patient/*.rs", patient="2")["access_token"]
        assert smart.get("Patient/2", token).status_code == 404
        assert ids(smart, "Patient", token) == set()

    def test_a_role_without_a_type_closes_it(self, smart: Smart) -> None:
        token = smart.tokens(login="pharmacist", scope="user/*.rs")["access_token"]
        assert smart.get("MedicationStatement?patient=1", token).status_code == 200
        assert smart.get("Procedure?patient=1", token).status_code == 403

    def test_a_scope_without_context_opens_nothing(self, smart: Smart) -> None:
        token = smart.tokens(scope="patient/*.rs")["access_token"]
        assert smart.get("Patient/1", token).status_code == 403

    def test_a_granular_scope_is_a_search(self, smart: Smart) -> None:
        token = smart.tokens(scope="user/Patient.rs?gender=female")["access_token"]
        women = ids(smart, "Patient?_count=100", token)
        assert women == ids(smart, "Patient?gender=female&_count=100", smart.tokens(scope="user/*.rs")["access_token"])
        assert ids(smart, "Patient?gender=male", token) == set()

    def test_who_calls_is_known(self, smart: Smart) -> None:
        told = smart.tokens(scope="launch/patient patient/*.rs", patient="1", encounter="3", emergency="unconscious")
        caller = grants(smart, told["access_token"]).caller
        assert (caller.client, caller.account, caller.fhir_user) == ("app", str(smart.accounts["house"].id), "Practitioner/1")
        assert (caller.patient, caller.encounter, caller.emergency) == ("1", "3", "unconscious")
        service = grants(smart, smart.service().json()["access_token"]).caller
        assert (service.client, service.account) == ("service", None)

    def test_a_paging_link_is_bound_to_client_account_and_patient(self, smart: Smart) -> None:
        told = [
            smart.tokens(scope="user/*.rs"), smart.tokens(scope="user/*.rs"), smart.tokens("other", scope="user/*.rs"),
            smart.tokens(login="admin", scope="user/*.rs"), smart.tokens(scope="user/*.rs launch/patient", patient="1"),
        ]  # fmt: skip
        first, again, *others = (each["access_token"] for each in told)
        links = smart.get("Patient?_count=2", first).json()["link"]
        (following,) = (each["url"] for each in links if each["relation"] == "next")
        assert smart.get(following, again).status_code == 200
        assert [smart.get(following, other).status_code for other in others] == [400, 400, 400]

    def test_who_administers_needs_the_scope_too(self, smart: Smart) -> None:
        def administers(login: str, scope: str) -> bool:
            return grants(smart, smart.tokens(login=login, scope=scope)["access_token"]).administers

        assert administers("admin", "administer user/*.rs")
        assert not administers("admin", "user/*.rs")
        assert not administers("house", "administer user/*.rs")


class TestChanges:
    """A token follows what becomes of its account, its client and its role."""

    @pytest.fixture
    def account(self, smart: Smart) -> str:
        login = f"x{monotonic()}"
        smart.accounts[login] = smart.run(
            lambda store: store.accounts.create(login, "X", PASSWORD, ["Doctor"], Person("Practitioner/1"))
        )
        return login

    @staticmethod
    def within(seconds: float, smart: Smart, path: str, token: str, status: int) -> bool:
        """Does the server answer so soon enough?"""
        begun = monotonic()
        while monotonic() - begun < seconds:
            if smart.get(path, token).status_code == status:
                return True
            sleep(0.1)
        return False

    def test_a_disabled_account_is_out(self, smart: Smart, account: str) -> None:
        token = smart.tokens(login=account, scope="user/*.rs")["access_token"]
        assert smart.get("Patient/1", token).status_code == 200
        smart.run(lambda store: store.accounts.disable(smart.accounts[account]))
        assert self.within(INTERVAL + 2, smart, "Patient/1", token, 401)

    def test_another_role_holds_at_once(self, smart: Smart, account: str) -> None:
        token = smart.tokens(login=account, scope="user/*.rs")["access_token"]
        assert smart.get("Procedure?patient=1", token).status_code == 200
        smart.run(lambda store: store.accounts.set_roles(smart.accounts[account], ["Pharmacist"]))
        assert self.within(INTERVAL + 2, smart, "Procedure?patient=1", token, 403)

    def test_a_role_that_is_added_can_be_given(self, smart: Smart, account: str) -> None:
        token = smart.tokens(login=account, scope="user/*.rs")["access_token"]

        async def change(store: AuthorizationStore) -> None:
            await store.roles.add(Role(f"R{account}", "", (role_scope("Procedure.rs"),)))
            await store.accounts.set_roles(smart.accounts[account], [f"R{account}"])

        smart.run(change)
        assert self.within(INTERVAL + 2, smart, "Patient/1", token, 403)
        assert smart.get("Procedure?patient=1", token).status_code == 200

    def test_a_disabled_client_is_out(self, smart: Smart) -> None:
        client = new_client(f"c{monotonic()}", "C", "public", "user/*.rs", [REDIRECT])
        smart.run(lambda store: store.clients.register(client))
        token = smart.tokens(client.id, scope="user/*.rs")["access_token"]
        assert smart.get("Patient/1", token).status_code == 200
        smart.run(lambda store: store.clients.disable(client))
        assert self.within(INTERVAL + 2, smart, "Patient/1", token, 401)

    def test_a_retired_key_is_out_and_another_signs(self, smart: Smart) -> None:
        old = smart.tokens(scope="user/*.rs")["access_token"]
        assert smart.get("Patient/1", old).status_code == 200
        kid = smart.run(lambda store: store.keys.signing()).kid
        smart.run(lambda store: store.keys.retire(kid))
        assert self.within(INTERVAL + 2, smart, "Patient/1", old, 401)
        assert smart.get("Patient/1", smart.tokens(scope="user/*.rs")["access_token"]).status_code == 200


class TestStaleness:
    def test_another_worker_forgets_within_the_stated_time(self, smart: Smart) -> None:
        with running(smart.served.database, open=False, secret_key=SECRET, base_url=smart.served.base) as second:
            told = smart.tokens(patient="1")
            headers = {"authorization": f"Bearer {told['access_token']}"}
            assert second.get("Patient/1", headers=headers).status_code == 200
            smart.post("/auth/revoke", {"token": told["access_token"], "client_id": "app"})
            assert smart.get("Patient/1", told["access_token"]).status_code == 401
            begun = monotonic()
            while second.get("Patient/1", headers=headers).status_code == 200:
                assert monotonic() - begun < INTERVAL + 2
                sleep(0.05)

    def test_nothing_is_trusted_that_cannot_be_looked_after(self, smart: Smart) -> None:
        token = smart.tokens(patient="1")["access_token"]
        assert smart.get("Patient/1", token).status_code == 200
        sql, id = "UPDATE {schema}.authorization SET revoked_at = now() WHERE id = $1", UUID(claims(token)["sid"])
        smart.run(lambda store: store.database.fetch(sql, id))
        assert smart.get("Patient/1", token).status_code == 200, "the log of revocations says nothing of it"
        smart.served.app.state.authority.store.revocations.looked_at -= STALE + 1
        assert smart.get("Patient/1", token).status_code == 401

    def test_an_expired_token_is_dropped(self, postgres_url: str, population: str) -> None:
        name = asyncio.run(create_database(postgres_url, template=population))
        with authorizing(database_url(postgres_url, name), access_token_lifetime=1.0) as smart:
            token = smart.tokens(patient="1")["access_token"]
            assert smart.get("Patient/1", token).status_code == 200
            sleep(1.1)
            answer = smart.get("Patient/1", token)
            assert answer.status_code == 401
            assert "expired" in answer.json()["issue"][0]["diagnostics"]
        asyncio.run(drop_database(postgres_url, name))

    def test_the_cache_is_bounded(self, smart: Smart) -> None:
        assert smart.served.app.state.authority.access._known.maxsize == SIZE == 10_000


class TestRace:
    """What was read before a revocation is not remembered after it."""

    async def test_a_token_that_is_revoked_while_it_is_read_is_not_kept(
        self, store: AuthorizationStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = new_client("c", "C", "public", "user/*.rs", [REDIRECT])
        await store.clients.register(client)
        account = await store.accounts.create("x", "X", PASSWORD, ["Doctor"])
        made = await store.authorizations.open(Grant("c", parse_scopes("user/*.rs"), 600, account.id))
        access = SmartAccess(store, "https://i.example.org", "https://i.example.org/fhir")
        await store.revocations.look()
        token = AccessToken(str(made.id), str(account.id), "c", "user/*.rs", 0, 9_999_999_999, "j")

        async def read(text: str) -> AccessToken:
            return token

        async def judged(token: AccessToken, judge: Any = access._judged) -> Any:
            found = await judge(token)
            await store.authorizations.revoke(made.id, "meanwhile")
            return found

        monkeypatch.setattr(access, "token", read)
        monkeypatch.setattr(access, "_judged", judged)
        await access.grants("Bearer x")
        monkeypatch.undo()
        monkeypatch.setattr(access, "token", read)
        with pytest.raises(InvalidToken):
            await access.grants("Bearer x")

    @pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic eDp5", "Token x"])
    async def test_no_token_is_told_from_a_wrong_one(self, store: AuthorizationStore, header: str | None) -> None:
        access = SmartAccess(store, "https://i.example.org", "https://i.example.org/fhir")
        with pytest.raises(Unauthorized) as none:
            await access.grants(header)
        assert not isinstance(none.value, InvalidToken)
