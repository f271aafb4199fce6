"""The audit of a server without a schema of its own: each event is one line of JSON on the logger `omop_fhir.audit`."""

from __future__ import annotations

import logging

import orjson

from ...auth.audit import Event
from ...errors import Unavailable
from ...observe.log import AUDIT
from ...observe.outlet import OUTLET

log = logging.getLogger(AUDIT)

UNAUDITED = "what is done here cannot be audited just now: try again in a moment"


class AuditLog:
    """Writes events to the log."""

    def __init__(self) -> None:
        if log.level == logging.NOTSET:
            log.setLevel(logging.INFO)  # the root's level is for what an operator may do without

    def record(self, event: Event) -> None:
        """Write the event."""
        for part in event.to_json():
            self.write(orjson.dumps(part).decode())

    def write(self, line: str) -> None:
        """Write an event that is JSON already."""
        log.info("%s", line)

    def check(self) -> None:
        """Raises Unavailable where the log is not written for long: nobody reads it, or its disk is full."""
        if OUTLET.is_full:
            raise Unavailable(UNAUDITED)
