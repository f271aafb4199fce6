"""Resources in XML -> JSON, as far as the official cases of FHIRPath Patch need it (https://hl7.org/fhir/R4/xml.html)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from omop_fhir.fhir.datatypes import PRIMITIVES
from omop_fhir.fhir.definitions import children

FHIR = "{http://hl7.org/fhir}"
XHTML = "http://www.w3.org/1999/xhtml"
_NUMBERS = {"decimal": Decimal, "integer": int, "positiveInt": int, "unsignedInt": int, "boolean": lambda text: text == "true"}

ElementTree.register_namespace("", XHTML)


def resource(node: ElementTree.Element) -> dict[str, Any]:
    """The resource of an XML element."""
    name = node.tag.removeprefix(FHIR)
    return {"resourceType": name, **_object(node, name)}


def _object(node: ElementTree.Element, path: str) -> dict[str, Any]:
    made: dict[str, Any] = {name: node.get(name) for name in ("id", "url") if node.get(name)}
    for below in node:
        name = below.tag.rpartition("}")[2]
        element, kind = _definition(path, name)
        value, shadow = _primitive(below, kind) if kind in PRIMITIVES else (_object(below, _path(element, kind)), None)
        _store(made, name, value, shadow, element.is_list)
    return made


def _definition(path: str, name: str) -> tuple[Any, str]:
    for element in children(path):
        for property, kind in zip(element.properties, element.types or ("",), strict=False):
            if property == name:
                return element, getattr(kind, "code", "")
    raise LookupError(f"{path}.{name}")


def _path(element: Any, kind: str) -> str:
    return str(element.content or (element.path if element.is_backbone else kind))


def _primitive(node: ElementTree.Element, kind: str) -> tuple[Any, dict[str, Any] | None]:
    if kind == "xhtml":
        return ElementTree.tostring(node, "unicode").strip(), None
    text = node.get("value")
    return None if text is None else _NUMBERS.get(kind, str)(text), _object_without_value(node)


def _object_without_value(node: ElementTree.Element) -> dict[str, Any] | None:
    return _object(node, "Element") or None


def _store(made: dict[str, Any], name: str, value: Any, shadow: Any, is_list: bool) -> None:
    if not is_list:
        made |= {key: item for key, item in ((name, value), ("_" + name, shadow)) if item is not None}
        return
    made.setdefault(name, []).append(value)
    if shadow is not None:
        raise NotImplementedError(f"extensions in the list {name}")
