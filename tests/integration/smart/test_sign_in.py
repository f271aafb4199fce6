"""At what pace passwords can be tried: failures are counted by login and by address, also those at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from omop_fhir.store.authorization.address_throttle import FORGOTTEN, MOST
from omop_fhir.store.authorization.login_throttle import FREE
from tests.integration.http.conftest import execute

from .browser import Browser
from .conftest import PASSWORD, Smart

WRONG, LOCKED, FROM_HERE = "name or the password is wrong", "Too many tries: wait", "Too many tries from this address"
Told = tuple[int, str]


@pytest.fixture(autouse=True)
def forgotten(smart: Smart) -> Iterator[None]:
    """Nobody has failed, and nothing is left of those who do: all tests come from one address."""

    def forget() -> None:
        execute(smart.served.database, "DELETE FROM omop_fhir.address_throttle; DELETE FROM omop_fhir.login_throttle")

    forget()
    yield
    forget()


@pytest.fixture
def tries(browser: Browser) -> Callable[[Sequence[str], str, int], list[Told]]:
    """Sends a password with each of some logins, several at the same time; status and page of each."""
    form = browser.see("/auth/sign-in").form("Sign in")

    def send(logins: Sequence[str], password: str, at_once: int) -> list[Told]:
        def one(login: str) -> Told:
            answer = browser.post(form.action, [("flow", form.value("flow")), ("login", login), ("password", password)])
            return answer.status_code, answer.text

        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(one, logins))

    return send


def counted(told: list[Told], text: str) -> int:
    return sum(status == 401 and text in page for status, page in told)


Tries = Callable[[Sequence[str], str, int], list[Told]]


def test_a_whole_ward_behind_one_address_signs_in(tries: Tries) -> None:
    assert {status for status, _ in tries(["doctor"] * (MOST + 5), PASSWORD, 1)} == {303}
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
    assert tries(["doctor"], PASSWORD, 1)[0][0] == 303


@pytest.mark.parametrize("login", ["doctor\0", "a\0b", "x" * 5000, "", "\u00e9"])
def test_what_is_no_login_is_told_as_one_that_nobody_has(tries: Tries, login: str) -> None:
    assert counted(tries([login], PASSWORD, 1), WRONG) == 1


def test_guesses_at_the_same_time_are_as_few_as_one_after_another(tries: Tries) -> None:
    told = tries(["nurse"] * 20, "no such password", 20)
    assert counted(told, WRONG) == FREE
    assert counted(told, LOCKED) == len(told) - FREE
