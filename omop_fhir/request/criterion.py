"""The name of a search parameter, taken apart: chains, reverse chains and modifiers.

`patient.organization:Organization.name:exact` and `_has:Procedure:patient:code` enter, a path of steps with the code
and modifier at its end leaves. https://hl7.org/fhir/R4/search.html#chaining
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from ..errors import Invalid

_CODE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_TYPE = re.compile(r"[A-Z][A-Za-z]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Forward:
    """A step along a reference parameter, to resources of `type` (None: of any type that it may point at)."""

    code: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Reverse:
    """A step back (`_has`): to resources of `type` whose reference parameter `code` points here."""

    type: str
    code: str


Step: TypeAlias = Forward | Reverse


@dataclass(frozen=True, slots=True)
class Criterion:
    """One occurrence of a parameter: any of its alternatives must match at the end of the path.

    `name` and `text` are as the client wrote them. `modifier` may be a resource type for a reference parameter.
    """

    name: str
    path: tuple[Step, ...]
    code: str
    modifier: str | None
    text: str


def parse_criterion(name: str, text: str) -> Criterion:
    """The criterion of a name and value pair. Raises Invalid for a name that is none."""
    path, rest = _steps(name, name)
    code, colon, modifier = rest.partition(":")
    if not _CODE.fullmatch(code) or (colon and not modifier):
        raise Invalid(f"`{name}` is not the name of a search parameter", expression=f"http.{name}")
    return Criterion(name, path, code, modifier or None, text)


def _steps(name: str, whole: str) -> tuple[tuple[Step, ...], str]:
    if name.startswith("_has:"):
        return _reverse(name, whole)
    head, dot, rest = name.partition(".")
    if not dot:
        return (), name
    code, colon, type = head.partition(":")
    if not _CODE.fullmatch(code) or (colon and not _TYPE.fullmatch(type)):
        raise Invalid(f"`{whole}` is not a chain: reference[:Type].parameter", expression=f"http.{whole}")
    path, end = _steps(rest, whole)
    return (Forward(code, type or None), *path), end


def _reverse(name: str, whole: str) -> tuple[tuple[Step, ...], str]:
    parts = name.split(":", 3)
    if len(parts) != 4 or not _TYPE.fullmatch(parts[1]) or not _CODE.fullmatch(parts[2]):
        raise Invalid(f"`{whole}` is not _has:Type:reference:parameter", expression=f"http.{whole}")
    path, end = _steps(parts[3], whole)
    return (Reverse(parts[1], parts[2]), *path), end
