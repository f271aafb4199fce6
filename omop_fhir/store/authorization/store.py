"""All of the authorization server's state, wired: one object for the web, the commands and the tests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic

from ...auth.audit import Event
from ...auth.secret import Sealer
from ...config import Settings
from ...errors import Problem
from ..audit.trail import INSERT_UNSEALED, lines_of
from ..own_database import OwnDatabase
from ..postgresql.pool import Pool
from .accounts import Accounts
from .address_throttle import AddressThrottle
from .assertions import UsedAssertions
from .authorizations import Authorizations
from .clients import Clients
from .keys import SigningKeys
from .launches import Launches
from .login_throttle import LoginThrottle
from .logins import Logins
from .purge import purge
from .revocations import Revocations
from .roles import Roles
from .sessions import Sessions

log = logging.getLogger(__name__)

INTERVAL = 2.0
"""Seconds between two looks for revocations."""
PURGE_INTERVAL = 300.0


class AuthorizationStore:
    """Accounts, clients, sessions, launches, authorizations, keys. `secret` is the server's secret key."""

    def __init__(self, pool: Pool, settings: Settings, secret: str) -> None:
        self.database = OwnDatabase(pool, settings.own_schema)
        self.revocations = Revocations(self.database)
        self.hurry = asyncio.Event()
        """Set: look for revocations now."""
        self.roles = Roles(self.database)
        self.accounts = Accounts(self.database, self.roles, self.revocations)
        self.clients = Clients(self.database, self.revocations)
        self.sessions = Sessions(self.database, self.revocations, settings.session_lifetime)
        self.launches = Launches(self.database)
        self.authorizations = Authorizations(self.database, self.revocations)
        self.assertions = UsedAssertions(self.database)
        self.keys = SigningKeys(self.database, Sealer(secret, "signing keys"), self.revocations)
        self.logins = Logins(self.accounts, LoginThrottle(self.database), AddressThrottle(self.database))
        self.revocations.tell(lambda authorization: self.keys.forget() if authorization is None else None)

    async def note(self, event: Event) -> None:
        """Have an event of a command in the audit; a server seals it."""
        await self.database.fetch(INSERT_UNSEALED, lines_of(event))

    async def watch(self) -> None:
        """Look for revocations again and again, and take away what has ended; runs until cancelled."""
        purged = monotonic()
        while True:
            try:
                await self.revocations.look()
                if monotonic() - purged > PURGE_INTERVAL:
                    purged = monotonic()
                    await purge(self.database)
            except Problem as error:
                log.info("looking for revocations failed: %s", error)
            except Exception as error:
                log.error("looking for revocations failed: %s", type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL):
                    await self.hurry.wait()
            self.hurry.clear()


@asynccontextmanager
async def opened(settings: Settings, secret: str = "") -> AsyncIterator[AuthorizationStore]:
    """The store with a pool of its own, for a command; keys need the server's secret, all else does without."""
    pool = Pool(settings)
    await pool.open()
    try:
        yield AuthorizationStore(pool, settings, secret)
    finally:
        await pool.close()
