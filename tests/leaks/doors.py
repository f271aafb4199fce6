"""The doors by which resources of a type, or what they tell, may come out: requests that knock at each.

Every request stands for itself; where it leads to further pages, whoever asks follows the links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from omop_fhir.fhir.search_parameters import search_parameter

from .asking import Request, pairs
from .population import CODE_SYSTEM, EVENTS, PLACES, TYPES, Thing, resource, things

FORM = {"content-type": "application/x-www-form-urlencoded"}
ABSENT = {"Patient": "9", **dict.fromkeys(EVENTS, "909"), **dict.fromkeys(PLACES, "9")}
_EVENTS_OF = {"2": "hidden", "1": "own", "3": "gone"}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a type can be searched by, as the CapabilityStatement says."""

    parameters: tuple[tuple[str, str], ...]
    """Code and type."""
    includes: tuple[str, ...]
    reverse: tuple[str, ...]


Facts: TypeAlias = Mapping[str, Claims]
Door: TypeAlias = Callable[[str, Facts], Iterator[Request]]


def facts(statement: Mapping[str, Any]) -> Facts:
    """The claims of a CapabilityStatement by type."""
    (rest,) = statement["rest"]
    return {
        each["type"]: Claims(
            tuple((p["name"], p["type"]) for p in each["searchParam"]),
            tuple(each.get("searchInclude", ())),
            tuple(each.get("searchRevInclude", ())),
        )
        for each in rest["resource"]
    }


@cache
def ids(type: str) -> tuple[str, ...]:
    """Own, others', such as are in one world only, and one that is nowhere: rows and documents."""
    known = [thing.id for thing in things() if thing.type == type]
    new = ["4"] if type not in EVENTS else ["104", "204", "404", f"{type.lower()}-2-9"]
    moved = ["condition-came", "condition-went"] if type == "Condition" else []
    return (*known, *new, *moved, ABSENT[type], "no-such")


def _get(path: str, *given: tuple[str, str], **headers: str) -> Request:
    query = pairs(given)
    given_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("GET", f"{path}?{query}" if query else path, given_headers)


def read(type: str, known: Facts) -> Iterator[Request]:
    for id in ids(type):
        yield _get(f"{type}/{id}")
        yield _get(f"{type}/{id}", ("_elements", "identifier"))
        yield Request("HEAD", f"{type}/{id}")


def conditional_read(type: str, known: Facts) -> Iterator[Request]:
    for id in ids(type):
        for tag in ("*", 'W/"2"'):
            yield _get(f"{type}/{id}", if_none_match=tag)
        for date in ("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2100 00:00:00 GMT"):
            yield _get(f"{type}/{id}", if_modified_since=date)


def vread(type: str, known: Facts) -> Iterator[Request]:
    for id in ids(type):
        yield from (_get(f"{type}/{id}/_history/{version}") for version in ("1", "2", "h0"))


def history_instance(type: str, known: Facts) -> Iterator[Request]:
    for id in ids(type):
        yield _get(f"{type}/{id}/_history")
        yield _get(f"{type}/{id}/_history", ("_since", "2000-01-01T00:00:00Z"), ("_count", "1"))


def history_type(type: str, known: Facts) -> Iterator[Request]:
    yield _get(f"{type}/_history")
    yield _get(f"{type}/_history", ("_count", "2"))
    yield _get(f"{type}/_history", ("_since", "2000-01-01T00:00:00Z"))


def history_system(type: str, known: Facts) -> Iterator[Request]:
    if type == "Patient":
        yield _get("_history", ("_count", "7"))


def values(type: str, code: str, kind: str) -> Iterator[tuple[str, str]]:
    """Searches by one parameter for what is own, what is others', and what is missing."""
    if code == "_id":
        yield code, ",".join(ids(type)[:50])
        yield f"{code}:not", "1,101"
        return
    if code not in ("_lastUpdated",):
        yield f"{code}:missing", "true"
        yield f"{code}:missing", "false"
    match kind:
        case "token":
            yield code, f"mk{type[:4]}o2i2one,mk{type[:4]}o2i201one,mk{type[:4]}o1i101one,mk{type[:4]}o3i301one"
            yield code, f"urn:x|mk{type[:4]}o2i{type.lower()}-2-1onev2,mk{type[:4]}ostrangeristrangerone"
            yield code, f"{CODE_SYSTEM}|c4000"
            yield code, f"{CODE_SYSTEM}|c4002,c4001"
            yield f"{code}:not", "female,finished,completed,c4001"
            yield f"{code}:text", f"mk{type[:4]}o2"
        case "string":
            for person in ("1", "2", "3", "stranger"):
                yield code, f"mk{type[:4]}o{person}"
            yield f"{code}:contains", "one"
            yield f"{code}:exact", f"mk{type[:4]}o2i2one"
        case "date":
            yield from ((code, value) for value in ("lt1990", "ge1990", "2001", "ne2001-01-01"))
        case "reference":
            definition = search_parameter(type, code)
            targets = [target for target in TYPES if definition is not None and target in definition.targets]
            for target in targets:
                yield code, ",".join(f"{target}/{id}" for id in ids(target)[:40])
                yield f"{code}:{target}", "2"
            yield f"{code}:identifier", "mkPatio2i2one"
        case "quantity" | "number":
            yield code, "gt0"
        case "uri":
            yield code, "urn:x"


def _queries(type: str, known: Facts) -> Iterator[tuple[str, str]]:
    for code, kind in known[type].parameters:
        yield from values(type, code, kind)


def search(type: str, known: Facts) -> Iterator[Request]:
    yield _get(type)
    yield from (_get(type, query) for query in _queries(type, known))
    yield _get(type, ("patient", "Patient/1"), ("subject", "Patient/2"))
    yield _get(type, ("_elements", "id"), ("_summary", "true"))
    yield _get(type, ("no-such", "x"), prefer="handling=lenient")


def search_post(type: str, known: Facts) -> Iterator[Request]:
    for query in list(_queries(type, known))[::3]:
        yield Request("POST", f"{type}/_search", FORM, pairs([query]))


def search_system(type: str, known: Facts) -> Iterator[Request]:
    yield _get("", ("_type", type))
    yield _get("", ("_type", type), ("_id", ",".join(ids(type)[:40])))
    yield _get("", ("_type", f"{type},Patient"), ("_count", "3"), ("_total", "accurate"))
    yield Request("POST", "_search", FORM, pairs([("_type", type)]))
    if type == "Patient":
        yield _get("", ("_count", "100"))
        yield _get("", ("_id", "2,201,encounter-2-1"))


def _targets(type: str, known: Facts) -> Iterator[tuple[str, str]]:
    """Each reference parameter, and each type that it may lead to."""
    for code, kind in known[type].parameters:
        definition = search_parameter(type, code)
        if kind == "reference" and definition is not None:
            yield from ((code, target) for target in TYPES if target in definition.targets)


def _telling(type: str, code: str, kind: str) -> Iterator[tuple[str, str]]:
    """One search by a parameter, for what others have."""
    if not code.startswith("_"):
        yield from [each for each in values(type, code, kind) if ":" not in each[0]][:1]


def chain(type: str, known: Facts) -> Iterator[Request]:
    for code, target in _targets(type, known):
        for query in (("_id", ",".join(ids(target)[:40])), ("identifier", f"mk{target[:4]}o2i2one,mk{target[:4]}o2i201one")):
            yield _get(type, (f"{code}:{target}.{query[0]}", query[1]))
        for inner, kind in known[target].parameters:
            for name, value in _telling(target, inner, kind):
                yield _get(type, (f"{code}:{target}.{name}", value), ("_summary", "count"))
        for further, last in _targets(target, known):
            yield _get(type, (f"{code}:{target}.{further}:{last}._id", ",".join(ids(last)[:40])))


def _sources(type: str, known: Facts) -> Iterator[tuple[str, str]]:
    for claim in known[type].reverse:
        source, _, code = claim.partition(":")
        if code:
            yield source, code


def reverse_chain(type: str, known: Facts) -> Iterator[Request]:
    for source, code in _sources(type, known):
        yield _get(type, (f"_has:{source}:{code}:_id", ",".join(ids(source)[:40])))
        for inner, kind in known[source].parameters:
            for name, value in _telling(source, inner, kind):
                yield _get(type, (f"_has:{source}:{code}:{name}", value))
        for further, inner in _sources(source, known):
            yield _get(type, (f"_has:{source}:{code}:_has:{further}:{inner}:_id", ",".join(ids(further)[:40])))


def include(type: str, known: Facts) -> Iterator[Request]:
    for claim in known[type].includes:
        yield _get(type, ("_include", claim))
        yield _get(type, ("_include", claim), ("_include:iterate", "*"), ("_revinclude:iterate", "*"))


def reverse_include(type: str, known: Facts) -> Iterator[Request]:
    for claim in known[type].reverse:
        yield _get(type, ("_revinclude", claim))
        yield _get(type, ("_revinclude", claim), ("_include:iterate", "*"), ("_count", "1"))


def sort(type: str, known: Facts) -> Iterator[Request]:
    for code, kind in known[type].parameters:
        if kind != "uri" and not code.startswith(("_tag", "_security", "_profile")):
            yield _get(type, ("_sort", code), ("_count", "2"))
            yield _get(type, ("_sort", f"-{code},_id"))


def total(type: str, known: Facts) -> Iterator[Request]:
    for how in ("none", "estimate", "accurate"):
        yield _get(type, ("_total", how), ("_count", "1"))
        yield _get(type, ("_total", how), ("_id", ",".join(ids(type)[:40])))
        yield _get("", ("_total", how), ("_type", type), ("_count", "1"))


def count(type: str, known: Facts) -> Iterator[Request]:
    yield _get(type, ("_summary", "count"))
    yield from (_get(type, query, ("_summary", "count")) for query in list(_queries(type, known))[::2])


def paging(type: str, known: Facts) -> Iterator[Request]:
    yield _get(type, ("_count", "1"))
    yield _get(type, ("_count", "2"), ("_sort", "-_id"))
    yield _get(type, ("_page", "x"))


def compartment(type: str, known: Facts) -> Iterator[Request]:
    for name in ("Patient", "Practitioner", "Encounter"):
        for id in ids(name)[:12]:
            yield _get(f"{name}/{id}/{type}")
            yield _get(f"{name}/{id}/{type}", ("_summary", "count"))
        if type == "Patient":
            yield from (_get(f"{name}/{id}/*") for id in ids(name))


def everything(type: str, known: Facts) -> Iterator[Request]:
    for id in ids("Patient"):
        yield _get(f"Patient/{id}/$everything", ("_type", type))
        yield _get(f"Patient/{id}/$everything", ("start", "1900-01-01"), ("_type", type), ("_total", "accurate"))
        if type == "Patient":
            yield _get(f"Patient/{id}/$everything")
            yield _get(f"Patient/{id}/$everything", ("_count", "2"))
            yield Request("POST", f"Patient/{id}/$everything", body={"resourceType": "Parameters"})
    yield _get("Patient/$everything", ("_type", type))


def explain(type: str, known: Facts) -> Iterator[Request]:
    yield _get(type, ("_explain", "true"))
    yield _get(type, ("_explain", "true"), ("_id", ",".join(ids(type)[:40])))
    yield _get(type, ("_explain", "true"), ("_total", "estimate"), ("_include", "*"))


def batch_read(type: str, known: Facts) -> Iterator[Request]:
    asked = [f"{type}/{id}" for id in ids(type)] + [f"{type}?_id={id}" for id in ids(type)[:10]]
    asked += [f"{type}/_history", f"{type}?_summary=count", f"Patient/2/{type}", f"{type}?_total=estimate"]
    asked += [f"{type}/{id}/_history/1" for id in ids(type)[-6:]]
    for kind in ("batch", "transaction"):
        for first in range(0, len(asked), 8):
            entries = [{"request": {"method": "GET", "url": url}} for url in asked[first : first + 8]]
            yield Request("POST", "", body={"resourceType": "Bundle", "type": kind, "entry": entries})


READING: Mapping[str, Door] = {
    "read": read,
    "conditional read": conditional_read,
    "vread": vread,
    "history of an instance": history_instance,
    "history of a type": history_type,
    "history of the system": history_system,
    "search by GET": search,
    "search by POST": search_post,
    "search of the system": search_system,
    "chain": chain,
    "`_has`": reverse_chain,
    "`_include`, `:iterate`": include,
    "`_revinclude`, `:iterate`": reverse_include,
    "`_sort`": sort,
    "`_total`": total,
    "`_summary=count`": count,
    "paging links": paging,
    "compartment search": compartment,
    "`$everything`": everything,
    "`_explain`": explain,
    "reads in a Bundle": batch_read,
}


def _sent(type: str, id: str, owner: str, **more: Any) -> dict[str, Any]:
    """What a caller sends."""
    return {**resource(Thing(type, id, owner), "sent"), **more}


def _documents(type: str) -> tuple[str, ...]:
    return tuple(id for id in ids(type) if id not in (f"{type.lower()}-1-1", "encounter-1-1"))


def create(type: str, known: Facts) -> Iterator[Request]:
    for owner in ("1", "2", "3", "4", "stranger", "no-such"):
        yield Request("POST", type, body={name: v for name, v in _sent(type, "", owner).items() if name != "id"})
    if type == "Condition":  # the subject is the caller's own, what else is referred to is not
        for id in ids("Encounter"):
            yield Request("POST", type, body=_sent(type, "x", "1", encounter={"reference": f"Encounter/{id}"}))


def conditional_create(type: str, known: Facts) -> Iterator[Request]:
    for query in (f"_id={id}" for id in ids(type)):
        yield Request("POST", type, {"if-none-exist": query}, _sent(type, "x", "1"))
    yield Request("POST", type, {"if-none-exist": f"identifier=mk{type[:4]}o2i2one"}, _sent(type, "x", "1"))


def update(type: str, known: Facts) -> Iterator[Request]:
    for id in _documents(type):
        yield Request("PUT", f"{type}/{id}", body=_sent(type, id, "1"))
        yield Request("PUT", f"{type}/{id}", {"if-match": 'W/"1"'}, _sent(type, id, "1"))
        yield Request("PUT", f"{type}/{id}", {"if-none-match": "*"}, _sent(type, id, "1"))
    for owner in ("2", "3", "4", "stranger", "no-such"):  # no subject can be moved out of the grants
        yield Request("PUT", f"{type}/{type.lower()}-1-2", body=_sent(type, f"{type.lower()}-1-2", owner))


def conditional_update(type: str, known: Facts) -> Iterator[Request]:
    for id in _documents(type):
        yield Request("PUT", f"{type}?_id={id}", body=_sent(type, id, "1"))
    yield Request("PUT", f"{type}?identifier=mk{type[:4]}o2i2one&_id={ABSENT[type]}", body=_sent(type, "no-such", "1"))


def patch(type: str, known: Facts) -> Iterator[Request]:
    json_patch = {"content-type": "application/json-patch+json"}
    changed = [{"op": "replace", "path": "/identifier/0/value", "value": "sent"}]
    tested = [{"op": "test", "path": "/identifier/0/value", "value": f"mk{type[:4]}o2i{type.lower()}-2-1onev2"}]
    for id in _documents(type):
        yield Request("PATCH", f"{type}/{id}", json_patch, changed)
        yield Request("PATCH", f"{type}/{id}", json_patch, tested)
        yield Request("PATCH", f"{type}?_id={id}", json_patch, changed)
    for owner in ("2", "stranger", "4"):
        moved = [{"op": "replace", "path": "/subject/reference", "value": f"Patient/{owner}"}]
        yield Request("PATCH", f"{type}/{type.lower()}-1-2", json_patch, moved)


def delete(type: str, known: Facts) -> Iterator[Request]:
    for id in _documents(type):
        if id not in (f"{type.lower()}-1-2", "1") and not id.endswith("-1"):
            yield Request("DELETE", f"{type}/{id}", {"if-match": 'W/"7"'})
            yield Request("DELETE", f"{type}/{id}")
            yield Request("DELETE", f"{type}?_id={id}")


def validate(type: str, known: Facts) -> Iterator[Request]:
    for id in _documents(type):
        for mode in ("create", "update"):
            yield Request("POST", f"{type}/{id}/$validate?mode={mode}", body=_sent(type, id, "1"))
        yield _get(f"{type}/{id}/$validate", ("mode", "delete"))
    for owner in ("2", "3", "4", "stranger", "no-such"):
        yield Request("POST", f"{type}/$validate", body=_sent(type, "x", owner))


def bundle_write(type: str, known: Facts) -> Iterator[Request]:
    for kind in ("batch", "transaction"):
        for id in _documents(type):
            puts = [{"request": {"method": "PUT", "url": f"{type}/{id}"}, "resource": _sent(type, id, "1")}]
            yield Request("POST", "", body={"resourceType": "Bundle", "type": kind, "entry": puts})
    for id in (*ids("Patient"), "x"):
        post = {"request": {"method": "POST", "url": type}, "resource": _sent(type, "x", f"?_id={id}")}
        post["resource"]["subject"] = {"reference": f"Patient?_id={id}"}
        yield Request("POST", "", body={"resourceType": "Bundle", "type": "transaction", "entry": [post]})


WRITING: Mapping[str, Door] = {
    "create": create,
    "conditional create": conditional_create,
    "update": update,
    "conditional update": conditional_update,
    "patch": patch,
    "delete": delete,
    "`$validate`": validate,
    "writes in a Bundle, conditional references": bundle_write,
}
