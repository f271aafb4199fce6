"""FHIR XML to JSON and back, led by the definitions of R4.

What enters: a resource as XML (https://hl7.org/fhir/R4/xml.html) or as parsed JSON
(https://hl7.org/fhir/R4/json.html). What leaves: the other. What is rejected, with `XmlError`: text that is no
XML, elements that R4 does not have there, values of the wrong kind. Decimals keep their digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element as Node

from omop_fhir.fhir.definitions import Element, ElementType, children, resource_types

JSON = dict[str, Any]
FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
_INTEGERS = frozenset({"integer", "positiveInt", "unsignedInt"})
_BACKBONE = ElementType("BackboneElement")


class XmlError(ValueError):
    """Not a resource in XML; the message names the element."""


@lru_cache(maxsize=4096)
def _slots(path: str) -> Mapping[str, tuple[Element, ElementType]]:
    """Name in XML and JSON -> element and type, of what may lie below a type or backbone element."""
    found: dict[str, tuple[Element, ElementType]] = {}
    for element in children(path):
        kinds = element.types or (_BACKBONE,)
        found.update({name: (element, kind) for name, kind in zip(element.properties, kinds, strict=False)})
    return found


def _below(element: Element, kind: ElementType) -> str:
    """The path whose children a value of the element has."""
    if element.content is not None:
        return element.content
    return element.path if element.is_backbone else kind.code


def _is_primitive(kind: ElementType) -> bool:
    return kind.code[0].islower()


# XML to JSON


def from_xml(text: str) -> JSON:
    """A resource in XML as parsed JSON. Raises XmlError."""
    return _resource(_parsed(text))


def _parsed(text: str) -> Node:
    if "<!DOCTYPE" in text:
        raise XmlError("a resource in XML has no document type declaration")
    try:
        return ElementTree.fromstring(text)  # noqa: S314 -- without a DTD there are no entities to expand
    except ElementTree.ParseError as error:
        raise XmlError(f"not XML: {error}") from None


def _resource(node: Node) -> JSON:
    name = _name(node)
    if name not in resource_types():
        raise XmlError(f"{name} is not a resource type of R4")
    return {"resourceType": name, **_object(node, name, name)}


def _name(node: Node) -> str:
    space, _, name = node.tag.rpartition("}")
    if space not in ("{" + FHIR, "{" + XHTML):
        raise XmlError(f"{name} is not in the namespace {FHIR}")
    return name


def _object(node: Node, path: str, place: str) -> JSON:
    slots, found = _slots(path), dict[str, Any]()
    for name, value in node.attrib.items():
        if name in slots and not name.startswith("{"):
            found[name] = value
    for child in node:
        if isinstance(child.tag, str):
            _add(found, child, slots, place)
    return found


def _add(found: JSON, child: Node, slots: Mapping[str, tuple[Element, ElementType]], place: str) -> None:
    name = _name(child)
    if name not in slots:
        raise XmlError(f"{place} has no element {name}")
    element, kind = slots[name]
    here = f"{place}.{name}"
    if kind.code == "xhtml":
        found[name] = ElementTree.tostring(_unprefixed(child, ""), encoding="unicode").strip()
    elif _is_primitive(kind):
        _add_primitive(found, name, element.is_list, _value(child, kind, here), _shadow(child, here))
    else:
        _put(found, name, element.is_list, _complex(child, element, kind, here))


def _complex(child: Node, element: Element, kind: ElementType, place: str) -> JSON:
    if kind.code != "Resource":
        return _object(child, _below(element, kind), place)
    inner = [each for each in child if isinstance(each.tag, str)]
    if len(inner) != 1:
        raise XmlError(f"{place} must hold one resource")
    return _resource(inner[0])


def _put(found: JSON, name: str, is_list: bool, value: Any) -> None:
    if is_list:
        found.setdefault(name, []).append(value)
    elif name in found:
        raise XmlError(f"{name} may be there once")
    else:
        found[name] = value


def _add_primitive(found: JSON, name: str, is_list: bool, value: Any, shadow: JSON | None) -> None:
    if not is_list:
        if value is not None:
            _put(found, name, False, value)
        if shadow is not None:
            _put(found, "_" + name, False, shadow)
        return
    values = found.setdefault(name, [])
    values.append(value)
    if shadow is not None or "_" + name in found:
        shadows = found.setdefault("_" + name, [])
        shadows += [None] * (len(values) - 1 - len(shadows)) + [shadow]


def _value(node: Node, kind: ElementType, place: str) -> Any:
    text = node.get("value")
    if text is None:
        return None
    try:
        return _typed(text, kind.code)
    except (ValueError, InvalidOperation):
        raise XmlError(f"{place}: {text!r} is not of the type {kind.code}") from None


def _typed(text: str, code: str) -> Any:
    if code == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if code in _INTEGERS:
        return int(text)
    return Decimal(text) if code == "decimal" else text


def _shadow(node: Node, place: str) -> JSON | None:
    shadow: JSON = {"id": node.attrib["id"]} if "id" in node.attrib else {}
    extensions = [_object(child, "Extension", f"{place}.extension") for child in node if isinstance(child.tag, str)]
    if extensions:
        shadow["extension"] = extensions
    return shadow or None


# JSON to XML


def to_xml(resource: JSON) -> str:
    """A resource as XML text. Raises XmlError."""
    root = _unprefixed(to_tree(resource), "")
    return '<?xml version="1.0" encoding="UTF-8"?>' + ElementTree.tostring(root, encoding="unicode")


def _unprefixed(node: Node, around: str) -> Node:
    """The tree with its namespaces as they are commonly written: declared where they begin, without prefixes."""
    space, _, name = node.tag.rpartition("}")
    here = space.removeprefix("{")
    found = Node(name, node.attrib if here == around else {"xmlns": here, **node.attrib})
    found.text, found.tail = node.text, node.tail
    found.extend(_unprefixed(child, here) for child in node)
    return found


def to_tree(resource: JSON) -> Node:
    """A resource as a tree in FHIR's namespace. Raises XmlError."""
    name = resource.get("resourceType")
    if not isinstance(name, str) or name not in resource_types():
        raise XmlError(f"{name!r} is not a resource type of R4")
    node = Node(_tag(name))
    _fill(node, {key: value for key, value in resource.items() if key != "resourceType"}, name, name)
    return node


def _tag(name: str) -> str:
    return f"{{{FHIR}}}{name}"


def _fill(node: Node, value: JSON, path: str, place: str) -> None:
    slots = _slots(path)
    unknown = [key for key in value if key.removeprefix("_") not in slots]
    if unknown:
        raise XmlError(f"{place} has no element {unknown[0]}")
    for name, (element, kind) in slots.items():
        if name in value or "_" + name in value:
            _write(node, name, element, kind, value, f"{place}.{name}")


def _write(node: Node, name: str, element: Element, kind: ElementType, value: JSON, place: str) -> None:
    if _is_attribute(element, name):
        node.set(name, str(value[name]))
    elif kind.code == "xhtml":
        node.append(_narrative(value[name], place))
    elif _is_primitive(kind):
        for item, shadow in _pairs(value, name):
            node.append(_primitive(name, item, shadow, place))
    else:
        for item in _listed(value[name]):
            node.append(_complex_node(name, item, element, kind, place))


def _is_attribute(element: Element, name: str) -> bool:
    """`id` of datatypes and backbone elements, and `url` of extensions; the id of a resource is an element."""
    if name == "id":
        owner = element.path.rpartition(".")[0]
        return owner not in resource_types() and owner not in ("Resource", "DomainResource")
    return element.path == "Extension.url"


def _narrative(text: Any, place: str) -> Node:
    try:
        return _parsed(text)
    except (XmlError, TypeError) as error:
        raise XmlError(f"{place} is not XHTML: {error}") from None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _pairs(value: JSON, name: str) -> Iterator[tuple[Any, Any]]:
    """A primitive's values, each with its id and extensions."""
    values, shadows = _listed(value.get(name)), _listed(value.get("_" + name))
    for index in range(max(len(values), len(shadows))):
        yield values[index] if index < len(values) else None, shadows[index] if index < len(shadows) else None


def _primitive(name: str, item: Any, shadow: Any, place: str) -> Node:
    if isinstance(item, dict | list):
        raise XmlError(f"{place} must be one primitive value")
    node = Node(_tag(name))
    if shadow is not None:
        _fill(node, shadow, "Element", place)
    if item is not None:
        node.set("value", str(item).lower() if isinstance(item, bool) else str(item))
    return node


def _complex_node(name: str, item: Any, element: Element, kind: ElementType, place: str) -> Node:
    if not isinstance(item, dict):
        raise XmlError(f"{place} must be an object")
    node = Node(_tag(name))
    if kind.code == "Resource":
        node.append(to_tree(item))
    else:
        _fill(node, item, _below(element, kind), place)
    return node

