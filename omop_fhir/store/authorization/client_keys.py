"""The public keys of clients: registered with them, or at the URL that was registered."""

from __future__ import annotations

from ...auth.assertion import KeySet, key_set
from ...auth.client import Client
from ...auth.oauth_error import invalid_client
from ...errors import Invalid
from .key_sets import KeySets


class ClientKeys:
    """Finds the keys by which a client proves itself."""

    def __init__(self, sets: KeySets | None = None) -> None:
        self._sets = sets or KeySets()

    async def of(self, client: Client, kid: str) -> KeySet:
        """The client's keys, with this one if it has it. Raises OAuthError."""
        try:
            if client.jwks is not None:
                return key_set(client.jwks)
            if client.jwks_uri is not None:
                return await self._sets.get(client.jwks_uri, kid)
        except Invalid as error:
            raise invalid_client(f"the client's keys cannot be used: {error}") from None
        raise invalid_client("the client has no keys")
