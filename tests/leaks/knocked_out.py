"""Defences that are taken away one by one, to see that the matrix misses them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from omop_fhir.auth.grants import Grants
from omop_fhir.mapping.predicate import ALWAYS
from omop_fhir.plan import granted as plan_granted
from omop_fhir.plan import history as plan_history
from omop_fhir.plan import include as plan_include
from omop_fhir.plan.criteria import Criteria
from omop_fhir.store.writing.transaction import Transaction

Knock: TypeAlias = Callable[[pytest.MonkeyPatch], None]


def _unguarded(module: str, function: str) -> Knock:
    """The grants' predicate is left out where this function asks for it."""

    def knock(patch: pytest.MonkeyPatch) -> None:
        original = Criteria.granted

        def granted(self: Criteria, *given: Any) -> Any:
            frame = sys._getframe(1)
            for _ in range(4):
                if (frame.f_globals["__name__"].removeprefix("omop_fhir."), frame.f_code.co_name) == (module, function):
                    return ALWAYS
                frame = frame.f_back  # type: ignore[assignment]
            return original(self, *given)

        patch.setattr(Criteria, "granted", granted)

    return knock


def _always(target: object, name: str, value: Any) -> Knock:
    return lambda patch: patch.setattr(target, name, value)


async def _nothing() -> set[Any]:
    return set()


PATIENT, WRITER = "patient/*.rs", "patient/*.cruds"
KNOCKED_OUT: dict[str, tuple[str, str, str, Knock]] = {
    "the predicate of a search": (PATIENT, "search by GET", "", _unguarded("plan.criteria", "all")),
    "the predicate of a count": (PATIENT, "`_summary=count`", "", _unguarded("plan.criteria", "all")),
    "the predicate of a read": (PATIENT, "read", "", _unguarded("plan.read", "plan_read")),
    "the predicate behind a chain": (PATIENT, "chain", "Condition?encounter:Encounter", _unguarded("plan.criteria", "_linked")),
    "the predicate behind `_has`": (PATIENT, "`_has`", "_has:Procedure:encounter", _unguarded("plan.criteria", "_backlinks")),
    "the predicate of what is included": (PATIENT, "`_revinclude`, `:iterate`", "", _unguarded("plan.include", "step")),
    "that only some rows show the places that they refer to": (
        "user/Condition.rs patient/Practitioner.rs", "`_include`, `:iterate`", "Condition:asserter",
        _always(plan_include, "shows_its_places", lambda *_: True)),
    "the predicate of a history": (
        PATIENT, "history of a type", "", _always(plan_history, "granted_versions", lambda *_: ALWAYS)),
    "the predicate of what in `$everything` refers to places": (
        "patient/Patient.rs patient/Condition.rs user/Practitioner.rs", "`$everything`", "Practitioner",
        _unguarded("plan.everything", "_citations")),
    "that places must be referred to": (
        PATIENT, "search of the system", "", _always(plan_granted, "_outside", lambda *_: ALWAYS)),
    "that estimates are for those who see all": (PATIENT, "`_total`", "estimate", _always(Grants, "see_all", True)),
    "that explanations are for those who see all": (PATIENT, "`_explain`", "", _always(Grants, "see_all", True)),
}  # fmt: skip
"""A defence -> the shape and door at which it is missed, what the requests have in them, and how it is taken away."""

WRITES_KNOCKED_OUT: dict[str, tuple[str, str, Knock]] = {
    "the predicate of what is referred to": ("create", "Condition", _unguarded("store.writing.targets", "_branch")),
    "that places are not written": ("update", "Organization", _always(plan_granted, "_is_elsewhere", lambda *_: False)),
    "that what is hidden is as absent": ("update", "Condition", _always(Transaction, "_hidden", lambda *_: _nothing())),
}
