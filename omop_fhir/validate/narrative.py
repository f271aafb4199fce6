"""Narrative: the XHTML that a person sees (txt-1, txt-2).

What enters: the text of `Narrative.div`. What leaves: None, or what is wrong. It rejects whatever could act
in a browser: scripts, handlers, forms, objects, `javascript:` addresses, and entities.
https://hl7.org/fhir/R4/narrative.html#xhtml
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, ParseError, XMLParser

XHTML = "{http://www.w3.org/1999/xhtml}"
_TAGS = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "address",
        "area",
        "b",
        "bdo",
        "big",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "kbd",
        "li",
        "map",
        "ol",
        "p",
        "pre",
        "q",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "ul",
        "var",
    ]
)
_COMMON = frozenset(
    [
        "title",
        "style",
        "class",
        "id",
        "lang",
        "dir",
        "accesskey",
        "tabindex",
        "span",
        "width",
        "align",
        "valign",
        "char",
        "charoff",
        "abbr",
        "axis",
        "headers",
        "scope",
        "rowspan",
        "colspan",
        "{http://www.w3.org/XML/1998/namespace}lang",
        "{http://www.w3.org/XML/1998/namespace}space",
    ]
)
_OWN = {
    "a": frozenset(["href", "name", "charset", "type", "hreflang", "rel", "rev", "shape", "coords"]),
    "area": frozenset(["href", "alt", "shape", "coords", "nohref"]),
    "blockquote": frozenset({"cite"}),
    "img": frozenset(["src", "alt", "height", "width", "usemap", "longdesc", "border", "ismap"]),
    "map": frozenset({"name"}),
    "q": frozenset({"cite"}),
    "table": frozenset(["summary", "width", "border", "frame", "rules", "cellspacing", "cellpadding"]),
    "td": frozenset({"nowrap", "height"}),
    "th": frozenset({"nowrap", "height"}),
}
_ADDRESSES = frozenset({"href", "src", "cite", "longdesc", "usemap"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED = re.compile(r"[\x00-\x20]")
"""Browsers leave these out of an address before they look at its scheme."""
_SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel", "ftp", "urn", "cid"})
_DECLARATION = re.compile(r"<!(?!--|\[CDATA\[)|<\?")
_ACTIVE_STYLE = re.compile(r"javascript:|expression\s*\(|@import|behavior\s*:|-moz-binding", re.IGNORECASE)


def check_narrative(text: str) -> str | None:
    """None if the div is safe XHTML with content, else the reason, beginning with the key of the
    invariant."""
    declaration = _DECLARATION.search(text)
    if declaration is not None:
        return f"txt-1: the narrative may hold no {declaration[0]}...> (declarations, entities, instructions)"
    try:
        div = _parse(text)
    except ParseError as error:
        return f"txt-1: the narrative is not well-formed XHTML: {error}"
    if div.tag != XHTML + "div":
        return "txt-1: the narrative must be a <div> in the namespace http://www.w3.org/1999/xhtml"
    problem = next((found for node in div.iter() if (found := _check_node(node)) is not None), None)
    if problem is None and not _has_content(div):
        return "txt-2: the narrative has no content but white space"
    return problem


def _parse(text: str) -> Element:
    parser = XMLParser()  # noqa: S314 - as above
    parser.feed(text)
    root: Element = parser.close()
    return root


def _check_node(node: Element) -> str | None:
    tag = node.tag.removeprefix(XHTML)
    if tag not in _TAGS or not node.tag.startswith(XHTML):
        return f"txt-1: the narrative may hold no <{tag}>"
    allowed = _OWN.get(tag, frozenset())
    for name, value in node.items():
        if name not in _COMMON and name not in allowed:
            return f"txt-1: <{tag}> in a narrative may have no attribute {name!r}"
        if not _is_safe(tag, name, value):
            return f"txt-1: the {name!r} of <{tag}> in a narrative may not act or load"
    return None


def _is_safe(tag: str, name: str, value: str) -> bool:
    if name == "style":
        return _ACTIVE_STYLE.search(value) is None
    scheme = _SCHEME.match(_IGNORED.sub("", value)) if name in _ADDRESSES else None
    if scheme is None or scheme[1].lower() in _SAFE_SCHEMES:
        return True
    return tag == "img" and name == "src" and value.lower().startswith("data:image/")


def _has_content(div: Element) -> bool:
    return any(text.strip() for text in div.itertext()) or div.find(f".//{XHTML}img") is not None
