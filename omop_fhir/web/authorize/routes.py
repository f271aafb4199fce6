"""The paths of the pages."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from .account import account
from .consent import consent
from .desk import Desk
from .emergency import emergency
from .launch import LaunchEndpoint
from .patient import patient
from .request import authorize, next_page
from .sign_in import sign_in
from .visit import visited


def page_routes(desk: Desk) -> list[BaseRoute]:
    """What people come by between an app's request and its answer, and what an EHR calls before."""
    return [
        Route("/auth/authorize", visited(desk, authorize), methods=["GET", "POST"]),
        Route("/auth/authorize/next", visited(desk, next_page)),
        Route("/auth/sign-in", visited(desk, sign_in), methods=["GET", "POST"]),
        Route("/auth/patient", visited(desk, patient), methods=["POST"]),
        Route("/auth/emergency", visited(desk, emergency), methods=["POST"]),
        Route("/auth/consent", visited(desk, consent), methods=["POST"]),
        Route("/auth/account", visited(desk, account), methods=["GET", "POST"]),
        Route("/auth/launch", LaunchEndpoint(desk).__call__, methods=["POST"]),
    ]
