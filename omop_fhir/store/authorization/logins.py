"""Signing in: login and password -> the account, at a pace at which nobody guesses.

Rejected, with LoginRefused: a wrong password, an account that is not there or disabled (all told alike), too many tries.
"""

from __future__ import annotations

from asyncio import Semaphore, to_thread
from datetime import UTC, datetime

from ...auth.budget import Budgets, OwnBudgets
from ...auth.password import is_password
from ...errors import Problem
from .accounts import Account, Accounts
from .throttle import LoginThrottle

_TRIES, _SECONDS = 30, 60.0
_AT_ONCE = 4
"""Passwords that are hashed at the same time; each takes 64 MiB."""


class LoginRefused(Problem):
    """The message can be shown; `wait` is the seconds until another try makes sense."""

    status = 401
    code = "login"

    def __init__(self, message: str, wait: int = 0) -> None:
        super().__init__(message)
        self.wait = wait


class Logins:
    """Tries passwords: by login in the database for all workers, by address in the memory of this one."""

    def __init__(self, accounts: Accounts, throttle: LoginThrottle) -> None:
        self._accounts = accounts
        self._throttle = throttle
        self._addresses: Budgets = OwnBudgets(_TRIES / _SECONDS, _TRIES, least=1.0)
        self._hashing = Semaphore(_AT_ONCE)

    async def sign_in(self, login: str, password: str, address: str) -> Account:
        """The account that login and password open. Raises LoginRefused."""
        if await self._addresses.spend(address, 1.0):
            raise LoginRefused("too many tries from this address: wait a minute", round(_SECONDS))
        _check_wait(await self._throttle.locked_until(login))
        account = await self._accounts.by_login(login.strip())
        async with self._hashing:
            right = await to_thread(is_password, password, account.password_hash if account else None)
        if account is None or not right or account.disabled:
            _check_wait(await self._throttle.failed(login))
            raise LoginRefused("login or password is wrong")
        await self._throttle.succeeded(login)
        return account


def _check_wait(until: datetime | None) -> None:
    if until is not None:
        wait = max(1, round((until - datetime.now(UTC)).total_seconds()))
        raise LoginRefused(f"too many tries: wait {wait} seconds", wait)
