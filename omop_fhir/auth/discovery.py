"""What this server tells of itself: SMART's and OpenID Connect's configuration. Nothing is claimed that is not there.

https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html, https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .assertion import ALGORITHMS
from .scope import WORDS
from .signing import ALGORITHM

CAPABILITIES = (
    "authorize-post", "client-confidential-asymmetric", "client-confidential-symmetric", "client-public",
    "context-banner", "context-ehr-encounter", "context-ehr-patient", "context-standalone-patient", "context-style",
    "launch-ehr", "launch-standalone", "permission-offline", "permission-online", "permission-patient", "permission-user",
    "permission-v1", "permission-v2", "sso-openid-connect",
)  # fmt: skip
"""`context-standalone-encounter` is missing: outside an EHR nobody chooses an encounter here."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The URLs of the authorization server whose issuer is `issuer` (no trailing slash)."""

    issuer: str

    @property
    def authorize(self) -> str:
        """Where users grant."""
        return f"{self.issuer}/auth/authorize"

    @property
    def token(self) -> str:
        """Where codes and assertions become tokens; the audience of assertions."""
        return f"{self.issuer}/auth/token"

    @property
    def introspect(self) -> str:
        """Where a token is asked about."""
        return f"{self.issuer}/auth/introspect"

    @property
    def revoke(self) -> str:
        """Where a token is given back."""
        return f"{self.issuer}/auth/revoke"

    @property
    def jwks(self) -> str:
        """The public keys."""
        return f"{self.issuer}/auth/jwks"

    @property
    def style(self) -> str:
        """The colours of this server, for apps that run in it."""
        return f"{self.issuer}/auth/style.json"

    @property
    def manage(self) -> str:
        """Where users see and take back what they granted."""
        return f"{self.issuer}/auth/account"


def _common(at: Endpoints) -> dict[str, Any]:
    return {
        "issuer": at.issuer,
        "jwks_uri": at.jwks,
        "authorization_endpoint": at.authorize,
        "token_endpoint": at.token,
        "introspection_endpoint": at.introspect,
        "revocation_endpoint": at.revoke,
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "scopes_supported": [*WORDS, "patient/*.rs", "user/*.cruds", "system/*.cruds"],
    }


def smart_configuration(at: Endpoints) -> dict[str, Any]:
    """`[base]/.well-known/smart-configuration`."""
    return {**_common(at), "management_endpoint": at.manage, "capabilities": list(CAPABILITIES)}


_TOLD = (
    "issuer", "jwks_uri", "authorization_endpoint", "token_endpoint", "introspection_endpoint", "revocation_endpoint",
    "registration_endpoint", "management_endpoint", "grant_types_supported", "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported", "response_types_supported", "code_challenge_methods_supported",
    "scopes_supported",
)  # fmt: skip


def issuers_configuration(told: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a server that believes the tokens of another issuer: what that one tells of itself, and no more.

    Its `capabilities` are the issuer's where it tells any; else what this server makes of scopes.
    """
    capabilities = told.get("capabilities", ["permission-patient", "permission-user", "permission-v1", "permission-v2"])
    return {**{name: told[name] for name in _TOLD if name in told}, "capabilities": capabilities}


def openid_configuration(at: Endpoints) -> dict[str, Any]:
    """`{issuer}/.well-known/openid-configuration`."""
    return {
        **_common(at),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "claims_supported": ["sub", "iss", "aud", "iat", "exp", "auth_time", "nonce", "at_hash", "name",
                             "preferred_username", "fhirUser", "profile"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }  # fmt: skip
