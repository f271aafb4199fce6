"""What an event holds, and what it never holds."""

from __future__ import annotations

import json
import logging
from typing import Any, get_args

import pytest

from omop_fhir.auth.audit import MOST_RESOURCES, Event, Kind, Occasion, Outcome
from omop_fhir.auth.grants import NOBODY, Caller
from omop_fhir.mapping.audit import MEANINGS, OUTCOME_CODES
from omop_fhir.store.audit.log import AuditLog

DOCTOR = Caller("app", account="a-1", fhir_user="Practitioner/5", authorization="z-9")


def json_of(event: Event) -> dict[str, Any]:
    (found,) = event.to_json()
    return found


def test_an_event_says_who_what_and_when_and_leaves_out_what_is_not_known() -> None:
    what = {"type": "Condition", "resources": ("Condition/7",), "patients": (1,)}
    event = Event("read", DOCTOR, **what, occasion=Occasion("r"), at=1_700_000_000_000)
    assert json_of(event) == {
        "at": 1_700_000_000_000, "kind": "read", "outcome": "success", "client": "app", "account": "a-1",
        "user": "Practitioner/5", "authorization": "z-9", "type": "Condition", "what": "Condition/7 Patient/1",
        "request": "r",
    }  # fmt: skip


def test_a_reason_is_a_code_and_nothing_else() -> None:
    assert json_of(Event("token", NOBODY, "refused", "invalid_grant"))["reason"] == "invalid_grant"
    assert json_of(Event("token", NOBODY, "refused", "no such person: Mary Smith"))["reason"] == "other"


def test_the_reason_of_an_emergency_is_told_once() -> None:
    caller = Caller("app", account="a-1", emergency="found unconscious")
    assert json_of(Event("emergency", caller))["emergency"] == "found unconscious"
    assert json_of(Event("read", caller))["emergency"] is True


def test_what_a_stranger_sent_as_a_client_id_is_bounded_to_one_line() -> None:
    assert json_of(Event("token", Caller("a\nb" + "c" * 500)))["client"] == "a b" + "c" * 197


def test_resources_beyond_the_most_are_told_by_further_events() -> None:
    event = Event("search-type", DOCTOR, resources=tuple(f"Patient/{n}" for n in range(2 * MOST_RESOURCES + 1)))
    parts = [part["what"].split() for part in event.to_json()]
    assert [len(part) for part in parts] == [MOST_RESOURCES, MOST_RESOURCES, 1]
    assert tuple(each for part in parts for each in part) == event.resources


def test_the_log_has_one_line_of_json_for_an_event(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "omop_fhir.audit"):
        AuditLog().record(Event("sign-in", DOCTOR, "refused", "wrong-password", at=5))
    (line,) = caplog.messages
    assert json.loads(line) == {
        "at": 5, "kind": "sign-in", "outcome": "refused", "reason": "wrong-password", "client": "app", "account": "a-1",
        "user": "Practitioner/5", "authorization": "z-9",
    }  # fmt: skip


def test_every_kind_has_a_meaning_in_fhir() -> None:
    assert set(MEANINGS) == set(get_args(Kind))
    assert set(OUTCOME_CODES) == set(get_args(Outcome))
