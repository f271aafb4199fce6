"""Media types of FHIR (https://hl7.org/fhir/R4/http.html#mime-type).

What enters: the short codes that TestScripts use, or whole media types. What leaves: whole media types, and
whether one is JSON or XML. Nothing is rejected: an unknown code is taken as it stands.
"""

from __future__ import annotations

JSON = "application/fhir+json"
XML = "application/fhir+xml"
_CODES = {"json": JSON, "xml": XML, "ttl": "application/fhir+turtle"}


def media_type(code: str) -> str:
    """`json` -> `application/fhir+json`; a whole media type is left as it is."""
    return _CODES.get(code.lower(), code)


def essence(header: str) -> str:
    """A Content-Type without its parameters, in lower case."""
    return header.partition(";")[0].strip().lower()


def is_json(header: str) -> bool:
    return essence(header).endswith(("/json", "+json"))


def is_xml(header: str) -> bool:
    return essence(header).endswith(("/xml", "+xml"))


def matches(header: str, wanted: str) -> bool:
    """Whether a Content-Type is what was asked for: of a short code its family, of a media type the same one."""
    if wanted.lower() == "json":
        return is_json(header)
    if wanted.lower() == "xml":
        return is_xml(header)
    return essence(header) == essence(media_type(wanted))
