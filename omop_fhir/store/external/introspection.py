"""Tokens that only their issuer can read: it is asked what they say.

A token enters, claims leave, kept by whoever asked. Rejected with InvalidToken: a token that is not active; with Unavailable: an
issuer that cannot be asked.
https://www.rfc-editor.org/rfc/rfc7662
"""

from __future__ import annotations

import logging
from asyncio import Semaphore
from base64 import b64encode
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from ...auth.external_token import LIMIT, Claims
from ...errors import InvalidToken, Unavailable
from ..fetch import Fetcher, FetchError

log = logging.getLogger(__name__)

AT_ONCE = 16
"""Questions under way at once; whoever sends made-up tokens must not keep the issuer busy."""


class Introspection:
    """Asks an introspection endpoint, as the client that this server is to the issuer."""

    def __init__(self, fetcher: Fetcher, endpoint: Callable[[], Awaitable[str]], client: str, secret: str) -> None:
        self._fetcher = fetcher
        self._endpoint = endpoint
        self._authorization = "Basic " + b64encode(f"{quote(client, safe='')}:{quote(secret, safe='')}".encode()).decode()
        self._asking = Semaphore(AT_ONCE)

    async def claims(self, token: str) -> Claims:
        """What the issuer says of a token. Raises InvalidToken, Unavailable."""
        if len(token) > LIMIT:
            raise InvalidToken("the access token is not valid")
        try:
            async with self._asking:
                form = {"token": token, "token_type_hint": "access_token"}
                found = await self._fetcher.post(await self._endpoint(), form, self._authorization)
        except FetchError as error:
            log.warning("the introspection endpoint cannot be asked: %s", error)
            raise Unavailable("the issuer of access tokens cannot be asked just now") from None
        if found.get("active") is not True:
            raise InvalidToken("the access token is not valid (any more)")
        return found
