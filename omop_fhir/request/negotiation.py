"""Which representation does the client accept? (https://hl7.org/fhir/R4/http.html#mime-type)

The `_format` parameter and the Accept header enter; nothing leaves but the certainty that JSON of FHIR 4.0 will do.
Rejected with NotAcceptable: clients that want only XML or Turtle, or another version of FHIR.
"""

from __future__ import annotations

from functools import lru_cache

from ..errors import NotAcceptable

JSON = "application/fhir+json; charset=utf-8"

_FORMATS = frozenset({"json", "application/json", "application/fhir+json", "text/json"})
_RANGES = frozenset({*_FORMATS, "application/*", "text/*", "*/*"})


@lru_cache(maxsize=512)
def check_acceptable(accept: str | None, format: str | None) -> None:
    """Raises NotAcceptable where JSON will not do. `_format` comes before Accept."""
    if format is not None:
        kind, parameters = media(format)
        kind = kind.replace(" ", "+")  # an unescaped + arrives as a space
        if kind not in _FORMATS or not is_version(parameters):
            raise NotAcceptable(f"`_format={format}` cannot be given: only JSON can", expression="http._format")
    elif accept and not any(_is_acceptable(part) for part in accept.split(",")):
        raise NotAcceptable(f"`Accept: {accept}` cannot be given: only application/fhir+json of FHIR 4.0 can")


def media(text: str) -> tuple[str, dict[str, str]]:
    """A media type and its parameters, names in lower case (RFC 9110 §8.3.1)."""
    kind, *rest = (part.strip() for part in text.split(";"))
    pairs = (part.partition("=") for part in rest)
    return kind.lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _is_acceptable(part: str) -> bool:
    kind, parameters = media(part)
    return kind in _RANGES and is_version(parameters) and _quality(parameters) > 0


def is_version(parameters: dict[str, str]) -> bool:
    """Is `fhirVersion`, where it is given, that of this server? (https://hl7.org/fhir/R4/http.html#version-parameter)"""
    return parameters.get("fhirversion", "4.0") in ("4.0", "4.0.1")


def _quality(parameters: dict[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0
