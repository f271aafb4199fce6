"""How often something may happen."""

from __future__ import annotations

from omop_fhir.auth.rate_limit import RateLimit


def test_so_many_at_once_and_so_many_in_a_while() -> None:
    now = [0.0]
    limit = RateLimit(3, 60, clock=lambda: now[0])
    assert [limit.allows("a") for _ in range(4)] == [True, True, True, False]
    assert limit.allows("b")
    now[0] = 20
    assert [limit.allows("a") for _ in range(2)] == [True, False]
    now[0] = 1000
    assert [limit.allows("a") for _ in range(4)] == [True, True, True, False]


def test_it_remembers_no_more_than_it_may() -> None:
    limit = RateLimit(1, 60, keys=2, clock=lambda: 0)
    for key in "abc":
        assert limit.allows(key)
    assert limit.allows("a")
    assert not limit.allows("c")
