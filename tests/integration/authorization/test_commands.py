"""`omop-fhir user`, `client`, `role`, `keys`, and how `serve` decides who may enter."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner, Result

from omop_fhir.cli import main
from omop_fhir.config import Settings
from omop_fhir.entry import issuer_of, make_entry, with_secret
from omop_fhir.errors import ConfigurationError
from omop_fhir.store.authorization.access import SmartAccess
from omop_fhir.store.authorization.store import AuthorizationStore, opened
from omop_fhir.store.facade import Facade
from tests.fixtures.databases import create_database, database_url, drop_database

from .conftest import PASSWORD, REDIRECT, SECRET
from .server import JWKS

Run = Callable[..., str]


@pytest.fixture
def url(postgres_url: str, migrated_template: str) -> Any:
    name = asyncio.run(create_database(postgres_url, template=migrated_template))
    yield database_url(postgres_url, name)
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture
def run(url: str) -> Run:
    """`run("user", "add", ..., input=...)` gives what the command says; `fails=True` what it complains of, in one line."""

    def call(*arguments: str, fails: bool = False, **options: Any) -> str:
        result: Result = CliRunner().invoke(main, arguments, env={"OMOP_FHIR_DATABASE_URL": url}, **options)
        assert result.exit_code == (1 if fails else 0), result.output
        assert "Traceback" not in result.output
        return result.output.strip()

    return call


def looked(url: str, work: Callable[[AuthorizationStore], Any]) -> Any:
    async def look() -> Any:
        async with opened(Settings(database_url=url), SECRET) as store:
            return await work(store)

    return asyncio.run(look())


def audited(url: str) -> list[tuple[str, str]]:
    async def fetch() -> list[tuple[str, str]]:
        connection = await asyncpg.connect(url)
        try:
            records = await connection.fetch("SELECT event->>'kind', event->>'reason' FROM omop_fhir.audit_event ORDER BY id")
            return [tuple(record) for record in records]
        finally:
            await connection.close()

    return asyncio.run(fetch())


class TestUser:
    def test_one_is_added_and_signs_in(self, run: Run, url: str) -> None:
        said = run("user", "add", "house", "--role", "Doctor", "--fhir-user", "Practitioner/1", input=PASSWORD)
        assert said.startswith("warning: whether there is a Practitioner/1 is not known: Practitioner is not served")
        assert said.endswith("\nadded house")
        account = looked(url, lambda store: store.logins.sign_in("house", PASSWORD, "-"))
        assert (account.name, account.roles, account.fhir_user) == ("house", ("Doctor",), "Practitioner/1")
        assert audited(url) == [("account", "added")]

    def test_who_it_is_must_be_there(self, postgres_url: str, population: str) -> None:
        def add(*given: str) -> Result:
            url = database_url(postgres_url, population)
            words = ["user", "add", "x", "--role", "Wizard", "--random", *given]
            return CliRunner().invoke(main, words, env={"OMOP_FHIR_DATABASE_URL": url, "OMOP_FHIR_CDM_SCHEMA": "cdm"})

        assert add("--fhir-user", "Practitioner/999").output == "Error: Practitioner/999 was not found\n"
        assert add("--organization", "999").output == "Error: Organization/999 was not found\n"
        found = add("--fhir-user", "Practitioner/1", "--organization", "1").output
        assert "no role `Wizard`" in found
        assert "warning" not in found
        unserved = add("--fhir-user", "RelatedPerson/1").output
        assert unserved.startswith("warning: whether there is a RelatedPerson/1 is not known: there is no resource type")

    def test_a_password_may_be_made_and_is_shown(self, run: Run, url: str) -> None:
        said = run("user", "add", "house", "--role", "Doctor", "--random")
        assert looked(url, lambda store: store.logins.sign_in("house", said.rpartition(" ")[2], "-"))

    @pytest.mark.parametrize(
        ("given", "input", "message"),
        [
            (["--role", "Doctor"], "", "password"),
            (["--role", "Doctor"], "short", "12 to 256"),
            (["--role", "Wizard"], PASSWORD, "no role `Wizard`"),
            (["--role", "Patient"], PASSWORD, "needs a Patient"),
            (["--role", "Doctor", "--fhir-user", "1"], PASSWORD, "nobody in FHIR"),
        ],
    )
    def test_what_is_wrong_is_one_line(self, run: Run, given: list[str], input: str, message: str) -> None:
        said = run("user", "add", "x", *given, input=input, fails=True)
        assert message in said
        assert len(said.splitlines()) == 1

    def test_the_rest(self, run: Run, url: str) -> None:
        run("user", "add", "house", "--role", "Doctor", "--name", "Gregory House", input=PASSWORD)
        assert run("user", "role", "house", "Doctor", "Pharmacist") == "house is Doctor, Pharmacist"
        assert run("user", "password", "house", input="another password") == "changed the password of house"
        assert looked(url, lambda store: store.logins.sign_in("house", "another password", "-"))
        assert run("user", "disable", "house") == "disabled house"
        listed = run("user", "list")
        assert "state" in listed.splitlines()[1]
        assert "disabled" in listed
        assert run("user", "disable", "house", "--enable") == "enabled house"
        assert "Gregory House" in run("user", "list")
        assert "no account `wilson`" in run("user", "disable", "wilson", fails=True)
        assert [reason for _, reason in audited(url)] == ["added", "roles", "password", "disabled", "enabled"]


class TestClient:
    def test_a_secret_is_shown_once_and_changed(self, run: Run) -> None:
        given = ("--id", "site", "--kind", "secret", "--scope", "openid user/*.rs", "--redirect-uri", REDIRECT)
        first = run("client", "add", "A site", *given)
        assert re.fullmatch(r"registered site with the secret [A-Za-z0-9_-]{43}", first)
        second = run("client", "secret", "site")
        assert second.rpartition(" ")[2] not in first
        listed = run("client", "list")
        assert "openid user/*.rs" in listed
        assert second.rpartition(" ")[2] not in listed
        assert run("client", "disable", "site") == "disabled site"
        assert "disabled" in run("client", "list")

    def test_keys_come_from_a_file(self, run: Run, url: str, tmp_path: Path) -> None:
        file = tmp_path / "jwks.json"
        file.write_text(json.dumps(JWKS))
        given = ("--id", "s", "--kind", "key", "--scope", "system/*.rs", "--jwks", str(file))
        assert run("client", "add", "S", *given) == "registered s"
        assert looked(url, lambda store: store.clients.named("s")).jwks == JWKS

    def test_one_that_sends_the_same_again(self, run: Run, url: str) -> None:
        given = ("--id", "engine", "--scope", "user/*.cruds", "--redirect-uri", REDIRECT, "--deduplicates")
        assert run("client", "add", "Engine", *given) == "registered engine"
        assert "deduplicates" in run("client", "list")
        assert run("client", "update", "engine", "--no-deduplicates") == "engine does not deduplicate"
        assert "deduplicates" not in run("client", "list")
        assert run("client", "update", "engine", "--deduplicates") == "engine deduplicates"
        assert looked(url, lambda store: store.clients.named("engine")).deduplicates
        assert "no client `x`" in run("client", "update", "x", "--deduplicates", fails=True)
        assert [reason for _, reason in audited(url)] == ["registered", "updated", "updated"]

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (["--scope", "patient/*.rs"], "redirect URI"),
            (["--scope", "patient/*.rs", "--redirect-uri", "http://example.org"], "https"),
            (["--scope", "patient/*.sr", "--redirect-uri", REDIRECT], "cruds"),
            (["--redirect-uri", REDIRECT], "scopes"),
            (["--scope", "opnid patient/*.rs", "--redirect-uri", REDIRECT], "`opnid` is no scope: beside such as"),
            (["--scope", "system/*.rs", "--kind", "key", "--jwks", "/nowhere"], "/nowhere cannot be read: No such file"),
            (["--scope", "system/*.rs", "--kind", "key", "--jwks", __file__], "no JWK set"),
            (["--scope", "system/*.rs", "--kind", "secret"], "kind `key`"),
        ],
    )
    def test_what_is_wrong_is_one_line(self, run: Run, given: list[str], message: str) -> None:
        assert message in run("client", "add", "X", *given, fails=True)


class TestRole:
    def test_one_is_added_and_listed(self, run: Run) -> None:
        assert run("role", "add", "Lab", "--scope", "Observation.crus", "--restriction", "none") == "added the role Lab"
        listed = run("role", "list")
        assert "Observation.crus" in listed
        assert "Doctor" in listed
        assert "cruds" in run("role", "add", "X", "--scope", "Observation.sr", fails=True)


class TestKeys:
    def test_they_are_rotated_and_retired(self, run: Run, url: str, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(f"{SECRET}\n")
        first = looked(url, lambda store: store.keys.signing()).kid
        said = run("keys", "rotate", "--secret-key-file", str(file))
        assert "is published now and signs from" in said
        assert {first, said.split()[0]} <= set(re.findall(r"\b[0-9a-f]{16}\b", run("keys", "list", "--secret-key", SECRET)))
        run("keys", "rotate", "--secret-key", SECRET, "--retire", first)
        assert first not in run("keys", "list", "--secret-key", SECRET)
        assert looked(url, lambda store: store.keys.signing()).kid != first

    def test_another_secret_opens_none(self, run: Run, url: str) -> None:
        looked(url, lambda store: store.keys.signing())
        assert "another secret key" in run("keys", "list", "--secret-key", "x" * 40, fails=True)
        assert "give the server's secret key" in run("keys", "list", fails=True)

    def test_the_secret_is_changed_by_way_of_both(self, run: Run, url: str, tmp_path: Path) -> None:
        kept = looked(url, lambda store: store.keys.signing()).kid
        file = tmp_path / "secret"
        file.write_text(f"{'x' * 40}\n{SECRET}\n")
        made = run("keys", "rotate", "--secret-key-file", str(file)).split()[0]
        listed = run("keys", "list", "--secret-key-file", str(file))
        assert kept in listed
        assert made in listed
        assert made in run("keys", "list", "--secret-key", SECRET, fails=True)  # which the new secret sealed
        file.write_text(f"{'x' * 40}\nshort\n")
        assert "shorter than 32" in run("keys", "list", "--secret-key-file", str(file), fails=True)

    def test_where_the_secret_is_lost_keys_are_given_up_one_by_one(self, run: Run, url: str) -> None:
        lost = looked(url, lambda store: store.keys.signing()).kid
        said = run("keys", "list", "--secret-key", "x" * 40, fails=True)
        assert f"keys rotate --retire {lost}" in said
        made = run("keys", "rotate", "--secret-key", "x" * 40, "--retire", lost).split()[0]
        listed = run("keys", "list", "--secret-key", "x" * 40)
        assert made in listed
        assert lost not in listed


def settings(**given: Any) -> Settings:
    return Settings(**{"database_url": "postgresql://x"} | given)


def entry(given: Settings, base: str = "http://127.0.0.1:8080/fhir") -> Any:
    return make_entry(given, base, Facade(given, base, ()))


class TestWhoMayEnter:
    @pytest.mark.parametrize("base", ["http://127.0.0.1:8080/fhir", "https://fhir.example.org/fhir", "https://example.org/a/fhir"])
    def test_a_secret_key_alone_means_this_server_authorizes(self, base: str) -> None:
        made = entry(settings(secret_key=SECRET), base)
        assert isinstance(made.access, SmartAccess)
        assert made.smart["issuer"] == base.removesuffix("/fhir") == issuer_of(base)

    @pytest.mark.parametrize(
        ("given", "base", "message"),
        [
            ({}, "http://127.0.0.1:8080/fhir", "say who may enter"),
            ({"open": True, "access_token_file": Path("x")}, "http://127.0.0.1:8080/fhir", "one alone"),
            ({"secret_key": "short"}, "http://127.0.0.1:8080/fhir", "at least 32"),
            ({"secret_key": SECRET}, "http://fhir.example.org/fhir", "https"),
            ({"secret_key": SECRET}, "http://0.0.0.0:8080/fhir", "https"),
            ({"secret_key": SECRET}, "https://fhir.example.org/r4", "ends in /fhir"),
            ({"open": True, "host": "0.0.0.0"}, "http://0.0.0.0:8080/fhir", "loopback"),
        ],
    )
    def test_what_is_not_clear_or_not_safe_is_refused(self, given: dict[str, Any], base: str, message: str) -> None:
        with pytest.raises(ConfigurationError, match=message):
            entry(settings(**given), base)

    def test_the_secret_is_read_from_its_file(self, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(f"{SECRET}\n")
        assert with_secret(settings(secret_key_file=file)).secret_key == SECRET
        with pytest.raises(ConfigurationError, match="one of them"):
            with_secret(settings(secret_key_file=file, secret_key=SECRET))
        file.write_text("short")
        with pytest.raises(ConfigurationError, match="shorter than 32"):
            with_secret(settings(secret_key_file=file))
        with pytest.raises(ConfigurationError, match="cannot be read"):
            with_secret(settings(secret_key_file=tmp_path / "none"))

    def test_a_server_of_its_own_never_makes_the_secret_up(self) -> None:
        with pytest.raises(ConfigurationError, match="say who may enter"):
            with_secret(settings())
        assert with_secret(settings(open=True)).secret_key

    def test_the_demo_stays_on_this_machine(self) -> None:
        result = CliRunner().invoke(main, ["demo", "--host", "0.0.0.0", "--port", "0"])
        assert (result.exit_code, "passwords need https" in result.output) == (1, True)

    def test_serve_needs_the_schema(self, postgres_url: str) -> None:
        environment = {"OMOP_FHIR_DATABASE_URL": postgres_url, "OMOP_FHIR_SECRET_KEY": SECRET, "OMOP_FHIR_OWN_SCHEMA": "nowhere"}
        result = CliRunner().invoke(main, ["serve", "--port", "0"], env=environment)
        assert result.exit_code == 1
        assert "omop-fhir migrate" in result.output
