"""Key sets of clients by URL: kept, renewed for a key that is not known, and fetched no oftener than is good."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from joserfc.jwk import ECKey

from omop_fhir.errors import Invalid
from omop_fhir.store.authorization.key_sets import KEPT, PAUSE, KeySets
from omop_fhir.store.fetch import FetchError

URL = "https://keys.example.org/jwks"


def jwks(*kids: str) -> dict[str, Any]:
    return {"keys": [ECKey.generate_key("P-384", {"kid": kid}).as_dict(private=False) for kid in kids]}


class Remote:
    """What lies at the URL, how often it was fetched, and what the time is."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.fetched = 0
        self.now = 1000.0
        self.sets = KeySets(self.fetch, clock=lambda: self.now)

    async def fetch(self, url: str) -> dict[str, Any]:
        self.fetched += 1
        await asyncio.sleep(0)
        if isinstance(self.answer, Exception):
            raise self.answer
        answer: dict[str, Any] = self.answer
        return answer


async def test_a_set_is_fetched_once_for_many() -> None:
    remote = Remote(jwks("a"))
    await asyncio.gather(*(remote.sets.get(URL, "a") for _ in range(5)))
    assert remote.fetched == 1


async def test_a_rotated_key_is_found_and_unknown_ones_do_not_make_us_ask_again_and_again() -> None:
    remote = Remote(jwks("a"))
    await remote.sets.get(URL, "a")
    remote.answer = jwks("b")
    remote.now += PAUSE
    assert [key.kid for key in (await remote.sets.get(URL, "b")).keys] == ["b"]
    for number in range(50):
        await remote.sets.get(URL, f"x{number}")
    assert remote.fetched == 2


async def test_a_set_grows_old() -> None:
    remote = Remote(jwks("a"))
    await remote.sets.get(URL, "a")
    remote.answer = jwks("b")
    remote.now += KEPT + 1
    assert [key.kid for key in (await remote.sets.get(URL, "a")).keys] == ["b"]
    remote.answer = FetchError("keys.example.org is gone")
    remote.now += KEPT + 1
    with pytest.raises(Invalid, match="gone"):
        await remote.sets.get(URL, "b")


@pytest.mark.parametrize("answer", [FetchError("no"), {}, {"keys": []}, {"keys": [{"kty": "oct", "k": "x", "kid": "a"}]}])
async def test_a_failure_is_not_tried_again_at_once(answer: Any) -> None:
    remote = Remote(answer)
    for _ in range(5):
        with pytest.raises(Invalid):
            await remote.sets.get(URL, "a")
    assert remote.fetched == 1
    remote.now, remote.answer = remote.now + PAUSE, jwks("a")
    assert await remote.sets.get(URL, "a")
