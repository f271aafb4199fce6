"""What the endpoints of the authorization server work with."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...auth.discovery import Endpoints
from ...config import Settings
from ...store.authorization.access import SmartAccess
from ...store.authorization.client_keys import ClientKeys
from ...store.authorization.store import AuthorizationStore


@dataclass(frozen=True, slots=True)
class Authority:
    """Wired once, at start."""

    at: Endpoints
    base: str
    """The FHIR base URL: the audience of access tokens."""
    store: AuthorizationStore
    access: SmartAccess
    settings: Settings
    client_keys: ClientKeys = field(default_factory=ClientKeys)
