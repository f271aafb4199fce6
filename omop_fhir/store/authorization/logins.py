"""Signing in: login and password -> the account, at a pace at which nobody guesses.

Rejected, with LoginRefused: a wrong password, an account that is not there or disabled (all told alike), too many failures.
"""

from __future__ import annotations

from asyncio import Semaphore, to_thread

from ...auth.password import is_password
from ...errors import Problem
from .accounts import Account, Accounts
from .address_throttle import AddressThrottle
from .login_throttle import LoginThrottle

_AT_ONCE = 4
"""Passwords that are hashed at the same time; each takes 64 MiB."""


class LoginRefused(Problem):
    """The message can be shown; `wait` is the seconds until another try makes sense.

    `account` is the one that the login names, if any, for the audit alone: it must not be told.
    """

    status = 401
    code = "login"

    def __init__(self, message: str, account: Account | None, wait: int = 0) -> None:
        super().__init__(message)
        self.account = account
        self.wait = wait


class Logins:
    """Tries passwords. Failures are counted by login and by address, in the database, for all workers."""

    def __init__(self, accounts: Accounts, by_login: LoginThrottle, by_address: AddressThrottle) -> None:
        self._accounts = accounts
        self._by_login = by_login
        self._by_address = by_address
        self._hashing = Semaphore(_AT_ONCE)

    async def sign_in(self, login: str, password: str, address: str) -> Account:
        """The account that login and password open. Raises LoginRefused."""
        account = await self._accounts.by_login(login.strip())
        if not await self._by_address.reserve(address):
            raise LoginRefused("too many tries from this address: wait a minute", account, 60)
        is_free, wait = await self._by_login.reserve(login)
        is_right = is_free and await self._is_right(password, account)
        if account is None or not is_right or account.disabled:
            raise _refused(account, wait)
        await self._by_login.forget(login)
        await self._by_address.give_back(address)
        return account

    async def _is_right(self, password: str, account: Account | None) -> bool:
        async with self._hashing:
            return await to_thread(is_password, password, account.password_hash if account else None)


def _refused(account: Account | None, wait: int) -> LoginRefused:
    return LoginRefused(f"too many tries: wait {wait} seconds" if wait else "login or password is wrong", account, wait)
