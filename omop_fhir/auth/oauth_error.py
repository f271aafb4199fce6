"""Errors of OAuth: a code of RFC 6749 (or 7009, 7662) and what is wrong, for the body or for the redirect.

https://www.rfc-editor.org/rfc/rfc6749#section-5.2, https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
"""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import Problem


class OAuthError(Problem):
    """`error` is one of OAuth's codes; the message says what is wrong without repeating secrets."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Basic realm="omop-fhir"'} if self.status == 401 else {}

    def body(self) -> dict[str, str]:
        """The JSON object of the answer."""
        return {"error": self.error, "error_description": _ascii(str(self))}


def invalid_client(description: str) -> OAuthError:
    """The client is unknown, disabled, or could not prove who it is."""
    return OAuthError("invalid_client", description, 401)


def invalid_grant(description: str) -> OAuthError:
    """The code or refresh token is not (any more) good for this client."""
    return OAuthError("invalid_grant", description)


def invalid_request(description: str) -> OAuthError:
    """A parameter is missing, malformed, or given twice."""
    return OAuthError("invalid_request", description)


class Replayed(OAuthError):
    """A code, refresh token or assertion that was used before: somebody else may have it."""

    def __init__(self, description: str, error: str = "invalid_grant", status: int = 400) -> None:
        super().__init__(error, description, status)


def _ascii(text: str) -> str:
    """What RFC 6749 lets an error_description hold."""
    return "".join(each if " " <= each <= "~" and each not in '"\\' else "'" for each in text)
