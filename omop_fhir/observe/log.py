"""What is logged, and how: lines of text or of JSON on standard error.

An error is told by its kind and place: its message may hold data. Of a logger that is not ours the first line is told, without
what was put into it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import orjson

from .outlet import OUTLET

AUDIT = "omop_fhir.audit"
OURS = "omop_fhir"


def set_up(form: Literal["text", "json"]) -> None:
    """Send all records of level WARNING and above to standard error."""
    handler = ToOutlet()
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class ToOutlet(logging.Handler):
    """Has lines written by a thread; those of the audit are kept until that is done."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record."""
        try:
            OUTLET.put(f"{self.format(record)}\n".encode(), keep=record.name == AUDIT)
        except Exception:  # as logging's own handlers do
            self.handleError(record)


class TextLines(logging.Formatter):
    """`LEVEL logger message`."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{record.levelname} {record.name} {_told(record)}"


class JsonLines(logging.Formatter):
    """One JSON object a line; an audit event stands in it as an object of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"time": instant(record.created), "level": record.levelname.lower(), "logger": record.name}
        if record.name == AUDIT:
            line["audit"] = orjson.Fragment(record.getMessage())
        else:
            line["message"] = _told(record)
        return orjson.dumps(line).decode()


def _told(record: logging.LogRecord) -> str:
    is_ours = record.name.partition(".")[0] == OURS
    told = record.getMessage() if is_ours else str(record.msg).partition("\n")[0]
    error = record.exc_info[1] if record.exc_info else None
    return " ".join(told.split("\n")) if error is None else f"{told}: {describe(error)}"


def describe(error: BaseException) -> str:
    """The kind of an error and where it was raised; its message may hold data and is left out."""
    trace, place = error.__traceback__, "?"
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"


def instant(seconds: float) -> str:
    """RFC 3339, in milliseconds."""
    return f"{_second(int(seconds))}.{int(seconds * 1000) % 1000:03d}Z"


@lru_cache(maxsize=4)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
