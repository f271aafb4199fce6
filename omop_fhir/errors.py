"""A small family of errors, each knowing its HTTP status and its OperationOutcome issue code.

What enters is a message that names the thing, its place and what to do. What leaves, in `web`, is an
OperationOutcome (https://hl7.org/fhir/R4/operationoutcome.html) and, in `cli`, one line on the terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple


class Issue(NamedTuple):
    """One issue: a code of IssueType, words for people, a severity (`error`, `warning`, `information`), and the place."""

    code: str
    diagnostics: str
    severity: str = "error"
    expression: str | None = None


class Problem(Exception):
    """An error that the caller can understand; `str(problem)` is the diagnostics text.

    `status` is the HTTP status, of the class or of this one. `expression` is a FHIRPath, or `http.<parameter>` for a part of the
    request, as in OperationOutcome.issue.expression.
    """

    status: int = 500
    code: ClassVar[str] = "exception"

    def __init__(self, diagnostics: str, *, expression: str | None = None) -> None:
        super().__init__(diagnostics)
        self.expression = expression

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What the OperationOutcome says."""
        return (Issue(self.code, str(self), "error", self.expression),)

    @property
    def headers(self) -> Mapping[str, str]:
        """HTTP headers that belong to this answer."""
        return {}


def why_unread(error: OSError | UnicodeDecodeError) -> str:
    """Why a file cannot be read, without its name: the message that says so names it."""
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else "it is no text"


class Invalid(Problem):
    """The request cannot be understood: a malformed value, an unknown parameter."""

    status = 400
    code = "invalid"


class InvalidContent(Invalid):
    """A body that is JSON and yet no right resource, Bundle or patch; says all that is wrong with it, not the first thing."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__("; ".join(issue.diagnostics for issue in issues), expression=issues[0].expression)
        self._issues = tuple(issues)

    @property
    def issues(self) -> tuple[Issue, ...]:
        return self._issues


class NotSupported(Problem):
    """Understood, part of FHIR, and not done by this server."""

    status = 400
    code = "not-supported"


class TooCostly(Problem):
    """Understood and possible, and stopped before it costs the database too much; the message says what would help."""

    status = 400
    code = "too-costly"


class Unauthorized(Problem):
    """No valid access token (RFC 6750 §3)."""

    status = 401
    code = "login"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="omop-fhir"'}


class InvalidToken(Unauthorized):
    """An access token that is malformed, unknown, expired or revoked (RFC 6750 §3.1)."""

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="omop-fhir", error="invalid_token"'}


class Forbidden(Problem):
    """The token's scopes do not cover this type or interaction."""

    status = 403
    code = "forbidden"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="omop-fhir", error="insufficient_scope"'}


class NotFound(Problem):
    """No such resource, or none that the caller may see."""

    status = 404
    code = "not-found"


class MethodNotAllowed(Problem):
    """The URL exists and does not take this HTTP method."""

    status = 405
    code = "not-supported"

    def __init__(self, diagnostics: str, allow: str) -> None:
        super().__init__(diagnostics)
        self.allow = allow

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Allow": self.allow}


class NotAcceptable(Problem):
    """None of the representations that the client accepts can be made."""

    status = 406
    code = "not-supported"


class Conflict(Problem):
    """The resource's state, or that of others, does not allow it: it is referred to, or was changed at the same time."""

    status = 409
    code = "conflict"


class Gone(Problem):
    """The resource was deleted; its history is kept."""

    status = 410
    code = "deleted"


class PreconditionFailed(Problem):
    """A condition of the request does not hold: another version is there, or a search finds several."""

    status = 412
    code = "conflict"


class TooLarge(Problem):
    """The body exceeds the configured bound."""

    status = 413
    code = "too-long"


class UriTooLong(Problem):
    """The URL exceeds the configured bound."""

    status = 414
    code = "too-long"


class UnsupportedMediaType(Problem):
    """The request's body has a content type that this interaction does not take."""

    status = 415
    code = "not-supported"


class UnknownCoding(Problem):
    """The body comes in a transfer coding that is not known (RFC 9112 §6.1)."""

    status = 501
    code = "not-supported"


class Misdirected(Problem):
    """The server is called by a name that is not its own."""

    status = 421
    code = "security"


class Unprocessable(InvalidContent):
    """Right by the base specification, and against a rule of this server: it cannot be kept as it is."""

    status = 422
    code = "business-rule"


class Unavailable(Problem):
    """The database cannot answer just now; trying again later is right."""

    status = 503
    code = "transient"
    retry_after: ClassVar[int] = 2

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.retry_after)}


class Later(Problem):
    """Right, and not now; in so many seconds it may be."""

    code = "throttled"

    def __init__(self, diagnostics: str, seconds: int) -> None:
        super().__init__(diagnostics)
        self.seconds = max(1, seconds)

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.seconds)}


class Overloaded(Later):
    """More is asked of the server than it can do."""

    status = 503


class TooManyRequests(Later):
    """This client asks more than its share (RFC 6585 §4)."""

    status = 429


class HeadersTooLong(Problem):
    """The head of the request exceeds the configured bound (RFC 6585 §5)."""

    status = 431
    code = "too-long"


class Timeout(Problem):
    """The statement ran into the time limit (`--statement-timeout`)."""

    status = 503
    code = "timeout"


class ConfigurationError(Problem):
    """A setting, mapping file or database that the server cannot work with; shown at start, on the terminal."""

    code = "exception"
