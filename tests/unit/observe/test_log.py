"""What a log line tells of an error, and what it keeps to itself."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from omop_fhir.observe.access_log import AccessLog
from omop_fhir.observe.log import JsonLines, TextLines
from omop_fhir.observe.observed_request import ObservedRequest

MARKER = "Zq7Marker"


def record(name: str, message: str, *arguments: object, raised: bool = False) -> logging.LogRecord:
    info = None
    if raised:
        try:
            raise ValueError(MARKER)
        except ValueError:
            info = sys.exc_info()
    return logging.LogRecord(name, logging.ERROR, "x.py", 1, message, arguments, info)


@pytest.mark.parametrize("form", [TextLines(), JsonLines()])
@pytest.mark.parametrize(
    "made",
    [
        record("omop_fhir.web", "a request failed", raised=True),
        record("asyncio", f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{MARKER}')>", raised=True),
        record("uvicorn.error", "Exception in %s\n", MARKER, raised=True),
        record("asyncpg", "%s", MARKER),
    ],
    ids=lambda made: made.name,
)
def test_an_error_is_told_by_kind_and_place(form: logging.Formatter, made: logging.LogRecord) -> None:
    line = form.format(made)
    assert MARKER not in line
    assert "\n" not in line
    assert made.name in line
    assert ("ValueError at " in line) is (made.exc_info is not None)


def test_an_audit_event_is_an_object_of_its_own() -> None:
    line = json.loads(JsonLines().format(record("omop_fhir.audit", "%s", '{"kind":"read"}')))
    assert line["audit"] == {"kind": "read"}
    assert (line["logger"], line["level"]) == ("omop_fhir.audit", "error")


async def test_lines_are_written_together_and_never_more_than_a_pipe_takes_at_once() -> None:
    written: list[bytes] = []
    log = AccessLog("json", written.append)
    for _ in range(100):
        log.note(ObservedRequest("3f0e8a5c58f64a55", 0.0, "read", "Patient", 1), "GET", "/fhir/Patient/#", 200, 0.001)
    assert written == []
    log.flush()
    assert 1 < len(written) < 20
    assert max(map(len, written)) <= 4096
    assert all(part.endswith(b"\n") for part in written)
    assert len(b"".join(written).splitlines()) == 100
    log.flush()
    assert b"".join(written).count(b"\n") == 100
