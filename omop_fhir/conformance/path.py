"""The `path` of TestScripts: XPath over a resource's XML, or JSONPath over its JSON.

What enters: parsed JSON and a path. One that begins with `$` is JSONPath (RFC 9535), every other one XPath 2.0, in
which a name without prefix, or with `fhir:` or `f:`, is of FHIR's namespace. What leaves: the values as text, in
document order; of an element that is a primitive its `value`. What is rejected, with `PathError`: a path that cannot
be evaluated. https://hl7.org/fhir/R4/testscript-definitions.html#TestScript.variable.path
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ElementTree

import jsonpath
from elementpath import ElementPathError, XPath2Parser, select

from .fhirpath import PathError, as_text
from .xml import FHIR, XHTML, XmlError, to_tree

_NAMESPACES = {"": FHIR, "fhir": FHIR, "f": FHIR, "xhtml": XHTML, "h": XHTML}


def values_at(resource: Any, path: str) -> list[str]:
    """The values at a path. Raises PathError."""
    return _json_values(resource, path) if path.startswith("$") else _xml_values(resource, path)


def _json_values(resource: Any, path: str) -> list[str]:
    try:
        found = jsonpath.findall(path, resource)
    except jsonpath.JSONPathError as error:
        raise PathError(f"JSONPath {path!r}: {str(error).splitlines()[0]}") from None
    return [as_text(value) for value in found]


def _xml_values(resource: Any, path: str) -> list[str]:
    try:
        tree = ElementTree(to_tree(resource))
        found = select(tree, path, namespaces=_NAMESPACES, parser=XPath2Parser)
    except (ElementPathError, XmlError, ArithmeticError) as error:
        raise PathError(f"XPath {path!r}: {error}") from None
    return [_text(item) for item in (found if isinstance(found, list) else [found])]


def _text(item: Any) -> str:
    """Of an element its `value` attribute, else all the text in it."""
    if isinstance(item, Element):
        value = item.get("value")
        return "".join(item.itertext()) if value is None else value
    return as_text(item)
