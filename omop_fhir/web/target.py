"""What a path and its parameters search: the system, a type, a compartment, or `$everything` of a patient.

A path below the FHIR base enters; the parsed search and a `Target` leave. Rejected: what is not there (NotFound), and what
the parsers reject.
https://hl7.org/fhir/R4/http.html#vsearch, https://hl7.org/fhir/R4/compartmentdefinition.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ..errors import Invalid, NotFound
from ..mapping.bind import Bound
from ..mapping.predicate import ALWAYS, Predicate
from ..plan.compartment import members, within
from ..plan.criteria import Criteria
from ..plan.everything import Reach
from ..request.everything import parse_everything
from ..request.search import SearchRequest, parse_search
from ..request.shape import Pairs
from ..store.snapshot import Snapshot
from .types import check_url_id, sources

EVERYTHING = "$everything"


@dataclass(frozen=True, slots=True)
class Target:
    """What is searched: the path below the base, the sources, and what bounds each of them (a compartment).

    `present` says what must be there for an empty answer not to be 404.
    """

    path: str
    bounds: tuple[Bound, ...]
    within: Callable[[Bound], Predicate] = field(default=lambda bound: ALWAYS)
    present: str | None = None


Aim: TypeAlias = tuple[SearchRequest, Target]


def aim(path: Sequence[str], pairs: Pairs, criteria: Criteria, snapshot: Snapshot) -> Aim:
    """The search and its target. Raises NotFound, Invalid, NotSupported."""
    match path:
        case []:
            request = parse_search(None, pairs)
            return request, Target("", _several(request, criteria, tuple(snapshot.bounds)))
        case [type]:
            return parse_search(type, pairs), Target(type, sources(snapshot, type))
        case [type, *id, operation] if operation == EVERYTHING:
            sources(snapshot, type)
            return _everything(id[0] if id else None, pairs, criteria)
        case [name, id, type]:
            return _compartment(name, id, type, pairs, criteria, snapshot)
        case _:
            raise NotFound(f"there is nothing at `{'/'.join(path)}`")


def _several(request: SearchRequest, criteria: Criteria, types: Sequence[str]) -> tuple[Bound, ...]:
    """The sources of the types that a search over several types means: `_type`, else all that may be seen.

    Raises Invalid for a name that is no type here, NotFound where nothing is left.
    """
    _check_types(request, types)
    wanted = request.types or tuple(type for type in types if criteria.grants.allow(type, "search-type"))
    bounds = tuple(bound for type in sorted(wanted) for bound in criteria.catalog[type])
    if not bounds:
        raise NotFound("there is no resource type here that could be searched")
    return bounds


def _check_types(request: SearchRequest, types: Sequence[str]) -> None:
    unknown = [type for type in request.types if type not in types]
    if unknown:
        known = ", ".join(dict.fromkeys(types))
        raise Invalid(f"`_type`: there is no `{unknown[0]}` here; there are {known}", expression="http._type")


def _compartment(
    name: str, id: str, type: str, pairs: Pairs, criteria: Criteria, snapshot: Snapshot
) -> Aim:
    """The resources of one type (`*`: of all) in the compartment `name/id`."""
    check_url_id(name, id)
    types = members(name, tuple(snapshot.bounds))
    request = parse_search(None if type == "*" else type, pairs)
    bounds = _several(request, criteria, types) if type == "*" else sources(snapshot, type)
    if type not in ("*", *types):
        raise NotFound(f"{type} is in no {name} compartment; there {_are(types)}")
    return request, Target(f"{name}/{id}/{type}", bounds, lambda bound: within(name, id, bound, criteria))


def _are(types: Sequence[str]) -> str:
    return f"are {', '.join(types)}" if types else "is nothing here that is in one"


def _everything(id: str | None, pairs: Pairs, criteria: Criteria) -> Aim:
    """`Patient/$everything` and `Patient/[id]/$everything`."""
    if id is not None:
        check_url_id("Patient", id)
    wanted, request = parse_everything(pairs)
    reach = Reach(id, wanted, criteria)
    bounds = reach.bounds()
    criteria.check_type("Patient")
    _check_types(request, [bound.mapping.resource for bound in bounds])
    shown = tuple(bound for bound in bounds if not request.types or bound.mapping.resource in request.types)
    path = "/".join(filter(None, ("Patient", id, EVERYTHING)))
    whole = id is not None and not request.types and wanted.since is None
    return request, Target(path, shown, reach.within, f"Patient/{id}" if whole else None)
