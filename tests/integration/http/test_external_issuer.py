"""A server that believes the tokens of another issuer, over a database that holds nothing of this server's own."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey

from omop_fhir.app import create_app
from omop_fhir.auth import external_token
from omop_fhir.config import Settings
from omop_fhir.errors import ConfigurationError
from omop_fhir.store.external import issuer as store_issuer
from omop_fhir.store.external.access import ExternalAccess

from .conftest import Served, ids, refused, running
from .issuer import CLIENT, SECRET, StandIn, signed, standing_in

BASE = "https://fhir.example.org/fhir"
GOOD = {"base_url": BASE, "open": False}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def get(served: Served, path: str, token: str) -> httpx.Response:
    return served.get(path, headers=bearer(token))


def b64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def signing(key: Any) -> Callable[[bytes], bytes]:
    """RS256 by a key, whatever the key is for."""
    return lambda text: bytes(key.private_key.sign(text, PKCS1v15(), SHA256()))


def access(served: Served) -> ExternalAccess:
    found: ExternalAccess = served.app.state.context.access
    return found


@pytest.fixture(scope="module")
def issuer() -> Iterator[StandIn]:
    with standing_in() as found:
        found.add("p256", "P-256")
        found.add("p384", "P-384")
        yield found


@pytest.fixture(scope="module")
def server(served: Served, issuer: StandIn) -> Iterator[Served]:
    """The role may read, and there is no schema of this server's own."""
    with running(served.database, issuer=issuer.url, **GOOD) as found:
        yield found


@pytest.fixture
def fresh(served: Served) -> Iterator[Callable[..., Any]]:
    """`fresh(**settings)` gives an issuer of its own, and a server that believes it and its clock."""
    with ExitStack() as stack:

        def start(**given: Any) -> tuple[Served, StandIn]:
            issuer = stack.enter_context(standing_in())
            return stack.enter_context(running(served.database, issuer=issuer.url, **GOOD | given)), issuer

        yield start


class TestTokens:
    @pytest.mark.parametrize(
        ("kid", "alg"), [("one", "RS256"), ("one", "RS512"), ("one", "PS256"), ("p256", "ES256"), ("p384", "ES384")]
    )
    def test_a_good_token_opens_what_its_scopes_say(self, server: Served, issuer: StandIn, kid: str, alg: str) -> None:
        token = issuer.token(kid, alg)
        assert ids(entry["resource"] for entry in get(server, "Patient", token).json()["entry"]) == ["1"]
        assert get(server, "Patient/2", token).status_code == 404
        assert {e["resource"]["subject"]["reference"] for e in get(server, "Condition", token).json()["entry"]} == {"Patient/1"}

    def test_places_are_open_where_the_operator_says_so(
        self, server: Served, issuer: StandIn, fresh: Callable[..., Any]
    ) -> None:
        opened, other = fresh(open_places=True)
        scope = "patient/Patient.rs patient/Organization.rs"
        own = get(server, "Organization?_summary=count", issuer.token(scope=scope)).json()["total"]
        assert own < get(opened, "Organization?_summary=count", other.token(scope=scope)).json()["total"]
        assert get(opened, "Patient/2", other.token(scope=scope)).status_code == 404

    @pytest.mark.parametrize("audience", [BASE, ["x", BASE]])
    def test_the_audience_may_be_one_of_several(self, server: Served, issuer: StandIn, audience: Any) -> None:
        assert get(server, "Patient/1", issuer.token(aud=audience)).status_code == 200

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"iss": "https://evil.example.org"}, "another issuer"),
            ({"iss": None}, "another issuer"),
            ({"aud": "https://other.example.org/fhir"}, "another server"),
            ({"aud": None}, "another server"),
            ({"aud": []}, "another server"),
            ({"aud": [{"x": BASE}]}, "another server"),
            ({"aud": BASE + "/"}, "another server"),
            ({"exp": 1}, "expired"),
            ({"exp": None}, "lacks exp"),
            ({"exp": "9999999999"}, "expired"),
            ({"exp": True}, "expired"),
            ({"nbf": 9_999_999_999}, "not good yet"),
            ({"nbf": "x"}, "not good yet"),
            ({"iat": 9_999_999_999}, "not good yet"),
            ({"typ": "ID"}, "no access token"),
            ({"typ": "Refresh"}, "no access token"),
            ({"cnf": {"jkt": "x"}}, "bound to a key"),
        ],
    )
    def test_another_token_is_refused(self, server: Served, issuer: StandIn, changed: dict[str, Any], why: str) -> None:
        answer = get(server, "Patient/1", issuer.token(**changed))
        assert why in refused(answer, 401, "login")
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]

    def test_no_token_is_refused(self, server: Served) -> None:
        refused(server.get("Patient/1"), 401, "login")


class TestAttacks:
    def test_unsigned(self, server: Served, issuer: StandIn) -> None:
        for alg in ("none", "None", "NONE", ""):
            refused(get(server, "Patient/1", signed({"alg": alg, "kid": "one"}, issuer.claims())), 401, "login")

    def test_the_signature_is_taken_away_or_another_tokens(self, server: Served, issuer: StandIn) -> None:
        one, other = issuer.token(), issuer.token(patient="2")
        for text in (one.rpartition(".")[0] + ".", f"{one.rpartition('.')[0]}.{other.rpartition('.')[2]}"):
            refused(get(server, "Patient/1", text), 401, "login")

    def test_the_public_key_as_a_secret(self, server: Served, issuer: StandIn) -> None:
        key = issuer.keys["one"]
        jwk = json.dumps(key.as_dict(private=False)).encode()
        for secret in (key.as_pem(private=False), key.as_der(private=False), jwk):
            sign = partial(hmac.digest, secret, digest="sha256")
            forged = signed({"alg": "HS256", "kid": "one"}, issuer.claims(), sign)
            assert "not allowed" in refused(get(server, "Patient/1", forged), 401, "login")

    def test_a_key_used_with_the_algorithm_of_another(self, server: Served, issuer: StandIn) -> None:
        token = issuer.token("p256", "ES256")
        header = b64encode(b'{"alg":"RS256","kid":"p256"}').rstrip(b"=").decode()
        refused(get(server, "Patient/1", f"{header}.{token.partition('.')[2]}"), 401, "login")

    def test_an_own_key_in_the_header(self, server: Served, issuer: StandIn) -> None:
        """`jwk`, `jku`, `x5u` and `x5c` are not looked at: no address that a token names is asked."""
        evil = RSAKey.generate_key(2048, {"kid": "evil"})
        with standing_in() as other:
            other.keys = {"evil": evil}
            issuer.keys["hidden"] = evil
            try:
                named = {"jku": f"{other.url}/keys", "x5u": f"{other.url}/keys", "jwk": evil.as_dict(private=False)}
                token = issuer.token("hidden", header=named)
            finally:
                del issuer.keys["hidden"]
            refused(get(server, "Patient/1", token), 401, "login")
            assert other.asked == []

    @pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "", "\x00", "one "])
    def test_a_strange_kid(self, server: Served, issuer: StandIn, kid: str) -> None:
        refused(get(server, "Patient/1", issuer.token(header={"kid": kid})), 401, "login")

    @pytest.mark.parametrize("header", [{"typ": "id_token+jwt"}, {"typ": "logout+jwt"}, {"crit": ["x"], "x": 1}])
    def test_a_token_for_something_else(self, server: Served, issuer: StandIn, header: dict[str, Any]) -> None:
        token = signed({"alg": "RS256", "kid": "one", **header}, issuer.claims(), signing(issuer.keys["one"]))
        assert "no access token" in refused(get(server, "Patient/1", token), 401, "login")

    @pytest.mark.parametrize("text", ["x", "a.b.c", "..", "e30.e30.e30", "x" * 20_000, "a.b.c.d.e"])
    def test_no_jwt(self, server: Served, text: str) -> None:
        refused(get(server, "Patient/1", text), 401, "login")

    def test_secret_and_short_and_encrypting_keys_are_left_out(self, fresh: Callable[..., Any]) -> None:
        server, issuer = fresh()
        short = rsa.generate_private_key(65537, 1024)
        numbers = short.public_key().public_numbers()
        n, e = (b64(value.to_bytes((value.bit_length() + 7) // 8)) for value in (numbers.n, numbers.e))
        issuer.more_keys.append({"kty": "RSA", "kid": "short", "n": n, "e": e})
        issuer.more_keys += [{"kty": "oct", "kid": "secret", "k": b64(b"x" * 32)}, {"kty": "RSA", "kid": "broken"}, {"kty": 5}]
        for kid, given in (("enc", {"use": "enc"}), ("only", {"use": "sig", "alg": "RS512"})):
            issuer.keys[kid] = RSAKey.generate_key(2048, {"kid": kid, **given})
        forged = (
            signed({"alg": "RS256", "kid": "short"}, issuer.claims(), lambda text: short.sign(text, PKCS1v15(), SHA256())),
            signed({"alg": "HS256", "kid": "secret"}, issuer.claims(), lambda text: hmac.digest(b"x" * 32, text, "sha256")),
            signed({"alg": "RS256", "kid": "enc"}, issuer.claims(), signing(issuer.keys["enc"])),
            signed({"alg": "RS256", "kid": "only"}, issuer.claims(), signing(issuer.keys["only"])),
        )
        access(server).issuer._tried_at = float("-inf")  # the server began before these keys were there
        assert get(server, "Patient/1", issuer.token("only", "RS512")).status_code == 200
        for token in forged:
            refused(get(server, "Patient/1", token), 401, "login")

    def test_an_algorithm_that_the_operator_does_not_allow(self, fresh: Callable[..., Any]) -> None:
        server, issuer = fresh(token_algorithms=("PS256",))
        refused(get(server, "Patient/1", issuer.token(alg="RS256")), 401, "login")
        assert get(server, "Patient/1", issuer.token(alg="PS256")).status_code == 200


class TestKeys:
    def test_a_new_key_is_fetched_and_not_too_often(self, fresh: Callable[..., Any]) -> None:
        server, issuer = fresh()
        moments = [1000.0]
        access(server).issuer.clock = lambda: moments[0]
        access(server).issuer._tried_at = access(server).issuer._fetched_at = moments[0]  # it was asked a moment ago
        issuer.add("two")
        issuer.asked.clear()
        assert get(server, "Patient/1", issuer.token("two")).status_code == 200
        issuer.add("three")
        refused(get(server, "Patient/1", issuer.token("three")), 401, "login")
        moments[0] += store_issuer.MISSED
        symmetric = b64(json.dumps({"alg": "HS256", "kid": "three"}).encode()) + "." + issuer.token("three").partition(".")[2]
        refused(get(server, "Patient/1", symmetric), 401, "login")  # for its key nobody looks
        assert get(server, "Patient/1", issuer.token("three")).status_code == 200
        asked = len(issuer.asked)
        for n in range(20):
            refused(get(server, "Patient/1", issuer.token(header={"kid": f"made up {n}"})), 401, "login")
        assert len(issuer.asked) == asked == 4

    def test_a_key_that_was_taken_away_is_believed_no_more(self, fresh: Callable[..., Any]) -> None:
        server, issuer = fresh()
        old = issuer.token(patient="1")
        assert get(server, "Patient/1", old).status_code == 200
        issuer.add("two")
        del issuer.keys["one"]
        access(server).issuer._tried_at = float("-inf")
        assert get(server, "Patient/1", issuer.token("two")).status_code == 200
        now = access(server).clock()
        access(server).clock = lambda: now + 61  # what was found before is kept for a minute
        refused(get(server, "Patient/1", old), 401, "login")

    def test_while_the_issuer_is_down_its_keys_go_on_and_then_nothing_is_believed(self, fresh: Callable[..., Any]) -> None:
        server, issuer = fresh()
        assert get(server, "Patient/1", issuer.token()).status_code == 200
        issuer.is_down = True
        moment = access(server).issuer.clock()
        access(server).issuer.clock = lambda: moment + store_issuer.BELIEVED - 1
        assert get(server, "Patient/1", issuer.token(sub="later")).status_code == 200
        access(server).issuer.clock = lambda: moment + store_issuer.BELIEVED + 100
        answer = get(server, "Patient/1", issuer.token(sub="too late"))
        assert "cannot be asked" in refused(answer, 503, "transient")
        assert "retry-after" in answer.headers
        issuer.is_down = False
        access(server).issuer._tried_at = float("-inf")
        assert get(server, "Patient/1", issuer.token(sub="again")).status_code == 200

    @pytest.mark.parametrize("trouble", ["is_down", "redirects"])
    def test_an_issuer_that_never_answered_opens_nothing(self, served: Served, trouble: str) -> None:
        with standing_in() as issuer:
            setattr(issuer, trouble, True)
            with running(served.database, issuer=issuer.url, **GOOD) as server:
                refused(get(server, "Patient/1", issuer.token()), 503, "transient")
                refused(server.get(".well-known/smart-configuration"), 503, "transient")
                assert server.get("metadata").status_code == 200
            assert "/realm/elsewhere" not in issuer.asked

    @pytest.mark.parametrize(
        "told",
        [{"issuer": "https://evil.example.org"}, {"jwks_uri": "http://10.0.0.1/keys"}, {"jwks_uri": "file:///etc/passwd"},
         {"jwks_uri": None}, {"jwks_uri": 5}],
    )  # fmt: skip
    def test_a_configuration_that_is_not_right_opens_nothing(self, served: Served, told: dict[str, Any]) -> None:
        with standing_in() as issuer:
            issuer.configuration = told
            with running(served.database, issuer=issuer.url, **GOOD) as server:
                refused(get(server, "Patient/1", issuer.token()), 503, "transient")


@pytest.fixture(scope="module")
def pair(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, StandIn]]:
    file = tmp_path_factory.mktemp("secret") / "secret"
    file.write_text(f"{SECRET}\n")
    with standing_in() as issuer:
        given = {"introspection_client": CLIENT, "introspection_secret_file": file}
        with running(served.database, issuer=issuer.url, **GOOD | given) as server:
            yield server, issuer


class TestIntrospection:
    def test_the_issuer_says_what_a_token_opens(self, pair: tuple[Served, StandIn]) -> None:
        server, issuer = pair
        issuer.active["opaque"] = {"active": True, **issuer.claims()}
        issuer.asked.clear()
        for _ in range(5):
            assert get(server, "Patient/1", "opaque").status_code == 200
        assert get(server, "Patient/2", "opaque").status_code == 404
        assert issuer.asked.count("/realm/introspect") == 1
        secret = b64encode(f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}".encode()).decode()
        assert issuer.credentials[-1] == f"Basic {secret}"

    @pytest.mark.parametrize(
        "said",
        [{"active": False}, {"active": "true"}, {}, {"active": True, "exp": 1}, {"active": True, "aud": "https://other.example.org"},
         {"active": True, "aud": None}, {"active": True, "iss": "https://evil.example.org"},
         {"active": True, "nbf": 9_999_999_999}, {"active": True, "cnf": {"x5t#S256": "x"}}],
    )  # fmt: skip
    def test_another_answer_opens_nothing(self, pair: tuple[Served, StandIn], said: dict[str, Any]) -> None:
        server, issuer = pair
        token = f"opaque {said}".replace(" ", "-")
        issuer.active[token] = {name: value for name, value in (issuer.claims() | said).items() if value is not None}
        issuer.asked.clear()
        for _ in range(3):
            refused(get(server, "Patient/1", token), 401, "login")
        assert issuer.asked.count("/realm/introspect") == 1  # and is not asked again for a while

    def test_a_good_jwt_is_asked_about_too(self, pair: tuple[Served, StandIn]) -> None:
        server, issuer = pair
        refused(get(server, "Patient/1", issuer.token()), 401, "login")

    def test_a_revoked_token_ends_within_half_a_minute(
        self, pair: tuple[Served, StandIn], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server, issuer = pair
        issuer.active["revoked"] = {"active": True, **issuer.claims(exp=None)}
        assert get(server, "Patient/1", "revoked").status_code == 200
        del issuer.active["revoked"]
        now = access(server).clock()
        monkeypatch.setattr(access(server), "clock", lambda: now + 31)
        refused(get(server, "Patient/1", "revoked"), 401, "login")

    def test_an_issuer_that_is_down_opens_nothing(self, pair: tuple[Served, StandIn], monkeypatch: pytest.MonkeyPatch) -> None:
        server, issuer = pair
        issuer.active["unread"] = {"active": True, **issuer.claims()}
        monkeypatch.setattr(issuer, "is_down", True)
        refused(get(server, "Patient/1", "unread"), 503, "transient")


class TestClaims:
    def test_names_of_claims_are_the_operators(self, fresh: Callable[..., Any]) -> None:
        server, issuer = fresh(
            audience=("api://fhir",), scope_claim="scp", scope_form="dotted", patient_claim="https://example.org/patient"
        )
        token = issuer.token(aud="api://fhir", scope=None, scp=["patient.all.read", "openid"], patient=None,
                             **{"https://example.org/patient": f"{BASE}/Patient/1"})  # fmt: skip
        assert get(server, "Patient/1", token).status_code == 200
        assert get(server, "Patient/2", token).status_code == 404
        slashed = issuer.token(aud="api://fhir", scp="patient/Patient.rs", **{"https://example.org/patient": "1"})
        assert get(server, "Patient/1", slashed).status_code == 200

    @pytest.mark.parametrize(
        "changed",
        [{"scope": None}, {"scope": ""}, {"scope": 5}, {"scope": "openid launch/patient"}, {"scope": "patient/*.sr"},
         {"scope": "patient%2f*.rs"}, {"scope": "patient/*.rs\t"}, {"scope": "user/*.rs"}, {"scope": "system/*.rs"},
         {"patient": None}, {"patient": "Group/1"}, {"patient": 1}, {"patient": "1/../2"}],
    )  # fmt: skip
    def test_a_token_that_says_too_little_opens_nothing(self, server: Served, issuer: StandIn, changed: dict[str, Any]) -> None:
        answer = get(server, "Patient/1", issuer.token(**changed))
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
        refused(answer, 403, "forbidden")

    def test_a_backend_is_who_speaks_of_no_person(self, server: Served, issuer: StandIn) -> None:
        token = issuer.token(scope="system/Patient.rs", patient=None)
        assert [get(server, f"Patient/{id}", token).status_code for id in (1, 2)] == [200, 200]
        refused(get(server, "Condition", token), 403, "forbidden")

    def test_roles_bound_what_a_user_sees(self, fresh: Callable[..., Any]) -> None:
        server, issuer = fresh(roles_claim="realm_access.roles", organization_claim="org")

        def status(path: str, *roles: str, **more: Any) -> int:
            token = issuer.token(scope="user/*.cruds", patient=None, realm_access={"roles": [*roles]}, **more)
            return get(server, path, token).status_code

        assert status("Patient/1", "Doctor", "offline_access") == 200
        assert status("Condition", "Receptionist", org="1") == 403
        assert status("Patient/1", "Nurse") == 403  # nobody says for whom
        site = get(server, "Patient/1", issuer.token(scope="user/*.rs", patient=None, realm_access={"roles": ["Doctor"]})).json()
        own = site["managingOrganization"]["reference"].partition("/")[2]
        assert status("Patient/1", "Nurse", org=own) == 200
        assert status("Patient/1", "Nurse", org="99999") == 404
        assert status("Patient/1", "Patient", fhirUser=f"{BASE}/Patient/1") == 200
        assert status("Patient/2", "Patient", fhirUser="Patient/1") == 404
        assert status("Patient/1", "unknown") == status("Patient/1") == 403

    def test_without_a_role_that_is_known_there_is_a_default(self, fresh: Callable[..., Any]) -> None:
        server, issuer = fresh(default_role=("Patient",))
        token = issuer.token(scope="user/*.rs", patient=None, fhirUser="Patient/1")
        assert [get(server, f"Patient/{id}", token).status_code for id in (1, 2)] == [200, 404]

    def test_roles_are_those_of_a_file(self, fresh: Callable[..., Any], tmp_path: Path) -> None:
        (tmp_path / "roles.toml").write_text('[Clerk]\ndescription = "x"\nscopes = ["Patient.r"]\nrestriction = "none"\n')
        server, issuer = fresh(roles_claim="roles", roles_file=tmp_path / "roles.toml")
        token = issuer.token(scope="user/*.rs", patient=None, roles="Clerk")
        assert get(server, "Patient/1", token).status_code == 200
        refused(get(server, "Patient?_id=1", token), 403, "forbidden")

    def test_a_patient_that_came_in_through_fhir(self, migrated_copy: Callable[[], str]) -> None:
        database = migrated_copy()
        with running(database) as opened:
            made = {"resourceType": "Patient", "id": "made", "gender": "other", "birthDate": "2000-01-01"}
            assert opened.send("PUT", "Patient/made", made).status_code == 201
        with standing_in() as issuer, running(database, issuer=issuer.url, **GOOD) as server:
            token = issuer.token(patient="made")
            assert ids(e["resource"] for e in get(server, "Patient", token).json()["entry"]) == ["made"]
            refused(get(server, "Patient", issuer.token(patient="nobody")), 403, "forbidden")

    def test_a_paging_link_is_bound_to_the_patient(self, server: Served, issuer: StandIn) -> None:
        def link(patient: str) -> str:
            bundle = get(server, "Encounter?_count=1", issuer.token(patient=patient)).json()
            return str(next(each["url"] for each in bundle["link"] if each["relation"] == "next")).removeprefix(f"{BASE}/")

        own = link("1")
        assert get(server, own, issuer.token(patient="1", exp=9_999_999_999)).status_code == 200
        refused(get(server, own, issuer.token(patient="2")), 400, "invalid")
        refused(get(server, own, issuer.token(patient="1", sub="somebody else")), 400, "invalid")


class TestDiscovery:
    def test_apps_are_sent_to_the_issuer(self, server: Served, issuer: StandIn) -> None:
        told = server.json(".well-known/smart-configuration")
        assert told == {
            "issuer": issuer.url,
            "jwks_uri": f"{issuer.url}/keys",
            "authorization_endpoint": f"{issuer.url}/authorize",
            "token_endpoint": f"{issuer.url}/token",
            "introspection_endpoint": f"{issuer.url}/introspect",
            "capabilities": ["permission-patient", "permission-user", "permission-v1", "permission-v2"],
        }
        security = server.json("metadata")["rest"][0]["security"]
        assert {each["valueUri"] for each in security["extension"][0]["extension"]} >= {f"{issuer.url}/token"}

    def test_this_server_has_no_endpoints_of_its_own(self, server: Served) -> None:
        for path in ("/auth/authorize", "/auth/token", "/.well-known/openid-configuration"):
            assert httpx.get(f"http://127.0.0.1:{server.port}{path}").status_code == 404


class TestSettings:
    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"issuer": "http://issuer.example.org"}, "https only"),
            ({"issuer": "x"}, "https only"),
            ({"issuer": "https://u:p@issuer.example.org"}, "no credentials"),
            ({"issuer": "https://issuer.example.org", "open": True}, "one alone"),
            ({"issuer": "https://issuer.example.org", "default_role": ("Wizard",)}, "--default-role Wizard"),
            ({"issuer": "https://issuer.example.org", "introspection_client": "x"}, "--introspection-secret-file"),
            ({"issuer": "https://issuer.example.org", "introspection_url": "https://x.org"}, "--introspection-client"),
            ({"issuer": "https://issuer.example.org", "roles_file": Path("/no/such")}, "cannot be read"),
        ],
    )
    def test_what_would_not_be_safe_is_refused(self, given: dict[str, Any], message: str) -> None:
        with pytest.raises(ConfigurationError, match=message):
            create_app(Settings(database_url="postgresql://x", **given))


@pytest.mark.parametrize("changed", [{"aud": "https://other.org"}, {"exp": 1}, {"nbf": 9_999_999_999}, {"cnf": {"jkt": "x"}}])
def test_each_check_is_what_refuses(
    server: Served, issuer: StandIn, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any]
) -> None:
    """Without it the token opens what it says, so no other defence hides that it is missing."""
    token = issuer.token(**changed)
    refused(get(server, "Patient/1", token), 401, "login")
    monkeypatch.setattr(external_token, "check_claims", lambda *_: None)
    access(server)._known.clear()
    assert get(server, "Patient/1", token).status_code == 200
    access(server)._known.clear()


def test_a_token_is_read_once(server: Served, issuer: StandIn) -> None:
    token, known = issuer.token(sub="cached"), access(server)._known
    before = len(known)
    for _ in range(3):
        get(server, "Patient/1", token)
    assert len(known) == before + 1
