"""How far a person has come between an app's request and its answer. It goes through the browser, sealed, from page to page.

What is sealed for somebody's session opens in that session only, so a form of another site's making is refused (CSRF).
https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ...auth.authorization_request import AuthorizationRequest

LIFETIME = 1800.0
"""Seconds for which a page can be left open."""


@dataclass(frozen=True, slots=True)
class Flow:
    """`signed_in`: the person has signed in for this very request. `patient` is the one chosen, `emergency` the reason given.

    `found`: the patients that were found in an emergency, of whom one may be chosen and no other. `chosen`: the scopes that were
    checked on the page of consent before it was left, None: it was not.
    """

    request: AuthorizationRequest
    signed_in: bool = False
    patient: str | None = None
    emergency: str | None = None
    found: tuple[str, ...] = ()
    chosen: tuple[str, ...] | None = None

    def about(self, patient: str | None, emergency: str | None = None) -> Flow:
        """The same about another patient."""
        return replace(self, patient=patient, emergency=emergency, found=())

    def to_json(self) -> dict[str, Any]:
        """For the sealed value."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Flow:
        """The way back."""
        chosen = given["chosen"]
        tuples = {"found": tuple(given["found"]), "chosen": None if chosen is None else tuple(chosen)}
        return cls(**{**given, **tuples, "request": AuthorizationRequest(**given["request"])})
