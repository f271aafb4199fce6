"""Answers of OAuth: JSON that nobody keeps, and errors as RFC 6749 words them (§5.2)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ...auth.audit import Outcome
from ...auth.oauth_error import OAuthError
from ...errors import Problem
from ..context import Context
from ..failure import understood

log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]

_NO_STORE = {"cache-control": "no-store", "pragma": "no-cache", "x-content-type-options": "nosniff"}


def answer(content: Mapping[str, Any] | None, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON object, or nothing, that must not be kept."""
    body = b"" if content is None else orjson.dumps(content)
    return Response(body, status, {**_NO_STORE, **(headers or {})}, media_type="application/json" if body else None)


def kept(content: Mapping[str, Any], seconds: int) -> Response:
    """A public JSON object that may be kept for so long."""
    headers = {"cache-control": f"public, max-age={seconds}", "x-content-type-options": "nosniff"}
    return Response(orjson.dumps(content), 200, headers, media_type="application/json")


def oauth(endpoint: Endpoint, *, is_audited: bool = True) -> Endpoint:
    """The endpoint, every failure of which is an error of OAuth. Only what is public goes on where the audit cannot be written.

    Revoking does not: what revokes is written to the database that does not take the audit, every try leaves another event to
    wait in memory, and a client is to try again after a 503 (https://www.rfc-editor.org/rfc/rfc7009#section-2.2.1).
    """

    async def answering(request: Request) -> Response:
        try:
            if is_audited:
                context: Context = request.app.state.context
                context.audit.check()
            return await endpoint(request)
        except Exception as error:
            return failure(request, error)

    return answering


def failure(request: Request, error: Exception) -> Response:
    """The answer that tells of an error; of one that is not OAuth's only whether trying again may help."""
    if isinstance(error, OAuthError):
        return answer(error.body(), error.status, error.headers)
    problem = understood(error, request.scope.get("request_id", "?"))
    code = "temporarily_unavailable" if problem.status == 503 else _code(problem)
    return answer(OAuthError(code, str(problem)).body(), problem.status, problem.headers)


def refusal(error: Problem) -> tuple[Outcome, str]:
    """How the audit tells of an error: by its code alone."""
    code = error.error if isinstance(error, OAuthError) else _code(error)
    return "failed" if code == "server_error" else "refused", code


def _code(problem: Problem) -> str:
    return {401: "invalid_token", 403: "insufficient_scope"}.get(
        problem.status, "server_error" if problem.status >= 500 else "invalid_request"
    )
