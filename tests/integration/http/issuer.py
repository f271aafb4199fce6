"""A stand-in for another authorization server: its configuration, keys that can be changed, introspection, tokens as wanted."""

from __future__ import annotations

import json
import socket
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "fhir server", "s3cret:with/odd chars"


@dataclass
class StandIn:
    """What it says can be changed while it runs."""

    url: str = ""
    keys: dict[str, Any] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    is_down: bool = False
    redirects: bool = False
    active: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)
    more_keys: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kid: str, kind: str = "RSA") -> None:
        """Publish a new key."""
        given = {"kid": kid, "use": "sig"}
        self.keys[kid] = RSAKey.generate_key(2048, given) if kind == "RSA" else ECKey.generate_key(kind, given)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of a good token; None takes one away."""
        good = {
            "iss": self.url, "aud": "https://fhir.example.org/fhir", "sub": "u1", "azp": "app", "exp": int(time()) + 300,
            "iat": int(time()), "scope": "patient/*.rs launch/patient", "patient": "1",
        }  # fmt: skip
        return {name: value for name, value in (good | changed).items() if value is not None}

    def token(self, kid: str = "one", alg: str = "RS256", header: dict[str, Any] | None = None, **changed: Any) -> str:
        """A signed token."""
        return jwt.encode({"alg": alg, "kid": kid, **(header or {})}, self.claims(**changed), self.keys[kid], algorithms=[alg])

    async def respond(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        if self.is_down:
            return Response(status_code=500)
        if self.redirects:
            return RedirectResponse(f"{self.url}/elsewhere")
        match request.url.path.removeprefix("/realm"):
            case "/.well-known/openid-configuration":
                told = {"issuer": self.url, "jwks_uri": f"{self.url}/keys", "introspection_endpoint": f"{self.url}/introspect"}
                told |= {"authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token"}
                return JSONResponse(told | self.configuration)
            case "/keys":
                return JSONResponse({"keys": [key.as_dict(private=False) for key in self.keys.values()] + self.more_keys})
            case "/introspect":
                form = dict(parse_qsl((await request.body()).decode()))
                self.credentials.append(request.headers["authorization"])
                return JSONResponse(self.active.get(form["token"], {"active": False}))
            case _:
                return Response(status_code=404)


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """A stand-in on a port of the loopback."""
    issuer = StandIn()
    app = Starlette(routes=[Route("/{path:path}", issuer.respond, methods=["GET", "POST"])])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        issuer.url = f"http://127.0.0.1:{listening.getsockname()[1]}/realm"
        issuer.add("one")
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                threading.Event().wait(0.01)
            yield issuer
        finally:
            server.should_exit = True
            thread.join(10)


def signed(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes] = lambda _: b"") -> str:
    """A token as no library would make it."""
    text = b".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    return (text + b"." + _encoded(sign(text))).decode()


def _encoded(part: bytes) -> bytes:
    return urlsafe_b64encode(part).rstrip(b"=")
