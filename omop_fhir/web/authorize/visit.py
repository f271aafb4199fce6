"""A person's request to a page: its parameters, its cookies, who is signed in; and the pages and redirects that answer it.

Rejected, with Forbidden: forms that another site sent; with Invalid: what was sealed for another browser or session.
https://www.rfc-editor.org/rfc/rfc6265, https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from ...auth.audit import Kind, Outcome
from ...auth.authorization_request import redirection
from ...auth.client import Client
from ...auth.grants import Caller, Pairs
from ...auth.oauth_error import OAuthError
from ...auth.role import Role
from ...auth.secret import digest, new_secret
from ...errors import Forbidden, Invalid, Problem, UnsupportedMediaType
from ...request.pairs import parse_pairs
from ...store.authorization.accounts import Account
from ...store.authorization.sessions import Session
from ..audited import note
from ..exchange import Exchange
from ..failure import understood
from ..pages import HEADERS, page
from .desk import Desk
from .flow import LIFETIME, Flow
from .form import Form

_FORM = "application/x-www-form-urlencoded"
_LONGEST = 65_536
"""Bytes of a form."""
SESSION, MARK = "session", "browser"
"""The cookies: the secret of a session, and the mark of a browser in which nobody has signed in yet."""

HERE = "omop-fhir"
"""The client of what somebody does on our own pages, for no app."""

Endpoint = Callable[["Visit"], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody in a browser, and the roles of the account."""

    session: Session
    account: Account
    roles: tuple[Role, ...]

    def caller(self, client: str = HERE, emergency: str | None = None) -> Caller:
        """Who acts, for the audit."""
        return Caller(client, str(self.account.id), self.account.fhir_user, emergency=emergency)


class Visit:
    """One request. Whatever answers it carries the cookies that it sets."""

    def __init__(self, request: Request, desk: Desk) -> None:
        self.desk = desk
        self.store = desk.store
        self.method = request.method
        self.scope = request.scope
        self._request = request
        self._cookies: dict[str, str | None] = {}
        self.mark = request.cookies.get(desk.cookie(MARK)) or self._new_mark()
        self.secret = request.cookies.get(desk.cookie(SESSION))

    @property
    def address(self) -> str:
        """Where the request comes from."""
        peer = self._request.client.host if self._request.client else ""
        return str(self.scope.get("client_address") or peer)

    def header(self, name: str) -> str | None:
        """The value of a header."""
        return self._request.headers.get(name)

    async def pairs(self) -> Pairs:
        """The parameters, of a GET in the URL, of a POST in the form. Raises Invalid, TooLarge, UnsupportedMediaType."""
        if self.method != "POST":
            return parse_pairs(self.scope["query_string"])
        if (self.header("content-type") or "").partition(";")[0].strip().lower() != _FORM:
            raise UnsupportedMediaType(f"a form is sent as {_FORM}")
        return parse_pairs(await self.body())

    async def body(self) -> bytes:
        """The bytes sent. Raises TooLarge, Invalid."""
        return await Exchange(self.scope, self._request.receive, _LONGEST).read_body(_LONGEST)

    async def form(self) -> Form:
        """The form, which must be one of our own pages'. Raises Forbidden, and what `pairs` does."""
        origin = self.header("origin")
        if origin not in (None, self.desk.origin) or self.header("sec-fetch-site") in ("cross-site", "same-site"):
            raise Forbidden(f"this form does not come from {self.desk.origin}, where it belongs")
        return Form(await self.pairs())

    async def signed_in(self) -> SignedIn | None:
        """Who is signed in in this browser."""
        session = await self.store.sessions.find(self.secret) if self.secret else None
        account = await self.store.accounts.find(session.account) if session else None
        if session is None or account is None or account.disabled:
            return None
        return SignedIn(session, account, await self.store.roles.named(account.roles))

    async def sign_in(self, account: Account) -> None:
        """Begin a session under a new secret; one that was on before ends."""
        await self.sign_out()
        _, self.secret = await self.store.sessions.create(account.id)
        self._cookies[self.desk.cookie(SESSION)] = self.secret

    async def sign_out(self) -> None:
        """End the session of this browser, if there is one."""
        session = await self.store.sessions.find(self.secret) if self.secret else None
        if session is not None:
            await self.store.sessions.revoke(session)
            self.note("sign-out", Caller(HERE, str(session.account)))
        self.secret = None
        self._cookies[self.desk.cookie(SESSION)] = None

    def note(
        self, kind: Kind, caller: Caller, outcome: Outcome = "success", reason: str | None = None, resources: tuple[str, ...] = ()
    ) -> None:
        """Have the audit know what happened, and to which resources (`Type/id`)."""
        note(self.desk.context.audit, self.scope, kind, caller, outcome, reason, resources)

    def _new_mark(self) -> str:
        mark = self._cookies[self.desk.cookie(MARK)] = new_secret()
        return mark

    def seal(self, content: Any) -> str:
        """A value for a form of the next page, good in this session."""
        return self.desk.sealer.seal(content, LIFETIME, self._session_bound())

    def open(self, text: str) -> Any:
        """The value. Raises Invalid where it was not sealed for this session."""
        return self._opened(text, self._session_bound())

    def seal_for_sign_in(self, content: Any) -> str:
        """A value for the form by which somebody signs in, good in this browser."""
        return self.desk.sealer.seal(content, LIFETIME, f"browser {digest(self.mark).hex()}")

    def open_for_sign_in(self, text: str) -> Any:
        """The value. Raises Invalid where it was not sealed for this browser."""
        return self._opened(text, f"browser {digest(self.mark).hex()}")

    def _opened(self, text: str, bound: str) -> Any:
        try:
            return self.desk.sealer.open(text, bound)
        except Invalid:
            raise Invalid("this page is too old, or of another sign-in, or cookies are blocked") from None

    def _session_bound(self) -> str:
        if self.secret is None:
            raise Invalid("nobody is signed in here (any more)")
        return f"session {digest(self.secret).hex()}"

    def page(self, template: str, *, status: int = 200, sends_to: str = "", **values: Any) -> Response:
        """A page as the answer."""
        return self._with_cookies(page(template, self.desk.root, status=status, sends_to=sends_to, **values))

    def lead_to(self, url: str) -> Response:
        """A redirect, by GET whatever came."""
        return self._with_cookies(Response(status_code=303, headers={**HEADERS, "location": url}))

    def lead_on(self, flow: Flow) -> Response:
        """A redirect to whatever comes next."""
        return self.lead_to(f"{self.desk.at.issuer}/auth/authorize/next?flow={self.seal(flow.to_json())}")

    def answer(self, redirect_uri: str, state: str | None, **given: str) -> Response:
        """The redirect that answers the app, with the issuer (RFC 9207)."""
        return self.lead_to(redirection(redirect_uri, self.desk.at.issuer, **given, state=state))

    def refuse(self, redirect_uri: str, state: str | None, error: OAuthError) -> Response:
        """The redirect that tells the app of an error."""
        return self.answer(redirect_uri, state, **error.body())

    def _with_cookies(self, response: Response) -> Response:
        for name, value in self._cookies.items():
            response.set_cookie(
                name, value or "", path="/", secure=self.desk.is_secure, httponly=True, samesite="lax",
                max_age=None if value else 0,
            )  # fmt: skip
        return response


def destination(uri: str) -> str:
    """Where an app's redirect URI leads, as people read it: the host, or the scheme of an app on the device."""
    parts = urlsplit(uri)
    return parts.netloc or f"{parts.scheme}:"


def source(uri: str) -> str:
    """The same as a source of a Content-Security-Policy: browsers hold redirects of forms to `form-action` too."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def visited(desk: Desk, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a page: every failure is a page as well."""

    async def respond(request: Request) -> Response:
        visit = Visit(request, desk)
        try:
            desk.context.audit.check()
            return await endpoint(visit)
        except Exception as error:
            return failed(visit, understood(error, request.scope.get("request_id", "?")))

    return respond


def failed(visit: Visit, problem: Problem) -> Response:
    """The page about something that cannot be done. Nobody is sent anywhere."""
    response = visit.page(
        "error",
        status=problem.status,
        heading="This cannot be done",
        message=str(problem),
        advice="Go back to the app and begin again. Nothing was given to it.",
    )
    response.headers.update({name: value for name, value in problem.headers.items() if name != "WWW-Authenticate"})
    return response


async def client_of(visit: Visit, flow: Flow) -> Client:
    """The client of a request under way. Raises Invalid where it was disabled since."""
    client = await visit.store.clients.find(flow.request.client)
    if client is None or client.disabled or flow.request.redirect_uri not in client.redirect_uris:
        raise Invalid("the app is not registered here any more")
    return client
