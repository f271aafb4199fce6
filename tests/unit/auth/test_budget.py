"""What a client may ask."""

from __future__ import annotations

from omop_fhir.auth.budget import OwnBudgets


async def test_a_budget_is_spent_and_fills_again() -> None:
    now = [0.0]
    budgets = OwnBudgets(rate=10, burst=20, clock=lambda: now[0])
    assert [await budgets.spend("a", 10) for _ in range(2)] == [0, 0]
    assert await budgets.spend("a", 1) > 0
    assert await budgets.spend("b", 1) == 0
    now[0] = 0.5
    assert await budgets.spend("a", 45) == 0  # more than there is: a debt
    assert await budgets.spend("a", 1) == 4.0
    now[0] = 4.6
    assert await budgets.spend("a", 1) == 0
    now[0] = 1000
    assert [await budgets.spend("a", 10) > 0 for _ in range(3)] == [False, False, True]


async def test_who_was_seen_longest_ago_is_forgotten() -> None:
    budgets = OwnBudgets(rate=1 / 60, burst=1, clients=2, clock=lambda: 0)
    assert [await budgets.spend(client, 1) == 0 for client in "abcac"] == [True, True, True, True, False]


async def test_memory_is_bounded() -> None:
    budgets = OwnBudgets(rate=1, burst=1, clients=10)
    for number in range(100):
        await budgets.spend(str(number), 1)
    assert len(budgets._left) == 10
