"""What thieves try at the token endpoint and with tokens. Each test fails when the defence that it names is taken away."""

from __future__ import annotations

import base64
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import RSAKey

from omop_fhir.auth.access_token import AccessToken, encode
from omop_fhir.auth.client import new_client
from omop_fhir.auth.pkce import create_s256_code_challenge
from omop_fhir.auth.signing import SigningKey
from tests.fixtures.waiting import until

from .conftest import CHALLENGE, REDIRECT, VERIFIER
from .server import EC, JWKS, RSA, Smart
from .test_token import claims, refused

Forge = Callable[..., str]


def part(value: Any) -> str:
    raw = json.dumps(value).encode() if isinstance(value, dict) else value
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def mac(head: dict[str, Any], told: dict[str, Any], secret: bytes) -> str:
    """A JWT with a MAC of a secret that is none."""
    signed = f"{part(head)}.{part(told)}"
    return f"{signed}.{part(hmac.digest(secret, signed.encode(), head['alg'].replace('HS', 'sha')))}"


def is_refused(smart: Smart, token: str) -> bool:
    """Neither FHIR nor introspection believes the token, and the answer says why it is 401."""
    answer = smart.get("Patient/1", token)
    is_so = answer.status_code == 401 and 'error="invalid_token"' in answer.headers["www-authenticate"]
    return is_so and smart.introspect(token) == {"active": False}


class TestReplay:
    def test_a_code_that_comes_twice_takes_back_what_it_gave(self, smart: Smart) -> None:
        code = smart.code("app", patient="1")
        told = smart.redeem(code).json()
        assert smart.get("Patient/1", told["access_token"]).status_code == 200
        refused(smart.redeem(code), "invalid_grant")
        assert is_refused(smart, told["access_token"])
        refused(smart.refresh(told["refresh_token"]), "invalid_grant")

    def test_a_refresh_token_that_comes_twice_takes_back_the_family(self, smart: Smart) -> None:
        first = smart.tokens(patient="1")
        second = smart.refresh(first["refresh_token"]).json()
        refused(smart.refresh(first["refresh_token"]), "invalid_grant")
        refused(smart.refresh(second["refresh_token"]), "invalid_grant")
        assert is_refused(smart, first["access_token"])
        assert is_refused(smart, second["access_token"])

    def test_an_assertion_proves_once(self, smart: Smart) -> None:
        assertion = smart.assertion()
        assert smart.service(assertion).status_code == 200
        assert "used before" in refused(smart.service(assertion), "invalid_client", 401)

    def test_the_jti_of_another_client_is_free(self, smart: Smart) -> None:
        jti = uuid4().hex
        assert smart.service(smart.assertion(jti=jti)).status_code == 200
        assert smart.service(smart.assertion("narrow", jti=jti), "system/Observation.rs").status_code == 200

    def test_what_comes_again_is_in_the_audit(self, smart: Smart) -> None:
        code, assertion = smart.code("app"), smart.assertion()
        told = smart.redeem(code).json()
        smart.redeem(code)
        token = smart.tokens()["refresh_token"]
        smart.refresh(token)
        smart.refresh(token)
        smart.service(assertion)
        smart.service(assertion)
        for _ in range(50):  # it is written every second
            kinds, text = smart.run(_audited)
            if {"code-replay", "refresh-replay", "assertion-replay"} <= kinds:
                break
            threading.Event().wait(0.1)
        assert {"code-replay", "refresh-replay", "assertion-replay", "token", "refresh"} <= kinds
        assert not any(secret in text for secret in (code, token, told["access_token"], assertion))

    def test_it_is_whoever_brings_it_again(self, smart: Smart) -> None:
        code, first = smart.code("app", patient="1"), smart.tokens(patient="1")
        told = smart.redeem(code).json()
        second = smart.refresh(first["refresh_token"]).json()
        assert "used before" in refused(smart.redeem(code, "other"), "invalid_grant")
        assert "used before" in refused(smart.refresh(first["refresh_token"], "other"), "invalid_grant")
        assert is_refused(smart, told["access_token"])
        assert is_refused(smart, second["access_token"])
        expected = [("code-replay", "refused", "invalid_grant"), ("refresh-replay", "refused", "invalid_grant")]
        until(lambda: smart.run(_replayed_by_another) == expected)


async def _replayed_by_another(store: Any) -> list[tuple[str, ...]]:
    records = await store.database.fetch("""
        SELECT event->>'kind', event->>'outcome', event->>'reason' FROM {schema}.audit_event
        WHERE event->>'client' = 'other' AND event->>'kind' LIKE '%-replay' ORDER BY id
    """)
    return [tuple(record) for record in records]


async def _audited(store: Any) -> tuple[set[str], str]:
    """The kinds of events in the audit, and all of their text."""
    records = await store.database.fetch("SELECT event->>'kind', event::text FROM {schema}.audit_event")
    return {record[0] for record in records}, "".join(record[1] for record in records)


class TestPkce:
    @pytest.mark.parametrize("verifier", [None, CHALLENGE, "", "plain"])
    def test_it_cannot_be_left_out_or_made_plain(self, smart: Smart, verifier: str | None) -> None:
        code = smart.code("app")
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "client_id": "app"}
        given = {} if verifier is None else {"code_verifier": verifier, "code_challenge_method": "plain"}
        assert smart.post("/auth/token", form | given).status_code == 400
        assert smart.redeem(code).status_code == 200  # and the right one still may

    def test_confidential_clients_need_it_too(self, smart: Smart) -> None:
        form = {"grant_type": "authorization_code", "code": smart.code("site"), "redirect_uri": REDIRECT}
        refused(smart.post("/auth/token", form, auth=("site", smart.secrets["site"])), "invalid_request")

    def test_a_challenge_is_not_its_own_verifier(self) -> None:
        assert create_s256_code_challenge(CHALLENGE) != CHALLENGE


class TestMixUp:
    @pytest.mark.parametrize("client", ["other", "site"])
    def test_the_code_of_another_client_is_worth_nothing(self, smart: Smart, client: str) -> None:
        code = smart.code("app")
        refused(smart.redeem(code, client), "invalid_grant")
        assert smart.redeem(code, "app").status_code == 200

    @pytest.mark.parametrize("client", ["other", "site"])
    def test_nor_is_its_refresh_token(self, smart: Smart, client: str) -> None:
        token = smart.tokens("app")["refresh_token"]
        refused(smart.refresh(token, client), "invalid_grant")
        assert smart.refresh(token, "app").status_code == 200

    def test_the_redirect_uri_is_the_one_of_the_request(self, smart: Smart) -> None:
        for uri in (f"{REDIRECT}/", f"{REDIRECT}?x=1", REDIRECT.upper(), "https://evil.example.org/"):
            refused(smart.redeem(smart.code("app"), redirect_uri=uri), "invalid_grant")

    def test_one_client_does_not_speak_for_another(self, smart: Smart) -> None:
        code = smart.code("app")
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        answer = smart.post("/auth/token", {**form, "client_id": "app"}, auth=("site", smart.secrets["site"]))
        refused(answer, "invalid_request")


class TestScopes:
    @pytest.mark.parametrize(
        "scope",
        [
            "patient/*.cruds", "patient/*.rs user/*.rs", "user/Patient.r", "patient/Patient.rsu", "openid administer",
            "online_access", "system/*.rs",
        ],
    )  # fmt: skip
    def test_a_refresh_never_widens(self, smart: Smart, scope: str) -> None:
        token = smart.tokens(scope="openid offline_access patient/*.rs", patient="1")["refresh_token"]
        refused(smart.refresh(token, scope=scope), "invalid_scope")
        assert smart.refresh(token).status_code == 200  # who asked for too much may ask again

    @pytest.mark.parametrize(
        "scope",
        [
            "system%2f*.cruds", "system/*.rs system%2F*.cruds",
            "system/*.rs\tsystem/Observation.cruds", "system/*.rs\nsystem/*.cruds",
            "system/*.rs\u00a0system/*.cruds", "SYSTEM/*.rs", "system/*.sr", "system/*.rs?", "system/Patient.rs?_has:x:y:z=1",
            "system/ *.rs", "system/*.rs\x00", "system/Patient/1.rs", "system/Patient.rs?a=b%zz",
        ],
    )  # fmt: skip
    def test_what_only_looks_like_a_scope_is_refused(self, smart: Smart, scope: str) -> None:
        refused(smart.service(scope=scope), "invalid_scope")

    def test_words_that_mean_nothing_give_nothing(self, smart: Smart) -> None:
        assert smart.service(scope="system/*.rs admin root administer").json()["scope"] == "system/*.rs"

    def test_a_client_gets_no_more_than_it_registered(self, smart: Smart) -> None:
        token = smart.service(smart.assertion("narrow"), "system/*.rs").json()
        assert token["scope"] == "system/Observation.rs"
        assert smart.get("Patient/1", token["access_token"]).status_code == 403


class TestParameters:
    @pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "x"])
    def test_none_is_given_twice(self, smart: Smart, name: str) -> None:
        form = [("grant_type", "authorization_code"), ("code", smart.code("app")), ("redirect_uri", REDIRECT),
                ("code_verifier", VERIFIER), ("client_id", "app"), ("x", "1")]  # fmt: skip
        body = "&".join(f"{key}={value}" for key, value in [*form, *(each for each in form if each[0] == name)])
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = smart.served.http.post(f"{smart.issuer}/auth/token", content=body, headers=headers)
        assert "more than once" in refused(answer, "invalid_request")

    def test_none_stands_in_the_url(self, smart: Smart) -> None:
        form = {"grant_type": "authorization_code", "code": smart.code("app"), "redirect_uri": REDIRECT, "client_id": "app"}
        answer = smart.post(f"/auth/token?code_verifier={VERIFIER}", form | {"code_verifier": VERIFIER})
        assert "not in the URL" in refused(answer, "invalid_request")

    @pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
    def test_the_body_is_a_form(self, smart: Smart, kind: str) -> None:
        answer = smart.served.http.post(f"{smart.issuer}/auth/token", content=b"{}", headers={"content-type": kind})
        refused(answer, "invalid_request")

    @pytest.mark.parametrize("body", [b"grant_type=%ff", b"a" * 70_000, b"&".join(b"a%d=1" % n for n in range(60)), b"\xff=1"])
    def test_the_body_is_small_and_text(self, smart: Smart, body: bytes) -> None:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = smart.served.http.post(f"{smart.issuer}/auth/token", content=body, headers=headers)
        assert answer.json()["error"] == "invalid_request"
        assert answer.status_code in (400, 413)

    def test_an_encoded_body_is_not_taken_for_a_plain_one(self, smart: Smart) -> None:
        headers = {"content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip"}
        answer = smart.served.http.post(f"{smart.issuer}/auth/token", content=b"grant_type=x", headers=headers)
        assert "encoded" in refused(answer, "invalid_request", 415)

    @pytest.mark.parametrize("path", ["token", "introspect", "revoke"])
    @pytest.mark.parametrize("id", ["%00", "sample%00-app", "a" * 101, "%C3%A4"])
    def test_an_id_that_no_client_has_is_an_unknown_one(self, smart: Smart, path: str, id: str) -> None:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        body = f"grant_type=authorization_code&code=a&token=a&redirect_uri=a&code_verifier={VERIFIER}&client_id={id}"
        answer = smart.served.http.post(f"{smart.issuer}/auth/{path}", content=body, headers=headers)
        refused(answer, "invalid_client", 401)

    @pytest.mark.parametrize("path", ["token", "introspect", "revoke", "clients", "launch"])
    def test_another_method_is_refused_in_words_of_oauth(self, smart: Smart, path: str) -> None:
        answer = smart.served.http.get(f"{smart.issuer}/auth/{path}")
        refused(answer, "invalid_request", 405)
        assert answer.headers["allow"] == "POST"

    def test_a_token_in_the_url_is_none(self, smart: Smart) -> None:
        token = smart.tokens(patient="1")["access_token"]
        assert smart.served.get(f"Patient/1?access_token={token}").status_code == 401


@pytest.fixture(scope="module")
def key(smart: Smart) -> SigningKey:
    """The server's own key, as if somebody had got hold of it."""
    return smart.run(lambda store: store.keys.signing())


@pytest.fixture
def good(smart: Smart) -> dict[str, Any]:
    """The claims of a good token."""
    return claims(smart.tokens(patient="1")["access_token"])


class TestAccessTokens:
    """RFC 8725: what a JWT says of itself decides nothing."""

    def public(self, smart: Smart) -> dict[str, Any]:
        (key,) = smart.served.http.get(f"{smart.issuer}/auth/jwks").json()["keys"]
        found: dict[str, Any] = key
        return found

    def test_the_forger_is_right_but_for_what_he_lacks(self, smart: Smart, good: dict[str, Any], key: SigningKey) -> None:
        """So that the tests below refuse for their own reason."""
        token = jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "at+jwt"}, good, key.key)
        assert smart.get("Patient/1", token).status_code == 200

    @pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
    def test_no_signature_is_none(self, smart: Smart, good: dict[str, Any], alg: str) -> None:
        kid = self.public(smart)["kid"]
        for signature in ("", "x"):
            assert is_refused(smart, f"{part({'alg': alg, 'kid': kid, 'typ': 'at+jwt'})}.{part(good)}.{signature}")

    def test_a_public_key_is_no_shared_secret(self, smart: Smart, good: dict[str, Any]) -> None:
        public = self.public(smart)
        forms = [
            RSAKey.import_key(public).as_pem(private=False),
            json.dumps(public).encode(),
            RSAKey.import_key(public).as_der(private=False),
            public["n"].encode(),
        ]
        for secret in forms:
            assert is_refused(smart, mac({"alg": "HS256", "kid": public["kid"], "typ": "at+jwt"}, good, secret))

    @pytest.mark.parametrize("kid", ["", "../../dev/null", "' OR 1=1 --", "0" * 16, None, 5, ["a"], "a" * 4000])
    def test_the_kid_finds_published_keys_alone(self, smart: Smart, good: dict[str, Any], kid: Any) -> None:
        head = {"alg": "RS256", "kid": kid, "typ": "at+jwt"}
        signed = f"{part({k: v for k, v in head.items() if v is not None})}.{part(good)}"
        assert is_refused(smart, f"{signed}.{part(b'x' * 256)}")

    @pytest.mark.filterwarnings("ignore:Key size")
    @pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
    def test_a_key_that_comes_along_is_not_looked_at(self, smart: Smart, good: dict[str, Any], name: str) -> None:
        theirs = RSAKey.generate_key(1024 if name == "jwk" else 2048, {"alg": "RS256"})  # the shorter fits into a header
        value = theirs.as_dict(private=False) if name == "jwk" else ["x"] if name == "x5c" else "https://evil.example.org/k"
        for kid in (self.public(smart)["kid"], "theirs"):
            head = {"alg": "RS256", "kid": kid, "typ": "at+jwt", name: value}
            assert is_refused(smart, jwt.encode(head, good, theirs))

    @pytest.mark.parametrize(
        "changed",
        [
            {"iss": "https://evil.example.org"}, {"iss": None}, {"aud": "https://other.example.org/fhir"}, {"aud": None},
            {"aud": []}, {"exp": 1}, {"exp": None}, {"exp": "9999999999"}, {"iat": 9_999_999_999}, {"nbf": 9_999_999_999},
            {"sid": None}, {"sid": "x"}, {"sid": str(uuid4())}, {"client_id": "other"}, {"sub": str(uuid4())}, {"sub": None},
        ],
    )  # fmt: skip
    def test_every_claim_counts(self, smart: Smart, good: dict[str, Any], key: SigningKey, changed: dict[str, Any]) -> None:
        told = {name: value for name, value in (good | changed).items() if value is not None}
        assert is_refused(smart, jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "at+jwt"}, told, key.key))

    @pytest.mark.parametrize("typ", [None, "JWT", "jwt", "dpop+jwt"])
    def test_another_kind_of_token_is_none(self, smart: Smart, good: dict[str, Any], key: SigningKey, typ: str | None) -> None:
        head = {"alg": "RS256", "kid": key.kid} | ({"typ": typ} if typ else {})
        assert is_refused(smart, jwt.encode(head, good, key.key))

    def test_an_id_token_opens_nothing(self, smart: Smart) -> None:
        assert is_refused(smart, smart.tokens(patient="1")["id_token"])
        assert smart.get("Patient/1", smart.tokens(patient="1")["refresh_token"]).status_code == 401

    def test_more_scope_than_was_granted_is_none(self, smart: Smart, good: dict[str, Any], key: SigningKey) -> None:
        now, scope = int(time()), "user/*.cruds patient/Patient.rs"
        token = AccessToken(good["sid"], good["sub"], "app", scope, now, now + 60, "x", "1")
        forged = encode(token, key, smart.issuer, smart.served.base)
        assert smart.get("Patient/1", forged).status_code == 200
        assert smart.get("Patient/2", forged).status_code == 404
        assert smart.get("Condition?patient=1", forged).status_code == 403

    def test_another_signature_over_the_same_is_none(self, smart: Smart) -> None:
        head, body, signature = smart.tokens(patient="1")["access_token"].split(".")
        wider = part(json.loads(base64.urlsafe_b64decode(body + "==")) | {"patient": "2"})
        for token in (f"{head}.{wider}.{signature}", f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body}", f"{head}.{body}."):
            assert is_refused(smart, token)

    def test_a_key_that_was_retired_signs_nothing(self, smart: Smart, good: dict[str, Any], key: SigningKey) -> None:
        old = replace(key, kid="gone")
        assert is_refused(smart, jwt.encode({"alg": "RS256", "kid": old.kid, "typ": "at+jwt"}, good, old.key))


class TestAssertions:
    """RFC 7523 and SMART's asymmetric authentication."""

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"aud": "https://evil.example.org/token"}, "somebody else"),
            ({"aud": None}, "somebody else"),
            ({"exp": 1}, "expired"),
            ({"exp": None}, "expired"),
            ({"exp": int(time()) + 86_400}, "longer than"),
            ({"nbf": int(time()) + 3600}, "not good yet"),
            ({"iat": int(time()) + 3600}, "not good yet"),
            ({"jti": None}, "jti"),
            ({"jti": ""}, "jti"),
            ({"jti": 7}, "jti"),
            ({"sub": "narrow"}, "iss and sub"),
            ({"iss": "narrow"}, "iss and sub"),
        ],
    )
    def test_every_claim_counts(self, smart: Smart, changed: dict[str, Any], message: str) -> None:
        assert message in refused(smart.service(smart.assertion(**changed)), "invalid_client", 401)

    def test_the_base_url_is_not_the_token_endpoint(self, smart: Smart) -> None:
        for aud in (smart.served.base, smart.issuer, [f"{smart.issuer}/auth/token", "https://evil.example.org"]):
            refused(smart.service(smart.assertion(aud=aud)), "invalid_client", 401)

    def test_no_signature_is_none(self, smart: Smart) -> None:
        body = smart.assertion().split(".")[1]
        for alg in ("none", "RS384"):
            refused(smart.service(f"{part({'alg': alg, 'kid': 'rsa'})}.{body}."), "invalid_client", 401)

    def test_a_public_key_is_no_shared_secret(self, smart: Smart) -> None:
        for alg in ("HS256", "HS384"):
            told = json.loads(base64.urlsafe_b64decode(smart.assertion().split(".")[1] + "=="))
            for secret in (RSA.as_pem(private=False), RSA.as_der(private=False), json.dumps(JWKS["keys"][0]).encode()):
                refused(smart.service(mac({"alg": alg, "kid": "rsa"}, told, secret)), "invalid_client", 401)

    @pytest.mark.parametrize("alg", ["RS256", "RS512", "PS384"])
    def test_other_algorithms_are_refused(self, smart: Smart, alg: str) -> None:
        assert "RS384, ES384" in refused(smart.service(smart.assertion(alg=alg)), "invalid_client", 401)

    def test_a_key_that_comes_along_is_not_looked_at(self, smart: Smart) -> None:
        theirs = RSAKey.generate_key(2048, {"kid": "rsa"})
        for header in ({}, {"jwk": theirs.as_dict(private=False)}, {"jku": "https://evil.example.org/keys"}, {"kid": "x"}):
            refused(smart.service(smart.assertion(key=theirs, header=header)), "invalid_client", 401)

    def test_a_key_is_its_own_kind(self, smart: Smart) -> None:
        refused(smart.service(smart.assertion(key=EC, alg="ES384", header={"kid": "rsa"})), "invalid_client", 401)

    def test_a_jku_that_is_not_registered_is_refused_though_the_key_is_right(self, smart: Smart) -> None:
        answer = smart.service(smart.assertion(header={"jku": "https://evil.example.org/keys"}))
        assert "jku" in refused(answer, "invalid_client", 401)


class Trap:
    """A web server with a certificate, inside the network, that counts who comes."""

    def __init__(self, certificate: Any) -> None:
        self.hits = 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.hits += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def trap(tmp_path: Any) -> Iterator[Trap]:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    (tmp_path / "c").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "k").write_bytes(pem)
    made_trap = Trap((tmp_path / "c", tmp_path / "k"))
    yield made_trap
    made_trap.close()


class TestKeysByUrl:
    """Server-side request forgery through a client's jwks_uri."""

    @pytest.mark.parametrize(
        "host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
    )
    def test_nothing_inside_is_asked(self, smart: Smart, trap: Trap, host: str) -> None:
        client = new_client(f"ssrf-{uuid4().hex}", "X", "key", "system/*.rs", jwks_uri=f"https://{host}:{trap.port}/jwks")
        smart.run(lambda store: store.clients.register(client))
        answer = smart.service(smart.assertion(client.id))
        assert "cannot be used" in refused(answer, "invalid_client", 401)
        assert trap.hits == 0

    def test_private_networks_and_the_cloud_are_not_either(self, smart: Smart) -> None:
        hosts = ("10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]")
        for host in hosts:
            client = new_client(f"ssrf-{uuid4().hex}", "X", "key", "system/*.rs", jwks_uri=f"https://{host}/jwks")
            smart.run(lambda store, client=client: store.clients.register(client))
            said = refused(smart.service(smart.assertion(client.id)), "invalid_client", 401)
            assert "no public host" in said

    def test_registration_takes_https_alone(self) -> None:
        urls = ("http://keys.example.org/jwks", "file:///etc/passwd", "gopher://x", "https://u:p@x.example.org/", "https:///x")
        for url in urls:
            with pytest.raises(Exception, match="JWKS URL"):
                new_client("x", "X", "key", "system/*.rs", jwks_uri=url)


def test_no_answer_says_more_than_it_should(smart: Smart) -> None:
    """Codes and tokens that are wrong in different ways are told alike, and no secret comes back."""
    code = smart.code("app")
    said = {smart.redeem("nothing").text, smart.redeem(code, "other").text}
    assert len(said) == 1
    assert code not in said.pop()
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    answers = [smart.post("/auth/token", form, auth=(client, "secret")) for client in ("site", "no")]
    assert len({answer.text for answer in answers}) == 1
