"""Who is signed in in a browser: the account, its roles, and since when."""

from __future__ import annotations

from dataclasses import dataclass

from ...auth.grants import Caller
from ...auth.role import Role
from ...store.authorization.accounts import Account
from ...store.authorization.sessions import Session

HERE = "omop-fhir"
"""The client of what somebody does on our own pages, for no app."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody in a browser, and the roles of the account."""

    session: Session
    account: Account
    roles: tuple[Role, ...]

    def caller(self, client: str = HERE, emergency: str | None = None) -> Caller:
        """Who acts, for the audit."""
        return Caller(client, str(self.account.id), self.account.fhir_user, emergency=emergency)
