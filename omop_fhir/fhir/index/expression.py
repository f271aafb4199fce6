"""FHIRPath as the SearchParameters of R4 and US Core write it, parsed.

The text of an expression enters, an `Expression` leaves. What lies outside this part of the language is rejected with
`Unsupported`, which names it. https://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpath.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


class Unsupported(ValueError):
    """An expression that is not done here; the message names what of it."""


@dataclass(frozen=True, slots=True)
class Here:
    """What the expression is applied to."""


@dataclass(frozen=True, slots=True)
class Root:
    """The resource, by the name of its type: `Patient`, `Resource`."""

    type: str


@dataclass(frozen=True, slots=True)
class Child:
    """`source.name`."""

    source: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """`source[0]`, `source.first()`."""

    source: Expression
    number: int


@dataclass(frozen=True, slots=True)
class OfType:
    """`source as Quantity`, `source.as(Quantity)`, `source.ofType(Quantity)`."""

    source: Expression
    type: str


@dataclass(frozen=True, slots=True)
class Where:
    """`source.where(criterion)`."""

    source: Expression
    criterion: Expression


@dataclass(frozen=True, slots=True)
class Union:
    """`a | b`."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """`source.exists()`."""

    source: Expression


@dataclass(frozen=True, slots=True)
class Resolved:
    """`resolve()`: what a reference points at."""


@dataclass(frozen=True, slots=True)
class Is:
    """`source is Patient`."""

    source: Expression
    type: str


@dataclass(frozen=True, slots=True)
class Equals:
    """`source = literal`, or `!=`."""

    source: Expression
    value: str | bool
    negated: bool


@dataclass(frozen=True, slots=True)
class Both:
    """`a and b`."""

    left: Expression
    right: Expression


Expression: TypeAlias = Here | Root | Child | Item | OfType | Where | Union | Exists | Resolved | Is | Equals | Both

_TOKEN = re.compile(r"\s*(?:(?P<text>'[^'\\]*')|(?P<word>[A-Za-z_]\w*)|(?P<number>\d+)|(?P<sign>!=|[.()\[\]|=]))")
_ANY_CHARACTER = re.compile(r"\s*(\S)")


def parse(text: str) -> Expression:
    """The expression that a text says. Raises Unsupported."""
    parser = _Parser(_tokens(text))
    found = parser.conjunction()
    parser.expect("")
    return found


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while unread := _ANY_CHARACTER.match(text, place):
        match = _TOKEN.match(text, place)
        if match is None:
            raise Unsupported(f"`{unread[1]}` is not understood")
        found.append(match[0].strip())
        place = match.end()
    return found


class _Parser:
    """Recursive descent: `and` binds least, then `=`, `|`, `as` and `is`, and `.` most."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens[::-1]

    def _next(self) -> str:
        return self._tokens[-1] if self._tokens else ""

    def _take(self) -> str:
        return self._tokens.pop() if self._tokens else ""

    def _takes(self, *wanted: str) -> str:
        return self._take() if self._next() in wanted else ""

    def expect(self, wanted: str) -> None:
        """Take this token ("": the end), or refuse what stands there."""
        if (found := self._take()) != wanted:
            raise Unsupported(f"`{found}` is not understood" if found else f"`{wanted}` is missing at the end")

    def conjunction(self) -> Expression:
        found = self._equality()
        while self._takes("and"):
            found = Both(found, self._equality())
        return found

    def _equality(self) -> Expression:
        found = self._union()
        if sign := self._takes("=", "!="):
            return Equals(found, self._literal(), sign == "!=")
        return found

    def _literal(self) -> str | bool:
        text = self._take()
        if text in ("true", "false"):
            return text == "true"
        if text[:1] != "'":
            raise Unsupported(f"`{text}` is compared with, and is no string or boolean")
        return text[1:-1]

    def _union(self) -> Expression:
        parts = [self._typed()]
        while self._takes("|"):
            parts.append(self._typed())
        return parts[0] if len(parts) == 1 else Union(tuple(parts))

    def _typed(self) -> Expression:
        found = self._path()
        if self._takes("as"):
            return OfType(found, self._name())
        return Is(found, self._name()) if self._takes("is") else found

    def _path(self) -> Expression:
        found = self._start()
        while sign := self._takes(".", "["):
            found = self._index(found) if sign == "[" else self._step(found)
        return found

    def _start(self) -> Expression:
        if self._takes("("):
            return self._closed(self.conjunction())
        name = self._next()
        if not name[:1].isupper():
            return self._step(Here())
        return Root(self._name())

    def _closed(self, found: Expression) -> Expression:
        self.expect(")")
        return found

    def _index(self, source: Expression) -> Expression:
        text = self._take()
        if not text.isdecimal():
            raise Unsupported(f"`[{text}` is not an index")
        self.expect("]")
        return Item(source, int(text))

    def _step(self, source: Expression) -> Expression:
        name = self._name()
        if not self._takes("("):
            return Child(source, name)
        if name not in _FUNCTIONS:
            raise Unsupported(f"the function `{name}()` is not done")
        return self._closed(_FUNCTIONS[name](self, source))

    def _name(self) -> str:
        name = self._take()
        if not name.isidentifier():
            raise Unsupported(f"`{name}` stands where a name should")
        return name

    def of_type(self, source: Expression) -> Expression:
        return OfType(source, self._name())

    def where(self, source: Expression) -> Expression:
        return Where(source, self.conjunction())

    def extension(self, source: Expression) -> Expression:
        url = Equals(Child(Here(), "url"), self._literal(), negated=False)
        return Where(Child(source, "extension"), url)

    def resolve(self, source: Expression) -> Expression:
        if source != Here():
            raise Unsupported("the function `resolve()` is done only as `where(resolve() is Type)`")
        return Resolved()


_FUNCTIONS: dict[str, Callable[[_Parser, Expression], Expression]] = {
    "as": _Parser.of_type,
    "ofType": _Parser.of_type,
    "where": _Parser.where,
    "extension": _Parser.extension,
    "exists": lambda parser, source: Exists(source),
    "first": lambda parser, source: Item(source, 0),
    "resolve": _Parser.resolve,
}
