"""Another issuer: its configuration and its keys, fetched, kept, and fetched again when they change.

An issuer's URL enters; endpoints and keys leave. Rejected: a configuration that names another issuer (FetchError). Keys are
looked for again every `RENEWED` seconds, and at once for a key that is not among them, though not twice within `MISSED`. While
the issuer cannot be asked the keys go on for `BELIEVED` seconds; after that nothing is believed any more (Unavailable).
https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import Lock
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from ...auth.external_token import Keys, issuer_keys
from ...errors import Unavailable
from ..fetch import Fetcher, FetchError

log = logging.getLogger(__name__)

RENEWED = 600.0
BELIEVED = 3600.0
PAUSE = 30.0
"""Seconds before an issuer that could not be asked is asked again."""
MISSED = 5.0
_LOOK = 10.0
"""Seconds between two looks whether it is time."""
_PLACES = ("/.well-known/openid-configuration", "/.well-known/smart-configuration")
"""Where an issuer describes itself, below its URL."""


@dataclass
class Issuer:
    """One issuer. `configuration` is what it says of itself, empty until it was asked."""

    url: str
    fetcher: Fetcher
    clock: Callable[[], float] = monotonic
    configuration: dict[str, Any] = field(default_factory=dict)
    told: Callable[[dict[str, Any]], None] | None = None
    """Told of every new configuration."""
    _keys: Keys = field(default_factory=dict, init=False)
    _fetched_at: float = field(default=float("-inf"), init=False)
    _tried_at: float = field(default=float("-inf"), init=False)
    _missed_at: float = field(default=float("-inf"), init=False)
    """When it was last asked for a key that was not there."""
    _lock: Lock = field(default_factory=Lock, init=False)

    async def keys(self, kid: str | None) -> Keys:
        """The issuer's keys, with this one if it can be had. Raises Unavailable."""
        if not self._is_believed:
            await self._renew(PAUSE)
        elif kid is not None and kid not in self._keys:
            await self._look_for(kid)
        if not self._is_believed:
            raise Unavailable("the issuer of access tokens cannot be asked just now")
        return self._keys

    async def endpoint(self, name: str) -> str:
        """The URL of one of its endpoints. Raises Unavailable where it is not known."""
        if name not in self.configuration:
            await self._renew(PAUSE)
        url = self.configuration.get(name)
        if not isinstance(url, str):
            raise Unavailable(f"the issuer of access tokens does not tell its {name}")
        return url

    async def watch(self) -> None:
        """Keep configuration and keys fresh; runs until cancelled."""
        try:
            while True:
                await self._renew(PAUSE if not self._is_believed else RENEWED)
                await asyncio.sleep(_LOOK)
        finally:
            await self.fetcher.close()

    @property
    def _is_believed(self) -> bool:
        return self.clock() - self._fetched_at <= BELIEVED

    async def _renew(self, pause: float) -> None:
        """Ask the issuer, unless it was asked within `pause` seconds; what fails is logged, and what is known stays."""
        async with self._lock:
            if self.clock() - self._tried_at >= pause:
                await self._try()

    async def _look_for(self, kid: str) -> None:
        """Ask for a key, which may be as new as its first token; it may be made up as well, so not for each."""
        async with self._lock:
            if kid not in self._keys and self.clock() - self._missed_at >= MISSED:
                self._missed_at = self.clock()
                await self._try()

    async def _try(self) -> None:
        self._tried_at = self.clock()
        try:
            await self._ask()
        except FetchError as error:
            log.warning("the issuer of access tokens cannot be asked: %s", error)

    async def _ask(self) -> None:
        configuration = await self._configuration()
        uri = configuration.get("jwks_uri")
        if not isinstance(uri, str):
            raise FetchError("its configuration has no jwks_uri")
        keys = issuer_keys(await self.fetcher.get(uri))
        if not keys:
            raise FetchError("it publishes no key that could be used")
        self._keys, self._fetched_at = keys, self.clock()
        self.configuration = configuration
        if self.told:
            self.told(configuration)

    async def _configuration(self) -> dict[str, Any]:
        """What the issuer says of itself. Raises FetchError."""
        failure = FetchError("it has no configuration")
        for place in _PLACES:
            try:
                found = await self.fetcher.get(self.url.rstrip("/") + place)
            except FetchError as error:
                failure = error
                continue
            if found.get("issuer") != self.url:
                raise FetchError("its configuration names another issuer")
            return found
        raise failure
