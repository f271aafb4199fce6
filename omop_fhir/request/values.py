"""Values of search parameters by type and modifier (https://hl7.org/fhir/R4/search.html#ptypes).

The text of one occurrence of a parameter enters, alternatives leave; a malformed one is rejected with Invalid, a modifier
that R4 does not allow for the type, or that is not done here, with NotSupported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import TypeAlias, cast

from ..errors import Invalid, NotSupported
from ..fhir.dates import date_range
from ..fhir.values import (
    PREFIXES,
    DateValue,
    Hierarchy,
    Prefix,
    QuantityValue,
    ReferenceIdentifier,
    ReferenceValue,
    SearchValue,
    StringValue,
    Token,
    TokenText,
    TypedIdentifier,
    UriValue,
    ValueSetName,
)

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # no text of PostgreSQL can hold them
_TYPE = re.compile(r"[A-Z][A-Za-z]+", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,30})(\.\d{1,30})?([eE][+-]?\d{1,2})?", re.ASCII)

MODIFIERS: dict[str, tuple[str, ...]] = {
    "token": ("text", "not", "above", "below", "in", "not-in", "of-type"),
    "string": ("exact", "contains"),
    "reference": ("identifier",),
    "uri": ("above", "below"),
    "date": (),
    "number": (),
    "quantity": (),
}
"""The modifiers that R4 allows by parameter type, beside `missing` (all) and `[type]` (references)."""


def split(text: str, separator: str) -> list[str]:
    r"""Parts between unescaped separators, still escaped (https://hl7.org/fhir/R4/search.html#escaping).

    >>> split(r"a,b\,c", ",")
    ['a', 'b\\,c']
    """
    return list(_parts(text, separator))


def _parts(text: str, separator: str) -> Iterator[str]:
    part: list[str] = []
    characters = iter(text)
    for character in characters:
        if character == "\\":
            part += (character, next(characters, ""))
        elif character == separator:
            yield "".join(part)
            part = []
        else:
            part.append(character)
    yield "".join(part)


def unescape(text: str) -> str:
    r"""The text with `\,`, `\|`, `\$` and `\\` taken literally."""
    return re.sub(r"\\([,|$\\])", r"\1", text)


def alternatives(name: str, text: str) -> tuple[str, ...]:
    """The alternatives (`,`) of one occurrence of the parameter `name`, still escaped. Raises Invalid for empty ones."""
    if found := _UNSTORABLE.search(text):
        raise Invalid(f"the value of `{name}` holds the character U+{ord(found[0]):04X}", expression=f"http.{name}")
    parts = tuple(split(text, ","))
    if not all(part.strip() for part in parts):
        raise Invalid(f"`{name}` has an empty value", expression=f"http.{name}")
    return parts


def missing(name: str, text: str) -> bool:
    """The value of `:missing`. Raises Invalid for anything but true and false."""
    if text not in ("true", "false"):
        raise Invalid(f"`{name}` is true or false, not `{text}`", expression=f"http.{name}")
    return text == "true"


def parse(name: str, type: str, modifier: str | None, text: str, base: str) -> SearchValue:
    """One alternative of a parameter of this R4 type; `:not` and `:missing` are the caller's.

    `name` is the parameter as the client wrote it, for messages; `base` the server's public base URL.
    """
    check_modifier(name, type, modifier)
    parser = _PARSERS.get((type, modifier)) or _PARSERS.get((type, None))
    if parser is None:
        raise NotSupported(f"`{name}`: {type} parameters are not supported", expression=f"http.{name}")
    return parser(name, modifier, text, base)


def check_modifier(name: str, type: str, modifier: str | None) -> None:
    """Raises NotSupported for a modifier that a parameter of this R4 type does not have, naming those it has."""
    if modifier is not None and modifier not in MODIFIERS.get(type, ()):
        possible = ", ".join(f"`:{each}`" for each in ("missing", *MODIFIERS.get(type, ())))
        message = f"`{name}`: a {type} parameter has no modifier `:{modifier}`; possible are {possible}"
        raise NotSupported(message, expression=f"http.{name}")


Parser: TypeAlias = Callable[[str, str | None, str, str], SearchValue]


def _token(name: str, modifier: str | None, text: str, base: str) -> Token:
    parts = [unescape(part) for part in split(text, "|")]
    if len(parts) > 2 or not any(parts):
        raise Invalid(f"`{text}` is not a token: code, system|code, |code or system|", expression=f"http.{name}")
    hierarchy = cast(Hierarchy, modifier) if modifier in ("below", "above") else "is"
    if len(parts) == 1:
        return Token(None, parts[0], hierarchy)
    return Token(parts[0], parts[1] or None, hierarchy)


def _token_text(name: str, modifier: str | None, text: str, base: str) -> TokenText:
    return TokenText(unescape(text))


def _value_set(name: str, modifier: str | None, text: str, base: str) -> ValueSetName:
    return ValueSetName(unescape(text))


def _typed(name: str, modifier: str | None, text: str, base: str) -> TypedIdentifier:
    parts = [unescape(part) for part in split(text, "|")]
    if len(parts) != 3 or not all(parts):
        raise Invalid(f"`{text}` is not system|code|value", expression=f"http.{name}")
    return TypedIdentifier(*parts)


def _date(name: str, modifier: str | None, text: str, base: str) -> DateValue:
    prefix, rest = _prefix(text)
    try:
        low, high = date_range(rest)
    except ValueError as error:
        raise Invalid(f"`{name}`: {error}", expression=f"http.{name}") from None
    return DateValue(prefix, low, high)


def _prefix(text: str) -> tuple[Prefix, str]:
    prefix = next((prefix for prefix in PREFIXES if text.startswith(prefix)), None)
    return (prefix, text[2:]) if prefix else ("eq", text)


def _quantity(name: str, modifier: str | None, text: str, base: str) -> QuantityValue:
    """`5.4|http://unitsofmeasure.org|mg`, `5.4||mg` or `5.4` (https://hl7.org/fhir/R4/search.html#quantity)."""
    parts = [unescape(part) for part in split(text, "|")]
    prefix, number = _prefix(parts[0])
    if len(parts) not in (1, 3) or not _NUMBER.fullmatch(number):
        raise Invalid(f"`{text}` is not a quantity: number, number|system|code", expression=f"http.{name}")
    try:
        value = Decimal(number)
    except InvalidOperation:
        raise Invalid(f"`{number}` is not a number", expression=f"http.{name}") from None
    half = Decimal((0, (5,), int(value.as_tuple().exponent) - 1))
    system, code = (parts[1] or None, parts[2] or None) if len(parts) == 3 else (None, None)
    return QuantityValue(prefix, value, value - half, value + half, system, code)


def _string(name: str, modifier: str | None, text: str, base: str) -> StringValue:
    return StringValue("exact" if modifier == "exact" else "contains" if modifier else "starts", unescape(text))


def _uri(name: str, modifier: str | None, text: str, base: str) -> UriValue:
    return UriValue(unescape(text), cast(Hierarchy, modifier) if modifier else "is")


def _reference(name: str, modifier: str | None, text: str, base: str) -> ReferenceValue:
    """An id, `Type/id`, or an absolute URL; one of another server is compared as it stands."""
    local = unescape(text).removeprefix(f"{base}/")
    if _SCHEME.match(local):
        return ReferenceValue(None, local, foreign=True)
    if "/_history/" in local:
        message = f"`{text}` is not a reference that can be searched: it names a version; leave out `/_history/...`"
        raise NotSupported(message, expression=f"http.{name}")
    type, slash, id = local.rpartition("/")
    if not ID.fullmatch(id) or (slash and not _TYPE.fullmatch(type)):
        raise Invalid(f"`{text}` is not a reference: id, Type/id or a URL of this server", expression=f"http.{name}")
    return ReferenceValue(type or None, id)


def _reference_identifier(name: str, modifier: str | None, text: str, base: str) -> ReferenceIdentifier:
    return ReferenceIdentifier(_token(name, None, text, base))


_PARSERS: dict[tuple[str, str | None], Parser] = {
    ("token", None): _token,
    ("token", "text"): _token_text,
    ("token", "in"): _value_set,
    ("token", "not-in"): _value_set,
    ("token", "of-type"): _typed,
    ("date", None): _date,
    ("number", None): _quantity,
    ("quantity", None): _quantity,
    ("string", None): _string,
    ("uri", None): _uri,
    ("reference", None): _reference,
    ("reference", "identifier"): _reference_identifier,
}
