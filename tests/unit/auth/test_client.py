"""Clients: what would put somebody in danger cannot be registered."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from omop_fhir.auth.client import new_client
from omop_fhir.errors import Invalid

RSA = RSAKey.generate_key(2048, {"kid": "r"})
SHORT = {"kty": "RSA", "kid": "s", "n": "w" * 171, "e": "AQAB"}
EC = ECKey.generate_key("P-384", {"kid": "e"})


@pytest.mark.parametrize(
    "uri",
    ["https://app.example.org/back", "https://app.example.org/a?b=c", "http://127.0.0.1:8080/app/", "http://localhost/x",
     "http://[::1]:1/x", "org.example.app:/back"],
)  # fmt: skip
def test_a_redirect_uri(uri: str) -> None:
    assert new_client("x", "X", "public", "patient/*.rs", [uri]).redirect_uris == (uri,)


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example.org/", "https://app.example.org/#x", "https://*.example.org/", "https://app.example.org/*", "/back",
        "https:///x", "https://u:p@app.example.org/", "javascript:alert(1)", "data:text/html,x", "myapp:/x", "",
        "https://app.example.org/\r\nset-cookie: a=b", "https://app.example.org/ x", "https://app.example.org:99999/",
        "http://127.0.0.1.example.org/", "http://localhost.example.org/", "https://app.example.org/'><script>", "HTTPS://x#",
        "file:///etc/passwd", "https://app.example.org/;a", "https://app.example.org\\@evil.example.org",
    ],
)  # fmt: skip
def test_a_redirect_uri_that_would_send_codes_astray(uri: str) -> None:
    with pytest.raises(Invalid):
        new_client("x", "X", "public", "patient/*.rs", [uri])


@pytest.mark.parametrize("id", ["", "a b", "a/b", "ä", "x" * 101, "a\n"])
def test_an_id_that_is_none(id: str) -> None:
    with pytest.raises(Invalid, match="client id"):
        new_client(id, "X", "public", "patient/*.rs", ["https://app.example.org/"])


@pytest.mark.parametrize("jwks", [{"keys": [RSA.as_dict(private=False)]}, {"keys": [EC.as_dict(private=False)]}])
def test_keys(jwks: dict[str, Any]) -> None:
    assert new_client("x", "X", "key", "system/*.rs", jwks=jwks).authentication == ("private_key_jwt",)


@pytest.mark.filterwarnings("ignore:Key size")
@pytest.mark.parametrize(
    "jwks",
    [
        {}, {"keys": []}, {"keys": "x"}, {"keys": [5]}, {"keys": [{}]},
        {"keys": [RSA.as_dict(private=True)]},
        {"keys": [EC.as_dict(private=True)]},
        {"keys": [OctKey.generate_key(256, {"kid": "o"}).as_dict(private=True)]},
        {"keys": [{k: v for k, v in RSA.as_dict(private=False).items() if k != "kid"}]},
        {"keys": [ECKey.generate_key("P-256", {"kid": "e"}).as_dict(private=False)]},
        {"keys": [SHORT]},
        {"keys": [RSA.as_dict(private=False) | {"n": "!"}]},
    ],
)  # fmt: skip
def test_keys_that_prove_nothing(jwks: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        new_client("x", "X", "key", "system/*.rs", jwks=jwks)


@pytest.mark.parametrize(
    ("kind", "scope", "given"),
    [
        ("key", "system/*.rs", {}),
        ("key", "system/*.rs", {"jwks": {"keys": [RSA.as_dict(private=False)]}, "jwks_uri": "https://x.example.org/"}),
        ("public", "patient/*.rs", {"jwks_uri": "https://x.example.org/", "redirect_uris": ["https://x.example.org/"]}),
        ("public", "system/*.rs", {"redirect_uris": ["https://x.example.org/"]}),
        ("secret", "system/*.rs", {}),
        ("public", "patient/*.rs", {}),
        ("public", "", {"redirect_uris": ["https://x.example.org/"]}),
        ("public", "patient/*.rs", {"redirect_uris": ["https://x.example.org/"], "launch_uri": "http://x.example.org/"}),
    ],
)
def test_what_contradicts_itself_or_is_of_no_use(kind: Any, scope: str, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        new_client("x", "X", kind, scope, **given)
