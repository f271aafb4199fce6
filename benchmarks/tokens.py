"""What a token costs: the check on a warm cache (goal: under 50 µs), and the first one, which reads the database.

Alone: `python -m benchmarks.tokens`. An embedded PostgreSQL and this server's own schema are made for it; no FHIR is served.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from statistics import quantiles
from time import perf_counter, time
from uuid import uuid4

from omop_fhir.auth.access_token import AccessToken, encode
from omop_fhir.auth.client import new_client
from omop_fhir.auth.role import Person
from omop_fhir.auth.scope import parse_scopes
from omop_fhir.config import Settings
from omop_fhir.store.authorization.access import SmartAccess
from omop_fhir.store.authorization.authorizations import Grant
from omop_fhir.store.authorization.store import AuthorizationStore, opened
from omop_fhir.store.embedded import EmbeddedPostgres
from omop_fhir.store.migrate import migrate

from . import machine

GOAL = 50.0
"""µs."""
TOKENS = 1000
ROUNDS = 30
ISSUER = "https://fhir.example.org"
SCOPE = "openid fhirUser launch/patient patient/*.rs patient/Observation.rs?category=laboratory user/Practitioner.rs"


async def main() -> None:
    """Measure, and print."""
    print(f"{machine.processor()}, {machine.memory()}, load average {machine.load()}")
    with EmbeddedPostgres.start() as database:
        await migrate(database.url, "omop_fhir")
        async with opened(Settings(database_url=database.url), "a secret key of the benchmark, 32+") as store:
            await _measure(store)


async def _measure(store: AuthorizationStore) -> None:
    tokens = [f"Bearer {token}" for token in await _issue(store)]
    access = SmartAccess(store, ISSUER, f"{ISSUER}/fhir")
    await store.revocations.look()
    print(f"tokens of {len(tokens[0])} characters, {TOKENS:,} of them")
    _say("first check", await _timed(access.grants, tokens, 1))
    gc.freeze()
    warm = await _timed(access.grants, tokens, ROUNDS)
    _say("warm check", warm)
    print(f"goal: under {GOAL:g} µs, {'reached' if quantiles(warm, n=100)[98] < GOAL else 'missed'} (99th percentile)")


async def _issue(store: AuthorizationStore) -> list[str]:
    await store.clients.register(new_client("app", "App", "public", SCOPE, ["https://app.example.org/"]))
    account = await store.accounts.create("doctor", "Doctor", uuid4().hex, ["Doctor"], Person("Practitioner/1"))
    key, now, tokens = await store.keys.signing(), int(time()), []
    for number in range(TOKENS):
        grant = Grant("app", parse_scopes(SCOPE), 3600.0, account.id, patient=str(number))
        made = await store.authorizations.open(grant)
        told = AccessToken(str(made.id), str(account.id), "app", SCOPE, now, now + 3600, uuid4().hex, str(number), None,
                           f"{ISSUER}/fhir/Practitioner/1")  # fmt: skip
        tokens.append(encode(told, key, ISSUER, f"{ISSUER}/fhir"))
    return tokens


async def _timed(check: Callable[[str], Awaitable[object]], tokens: list[str], rounds: int) -> list[float]:
    """µs of each check; a header is a new string each time, as it is when it comes from the network."""
    took = []
    for _ in range(rounds):
        for token in tokens:
            fresh = token.encode().decode()
            start = perf_counter()
            await check(fresh)
            took.append((perf_counter() - start) * 1e6)
    return took


def _say(what: str, took: list[float]) -> None:
    low, middle, high = quantiles(took, n=4)
    print(f"{what}: {middle:,.1f} µs [{low:,.1f}, {high:,.1f}], 99th percentile {quantiles(took, n=100)[98]:,.1f} µs")


if __name__ == "__main__":
    asyncio.run(main())
