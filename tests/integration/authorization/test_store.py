"""The state of the authorization server: what is kept, what is taken once, what ends with what."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from time import time
from typing import Any

import asyncpg
import pytest

from omop_fhir.auth.client import Client, new_client
from omop_fhir.auth.oauth_error import OAuthError
from omop_fhir.auth.role import Person, Role, role_scope, seeded_roles
from omop_fhir.auth.scope import parse_scopes
from omop_fhir.config import Settings
from omop_fhir.errors import ConfigurationError, Conflict, Invalid, NotFound
from omop_fhir.store.authorization.accounts import Account
from omop_fhir.store.authorization.address_throttle import counted
from omop_fhir.store.authorization.authorizations import Authorization, Grant
from omop_fhir.store.authorization.launches import Launch
from omop_fhir.store.authorization.logins import LoginRefused
from omop_fhir.store.authorization.purge import purge
from omop_fhir.store.authorization.store import AuthorizationStore, opened
from omop_fhir.store.migrate import migrate

from .conftest import CHALLENGE, PASSWORD, REDIRECT, SECRET, VERIFIER


def grant(app: Client, account: Account, **given: Any) -> Grant:
    return Grant(**{"client": app.id, "account": account.id, "scopes": parse_scopes("patient/*.rs"), "lifetime": 600.0} | given)


async def redeemed(store: AuthorizationStore, app: Client, account: Account, **given: Any) -> Authorization:
    code = await store.authorizations.grant(grant(app, account, **given), REDIRECT, CHALLENGE)
    return await store.authorizations.redeem(code, app.id, REDIRECT, VERIFIER)


async def run(store: AuthorizationStore, sql: str, *args: Any) -> Any:
    return await store.database.fetch(sql, *args)


class TestRoles:
    async def test_a_new_database_has_the_seeded_ones(self, store: AuthorizationStore) -> None:
        assert {role.name: set(role.scopes) for role in await store.roles.all()} == {
            role.name: set(role.scopes) for role in seeded_roles()
        }

    async def test_what_a_site_made_of_them_stays(self, store: AuthorizationStore, database: str) -> None:
        await run(store, "DELETE FROM {schema}.role WHERE name = 'Nurse'")
        await migrate(database, "omop_fhir")
        assert "Nurse" not in {role.name for role in await store.roles.all()}

    async def test_one_is_added_once(self, store: AuthorizationStore) -> None:
        role = Role("Auditor", "Looks", (role_scope("AuditEvent.rs"),), "none", administers=True)
        await store.roles.add(role)
        assert role in await store.roles.all()
        with pytest.raises(Conflict, match="Auditor"):
            await store.roles.add(role)


class TestAccounts:
    async def test_it_is_found_by_login_in_any_case(self, store: AuthorizationStore, doctor: Account) -> None:
        assert await store.accounts.by_login("HOUSE") == doctor == await store.accounts.find(doctor.id)
        assert await store.accounts.all() == (doctor,)
        assert doctor.roles == ("Doctor",)

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (("a b", "A", PASSWORD, ["Doctor"]), "is no login"),
            (("a", " ", PASSWORD, ["Doctor"]), "has a name"),
            (("a", "A", "short", ["Doctor"]), "12 to 256"),
            (("a", "A", PASSWORD, ["Wizard"]), "no role `Wizard`"),
            (("a", "A", PASSWORD, []), "at least one role"),
            (("a", "A", PASSWORD, ["Patient"]), "needs a Patient"),
            (("a", "A", PASSWORD, ["Patient"], Person("Patient/1 or 1=1")), "nobody in FHIR"),
        ],
    )
    async def test_what_is_wrong_is_refused(self, store: AuthorizationStore, given: Any, message: str) -> None:
        with pytest.raises(Invalid, match=message):
            await store.accounts.create(*given)
        assert await store.accounts.all() == ()

    async def test_a_login_is_taken_once(self, store: AuthorizationStore, doctor: Account) -> None:
        with pytest.raises(Conflict, match="House"):
            await store.accounts.create("House", "Another", PASSWORD, ["Doctor"])

    async def test_another_password_signs_out(self, store: AuthorizationStore, doctor: Account, app: Client) -> None:
        _, cookie = await store.sessions.create(doctor.id)
        made = await redeemed(store, app, doctor)
        await store.accounts.set_password(doctor, "another one than before")
        assert await store.sessions.find(cookie) is None
        assert await store.authorizations.find(made.id) is None
        assert (await store.logins.sign_in("house", "another one than before", "-")).id == doctor.id

    async def test_a_disabled_one_has_nothing(self, store: AuthorizationStore, doctor: Account, app: Client) -> None:
        _, cookie = await store.sessions.create(doctor.id)
        made = await redeemed(store, app, doctor)
        await store.accounts.disable(doctor)
        assert await store.sessions.find(cookie) is None
        assert await store.authorizations.find(made.id) is None
        said = []
        for password in (PASSWORD, "not the password"):
            with pytest.raises(LoginRefused) as refused:
                await store.logins.sign_in("house", password, "-")
            said.append((refused.value.reason, refused.value.status, str(refused.value)))
        assert said == [
            ("account-disabled", 401, "the user name or the password is wrong"),
            ("wrong-password", 401, "the user name or the password is wrong"),
        ]
        await store.accounts.enable(doctor)
        assert (await store.logins.sign_in("house", PASSWORD, "-")).id == doctor.id
        assert await store.authorizations.find(made.id) is None

    @pytest.mark.parametrize("table", ["account", "client"])
    async def test_whoever_disables_it_ends_what_it_has(
        self, store: AuthorizationStore, doctor: Account, app: Client, table: str
    ) -> None:
        made = await redeemed(store, app, doctor)
        await run(store, f"UPDATE {{schema}}.{table} SET disabled_at = now()")
        assert await store.authorizations.find(made.id) is None

    async def test_roles_are_changed(self, store: AuthorizationStore, doctor: Account) -> None:
        await store.accounts.set_roles(doctor, ["Admin", "Pharmacist"])
        assert (await store.accounts.named("house")).roles == ("Admin", "Pharmacist")


class TestLogins:
    async def test_each_failure_after_four_locks_for_longer(self, store: AuthorizationStore, doctor: Account) -> None:
        for _ in range(4):
            with pytest.raises(LoginRefused, match="is wrong"):
                await store.logins.sign_in("house", "not the password", "-")
        waits = []
        for _ in range(3):
            await run(store, "UPDATE {schema}.login_throttle SET locked_until = NULL")
            with pytest.raises(LoginRefused, match="wait") as refused:
                await store.logins.sign_in("house", "not the password", "-")
            waits.append(refused.value.wait)
        assert waits == [2, 4, 8]
        with pytest.raises(LoginRefused, match="wait"):
            await store.logins.sign_in("House", PASSWORD, "-")

    async def test_a_login_that_nobody_has_is_told_alike(self, store: AuthorizationStore, doctor: Account) -> None:
        said = []
        for login in ("house", "nobody"):
            for _ in range(5):
                with pytest.raises(LoginRefused) as refused:
                    await store.logins.sign_in(login, "not the password", "-")
                said.append(str(refused.value))
        assert said[:5] == said[5:]

    async def test_the_lock_has_an_end_and_success_forgets(self, store: AuthorizationStore, doctor: Account) -> None:
        for _ in range(5):
            with pytest.raises(LoginRefused):
                await store.logins.sign_in("house", "not the password", "-")
        await run(store, "UPDATE {schema}.login_throttle SET locked_until = clock_timestamp(), failures = 100")
        assert (await store.logins.sign_in("house", PASSWORD, "-")).id == doctor.id
        assert await run(store, "SELECT FROM {schema}.login_throttle") == []

    async def test_the_longest_wait_is_a_quarter_of_an_hour(self, store: AuthorizationStore) -> None:
        with pytest.raises(LoginRefused):
            await store.logins.sign_in("x", "y", "-")
        await run(store, "UPDATE {schema}.login_throttle SET failures = 1000000")
        with pytest.raises(LoginRefused) as refused:
            await store.logins.sign_in("x", "y", "-")
        assert refused.value.wait == 900

    async def test_one_address_is_slowed_whatever_the_login(self, store: AuthorizationStore) -> None:
        tries = (store.logins.sign_in(f"x{number}", "y", "198.51.100.7") for number in range(33))
        said = [str(each) for each in await asyncio.gather(*tries, return_exceptions=True)]
        assert [text for text in said if "this address" in text]
        assert [text for text in said if "is wrong" in text]

    @pytest.mark.parametrize(
        ("address", "expected"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
            ("2001:db8:0:1:ffff::8", "2001:db8:0:1::/64"),
            ("", ""),
            ("x" * 1000, "x" * 100),
        ],
    )
    def test_what_counts_as_one_address(self, address: str, expected: str) -> None:
        assert counted(address) == expected


class TestClients:
    async def test_a_secret_is_shown_once_and_changed(self, store: AuthorizationStore) -> None:
        given = new_client("site", "A site", "secret", "openid user/*.rs", [REDIRECT])
        kept, secret = await store.clients.register(given)
        assert secret
        assert await store.clients.find("site") == kept
        other = await store.clients.new_secret(kept)
        found = await store.clients.named("site")
        assert other != secret
        assert found.secret_hash != kept.secret_hash

    async def test_all_of_it_is_kept(self, store: AuthorizationStore) -> None:
        scope = "system/*.rs patient/Observation.rs?category=a%7Cb"
        urls = {"jwks_uri": "https://x.example.org/jwks", "launch_uri": "https://x.example.org/l"}
        given = new_client("x", "X", "key", scope, [REDIRECT], introspects=True, **urls)
        await store.clients.register(given)
        assert await store.clients.all() == (given,)

    async def test_an_id_is_taken_once(self, store: AuthorizationStore, app: Client) -> None:
        with pytest.raises(Conflict, match="app"):
            await store.clients.register(app)

    async def test_a_disabled_one_loses_what_it_had(self, store: AuthorizationStore, app: Client, doctor: Account) -> None:
        made = await redeemed(store, app, doctor)
        await store.clients.disable(app)
        assert (await store.clients.named("app")).disabled
        assert await store.authorizations.find(made.id) is None
        with pytest.raises(NotFound):
            await store.clients.named("another")


class TestSessions:
    async def test_one_is_found_by_its_cookie_until_revoked(self, store: AuthorizationStore, doctor: Account) -> None:
        session, cookie = await store.sessions.create(doctor.id)
        assert await store.sessions.find(cookie) == session
        assert await store.sessions.find(cookie + "x") is None
        await store.sessions.revoke(session)
        assert await store.sessions.find(cookie) is None

    async def test_all_of_an_account_end(self, store: AuthorizationStore, doctor: Account) -> None:
        cookies = [(await store.sessions.create(doctor.id))[1] for _ in range(2)]
        await store.sessions.revoke_all(doctor.id)
        assert [await store.sessions.find(cookie) for cookie in cookies] == [None, None]

    async def test_one_ends_by_time(self, store: AuthorizationStore, doctor: Account) -> None:
        _, cookie = await store.sessions.create(doctor.id)
        await run(store, "UPDATE {schema}.session SET expires_at = current_timestamp")
        assert await store.sessions.find(cookie) is None

    async def test_online_access_ends_with_it_and_offline_stays(
        self, store: AuthorizationStore, doctor: Account, app: Client
    ) -> None:
        session, _ = await store.sessions.create(doctor.id)
        online = await redeemed(store, app, doctor, session=session.hash)
        offline = await redeemed(store, app, doctor)
        token = await store.authorizations.new_refresh_token(online.id)
        await store.sessions.revoke(session)
        assert await store.authorizations.find(online.id) is None
        assert await store.authorizations.find(offline.id) == offline
        with pytest.raises(OAuthError, match="revoked"):
            await store.authorizations.refresh(token, app.id)


class TestLaunches:
    async def test_one_is_taken_once_by_its_client(self, store: AuthorizationStore, doctor: Account, app: Client) -> None:
        launch = Launch(app.id, doctor.id, "10", "20", need_patient_banner=False, intent="review")
        handle = await store.launches.create(launch)
        assert await store.launches.take(handle, "another") is None
        assert await store.launches.look(handle, app.id) == launch
        taken = await asyncio.gather(*(store.launches.take(handle, app.id) for _ in range(5)))
        assert sorted(taken, key=str) == sorted([launch, None, None, None, None], key=str)

    async def test_one_is_too_old(self, store: AuthorizationStore, app: Client) -> None:
        handle = await store.launches.create(Launch(app.id))
        await run(store, "UPDATE {schema}.launch SET expires_at = current_timestamp")
        assert await store.launches.take(handle, app.id) is None


class TestCodes:
    async def test_one_opens_what_was_granted(self, store: AuthorizationStore, doctor: Account, app: Client) -> None:
        context = {"need_patient_banner": True, "intent": "x"}
        made = await redeemed(store, app, doctor, patient="10", encounter="3", context=context, nonce="n")
        assert (made.client, made.account, made.patient, made.encounter) == (app.id, doctor.id, "10", "3")
        assert (made.context, made.nonce, str(made.scopes)) == (context, "n", "patient/*.rs")

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"client": "another"}, "not one of this client"),
            ({"redirect_uri": REDIRECT + "/"}, "redirect_uri"),
            ({"verifier": "w" * 43}, "code_verifier"),
            ({"verifier": None}, "code_verifier"),
            ({"verifier": CHALLENGE}, "code_verifier"),
            ({"code": "x"}, "not one of this client"),
        ],
    )
    async def test_it_is_for_who_asked_alone(
        self, store: AuthorizationStore, doctor: Account, app: Client, given: dict[str, Any], message: str
    ) -> None:
        code = await store.authorizations.grant(grant(app, doctor), REDIRECT, CHALLENGE)
        right = {"code": code, "client": app.id, "redirect_uri": REDIRECT, "verifier": VERIFIER}
        with pytest.raises(OAuthError, match=message):
            await store.authorizations.redeem(**right | given)
        assert await store.authorizations.redeem(**right)

    async def test_a_second_use_revokes_what_the_first_gave(
        self, store: AuthorizationStore, other: AuthorizationStore, doctor: Account, app: Client
    ) -> None:
        code = await store.authorizations.grant(grant(app, doctor), REDIRECT, CHALLENGE)
        made = await store.authorizations.redeem(code, app.id, REDIRECT, VERIFIER)
        token = await store.authorizations.new_refresh_token(made.id)
        told: list[Any] = []
        other.revocations.tell(told.append)
        with pytest.raises(OAuthError, match="used before"):
            await other.authorizations.redeem(code, app.id, REDIRECT, VERIFIER)
        assert await store.authorizations.find(made.id) is None
        assert told == [made.id]
        with pytest.raises(OAuthError, match="revoked"):
            await store.authorizations.refresh(token, app.id)

    async def test_of_many_at_once_one_gets_through(self, store: AuthorizationStore, doctor: Account, app: Client) -> None:
        code = await store.authorizations.grant(grant(app, doctor), REDIRECT, CHALLENGE)
        tries = (store.authorizations.redeem(code, app.id, REDIRECT, VERIFIER) for _ in range(6))
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(each, Authorization) for each in results) == 1
        assert all(isinstance(each, Authorization | OAuthError) for each in results)

    async def test_one_is_too_old(self, store: AuthorizationStore, doctor: Account, app: Client) -> None:
        code = await store.authorizations.grant(grant(app, doctor), REDIRECT, CHALLENGE)
        await run(store, "UPDATE {schema}.authorization_code SET expires_at = current_timestamp")
        with pytest.raises(OAuthError, match="expired"):
            await store.authorizations.redeem(code, app.id, REDIRECT, VERIFIER)


class TestRefreshTokens:
    async def test_each_is_used_once_and_a_second_time_revokes(
        self, store: AuthorizationStore, doctor: Account, app: Client
    ) -> None:
        made = await redeemed(store, app, doctor)
        first = await store.authorizations.new_refresh_token(made.id)
        again, second = await store.authorizations.refresh(first, app.id)
        assert again.id == made.id
        assert (await store.authorizations.by_refresh_token(second)) is not None
        with pytest.raises(OAuthError, match="used before"):
            await store.authorizations.refresh(first, app.id)
        with pytest.raises(OAuthError, match="revoked"):
            await store.authorizations.refresh(second, app.id)
        assert await store.authorizations.by_refresh_token(second) is None

    async def test_used_ones_are_forgotten_after_a_week(
        self, store: AuthorizationStore, doctor: Account, app: Client
    ) -> None:
        made = await redeemed(store, app, doctor)
        token = await store.authorizations.new_refresh_token(made.id)
        for _ in range(3):
            _, token = await store.authorizations.refresh(token, app.id)
        await run(store, "UPDATE {schema}.refresh_token SET used_at = used_at - interval '8 days'")
        await store.authorizations.refresh(token, app.id)
        assert len(await run(store, "SELECT FROM {schema}.refresh_token")) == 2  # the one just used, and the next

    async def test_it_is_its_clients(self, store: AuthorizationStore, doctor: Account, app: Client) -> None:
        made = await redeemed(store, app, doctor)
        token = await store.authorizations.new_refresh_token(made.id)
        with pytest.raises(OAuthError, match="not one of this client"):
            await store.authorizations.refresh(token, "another")
        assert await store.authorizations.refresh(token, app.id)

    async def test_what_an_account_granted_is_listed_and_taken_back(
        self, store: AuthorizationStore, doctor: Account, app: Client
    ) -> None:
        made = await redeemed(store, app, doctor)
        assert await store.authorizations.of_account(doctor.id) == (made,)
        await store.authorizations.revoke(made.id, "taken back")
        assert await store.authorizations.of_account(doctor.id) == ()


class TestAssertions:
    async def test_of_many_at_once_one_is_the_first(self, store: AuthorizationStore) -> None:
        used = await asyncio.gather(*(store.assertions.use("c", "j", time() + 60) for _ in range(6)))
        assert sorted(used) == [False] * 5 + [True]
        assert await store.assertions.use("another", "j", time() + 60)


class TestKeys:
    async def test_workers_that_start_at_once_make_one(
        self, store: AuthorizationStore, other: AuthorizationStore
    ) -> None:
        rings = await asyncio.gather(store.keys.ring(), other.keys.ring(), store.keys.ring())
        assert len({kid for ring in rings for kid in ring.keys}) == 1
        assert (await store.keys.signing()).kid == (await other.keys.signing()).kid

    async def test_a_rotated_key_is_published_before_it_signs(
        self, store: AuthorizationStore, other: AuthorizationStore
    ) -> None:
        old = await other.keys.signing()
        new = await store.keys.rotate()
        await other.revocations.look()
        ring = await other.keys.ring()
        assert set(ring.keys) == {old.kid, new.kid}
        assert [ring.signing(time() + wait).kid for wait in (0, 601)] == [old.kid, new.kid]
        assert ring.verifying(old.kid, time() + 601)
        assert not ring.verifying(old.kid, time() + 600 + 3601)

    async def test_a_retired_key_is_gone_at_once_and_another_signs(
        self, store: AuthorizationStore, other: AuthorizationStore
    ) -> None:
        old = await other.keys.signing()
        await store.keys.rotate()
        await store.keys.retire(old.kid)
        await other.revocations.look()
        assert old.kid not in (await other.keys.ring()).keys
        assert (await other.keys.signing()).kid != old.kid
        with pytest.raises(NotFound):
            await store.keys.retire("no such")

    async def test_no_private_key_lies_open(self, store: AuthorizationStore, database: str) -> None:
        key = await store.keys.signing()
        (record,) = await run(store, "SELECT private FROM {schema}.signing_key")
        assert str(key.key.as_dict(private=True)["d"]).encode() not in record["private"]
        async with opened(Settings(database_url=database), SECRET + "x") as stranger:
            with pytest.raises(ConfigurationError, match="sealed with another secret key"):
                await stranger.keys.ring()


class TestRevocations:
    async def test_each_worker_is_told_once_of_everything(
        self, store: AuthorizationStore, other: AuthorizationStore, doctor: Account, app: Client
    ) -> None:
        made = await redeemed(store, app, doctor)
        await other.revocations.look()
        told: list[Any] = []
        other.revocations.tell(told.append)
        await store.authorizations.revoke(made.id, "by hand")
        await other.revocations.look()
        await other.revocations.look()
        await store.accounts.set_roles(doctor, ["Pharmacist"])
        await other.revocations.look()
        assert told == [made.id, None]

    async def test_one_that_was_committed_late_is_told(
        self, store: AuthorizationStore, other: AuthorizationStore, database: str
    ) -> None:
        told: list[Any] = []
        other.revocations.tell(told.append)
        slow = await asyncpg.connect(database)
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute("INSERT INTO omop_fhir.revocation (\"authorization\") VALUES (NULL)")
        await store.keys.rotate()
        await other.revocations.look()
        assert told == [None]
        await transaction.commit()
        await slow.close()
        await other.revocations.look()
        assert told == [None, None]

    async def test_after_a_long_pause_all_is_forgotten(self, other: AuthorizationStore) -> None:
        """What was revoked meanwhile may lie too far back to be seen."""
        told: list[Any] = []
        other.revocations.tell(told.append)
        await other.revocations.look()
        for pause, expected in ((59, []), (61, [None])):
            assert other.revocations.seen_until
            other.revocations.seen_until -= timedelta(seconds=pause)
            await other.revocations.look()
            assert told == expected


class TestPurge:
    async def test_what_ended_goes_and_what_did_not_stays(
        self, store: AuthorizationStore, doctor: Account, app: Client
    ) -> None:
        ended, lasting = await redeemed(store, app, doctor), await redeemed(store, app, doctor)
        await store.assertions.use("c", "old", time() - 120)
        await store.assertions.use("c", "new", time() + 120)
        await run(store, "UPDATE {schema}.authorization SET expires_at = now() - interval '2 days' WHERE id = $1", ended.id)
        assert await purge(store.database) == 2
        assert await store.authorizations.find(lasting.id)
        assert not await store.assertions.use("c", "new", time() + 120)


async def test_a_connection_that_was_cut_is_not_felt(store: AuthorizationStore, database: str) -> None:
    await store.roles.all()
    other = await asyncpg.connect(database)
    await other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND pid <> pg_backend_pid()")  # fmt: skip
    await other.close()
    assert await store.roles.all()


async def test_a_schema_that_is_not_there_is_said(postgres_url: str) -> None:
    async with opened(Settings(database_url=postgres_url, own_schema="nowhere"), SECRET) as store:
        with pytest.raises(ConfigurationError, match="omop-fhir migrate"):
            await store.roles.all()
