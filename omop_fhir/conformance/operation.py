"""From an operation of a TestScript to a request.

What enters: an operation and the memory of the run. What leaves: a `Request`. What is rejected: an operation that
lacks what its type needs, or that names what is not there (`Broken`, `Skipped`).
https://hl7.org/fhir/R4/testscript-definitions.html#TestScript.setup.action.operation,
https://hl7.org/fhir/R4/valueset-testscript-operation-codes.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from .client import Server
from .exchange import Request, to_json
from .media import JSON, is_xml, media_type
from .memory import Memory, Target
from .script import Operation
from .verdict import Broken, Skipped
from .xml import XmlError, to_xml

_METHODS = {
    "read": "GET", "vread": "GET", "history": "GET", "search": "GET", "capabilities": "GET",
    "create": "POST", "batch": "POST", "transaction": "POST",
    "update": "PUT", "updateCreate": "PUT", "patch": "PATCH",
    "delete": "DELETE", "deleteCondSingle": "DELETE", "deleteCondMultiple": "DELETE",
}  # fmt: skip
"""Operation codes that are interactions; every other code is an operation, `$code`."""
_BODIES = ("POST", "PUT", "PATCH")
_FORM = "application/x-www-form-urlencoded"
_SAFE = "%/:?&=#[]@!$'()*+,;~"
"""Left as it is where a URL is encoded: what RFC 3986 allows, and `%`, which is encoded already."""


def request_of(operation: Operation, memory: Memory, server: Server) -> Request:
    """The request that an operation makes. Raises Broken, Skipped."""
    method = _method(operation)
    form = _form(operation, memory) if method == "POST" and operation.code == "search" else None
    text, content_type = (form, _FORM) if form is not None else _body(operation, memory, method)
    headers = _headers(operation, memory, content_type)
    return Request(headers=headers, text=text, method=method, url=_url(operation, memory, server, form is not None))


def _method(operation: Operation) -> str:
    said = operation.get("method")
    if said:
        return said.upper()
    if operation.code is None:
        raise Broken("the operation has neither a type nor a method")
    return _METHODS.get(operation.code) or ("POST" if operation.get("sourceId") else "GET")


def _headers(operation: Operation, memory: Memory, content_type: str | None) -> dict[str, str]:
    headers = {}
    accept = operation.get("accept") or "json"
    if accept != "none":
        headers["accept"] = media_type(accept)
    if content_type is not None:
        headers["content-type"] = content_type
    for row in operation.element.get("requestHeader", ()):
        headers[row["field"].lower()] = memory.text(row["value"])
    return headers


# The body


def _body(operation: Operation, memory: Memory, method: str) -> tuple[str, str | None]:
    source = operation.get("sourceId")
    if source is None or method not in _BODIES:
        return "", None
    resource = memory.resource(source)
    if not isinstance(resource, dict):
        raise Broken(f"{source} holds no resource to send")
    if resource.get("resourceType") == "Binary" and operation.get("resource") != "Binary":
        return _raw(resource, source)
    wanted = media_type(operation.get("contentType") or "json")
    return _written(resource, wanted, source), wanted


def _raw(binary: dict[str, Any], source: str) -> tuple[str, str]:
    """A Binary stands for what it holds, where it is not sent as one: a JSON Patch, or no JSON at all."""
    try:
        data = base64.b64decode(binary.get("data", ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Broken(f"{source}: the data of the Binary cannot be sent: {error}") from None
    return data, binary.get("contentType", JSON)


def _written(resource: dict[str, Any], content_type: str, source: str) -> str:
    if not is_xml(content_type):
        return to_json(resource)
    try:
        return to_xml(resource)
    except XmlError as error:
        raise Skipped(f"{source} cannot be written as XML: {error}") from None


def _form(operation: Operation, memory: Memory) -> str:
    _, _, query = memory.text(operation.get("params") or "").partition("?")
    return quote(query, safe=_SAFE + "+")


# The URL


def _url(operation: Operation, memory: Memory, server: Server, is_form: bool) -> str:
    said = operation.get("url")
    path = memory.text(said) if said else _path(operation, memory, is_form)
    url = server.url(path)
    return quote(url, safe=_SAFE) if operation.element.get("encodeRequestUrl") is not False else url.replace(" ", "%20")


def _path(operation: Operation, memory: Memory, is_form: bool) -> str:
    code = operation.code or ""
    target = memory.target(operation.get("targetId") or "") if operation.get("targetId") else None
    params = _params(operation, memory)
    if is_form:
        return f"{operation.get('resource') or ''}/_search"
    if code in _SHAPES:
        return _SHAPES[code](operation, memory, target, params)
    if code in _METHODS or not code:
        return _instance(operation, memory, target, params)
    return _operation_path(operation, memory, target, params, code)


def _params(operation: Operation, memory: Memory) -> str:
    params = memory.text(operation.get("params") or "")
    if not params or params[0] in "/?":
        return params
    return f"?{params}" if "=" in params else f"/{params}"


def _type(operation: Operation, memory: Memory, target: Target | None) -> str:
    """[type]: said, or that of the target or the source."""
    said = operation.get("resource")
    if said:
        return said
    if target is not None:
        return target.type
    source = operation.get("sourceId")
    resource = memory.resource(source) if source else None
    return str(resource.get("resourceType", "")) if isinstance(resource, dict) else ""


def _instance(operation: Operation, memory: Memory, target: Target | None, params: str) -> str:
    """[type]/[id]: of the target, else as `params` say, else of what is sent."""
    base = _type(operation, memory, target)
    if target is not None:
        return f"{base}/{target.id}{params}"
    source = operation.get("sourceId")
    if not params and source and operation.code in ("update", "updateCreate", "patch"):
        return f"{base}/{memory.target(source).id}"
    return base + params


def _collection(operation: Operation, memory: Memory, target: Target | None, params: str) -> str:
    return _type(operation, memory, None) + params


def _root(operation: Operation, memory: Memory, target: Target | None, params: str) -> str:
    return params


def _capabilities(operation: Operation, memory: Memory, target: Target | None, params: str) -> str:
    return "metadata" + params


def _history(operation: Operation, memory: Memory, target: Target | None, params: str) -> str:
    path, mark, query = _instance(operation, memory, target, params).partition("?")
    if "_history" not in path:
        path = f"{path}/_history".lstrip("/")
    return path + mark + query


def _version(operation: Operation, memory: Memory, target: Target | None, params: str) -> str:
    if target is None:
        return _type(operation, memory, None) + params
    if target.version is None:
        raise Skipped(f"{operation.get('targetId')} has no version to read")
    return f"{_type(operation, memory, target)}/{target.id}/_history/{target.version}{params}"


def _operation_path(operation: Operation, memory: Memory, target: Target | None, params: str, code: str) -> str:
    """[type]/[id]/$code, unless `params` name the operation already."""
    said = operation.get("resource") or (target.type if target else "")
    base = f"{said}/{target.id}" if target else said
    if f"${code}" in params:
        return base + params
    path, mark, query = params.partition("?")
    return f"{base}{path}/${code}{mark}{query}".lstrip("/")


_SHAPES: dict[str, Callable[[Operation, Memory, Target | None, str], str]] = {
    "create": _collection,
    "search": _collection,
    "deleteCondSingle": _collection,
    "deleteCondMultiple": _collection,
    "batch": _root,
    "transaction": _root,
    "capabilities": _capabilities,
    "history": _history,
    "vread": _version,
}
