"""A small FHIR server in memory, right in what the public TestScripts look at: JSON and XML, versions, search by names.

What enters: requests. What leaves: replies. It rejects ids that end in capitals only because one of HL7's own scripts
wants that. https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from omop_fhir.conformance.exchange import parse_body, to_json
from omop_fhir.conformance.media import JSON, XML
from omop_fhir.conformance.xml import to_xml

from .conftest import Asked, Reply

Resource = dict[str, Any]
_STAMP = {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}


@dataclass
class Store:
    """The server's state: all versions of each resource; a deleted one ends with None."""

    versions: dict[str, list[Resource | None]] = field(default_factory=dict)

    def put(self, name: str, resource: Resource) -> None:
        """Add a version of `Patient/1`."""
        versions = self.versions.setdefault(name, [])
        meta = {**resource.get("meta", {}), "versionId": str(len(versions) + 1)}
        versions.append({**resource, "id": name.partition("/")[2], "meta": meta})

    def __call__(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.path)
        path = [part for part in parts.path.removeprefix("/fhir").split("/") if part]
        return _as_asked(self._reply(asked, path, dict(parse_qsl(parts.query))), asked, parts.query)

    def _reply(self, asked: Asked, path: list[str], query: dict[str, str]) -> Reply:
        if path == ["metadata"]:
            return Reply(200, CAPABILITIES)
        if asked.method == "GET":
            return self._get(path, query)
        body = parse_body(asked.body, asked.headers.get("content-type", JSON))
        if asked.method == "POST":
            return self._create(path[0], body)
        return self._change(asked.method, "/".join(path), body)

    def _get(self, path: list[str], query: dict[str, str]) -> Reply:
        if len(path) == 1:
            return Reply(200, self._search(path[0], query))
        name = "/".join(path[:2])
        if not re.fullmatch("[a-z0-9-]+|[0-9a-f]+", path[1]):
            return _refused(400, "value")
        versions = self.versions.get(name, [])
        if not versions:
            return _refused(404, "not-found")
        if len(path) == 3:
            return Reply(200, _history(name, versions))
        found = versions[int(path[3]) - 1 if len(path) == 4 else -1]
        return _refused(410, "deleted") if found is None else Reply(200, found, _STAMP)

    def _search(self, kind: str, query: dict[str, str]) -> Resource:
        found = [v[-1] for name, v in self.versions.items() if name.startswith(kind + "/") and v[-1] is not None]
        for key in ("family", "given"):
            if key in query:
                found = [r for r in found if query[key].lower() in str(r.get("name")).lower()]
        entries = [{"fullUrl": f"http://x/{kind}/{r['id']}", "resource": r, "search": {"mode": "match"}} for r in found]
        links = [{"relation": "self", "url": f"http://x/{kind}"}]
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links}
        return {**bundle, "entry": entries} if entries else bundle

    def _create(self, kind: str, body: Resource) -> Reply:
        name = f"{kind}/{len(self.versions) + 1000}"
        self.put(name, body)
        return Reply(201, self.versions[name][-1], {"Location": f"/fhir/{name}/_history/1", **_STAMP})

    def _change(self, method: str, name: str, body: Resource) -> Reply:
        there = bool(self.versions.get(name)) and self.versions[name][-1] is not None
        if method == "DELETE":
            if there:
                self.versions[name].append(None)
            return Reply(204)
        self.put(name, body)
        return Reply(200 if there else 201, self.versions[name][-1], _STAMP)


def _history(name: str, versions: list[Resource | None]) -> Resource:
    entries = []
    for number, version in enumerate(versions, 1):
        request = {"method": "PUT" if version else "DELETE", "url": name}
        content = {"resource": version} if version else {}
        status = {"status": "200" if version else "204"}
        entries.append({"fullUrl": f"http://x/{name}", **content, "request": request, "response": status, "id": str(number)})
    return {"resourceType": "Bundle", "type": "history", "total": len(entries), "entry": entries[::-1]}


def _refused(status: int, code: str) -> Reply:
    return Reply(status, {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]})


def _as_asked(reply: Reply, asked: Asked, query: str) -> Reply:
    """In XML where that was asked for; the self link of a search with the search."""
    if reply.body is None:
        return reply
    body = reply.body
    if body.get("type") == "searchset" and query:
        body = {**body, "link": [{"relation": "self", "url": body["link"][0]["url"] + "?" + query}]}
    if "xml" in asked.headers.get("accept", ""):
        return Reply(reply.status, to_xml(body), {**reply.headers, "Content-Type": XML})
    return Reply(reply.status, to_json(body), {**reply.headers, "Content-Type": JSON})


CAPABILITIES: Resource = {
    "resourceType": "CapabilityStatement", "status": "active", "date": "2026-01-01", "kind": "capability",
    "fhirVersion": "4.0.1", "format": ["json", "xml"],
    "rest": [{"mode": "server", "resource": [{"type": "Patient", "interaction": [{"code": "read"}, {"code": "search-type"}]}]}],
}  # fmt: skip
