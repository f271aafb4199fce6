"""The token endpoint, discovery, introspection and revocation, after the lists of Inferno's SMART App Launch test kit.

Each class is a group of https://github.com/inferno-framework/smart-app-launch-test-kit, each test one of its requirements.
"""

from __future__ import annotations

import base64
import json
from time import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from omop_fhir.auth.assertion import TYPE
from omop_fhir.auth.id_token import at_hash

from .conftest import REDIRECT, VERIFIER
from .server import CLINICAL, EC, RSA, Smart

NO_STORE = ("no-store", "no-cache")


def refused(answer: httpx.Response, error: str, status: int = 400) -> str:
    """The description of an OAuth error, which nobody may keep."""
    assert answer.headers["content-type"] == "application/json", answer.text
    body = answer.json()
    assert (answer.status_code, body["error"]) == (status, error), body
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == NO_STORE
    assert set(body) == {"error", "error_description"}
    text: str = body["error_description"]
    return text


def claims(token: str) -> dict[str, Any]:
    """What a JWT says, unverified."""
    part = token.split(".")[1]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return told


class TestDiscovery:
    def test_smart_configuration_is_json_below_the_fhir_base(self, smart: Smart) -> None:
        answer = smart.served.get(".well-known/smart-configuration", headers={"accept": "application/json"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert answer.json() == smart.served.json(".well-known/smart-configuration", headers={"accept": "application/fhir+json"})

    def test_required_fields_are_there_and_each_endpoint_is_ours(self, smart: Smart) -> None:
        told = smart.served.json(".well-known/smart-configuration")
        for name in ("authorization", "token", "introspection", "revocation", "management"):
            assert told[f"{name}_endpoint"].startswith(f"{smart.issuer}/auth/")
        assert (told["issuer"], told["jwks_uri"]) == (smart.issuer, f"{smart.issuer}/auth/jwks")
        assert told["code_challenge_methods_supported"] == ["S256"]
        assert {"authorization_code", "client_credentials", "refresh_token"} == set(told["grant_types_supported"])
        assert {"launch-ehr", "launch-standalone", "permission-v1", "permission-v2"} <= set(told["capabilities"])
        assert "registration_endpoint" not in told

    @pytest.mark.parametrize("name", ["token", "introspection", "revocation"])
    def test_what_is_advertised_answers(self, smart: Smart, name: str) -> None:
        told = smart.served.json(".well-known/smart-configuration")
        assert smart.served.http.post(told[f"{name}_endpoint"], data={}).status_code in (400, 401)
        assert smart.served.http.get(told[f"{name}_endpoint"]).headers["allow"] == "POST"

    def test_openid_configuration_is_of_the_issuer(self, smart: Smart) -> None:
        told = smart.served.http.get(f"{smart.issuer}/.well-known/openid-configuration").json()
        required = {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported",
                    "subject_types_supported", "id_token_signing_alg_values_supported"}  # fmt: skip
        assert required <= told.keys()
        assert told["issuer"] == smart.issuer
        assert "RS256" in told["id_token_signing_alg_values_supported"]

    def test_jwks_holds_public_keys_alone(self, smart: Smart) -> None:
        (key,) = smart.served.http.get(f"{smart.issuer}/auth/jwks").json()["keys"]
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
        assert set(key) == {"kty", "alg", "use", "kid", "n", "e"}

    def test_the_capability_statement_names_the_service_and_its_uris(self, smart: Smart) -> None:
        security = smart.served.json("metadata")["rest"][0]["security"]
        (coding,) = security["service"][0]["coding"]
        system = "http://terminology.hl7.org/CodeSystem/restful-security-service"
        assert (coding["system"], coding["code"]) == (system, "SMART-on-FHIR")
        (extension,) = security["extension"]
        assert extension["url"] == "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
        uris = {each["url"]: each["valueUri"] for each in extension["extension"]}
        assert uris["authorize"] == f"{smart.issuer}/auth/authorize"
        assert uris["token"] == f"{smart.issuer}/auth/token"
        assert set(uris) == {"authorize", "token", "introspect", "revoke", "manage"}

    def test_a_server_that_does_not_authorize_has_none(self, smart: Smart) -> None:
        from tests.integration.http.conftest import running

        with running(smart.settings.database_url) as open:
            assert open.get(".well-known/smart-configuration").status_code == 404
            assert open.http.post(f"http://127.0.0.1:{open.port}/auth/token").status_code == 404


class TestCors:
    """A page of another origin may call what an app in a browser calls, and reads no page of ours."""

    ORIGIN = "https://app.example.org"

    @pytest.mark.parametrize(
        "path", ["/fhir/.well-known/smart-configuration", "/fhir/metadata", "/auth/jwks", "/.well-known/openid-configuration"]
    )
    def test_what_is_public_is_read(self, smart: Smart, path: str) -> None:
        answer = smart.served.http.get(f"{smart.issuer}{path}", headers={"origin": self.ORIGIN})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers

    @pytest.mark.parametrize(("path", "method"), [("/auth/token", "POST"), ("/auth/revoke", "POST"), ("/fhir/Patient/1", "GET")])
    def test_what_takes_a_proof_is_asked_first(self, smart: Smart, path: str, method: str) -> None:
        asked = {"origin": self.ORIGIN, "access-control-request-method": method,
                 "access-control-request-headers": "authorization"}  # fmt: skip
        answer = smart.served.http.options(f"{smart.issuer}{path}", headers=asked)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "authorization" in answer.headers["access-control-allow-headers"]

    @pytest.mark.parametrize("path", ["/auth/introspect", "/auth/clients", "/auth/authorize"])
    def test_the_rest_is_not(self, smart: Smart, path: str) -> None:
        answer = smart.served.http.post(f"{smart.issuer}{path}", headers={"origin": self.ORIGIN})
        assert "access-control-allow-origin" not in answer.headers


class TestTokenExchange:
    """`smart_token_exchange`, `smart_token_response_body`, `smart_token_response_headers`."""

    def test_the_body_has_what_is_required(self, smart: Smart) -> None:
        told = smart.tokens(patient="1", nonce="n")
        assert told["token_type"] == "Bearer"
        assert 0 < told["expires_in"] <= 300
        assert told["scope"] == CLINICAL
        assert told["patient"] == "1"
        assert told["smart_style_url"] == f"{smart.issuer}/auth/style.json"
        assert {"access_token", "refresh_token", "id_token"} <= told.keys()

    def test_the_headers_forbid_to_keep_it(self, smart: Smart) -> None:
        answer = smart.redeem(smart.code("app"))
        assert (answer.headers["cache-control"], answer.headers["pragma"]) == NO_STORE
        assert answer.headers["content-type"] == "application/json"

    def test_the_context_is_told_as_it_was_granted(self, smart: Smart) -> None:
        context = {"need_patient_banner": False, "intent": "reconcile-medications"}
        told = smart.tokens(patient="2", encounter="5", context=context)
        assert {name: told[name] for name in ("patient", "encounter", *context)} == {"patient": "2", "encounter": "5", **context}

    def test_without_a_patient_there_is_no_context(self, smart: Smart) -> None:
        told = smart.tokens(scope="openid user/*.rs")
        assert not {"patient", "encounter", "need_patient_banner", "smart_style_url", "refresh_token"} & told.keys()

    def test_a_bad_code_is_refused(self, smart: Smart) -> None:
        refused(smart.redeem("no such code"), "invalid_grant")

    def test_a_bad_client_is_refused(self, smart: Smart) -> None:
        refused(smart.redeem(smart.code("app"), client_id="nobody"), "invalid_client", 401)

    @pytest.mark.parametrize("verifier", ["", "w" * 43, "short", VERIFIER + "x", VERIFIER[:-1]])
    def test_a_bad_verifier_is_refused(self, smart: Smart, verifier: str) -> None:
        answer = smart.redeem(smart.code("app"), code_verifier=verifier)
        assert answer.json()["error"] in ("invalid_grant", "invalid_request")
        assert answer.status_code == 400

    def test_the_scope_is_what_the_role_allows_now(self, smart: Smart) -> None:
        told = smart.tokens(login="pharmacist", scope="patient/*.cruds openid", patient="1")
        assert "patient/MedicationStatement.crus" in told["scope"].split()
        assert "patient/*.cruds" not in told["scope"].split()
        assert "Observation.rs" in told["scope"]


class TestClientKinds:
    """`smart_public_standalone`, `client-confidential-symmetric`, `client-confidential-asymmetric`."""

    def test_a_secret_by_basic(self, smart: Smart) -> None:
        assert smart.redeem(smart.code("site"), "site").status_code == 200

    def test_a_secret_by_post(self, smart: Smart) -> None:
        form = {"grant_type": "authorization_code", "code": smart.code("site"), "redirect_uri": REDIRECT,
                "code_verifier": VERIFIER, "client_id": "site", "client_secret": smart.secrets["site"]}  # fmt: skip
        assert smart.post("/auth/token", form).status_code == 200

    @pytest.mark.parametrize(("key", "alg"), [(RSA, "RS384"), (EC, "ES384")])
    def test_an_assertion(self, smart: Smart, key: Any, alg: str) -> None:
        form = {"grant_type": "authorization_code", "code": smart.code("signing"), "redirect_uri": REDIRECT,
                "code_verifier": VERIFIER, "client_assertion_type": TYPE,
                "client_assertion": smart.assertion("signing", key, alg)}  # fmt: skip
        assert smart.post("/auth/token", form).status_code == 200

    @pytest.mark.parametrize("client", ["site", "signing"])
    def test_none_of_them_gets_by_without_its_proof(self, smart: Smart, client: str) -> None:
        form = {"grant_type": "authorization_code", "code": smart.code(client), "redirect_uri": REDIRECT,
                "code_verifier": VERIFIER, "client_id": client}  # fmt: skip
        refused(smart.post("/auth/token", form), "invalid_client", 401)

    def test_another_secret_is_refused(self, smart: Smart) -> None:
        for auth in (("site", "wrong"), ("site", ""), ("nobody", "wrong"), ("app", "wrong"), ("signing", "x")):
            answer = smart.post("/auth/token", {"grant_type": "refresh_token", "refresh_token": "x"}, auth=auth)
            assert "secret is wrong" in refused(answer, "invalid_client", 401)
            assert answer.headers["www-authenticate"].startswith("Basic")

    def test_two_proofs_at_once_are_refused(self, smart: Smart) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": "x", "client_secret": smart.secrets["site"], "client_id": "site"}
        refused(smart.post("/auth/token", form, auth=("site", smart.secrets["site"])), "invalid_request")

    @pytest.mark.parametrize("header", ["Basic ***", "Basic c2l0ZQ==", "Bearer x", "Basic"])
    def test_a_header_that_is_none_is_refused(self, smart: Smart, header: str) -> None:
        answer = smart.post("/auth/token", {"grant_type": "refresh_token"}, headers={"authorization": header})
        refused(answer, "invalid_client", 401)


class TestRefresh:
    """`smart_token_refresh`, `smart_token_refresh_body`."""

    def test_it_gives_new_tokens_and_the_same_context(self, smart: Smart) -> None:
        first = smart.tokens(patient="1")
        answer = smart.refresh(first["refresh_token"])
        told = answer.json()
        assert answer.status_code == 200
        assert (answer.headers["cache-control"], answer.headers["pragma"]) == NO_STORE
        assert told["refresh_token"] != first["refresh_token"]
        assert (told["patient"], told["scope"]) == ("1", first["scope"])
        assert smart.get("Patient/1", told["access_token"]).status_code == 200

    def test_scopes_may_be_fewer_for_one_access_token(self, smart: Smart) -> None:
        first = smart.tokens(patient="1")
        told = smart.refresh(first["refresh_token"], scope="patient/Patient.r").json()
        assert told["scope"] == "patient/Patient.r"
        assert smart.get("Patient/1", told["access_token"]).status_code == 200
        assert smart.get("Condition?patient=1", told["access_token"]).status_code == 403
        assert smart.refresh(told["refresh_token"]).json()["scope"] == first["scope"]

    def test_a_public_client_need_not_say_who_it_is(self, smart: Smart) -> None:
        def anonymous(token: str) -> Any:
            return smart.post("/auth/token", {"grant_type": "refresh_token", "refresh_token": token})

        first = smart.tokens(patient="1")["refresh_token"]
        second = anonymous(first).json()
        assert smart.get("Patient/1", second["access_token"]).status_code == 200
        refused(anonymous(first), "invalid_grant")
        refused(anonymous(second["refresh_token"]), "invalid_grant")
        refused(anonymous(smart.tokens("site", patient="1")["refresh_token"]), "invalid_client", 401)
        refused(anonymous("nobody's"), "invalid_client", 401)

    def test_without_the_scope_there_is_no_refresh_token(self, smart: Smart) -> None:
        assert "refresh_token" not in smart.tokens(scope="patient/*.rs", patient="1")

    def test_online_access_ends_with_the_session(self, smart: Smart) -> None:
        session, _ = smart.run(lambda store: store.sessions.create(smart.accounts["house"].id))
        told = smart.tokens(scope="online_access patient/*.rs", patient="1", session=session.hash)
        assert smart.get("Patient/1", told["access_token"]).status_code == 200
        refreshed = smart.refresh(told["refresh_token"]).json()
        smart.run(lambda store: store.sessions.revoke(session))
        refused(smart.refresh(refreshed["refresh_token"]), "invalid_grant")


class TestOpenIdConnect:
    """`smart_openid_*`: the id_token, its header, payload, signature, and fhirUser."""

    def test_it_is_signed_by_a_key_of_the_jwks(self, smart: Smart) -> None:
        told = smart.tokens(patient="1", nonce="a nonce", scope="openid fhirUser patient/*.rs")
        keys = KeySet.import_key_set(smart.served.http.get(f"{smart.issuer}/auth/jwks").json())
        decoded = jwt.decode(told["id_token"], keys, algorithms=["RS256"])
        assert decoded.header["kid"] in {key.kid for key in keys.keys}
        now = time()
        payload = decoded.claims
        assert (payload["iss"], payload["aud"], payload["nonce"]) == (smart.issuer, "app", "a nonce")
        assert payload["sub"] == str(smart.accounts["house"].id)
        assert payload["exp"] > now >= payload["iat"]
        assert payload["at_hash"] == at_hash(told["access_token"])

    def test_fhir_user_is_a_url_that_the_token_reads(self, smart: Smart) -> None:
        told = smart.tokens(scope="openid fhirUser user/Practitioner.rs")
        url = claims(told["id_token"])["fhirUser"]
        assert url == f"{smart.served.base}/Practitioner/1"
        assert smart.get(url, told["access_token"]).json()["resourceType"] == "Practitioner"

    def test_nothing_is_told_that_was_not_granted(self, smart: Smart) -> None:
        payload = claims(smart.tokens(scope="openid patient/*.rs", patient="1")["id_token"])
        assert not {"fhirUser", "profile", "name", "preferred_username"} & payload.keys()
        assert "id_token" not in smart.tokens(scope="fhirUser patient/*.rs", patient="1")

    def test_profile_tells_the_name(self, smart: Smart) -> None:
        payload = claims(smart.tokens(scope="openid profile patient/*.rs", patient="1")["id_token"])
        assert (payload["name"], payload["preferred_username"]) == ("The house", "house")


class TestTokenIntrospection:
    """`smart_token_introspection_*`."""

    def test_an_active_token_is_told_with_its_context(self, smart: Smart) -> None:
        token = smart.tokens(patient="1", encounter="3")
        told = smart.introspect(token["access_token"])
        assert told["active"] is True
        assert told["scope"] == token["scope"]
        assert (told["client_id"], told["patient"], told["encounter"]) == ("app", "1", "3")
        assert (told["iss"], told["sub"]) == (smart.issuer, str(smart.accounts["house"].id))
        assert told["fhirUser"] == f"{smart.served.base}/Practitioner/1"
        assert told["exp"] > time()

    def test_all_of_the_launch_context_is_told(self, smart: Smart) -> None:
        context = {"need_patient_banner": False, "intent": "reconcile-medications"}
        token = smart.tokens(patient="1", encounter="3", context=context)
        context |= {"patient": "1", "encounter": "3", "smart_style_url": f"{smart.issuer}/auth/style.json"}
        for which in ("access_token", "refresh_token"):
            told = smart.introspect(token[which])
            assert {name: told[name] for name in context} == {name: token[name] for name in context} == context

    @pytest.mark.parametrize("token", ["x", "a.b.c", "", "é"])
    def test_an_invalid_one_is_inactive_and_nothing_more(self, smart: Smart, token: str) -> None:
        if token:
            assert smart.introspect(token) == {"active": False}

    def test_a_revoked_one_is_inactive(self, smart: Smart) -> None:
        told = smart.tokens()
        assert smart.post("/auth/revoke", {"token": told["access_token"], "client_id": "app"}).status_code == 200
        assert smart.introspect(told["access_token"]) == {"active": False}
        assert smart.introspect(told["refresh_token"]) == {"active": False}

    def test_a_refresh_token_is_told(self, smart: Smart) -> None:
        told = smart.introspect(smart.tokens(patient="1")["refresh_token"])
        assert (told["active"], told["client_id"], told["patient"]) == (True, "app", "1")

    def test_who_asks_must_prove_itself(self, smart: Smart) -> None:
        token = smart.tokens()["access_token"]
        refused(smart.post("/auth/introspect", {"token": token}), "invalid_client", 401)
        refused(smart.post("/auth/introspect", {"token": token, "client_id": "app"}), "invalid_client", 401)

    def test_a_client_learns_of_its_own_tokens_alone(self, smart: Smart) -> None:
        assert smart.introspect(smart.tokens("site")["access_token"], "site")["active"] is True
        assert smart.introspect(smart.tokens("app")["access_token"], "site") == {"active": False}


class TestRevocation:
    """RFC 7009."""

    @pytest.mark.parametrize("which", ["access_token", "refresh_token"])
    def test_a_token_takes_its_family_with_it(self, smart: Smart, which: str) -> None:
        told = smart.tokens(patient="1")
        assert smart.get("Patient/1", told["access_token"]).status_code == 200
        answer = smart.post("/auth/revoke", {"token": told[which], "client_id": "app", "token_type_hint": "nonsense"})
        assert (answer.status_code, answer.content) == (200, b"")
        assert smart.get("Patient/1", told["access_token"]).status_code == 401
        refused(smart.refresh(told["refresh_token"]), "invalid_grant")

    def test_what_is_no_token_is_answered_alike(self, smart: Smart) -> None:
        assert smart.post("/auth/revoke", {"token": "x", "client_id": "app"}).status_code == 200

    def test_the_token_of_another_client_stays(self, smart: Smart) -> None:
        told = smart.tokens(patient="1")
        for which in ("access_token", "refresh_token"):
            assert smart.post("/auth/revoke", {"token": told[which], "client_id": "other"}).status_code == 200
        assert smart.get("Patient/1", told["access_token"]).status_code == 200

    def test_the_client_must_prove_itself(self, smart: Smart) -> None:
        refused(smart.post("/auth/revoke", {"token": "x", "client_id": "site"}), "invalid_client", 401)
        refused(smart.post("/auth/revoke", {"client_id": "app"}), "invalid_request")


class TestBackendServices:
    """`bulk_data_authorization`: SMART Backend Services."""

    @pytest.mark.parametrize(("key", "alg"), [(RSA, "RS384"), (EC, "ES384")])
    def test_a_correct_request_succeeds(self, smart: Smart, key: Any, alg: str) -> None:
        answer = smart.service(smart.assertion(key=key, alg=alg))
        told = answer.json()
        assert answer.status_code == 200
        assert (told["token_type"], told["scope"]) == ("Bearer", "system/*.rs")
        assert 0 < told["expires_in"] <= 300
        assert not {"refresh_token", "id_token", "patient"} & told.keys()
        assert smart.get("Patient?_count=1", told["access_token"]).status_code == 200

    def test_an_invalid_grant_type_is_refused(self, smart: Smart) -> None:
        refused(smart.service(grant_type="not_a_grant_type"), "unsupported_grant_type")

    def test_an_invalid_client_assertion_type_is_refused(self, smart: Smart) -> None:
        refused(smart.service(client_assertion_type="not_an_assertion_type"), "invalid_request")

    def test_an_invalid_assertion_is_refused(self, smart: Smart) -> None:
        refused(smart.service("x.y.z"), "invalid_client", 401)
        refused(smart.service(smart.assertion(client="nobody")), "invalid_client", 401)

    def test_scopes_are_those_of_the_system_and_of_the_client(self, smart: Smart) -> None:
        assert smart.service(scope="system/*.cruds user/*.rs openid").json()["scope"] == "system/*.rs system/Observation.cruds"
        for scope in ("user/*.rs", "openid", "system/*.rs.x", "nonsense"):
            refused(smart.service(scope=scope), "invalid_scope")

    def test_the_token_opens_what_the_scope_names(self, smart: Smart) -> None:
        token = smart.service(scope="system/Patient.r").json()["access_token"]
        assert smart.get("Patient/1", token).status_code == 200
        answer = smart.get("Patient?_count=1", token)
        assert answer.status_code == 403
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]

    @pytest.mark.parametrize("client", ["app", "site"])
    def test_others_get_none(self, smart: Smart, client: str) -> None:
        form = {"grant_type": "client_credentials", "scope": "system/*.rs"}
        options = {"auth": (client, smart.secrets[client])} if client in smart.secrets else {}
        named = {} if options else {"client_id": client}
        refused(smart.post("/auth/token", {**form, **named}, **options), "unauthorized_client")


class TestRegistration:
    """Clients are registered by administrators."""

    GIVEN = {"client_name": "New", "redirect_uris": [REDIRECT], "scope": "openid patient/*.rs"}  # noqa: RUF012

    def register(self, smart: Smart, token: str | None, **given: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return smart.served.http.post(f"{smart.issuer}/auth/clients", json=self.GIVEN | given, headers=headers)

    @pytest.fixture
    def admin(self, smart: Smart) -> str:
        token: str = smart.tokens(login="admin", scope="administer user/*.rs")["access_token"]
        return token

    def test_an_administrator_registers_one(self, smart: Smart, admin: str) -> None:
        answer = self.register(smart, admin, client_id="new-one")
        assert answer.status_code == 201
        assert answer.headers["cache-control"] == "no-store"
        smart.secrets["new-one"] = answer.json()["client_secret"]
        assert smart.tokens("new-one", patient="1", scope="patient/*.rs")["scope"] == "patient/*.rs"

    @pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
    def test_the_answer_says_what_was_registered(self, smart: Smart, admin: str, method: str) -> None:
        """What is not understood is ignored: https://www.rfc-editor.org/rfc/rfc7591#section-2"""
        answer = self.register(smart, admin, contacts=["a@example.org"], token_endpoint_auth_method=method, surprise=1)
        assert answer.status_code == 201, answer.text
        told = answer.json()
        made = {name: told.pop(name) for name in ("client_id", "client_secret")}
        assert told == self.GIVEN | {"token_endpoint_auth_method": method, "client_secret_expires_at": 0,
                                     "introspects": False, "deduplicates": False}  # fmt: skip
        form = {"grant_type": "refresh_token", "refresh_token": "none"}
        of_client = {"auth": tuple(made.values())} if method == "client_secret_basic" else {}
        answer = smart.post("/auth/token", form | ({} if of_client else made), **of_client)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    def test_nobody_else_does(self, smart: Smart) -> None:
        refused_by = [
            self.register(smart, None),
            self.register(smart, smart.tokens(scope="administer user/*.cruds")["access_token"]),
            self.register(smart, smart.tokens(login="admin", scope="user/*.rs")["access_token"]),
            self.register(smart, smart.service().json()["access_token"]),
        ]
        assert [each.status_code for each in refused_by] == [401, 403, 403, 403]

    @pytest.mark.parametrize(
        "given",
        [
            {"redirect_uris": ["http://app.example.org/"]},
            {"redirect_uris": ["https://*.example.org/"]},
            {"redirect_uris": "https://app.example.org"},
            {"redirect_uris": []},
            {"scope": "system/*.rs"},
            {"scope": "patient/*.rx"},
            {"token_endpoint_auth_method": "client_secret_jwt"},
            {"token_endpoint_auth_method": "private_key_jwt"},
            {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "http://app.example.org/jwks"},
            {"client_name": ""},
            {"client_id": "app"},
            {"deduplicates": "yes"},
        ],
    )
    def test_what_is_wrong_is_refused(self, smart: Smart, admin: str, given: dict[str, Any]) -> None:
        refused(self.register(smart, admin, **given), "invalid_client_metadata")
