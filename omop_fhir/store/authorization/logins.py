"""Signing in: login and password -> the account, at a pace at which nobody guesses.

Rejected, with LoginRefused: a wrong password, an account that is not there or disabled (all told alike), too many failures.
"""

from __future__ import annotations

from asyncio import Semaphore, to_thread
from collections.abc import Mapping
from typing import Literal, TypeAlias

from ...auth.password import is_password
from ...errors import Problem
from .accounts import Account, Accounts
from .address_throttle import AddressThrottle
from .login_throttle import LoginThrottle

_AT_ONCE = 4
"""Passwords that are hashed at the same time; each takes 64 MiB."""

Reason: TypeAlias = Literal["wrong-password", "account-disabled", "login-locked", "address-locked"]
"""For the audit alone. Where login or address are locked the password was not looked at; that of an unknown login is wrong."""


class LoginRefused(Problem):
    """The message can be shown; `wait` is the seconds until another try makes sense.

    `account` is the one that the login names, if any, for the audit alone: neither it nor the reason must be told.
    """

    code = "login"

    def __init__(self, message: str, reason: Reason, account: Account | None, wait: int = 0) -> None:
        super().__init__(message)
        self.status = 429 if reason in ("login-locked", "address-locked") else 401
        self.reason = reason
        self.account = account
        self.wait = wait

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.wait)} if self.wait else {}


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
            raise LoginRefused("too many tries from this address: wait a minute", "address-locked", account, 60)
        is_free, wait = await self._by_login.reserve(login)
        is_right = is_free and await self._is_right(password, account)
        if account is None or not is_right or account.disabled:
            locked = f"too many tries: wait {wait} second{'s' if wait > 1 else ''}"
            message = locked if wait else "the user name or the password is wrong"
            reason: Reason = "account-disabled" if is_right else "wrong-password" if is_free else "login-locked"
            raise LoginRefused(message, reason, account, wait)
        await self._by_login.forget(login)
        await self._by_address.give_back(address)
        return account

    async def _is_right(self, password: str, account: Account | None) -> bool:
        async with self._hashing:
            return await to_thread(is_password, password, account.password_hash if account else None)
