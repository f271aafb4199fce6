"""What requests ask for, made certain within a transaction: conditions become ids, patches become resources.

Requests of one transaction enter, of a single interaction or of a Bundle's entries; `Write`s leave, or what is there already
where nothing is to be done. Rejected with PreconditionFailed: a condition that several resources fulfil; with Invalid: one
resource that is asked for twice. https://hl7.org/fhir/R4/http.html#ccreate, #cond-update, #3.1.0.7.1
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from ...errors import Invalid, NotFound, PreconditionFailed
from ...fhir.json import loads
from ...plan.read import not_found
from ...plan.write import JSON, Method, Write, about
from ...request.body import PatchKind
from ...request.conditional import Condition, Preconditions, identifiers
from ...request.patch import apply_patch
from .step import Written
from .targets import Key
from .transaction import Place, Rewrite, Transaction

Check: TypeAlias = Callable[[int, JSON], None]
"""Raises where the resource of a request (by its index) may not be kept."""


@dataclass(frozen=True, slots=True)
class Requested:
    """One request. `id` or `condition` say what it is about; a create may have neither; `patch` is kind and parsed body."""

    method: Method
    type: str
    id: str | None = None
    condition: Condition | None = None
    resource: JSON | None = None
    patch: tuple[PatchKind, Any] | None = None
    preconditions: Preconditions = field(default_factory=Preconditions)
    place: str | None = None
    """FHIRPath of the resource, where it is an entry of a Bundle."""


async def perform(
    transaction: Transaction,
    requests: Sequence[Requested],
    check: Check,
    *,
    deletes_many: bool = False,
    rewrite: Rewrite | None = None,
) -> list[Written]:
    """Do the requests; what became of each, in their order. Raises the Problem of the first that cannot be done."""
    done: dict[int, Written] = {}
    writes: list[tuple[int, Write]] = []
    same = _Same(transaction)
    for number, request in enumerate(requests):
        with about(request.place):
            found = await same.there(number, request) or await _certain(transaction, request, deletes_many)
        if number in same.first:
            continue
        if isinstance(found, Written):
            done[number] = found
        writes += ((number, write) for write in found) if isinstance(found, list) else ()
    fresh = {number for number, write in writes if write.method in ("POST", "PUT")}
    _check_conditions([condition for number in sorted(fresh) if (condition := requests[number].condition) is not None])
    _check_once([(write.type, write.id) for _, write in writes if write.id is not None])
    patched = [(number, await _patched(transaction, requests[number], write, number, check)) for number, write in writes]
    written = await transaction.run([write for _, write in patched], _placed(rewrite, [n for n, _ in patched], done, same.first))
    for (number, _), result in zip(patched, written, strict=True):
        done[number] = result
    for number, first in same.first.items():
        done[number] = replace(done[first], is_new=False, is_changed=False, is_there=True, issues=())
    return [done[number] for number in range(len(requests))]


@dataclass(frozen=True, slots=True)
class _Same:
    """Plain creates of what is there already, by their identifiers, where they are deduplicated."""

    transaction: Transaction
    first: dict[int, int] = field(default_factory=dict)
    """Number of a request -> that of an earlier one which creates the same."""
    _by_identifier: dict[tuple[str, str], int] = field(default_factory=dict)

    async def there(self, number: int, request: Requested) -> Written | None:
        """What a create would make again; None where it makes something new, or what an earlier one does."""
        is_plain = request.method == "POST" and request.condition is None
        if not is_plain or request.resource is None or not self.transaction.deduplicates(request.type):
            return None
        wanted = list(dict.fromkeys(identifiers(request.resource)))
        found = await self.transaction.identified(request.type, wanted) if wanted else set()
        for each in wanted:
            first = self._by_identifier.setdefault((request.type, each), number)
            if first != number:
                self.first[number] = self.first.get(first, first)
        if len(found) > 1:
            raise PreconditionFailed(f"several {request.type} have the identifiers of the one that shall be created")
        return await self.transaction.there(*found.pop()) if found else None


def _placed(
    rewrite: Rewrite | None, numbers: Sequence[int], done: dict[int, Written], same: Mapping[int, int]
) -> Rewrite | None:
    """The same over the numbers of the writes; what was there already, or is made by another, has its place too."""
    if rewrite is None:
        return None
    there: dict[int, Place] = {n: (written.type, written.id, written.version or None) for n, written in done.items()}
    everywhere: dict[int, Place] = {}

    def placed(index: int, resource: JSON, places: Mapping[int, Place]) -> JSON:
        if not everywhere:  # all places are known before the first resource is rewritten
            everywhere.update(there | {numbers[n]: key for n, key in places.items()})
            everywhere.update({number: everywhere[first] for number, first in same.items()})
        return rewrite(numbers[index], resource, everywhere)

    return placed


async def _certain(transaction: Transaction, request: Requested, deletes_many: bool) -> list[Write] | Written:
    write = Write(
        request.method, request.type, request.id, request.resource,
        request.preconditions.if_match, request.preconditions.if_none_match, request.place,
    )  # fmt: skip
    if request.condition is None:
        return [write]
    found = await transaction.matching(request.condition, limit=None if deletes_many else 2)
    if len(found) > 1 and not (deletes_many and request.method == "DELETE"):
        raise PreconditionFailed(f"several {request.type} fulfil `{request.condition.query}`: it must be one at most")
    match request.method:
        case "POST":
            return await transaction.there(*found[0]) if found else [write]
        case "PUT":
            return [_updated(write, found)]
        case "DELETE":
            return [replace(write, id=id) for _, id in found] or Written(request.type, "", None, is_changed=False)
        case "PATCH" if not found:
            raise NotFound(f"no {request.type} fulfils `{request.condition.query}`")
        case _:
            return [replace(write, id=found[0][1])]


def _updated(write: Write, found: Sequence[Key]) -> Write:
    """https://hl7.org/fhir/R4/http.html#cond-update"""
    own = (write.resource or {}).get("id")
    if not found:
        return replace(write, id=own) if own else replace(write, method="POST")
    id = found[0][1]
    if own not in (None, id):
        message = f"the condition finds {write.type}/{id}, and the resource has the id `{own}`"
        raise Invalid(message, expression=f"{write.type}.id")
    return replace(write, id=id)


def _check_once(keys: Sequence[tuple[str, str | None]]) -> None:
    twice = next((key for key in keys if keys.count(key) > 1), None) if len(set(keys)) < len(keys) else None
    if twice is not None:
        raise Invalid(f"{twice[0]}/{twice[1]} is written more than once")


def _check_conditions(conditions: Sequence[Condition]) -> None:
    """What a condition of this transaction makes, no other may make by the same condition."""
    asked = [(condition.type, condition.query) for condition in conditions]
    twice = next((each for each in asked if asked.count(each) > 1), None) if len(set(asked)) < len(asked) else None
    if twice is not None:
        raise Invalid(f"`{twice[0]}?{twice[1]}` is the condition of more than one entry")


async def _patched(transaction: Transaction, request: Requested, write: Write, number: int, check: Check) -> Write:
    """The write with the whole resource, checked."""
    if request.patch is not None:
        document = await transaction.current(write)
        if document is None or document.content is None:
            raise not_found(write.type, write.id or "")
        write = replace(write, resource=apply_patch(loads(document.content.encode()), *request.patch))
    if write.resource is not None:
        check(number, write.resource)
    return write
