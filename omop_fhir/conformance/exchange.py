"""One request and its answer, as they went over the wire, and how they are shown.

What enters and leaves are frozen values; nothing is rejected. Shown to people, credentials are left out: a curl
line reads the token from the environment. https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import orjson

from .media import is_json, is_xml
from .xml import XmlError, from_xml

SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization", "x-api-key"})
SHOWN = 20_000
"""Most characters of a body that a report shows."""


def parse_json(text: str) -> Any:
    """JSON with decimals as `Decimal`, which keep their digits. Raises ValueError."""
    return json.loads(text, parse_float=Decimal, parse_int=_integer)


def _integer(text: str) -> int | Decimal:
    """Beyond 64 bits a number is a decimal of FHIR, and none that orjson writes as an integer."""
    return int(text) if len(text) < 19 else Decimal(text)


def parse_body(text: str, content_type: str) -> Any:
    """The resource in a body, None where there is none or it cannot be read."""
    try:
        if is_xml(content_type):
            return from_xml(text)
        return parse_json(text) if is_json(content_type) or text.lstrip().startswith("{") else None
    except (ValueError, XmlError, RecursionError):
        return None


def to_json(value: Any, indent: bool = False) -> str:
    """JSON text; decimals with the digits they have."""
    option = orjson.OPT_INDENT_2 if indent else 0
    return orjson.dumps(value, default=_digits, option=option).decode()


def _digits(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} is not JSON")


@dataclass(frozen=True)
class Message:
    """What a request and an answer have in common: headers and a body."""

    headers: Mapping[str, str]
    """By lower-case name."""
    text: str = ""

    def header(self, name: str) -> str | None:
        """A header's value, whatever the case of its name."""
        return self.headers.get(name.lower())

    @property
    def content_type(self) -> str:
        return self.header("content-type") or ""

    @cached_property
    def resource(self) -> Any:
        """The resource in the body, or None."""
        return parse_body(self.text, self.content_type) if self.text.strip() else None

    @property
    def shown_headers(self) -> list[tuple[str, str]]:
        """Headers without what is secret."""
        return [(name, "***" if name in SECRET_HEADERS else value) for name, value in self.headers.items()]

    @property
    def shown_text(self) -> str:
        """The body, cut where it is long."""
        if len(self.text) <= SHOWN:
            return self.text
        return f"{self.text[:SHOWN]}\n... ({len(self.text) - SHOWN:,} more characters)"


@dataclass(frozen=True)
class Request(Message):
    """What is sent."""

    method: str = "GET"
    url: str = ""
    """Absolute."""

    @property
    def curl(self) -> str:
        """A command that repeats it; the token is in `$TOKEN`."""
        parts = ["curl -sS -D -", *([] if self.method == "GET" else [f"-X {self.method}"])]
        parts += [self._curl_header(name, value) for name, value in self.headers.items()]
        if self.text:
            parts.append(f"--data-raw {shlex.quote(self.text)}")
        return " ".join([*parts, shlex.quote(self.url)])

    @staticmethod
    def _curl_header(name: str, value: str) -> str:
        if name == "authorization":
            scheme = value.partition(" ")[0]
            return f'-H "Authorization: {scheme} $TOKEN"'
        shown = "***" if name in SECRET_HEADERS else value
        return f"-H {shlex.quote(f'{name}: {shown}')}"


@dataclass(frozen=True)
class Answer(Message):
    """What came back."""

    status: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Exchange:
    """A request and what came back: an answer, or the reason why there is none."""

    request: Request
    answer: Answer | None
    seconds: float = 0.0
    problem: str = ""
    """Why no answer came."""

    @property
    def line(self) -> str:
        """`GET http://... -> 200`"""
        status = self.answer.status if self.answer else self.problem
        return f"{self.request.method} {self.request.url} -> {status}"
