"""A person's browser (the user-agent of RFC 6749) at a page: its parameters, its cookies, who is signed in, what answers it.

Rejected, with Forbidden: forms that another site sent; with Invalid: what was sealed for another browser or session.
https://www.rfc-editor.org/rfc/rfc6265, https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ...auth.audit import Kind, Outcome
from ...auth.authorization_request import redirection
from ...auth.grants import Caller, Pairs
from ...auth.oauth_error import OAuthError
from ...auth.secret import digest, new_secret
from ...errors import Forbidden, Invalid
from ...store.authorization.accounts import Account
from ..audited import note
from ..exchange import FORM_LIMIT, Exchange
from ..pages import HEADERS, page
from .desk import Desk
from .flow import LIFETIME, Flow
from .form import Form
from .signed_in import HERE, SignedIn

SESSION, MARK = "session", "browser"
"""The cookies: the secret of a session, and the mark of a browser in which nobody has signed in yet."""
NOBODY = "nobody is signed in here (any more)"


class UserAgent:
    """One request of a browser. Whatever answers it carries the cookies that it sets."""

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

    async def pairs(self) -> Pairs:
        """The parameters, of a GET in the URL, of a POST in the form. Raises Invalid, TooLarge, UnsupportedMediaType."""
        exchange = Exchange(self.scope, self._request.receive, FORM_LIMIT)
        return await exchange.form(FORM_LIMIT) if self.method == "POST" else exchange.pairs

    async def form(self) -> Form:
        """The form, which must be one of our own pages'. Raises Forbidden, and what `pairs` does."""
        headers = self._request.headers
        origin = headers.get("origin")
        if origin not in (None, self.desk.origin) or headers.get("sec-fetch-site") in ("cross-site", "same-site"):
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
            raise Invalid(NOBODY)
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
