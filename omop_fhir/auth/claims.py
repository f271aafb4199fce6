"""Claims of another issuer's token -> what they say of caller and context, by names that the operator configures.

Claims enter, `Told` leaves. Nothing is rejected: what a claim does not say in the form expected, it does not say. A name may be a
path (`realm_access.roles`); a claim whose own name has dots (`https://example.org/roles`) is found first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .external_token import Claims
from .numeric_date import is_time
from .scope import InvalidScope, Scopes, parse_scopes

ScopeForm: TypeAlias = Literal["smart", "dotted"]
"""`dotted`: `patient.all.read` for `patient/*.read`, for issuers whose scopes can hold neither `/` nor `*`."""

_DOTTED = re.compile(r"(patient|user|system)\.(all|[A-Z][A-Za-z]{1,63})\.([a-z]{1,5})", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_USERS = ("Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Person")
_CLIENTS = ("client_id", "azp", "appid", "cid")
"""Names under which issuers tell the client: RFC 9068, OpenID Connect, Entra, Okta."""


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Which claims say what. `roles` and `organization` may be None: then no claim does."""

    scope: str = "scope"
    patient: str = "patient"
    user: str = "fhirUser"
    roles: str | None = None
    organization: str | None = None
    encounter: str = "encounter"
    scope_form: ScopeForm = "smart"


@dataclass(frozen=True, slots=True)
class Told:
    """What a token says. `fhir_user` is a relative reference, `patient`, `encounter` and `organization` are ids."""

    client: str
    subject: str
    scopes: Scopes
    patient: str | None = None
    encounter: str | None = None
    fhir_user: str | None = None
    organization: str | None = None
    roles: frozenset[str] = frozenset()
    expires_at: float | None = None


def read_claims(claims: Claims, names: ClaimNames, base: str) -> Told:
    """What the claims say; `base` is the FHIR base URL, which references may begin with."""
    return Told(
        client=next((str(claims[name]) for name in _CLIENTS if isinstance(claims.get(name), str)), ""),
        subject=str(claims.get("sub", "")),
        scopes=_scopes(_words(_find(claims, names.scope)), names.scope_form),
        patient=_id(_find(claims, names.patient), "Patient", base),
        encounter=_id(_find(claims, names.encounter), "Encounter", base),
        fhir_user=_user(_find(claims, names.user), base),
        organization=_id(_find(claims, names.organization), "Organization", base),
        roles=frozenset(_words(_find(claims, names.roles))),
        expires_at=claims["exp"] if is_time(claims.get("exp")) else None,
    )


def _find(claims: Any, name: str | None) -> Any:
    """The claim of this name, or at this path."""
    if name is None or not isinstance(claims, dict):
        return None
    if name in claims:
        return claims[name]
    first, _, rest = name.partition(".")
    return _find(claims.get(first), rest) if rest else None


def _words(value: Any) -> list[str]:
    """The words of a text, or of a list of texts."""
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [word for text in texts if isinstance(text, str) for word in text.split(" ") if word]


def _scopes(words: list[str], form: ScopeForm) -> Scopes:
    """The scopes that can be understood; what cannot be gives nothing."""
    found = [each for word in words for each in _scope(_DOTTED.sub(_slashed, word) if form == "dotted" else word)]
    resources = dict.fromkeys(scope for each in found for scope in each.resources)
    return Scopes(tuple(resources), tuple(dict.fromkeys(word for each in found for word in each.words)))


def _scope(word: str) -> Iterator[Scopes]:
    try:
        yield parse_scopes(word)
    except InvalidScope:
        return


def _slashed(match: re.Match[str]) -> str:
    level, type, actions = match.groups()
    return f"{level}/{'*' if type == 'all' else type}.{actions}"


def _id(value: Any, type: str, base: str) -> str | None:
    """The id of a claim that is an id, or a reference to this type."""
    text = value.removeprefix(f"{base}/").removeprefix(f"{type}/") if isinstance(value, str) else ""
    return text if _ID.fullmatch(text) else None


def _user(value: Any, base: str) -> str | None:
    """The relative reference of a claim that refers to a user of this server."""
    type, _, id = value.removeprefix(f"{base}/").partition("/") if isinstance(value, str) else ("", "", "")
    return f"{type}/{id}" if type in _USERS and _ID.fullmatch(id) else None
