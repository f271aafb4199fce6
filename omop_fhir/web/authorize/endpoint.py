"""The endpoint of a page: a function of a `UserAgent` -> what Starlette calls; every failure is a page as well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from ...errors import Problem
from ..failure import understood
from .desk import Desk
from .user_agent import UserAgent

Endpoint: TypeAlias = Callable[[UserAgent], Awaitable[Response]]


def page_endpoint(desk: Desk, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint as Starlette calls it."""

    async def respond(request: Request) -> Response:
        agent = UserAgent(request, desk)
        try:
            desk.context.audit.check()
            return await endpoint(agent)
        except Exception as error:
            return error_page(agent, understood(error, request.scope.get("request_id", "?")))

    return respond


def error_page(agent: UserAgent, problem: Problem) -> Response:
    """The page about something that cannot be done. Nobody is sent anywhere."""
    response = agent.page(
        "error",
        status=problem.status,
        heading="This cannot be done",
        message=str(problem),
        advice="Go back to the app and begin again. Nothing was given to it.",
    )
    response.headers.update({name: value for name, value in problem.headers.items() if name != "WWW-Authenticate"})
    return response
