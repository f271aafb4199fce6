"""The server under test, over HTTP.

What enters: requests. What leaves: exchanges, also where no answer came, with the reason. The access token is
given, or asked for by client credentials (`credentials`) at the token endpoint that
`.well-known/smart-configuration` names (https://hl7.org/fhir/smart-app-launch/backend-services.html). What is
rejected, with ConfigurationError: a base URL that is none, credentials that the server does not take.
"""

from __future__ import annotations

import ssl
import time
from functools import lru_cache
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx

from omop_fhir.errors import ConfigurationError

from .credentials import Credentials, proof
from .exchange import Answer, Exchange, Request
from .media import JSON


class Server:
    """A FHIR server under test; a context manager that closes its connections."""

    def __init__(self, base: str, credentials: Credentials | None = None, timeout: float = 30.0) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ConfigurationError(f"{base!r} is not the base URL of a server: http://... or https://...")
        self.base = base.rstrip("/")
        self._http = httpx.Client(timeout=timeout, follow_redirects=False, verify=_trust())
        self._statement: dict[str, Any] | None = None
        try:
            self._authorization = self._authorize(credentials or Credentials())
        except ConfigurationError:
            self._http.close()
            raise

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.close()

    def url(self, path: str) -> str:
        """A path below the base as a URL; an absolute URL, or one without its host, is left as it is."""
        if urlsplit(path).scheme in ("http", "https"):
            return path
        base = urlsplit(self.base)
        if base.path and path.startswith(base.path + "/"):
            return f"{base.scheme}://{base.netloc}{path}"
        if path.startswith("?"):
            return self.base + path
        return f"{self.base}/{path.lstrip('/')}" if path else self.base

    def is_ours(self, url: str) -> bool:
        """Whether a URL is of this server, so that the token may be sent there."""
        ours, other = urlsplit(self.base), urlsplit(url)
        return (ours.scheme, ours.netloc) == (other.scheme, other.netloc)

    def authorized(self, request: Request) -> Request:
        """The request with the access token, unless it says itself who asks, or goes to another server.

        `Authorization: none` is how a script says that nobody does.
        """
        if request.headers.get("authorization", "").lower() == "none":
            headers = {name: value for name, value in request.headers.items() if name != "authorization"}
            return Request(headers=headers, text=request.text, method=request.method, url=request.url)
        if self._authorization is None or "authorization" in request.headers or not self.is_ours(request.url):
            return request
        headers = {**request.headers, "authorization": self._authorization}
        return Request(headers=headers, text=request.text, method=request.method, url=request.url)

    def send(self, request: Request) -> Exchange:
        """Send a request as it stands, with the access token; redirects are not followed."""
        request = self.authorized(request)
        begin = time.perf_counter()
        try:
            response = self._http.send(self._prepared(request))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            problem = f"no answer: {error or type(error).__name__}"
            return Exchange(request, None, time.perf_counter() - begin, problem)
        return Exchange(request, _answer(response), time.perf_counter() - begin)

    def _prepared(self, request: Request) -> httpx.Request:
        """httpx's own request, without the headers that it would add of its own accord and FHIR looks at."""
        headers = {"accept": "*/*", **request.headers}
        return self._http.build_request(request.method, request.url, headers=headers, content=request.text.encode() or None)

    def get(self, path: str, accept: str = JSON) -> Exchange:
        """GET below the base."""
        return self.send(Request(headers={"accept": accept}, url=self.url(path)))

    @property
    def statement(self) -> dict[str, Any]:
        """The CapabilityStatement. Raises ConfigurationError where the server gives none."""
        if self._statement is None:
            found = self.get("metadata")
            resource = found.answer.resource if found.answer and found.answer.status == 200 else None
            if not isinstance(resource, dict) or resource.get("resourceType") != "CapabilityStatement":
                raise ConfigurationError(f"{found.line}: no CapabilityStatement")
            self._statement = resource
        return self._statement

    def _authorize(self, credentials: Credentials) -> str | None:
        if credentials.token:
            return f"Bearer {credentials.token}"
        if credentials.client_id is None:
            return None
        return f"Bearer {self._token(credentials)}"

    def _token(self, credentials: Credentials) -> str:
        configuration = self._fetched("GET", self.url(".well-known/smart-configuration"), headers={"accept": "application/json"})
        endpoint = configuration.get("token_endpoint")
        if not isinstance(endpoint, str):
            raise ConfigurationError(f"{self.url('.well-known/smart-configuration')} names no token_endpoint")
        data = {"grant_type": "client_credentials", "scope": credentials.scope, **proof(credentials, endpoint)}
        answer = self._fetched("POST", endpoint, data=data, auth=credentials.basic)
        token = answer.get("access_token")
        if not isinstance(token, str):
            raise ConfigurationError(f"{endpoint} gave no access_token")
        return token

    def _fetched(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, url, **options)
            body = response.json() if response.status_code == 200 else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ConfigurationError(f"{method} {url}: {error}") from None
        if not isinstance(body, dict):
            raise ConfigurationError(f"{method} {url}: {response.status_code}, and no JSON object")
        return body


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes longer than most requests."""
    return httpx.create_ssl_context()


def _answer(response: httpx.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(headers=headers, text=response.text, status=response.status_code, reason=response.reason_phrase)
