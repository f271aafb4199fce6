"""Errors -> OperationOutcome. Nothing of a traceback, of SQL or of a secret leaves.

https://hl7.org/fhir/R4/http.html#ops
"""

from __future__ import annotations

import logging

from starlette.responses import Response

from ..errors import ConfigurationError, Problem
from ..fhir.outcome import outcome_of
from ..observe.log import describe
from ..observe.request_id import opaque
from ..request.negotiation import JSON
from .exchange import to_json

log = logging.getLogger(__name__)


def failure(error: Exception, request_id: str) -> Response:
    """The response for an error; one that is not ours is logged by its kind and place, and told as a defect."""
    problem = understood(error, request_id)
    outcome = outcome_of(problem.issues)
    headers = {"content-type": JSON, "cache-control": "no-store", "x-content-type-options": "nosniff", **problem.headers}
    return Response(to_json(outcome), problem.status, headers)


def understood(error: Exception, request_id: str) -> Problem:
    """The error as the client is told it."""
    if isinstance(error, ConfigurationError):
        log.error("request %s: %s", opaque(request_id), error)
        return Problem("this server is not set up rightly; its log says why")
    if not isinstance(error, Problem):
        log.error("request %s: defect: %s", opaque(request_id), describe(error))
        return Problem(f"a defect in this server; please report the request id {request_id}")
    return error

