"""The authorization request: parameters -> `AuthorizationRequest`, checked against the client.

Rejected in two ways: where the client or its redirect URI are in doubt, with `Untrusted` (told to the user, never sent on);
after that with OAuthError, which goes back to the app.
https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#obtain-authorization-code,
https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from ..errors import Invalid
from .client import Client
from .grants import Pairs
from .oauth_error import OAuthError, invalid_request
from .pkce import check_challenge
from .scope import InvalidScope, parse_scopes

_LONGEST = 2000
"""Characters of one parameter."""


class Untrusted(Invalid):
    """Nobody can be redirected safely: the user is told instead."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What an app asks for. `launch` is the handle of an EHR launch.

    `scope` is what the client may get at all, `withheld` what it wanted beyond.
    """

    client: str
    redirect_uri: str
    scope: str
    state: str
    code_challenge: str
    launch: str | None = None
    nonce: str | None = None
    prompt: str | None = None
    withheld: str = ""

    def pairs(self, audience: str) -> Pairs:
        """The parameters, to ask the same again."""
        given = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": self.redirect_uri,
            "scope": f"{self.scope} {self.withheld}".rstrip(),
            "state": self.state,
            "aud": audience,
            "code_challenge": self.code_challenge,
            "code_challenge_method": "S256",
            "launch": self.launch,
            "nonce": self.nonce,
            "prompt": self.prompt,
        }
        return tuple((name, value) for name, value in given.items() if value)


def client_id(pairs: Pairs) -> str:
    """The client that a request names. Raises Untrusted."""
    ids = [value for name, value in pairs if name == "client_id"]
    if len(ids) != 1 or not ids[0]:
        raise Untrusted("the app does not say which it is (client_id), or says so twice")
    return ids[0]


def trusted(pairs: Pairs, client: Client | None) -> tuple[Client, str]:
    """The client, and the redirect URI, which it must have registered exactly as it is given. Raises Untrusted."""
    if client is None or client.disabled or not client.redirect_uris:
        raise Untrusted("the app is not registered here, or may not sign anybody in")
    uris = [value for name, value in pairs if name == "redirect_uri"]
    if len(uris) != 1 or uris[0] not in client.redirect_uris:
        raise Untrusted("the address to return to (redirect_uri) is not one that this app has registered")
    return client, uris[0]


def parse_authorization(pairs: Pairs, client: Client, uri: str, audiences: frozenset[str]) -> AuthorizationRequest:
    """The request of a client that returns to `uri`. `audiences` are the URLs of this FHIR server. Raises OAuthError."""
    given = _single(pairs)
    if given.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code")
    if "request" in given or "request_uri" in given:
        raise OAuthError("request_not_supported", "request objects are not supported")
    if given.get("response_mode", "query") != "query":
        raise invalid_request("response_mode must be query")
    challenge = check_challenge(given.get("code_challenge"), given.get("code_challenge_method"))
    if given.get("aud", "").rstrip("/") not in audiences:
        raise invalid_request("aud must be the FHIR base URL of this server")
    if not given.get("state"):
        raise invalid_request("state is missing")
    scope, withheld = _scopes(given, client)
    return AuthorizationRequest(
        client=client.id,
        redirect_uri=uri,
        scope=scope,
        state=given["state"],
        code_challenge=challenge,
        launch=_launch(given),
        nonce=given.get("nonce"),
        prompt=given.get("prompt"),
        withheld=withheld,
    )


def _single(pairs: Pairs) -> dict[str, str]:
    """The parameters by name. Raises OAuthError for one that is given twice, is too long or holds a control character."""
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if twice:
        raise invalid_request(f"{twice[0]} is given more than once")
    for name, value in pairs:
        if len(value) > (_LONGEST if name != "scope" else 2 * _LONGEST):
            raise invalid_request(f"{name} is too long")
        if name != "scope" and not value.isprintable():  # of a scope its own parser says more
            raise invalid_request(f"{name} holds a character that cannot be printed")
    return {name: value for name, value in pairs if value}


def _scopes(given: Mapping[str, str], client: Client) -> tuple[str, str]:
    """The scopes asked for that the client may get at all, and the rest. Raises OAuthError where none is left."""
    try:
        asked = parse_scopes(given.get("scope", ""))
    except InvalidScope as error:
        raise OAuthError("invalid_scope", str(error)) from None
    left = asked.of(("patient", "user")).within(client.scopes)
    if not left:
        raise OAuthError("invalid_scope", "none of the scopes is one that this app may get")
    return str(left), str(asked.beyond(left))


def _launch(given: Mapping[str, str]) -> str | None:
    scopes = given.get("scope", "").split(" ")
    if "launch" in scopes and "launch" not in given:
        raise invalid_request("the scope launch needs the parameter launch, which the EHR gave the app")
    return given.get("launch")


def redirection(uri: str, issuer: str, **answer: str | None) -> str:
    """The redirect URI with an answer in its query, and the issuer against mix-up (RFC 9207)."""
    parts = urlsplit(uri)
    given = urlencode({name: value for name, value in {**answer, "iss": issuer}.items() if value is not None})
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, given)))))
