"""At what pace passwords can be tried: failures are counted by login and by address, also those at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import httpx
import pytest

from omop_fhir.store.authorization.address_throttle import FORGOTTEN, MOST
from omop_fhir.store.authorization.login_throttle import FREE
from tests.integration.http.conftest import execute

from .browser import Browser
from .conftest import PASSWORD, Recorder, Smart

WRONG = 401, "The user name or the password is wrong."
LAST = 401, "Too many tries: wait"
LOCKED = 429, LAST[1]
FROM_HERE = 429, "Too many tries from this address: wait a minute."
Tries = Callable[[Sequence[str], str, int], list[httpx.Response]]


@pytest.fixture(autouse=True)
def forgotten(smart: Smart) -> Iterator[None]:
    """Nobody has failed, and nothing is left of those who do: all tests come from one address."""

    def forget() -> None:
        execute(smart.served.database, "DELETE FROM omop_fhir.address_throttle; DELETE FROM omop_fhir.login_throttle")

    forget()
    yield
    forget()


@pytest.fixture
def tries(browser: Browser) -> Tries:
    """Sends a password with each of some logins, several at the same time; the answers."""
    form = browser.see("/auth/sign-in").form("Sign in")

    def send(logins: Sequence[str], password: str, at_once: int) -> list[httpx.Response]:
        def one(login: str) -> httpx.Response:
            return browser.post(form.action, [("flow", form.value("flow")), ("login", login), ("password", password)])

        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(one, logins))

    return send


def counted(told: list[httpx.Response], expected: tuple[int, str]) -> int:
    status, text = expected
    return sum(each.status_code == status and text in each.text for each in told)


def test_a_whole_ward_behind_one_address_signs_in(tries: Tries) -> None:
    assert {each.status_code for each in tries(["doctor"] * (MOST + 5), PASSWORD, 1)} == {303}
    assert counted(tries(["a"], "no such password", 1), WRONG) == 1


def test_one_address_has_thirty_failures_whatever_the_login(tries: Tries) -> None:
    begun = monotonic()
    told = tries([f"nobody-{number}" for number in range(MOST + 15)], "no such password", 15)
    refilled = (monotonic() - begun) / FORGOTTEN + 1
    assert MOST <= counted(told, WRONG) <= MOST + refilled
    assert counted(told, WRONG) + counted(told, FROM_HERE) == len(told)


def test_from_an_address_that_has_failed_too_often_nobody_signs_in_for_a_while(smart: Smart, tries: Tries) -> None:
    tries([f"nobody-{number}" for number in range(MOST)], "no such password", 15)
    execute(smart.served.database, "UPDATE omop_fhir.address_throttle SET forgotten_at = now() + interval '62 s'")
    assert counted(tries(["doctor"], PASSWORD, 1), FROM_HERE) == 1
    execute(smart.served.database, f"UPDATE omop_fhir.address_throttle SET forgotten_at = now() + interval '{MOST - 2} s'")
    assert tries(["doctor"], PASSWORD, 1)[0].status_code == 303


@pytest.mark.parametrize("login", ["doctor\0", "a\0b", "x" * 5000, "", "\u00e9"])
def test_what_is_no_login_is_told_as_one_that_nobody_has(tries: Tries, login: str) -> None:
    assert counted(tries([login], PASSWORD, 1), WRONG) == 1


def test_guesses_at_the_same_time_are_as_few_as_one_after_another(tries: Tries) -> None:
    told = tries(["nurse"] * 20, "no such password", 20)
    assert counted(told, WRONG) == FREE
    assert counted(told, LAST) >= 1
    assert counted(told, LAST) + counted(told, LOCKED) == len(told) - FREE


def test_the_audit_says_whether_the_password_was_wrong_or_not_even_looked_at(
    smart: Smart, tries: Tries, recorder: Recorder
) -> None:
    told = [*tries(["nurse"] * 5, "no such password", 1), *tries(["nurse"], PASSWORD, 1)]
    execute(smart.served.database, "UPDATE omop_fhir.address_throttle SET forgotten_at = now() + interval '62 s'")
    told += tries(["doctor"], PASSWORD, 1)
    assert [(each.status_code, each.headers.get("retry-after")) for each in told] == [
        *[(401, None)] * 4, (401, "2"), (429, "2"), (429, "60"),
    ]  # fmt: skip
    assert recorder.told() == [
        *[("sign-in", "refused", "wrong-password")] * 5,
        ("sign-in", "refused", "login-locked"),
        ("sign-in", "refused", "address-locked"),
    ]
    assert all(event.caller.account for event in recorder.events)
