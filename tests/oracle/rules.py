"""R4's matching rules by parameter type, but for dates (https://hl7.org/fhir/R4/search.html#ptypes): does a value match?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

IMPLIED = {
    "gender": "http://hl7.org/fhir/administrative-gender",
    "Encounter.status": "http://hl7.org/fhir/encounter-status",
    "Procedure.status": "http://hl7.org/fhir/event-status",
    "MedicationStatement.status": "http://hl7.org/fhir/CodeSystem/medication-statement-status",
}
"""The systems of codes, by the value sets that R4 binds them to."""
_MINUTES = {"s": Decimal(1) / 60, "min": Decimal(1), "h": Decimal(60), "d": Decimal(1440)}
UCUM = "http://unitsofmeasure.org"


def split(text: str, separator: str) -> list[str]:
    """Parts between separators that no backslash stands before; still escaped."""
    parts, escaped = [""], False
    for character in text:
        if character == separator and not escaped:
            parts.append("")
        else:
            parts[-1] += character
        escaped = character == "\\" and not escaped
    return parts


def unescape(text: str) -> str:
    return re.sub(r"\\([\\,|$])", r"\1", text)


class Code(NamedTuple):
    """A code as a token search sees it, with the words that stand for it."""

    system: str | None
    code: str | None
    words: tuple[str, ...]


def codes(place: str, value: Any) -> Iterator[Code]:
    """The codes of a token parameter's element. `place` is `Type.code` of the parameter."""
    if isinstance(value, bool):
        yield Code(None, str(value).lower(), ())
    elif isinstance(value, str):
        code = place.partition(".")[2]
        yield Code(IMPLIED.get(place) or IMPLIED.get(code), value, ())
    elif "value" in value:  # Identifier
        type = value.get("type", {})
        yield Code(value.get("system"), value["value"], tuple(filter(None, (type.get("text"),))))
    elif "coding" in value or "code" not in value:
        for coding in value.get("coding", ()):
            yield Code(coding.get("system"), coding.get("code"), tuple(filter(None, (coding.get("display"),))))
        if "text" in value:
            yield Code(None, None, (value["text"],))
    else:
        yield Code(value.get("system"), value["code"], tuple(filter(None, (value.get("display"),))))


def token(place: str, value: Any, text: str) -> bool:
    """`code`, `system|code`, `|code`, `system|`."""
    parts = [unescape(part) for part in split(text, "|")]
    real = [each for each in codes(place, value) if each.code is not None]
    if len(parts) == 1:
        return any(each.code == parts[0] for each in real)
    system, code = parts
    return any((each.system or "") == system and code in ("", each.code) for each in real)


def token_text(place: str, value: Any, text: str) -> bool:
    """`:text`: a display or text begins with the words; case and accents do not count."""
    wanted = fold(unescape(text))
    return any(fold(word).startswith(wanted) for each in codes(place, value) for word in each.words)


def fold(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()


def strings(value: Any) -> Iterator[str]:
    """The texts of a string parameter's element: of an Address or HumanName, all of its parts."""
    if isinstance(value, str):
        yield value
        return
    for name in ("text", "line", "city", "district", "state", "postalCode", "country", "family", "given", "prefix", "suffix"):
        part = value.get(name, ())
        yield from (part,) if isinstance(part, str) else part


def string(value: Any, modifier: str, text: str) -> bool:
    wanted = unescape(text)
    if modifier == "exact":
        return any(each == wanted for each in strings(value))
    if modifier == "contains":
        return any(fold(wanted) in fold(each) for each in strings(value))
    return any(fold(each).startswith(fold(wanted)) for each in strings(value))


def quantity(value: Any, text: str) -> bool:
    """A Quantity in minutes against `[prefix]number`, with `|system|code` or without."""
    number, *unit = split(text, "|")
    prefix, number = (number[:2], number[2:]) if number[0].isalpha() else ("eq", number)
    system, code = unit if unit else ("", "")
    if system not in ("", UCUM) or (code or "min") not in _MINUTES:
        return False
    size, wanted = _MINUTES[code or "min"], Decimal(number)
    half = Decimal(5).scaleb(int(wanted.as_tuple().exponent) - 1)
    low, high, exact, have = (wanted - half) * size, (wanted + half) * size, wanted * size, Decimal(str(value["value"]))
    inside = low <= have < high
    return {
        "eq": inside,
        "ne": not inside,
        "gt": have > exact,
        "sa": have > exact,
        "lt": have < exact,
        "eb": have < exact,
        "ge": have >= exact,
        "le": have <= exact,
        "ap": abs(have - exact) <= abs(exact) / 10,
    }[prefix]


def reference(value: Any, modifier: str, text: str, base: str) -> bool:
    """An id, `Type/id`, or a URL of this server, with `:Type` or without."""
    have = value.get("reference")
    wanted = unescape(text).removeprefix(f"{base}/")
    if have is None:
        return False
    type, _, id = have.rpartition("/")
    if modifier and type != modifier:
        return False
    return bool(have == wanted or ("/" not in wanted and ":" not in wanted and id == wanted))
