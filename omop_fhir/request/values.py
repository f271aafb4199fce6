"""Values of search parameters by type (https://hl7.org/fhir/R4/search.html#ptypes); malformed ones raise Invalid."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import Invalid
from ..fhir.dates import date_range
from ..fhir.values import DateValue, Prefix, ReferenceValue, SearchValue, Token

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_PREFIXES: dict[str, Prefix] = {p: p for p in ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")}
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # no text of PostgreSQL can hold them
_TYPE = re.compile(r"[A-Z][A-Za-z]+", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:", re.ASCII)


def split(text: str, separator: str) -> list[str]:
    r"""Parts between unescaped separators, still escaped (https://hl7.org/fhir/R4/search.html#escaping).

    >>> split(r"a,b\,c", ",")
    ['a', 'b\\,c']
    """
    return list(_parts(text, separator))


def _parts(text: str, separator: str) -> Iterator[str]:
    part = ""
    characters = iter(text)
    for character in characters:
        if character == "\\":
            part += character + next(characters, "")
        elif character == separator:
            yield part
            part = ""
        else:
            part += character
    yield part


def unescape(text: str) -> str:
    r"""The text with `\,`, `\|`, `\$` and `\\` taken literally."""
    return re.sub(r"\\([,|$\\])", r"\1", text)


def token(code: str, text: str) -> Token:
    """`code`, `system|code`, `|code` or `system|`."""
    parts = [unescape(part) for part in split(text, "|")]
    if len(parts) > 2 or not any(parts):
        raise Invalid(f"`{text}` is not a token: code, system|code, |code or system|", expression=f"http.{code}")
    if len(parts) == 1:
        return Token(None, parts[0])
    return Token(parts[0], parts[1] or None)


def date(code: str, text: str) -> DateValue:
    """A date or dateTime with an optional prefix."""
    prefix = _PREFIXES.get(text[:2])
    try:
        low, high = date_range(text[2:] if prefix else text)
    except ValueError as error:
        raise Invalid(str(error), expression=f"http.{code}") from None
    return DateValue(prefix or "eq", low, high)


def reference(code: str, text: str, base: str) -> ReferenceValue:
    """An id, `Type/id`, or an absolute URL of this server; another server's URL matches nothing."""
    local = text.removeprefix(f"{base}/")
    if _SCHEME.match(local):
        return ReferenceValue("", local)
    type, slash, id = local.rpartition("/")
    if not ID.fullmatch(id) or (slash and not _TYPE.fullmatch(type)):
        raise Invalid(f"`{text}` is not a reference: id, Type/id or a URL of this server", expression=f"http.{code}")
    return ReferenceValue(type or None, id)


def parse(code: str, type: str, text: str, base: str) -> tuple[SearchValue, ...]:
    """The alternatives (`,`) of one occurrence of a parameter of this R4 type. Raises Invalid."""
    if found := _UNSTORABLE.search(text):
        raise Invalid(f"the value of `{code}` holds the character U+{ord(found[0]):04X}", expression=f"http.{code}")
    alternatives = split(text, ",")
    if any(not part for part in alternatives):
        raise Invalid(f"`{code}` has an empty value", expression=f"http.{code}")
    match type:
        case "date":
            return tuple(date(code, part) for part in alternatives)
        case "reference":
            return tuple(reference(code, unescape(part), base) for part in alternatives)
        case _:
            return tuple(token(code, part) for part in alternatives)
