"""The paths of the pages."""

from __future__ import annotations

from starlette.routing import Route

from .account import account
from .consent import consent
from .desk import Desk
from .emergency import emergency
from .endpoint import page_endpoint
from .patient import patient
from .request import authorize, next_page
from .sign_in import sign_in


def page_routes(desk: Desk) -> list[Route]:
    """What people come by between an app's request and its answer."""
    return [
        Route("/auth/authorize", page_endpoint(desk, authorize), methods=["GET", "POST"]),
        Route("/auth/authorize/next", page_endpoint(desk, next_page)),
        Route("/auth/sign-in", page_endpoint(desk, sign_in), methods=["GET", "POST"]),
        Route("/auth/patient", page_endpoint(desk, patient), methods=["POST"]),
        Route("/auth/emergency", page_endpoint(desk, emergency), methods=["POST"]),
        Route("/auth/consent", page_endpoint(desk, consent), methods=["POST"]),
        Route("/auth/account", page_endpoint(desk, account), methods=["GET", "POST"]),
    ]
