"""What a request has touched, gathered while it is answered, and the event that is made of it.

An event tells types, ids and names of parameters; of a URL nothing enters it that R4 does not define, but for ids.
https://hl7.org/fhir/R4/http.html#summary
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from starlette.types import Scope

from ..auth.audit import Audit, Event, Kind, Occasion, Outcome, now
from ..auth.grants import NOBODY, Caller
from ..errors import Problem
from ..fhir.definitions import resource_types
from ..fhir.search_parameters import codes
from ..mapping.bind import Bound
from ..observe.request_id import opaque
from ..plan.read import ReadPlan
from ..plan.search import SearchPlan
from ..query.select import LEADING, offsets
from ..request.criterion import Criterion
from ..request.search import RESULT_PARAMETERS
from ..request.values import ID

_HISTORIES: Sequence[Kind] = ("history-system", "history-type", "history-instance")
_WRITES: dict[str, Kind] = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
ID_OF_DOCUMENT = 1
"""Where a record of a document has its id."""
_WORDS = re.compile(r"[.:]")
_MODIFIERS = frozenset(
    {"missing", "exact", "contains", "text", "not", "above", "below", "in", "not-in", "of-type", "identifier"}
    | {"iterate", "recurse"}
    | RESULT_PARAMETERS
    | {"_has", "_explain", "_page", "_since", "_at", "start", "end", "mode", "profile"}
)


def note(
    audit: Audit, scope: Scope, kind: Kind, caller: Caller, outcome: Outcome = "success", reason: str | None = None,
    resources: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """Record what happened in the request of an ASGI scope."""
    audit.record(Event(kind, caller, outcome, reason, resources=resources, occasion=occasion_of(scope)))


def occasion_of(scope: Scope) -> Occasion:
    """The request, and where it came from, if that is known."""
    request = scope.get("request_id")
    return Occasion(None if request is None else opaque(request), scope.get("client_address"))


class Touched:
    """What one request of FHIR has touched so far. `is_kept`: its event was written with what it wrote.

    `is_typed`: a person typed what is searched for, so that a text in the place of an id may be anything.
    """

    __slots__ = ("caller", "is_audited", "is_kept", "is_typed", "kind", "parameters", "patients", "resources", "type")

    def __init__(self) -> None:
        self.caller = NOBODY
        self.kind: Kind = "request"
        self.type: str | None = None
        self.resources: list[str] = []
        self.patients: dict[int, None] = {}
        self.parameters: Iterable[str] = ()
        self.is_kept = False
        self.is_audited = True
        self.is_typed = False

    def aim(self, method: str, path: Sequence[str]) -> None:
        """What a path below the FHIR base is about."""
        if len(path) == 2 and method == "GET" and path[0] in resource_types() and path[1].isdigit():
            self.kind, self.type = "read", path[0]  # what is asked for most
            self.resources.append(f"{path[0]}/{path[1]}")
            return
        self.kind = kind_of(method, path)
        match path:
            case [type, id, *rest] if type in resource_types():
                within = rest[0] if self.kind == "search-compartment" else type
                self.type = within if within in resource_types() else None
                if ID.fullmatch(id):
                    self.resources.append(f"{type}/{id}")
            case [type, *_] if type in resource_types():
                self.type = type

    def asked(self, criteria: Iterable[Criterion]) -> None:
        """The patients that a search is about, whatever it finds: who learns that there is nothing has learned something."""
        for criterion in () if self.is_typed else criteria:
            if criterion.path or criterion.code not in ("patient", "subject", "_id"):
                continue
            is_patient = criterion.code == "patient" or criterion.modifier == "Patient"
            is_patient = is_patient or (criterion.code == "_id" and self.type == "Patient")
            for text in criterion.text.split(","):
                head, _, id = text.rpartition("/")
                if ID.fullmatch(id) and (head.rpartition("/")[2] == "Patient" or (is_patient and not head)):
                    self.resources.append(f"Patient/{id}")

    def saw(self, plan: ReadPlan | SearchPlan, records: Sequence[Any]) -> None:
        """The resources of records that a plan found, and whose they are."""
        if isinstance(plan, ReadPlan):
            head, _, person = _places(plan.bound)
            for record in records:
                self.resources.append(f"{head}{record[LEADING]}")
                self._whose(None if person is None else record[LEADING + person])
            return
        bounds = [branch.bound for branch in plan.branches]
        for number, (bound, at) in enumerate(zip(bounds, offsets(bounds, len(plan.sort)), strict=True)):
            own = records if len(bounds) == 1 else [record for record in records if record[0] == number]
            head, id, person = _places(bound)
            id += at
            self.resources += [f"{head}{record[id]}" for record in own]
            if person is not None:
                person += at
                self.patients |= dict.fromkeys([key for record in own if (key := record[person]) is not None])

    def saw_version(self, type: str, record: Any) -> None:
        """A version of a document."""
        self.resources.append(f"{type}/{record['id']}")
        self._whose(record["person"])

    def _whose(self, key: int | None) -> None:
        if key is not None:
            self.patients[key] = None

    def event(self, scope: Scope, error: BaseException | None) -> Event:
        """What happened, once the request is answered or has failed."""
        outcome, reason = outcome_of(error)
        names = tuple(dict.fromkeys(map(known_name, self.parameters))) if self.parameters else ()
        return Event(
            self.kind, self.caller, outcome, reason, self.type, tuple(self.resources), tuple(self.patients), names,
            occasion_of(scope), now(),
        )  # fmt: skip


def outcome_of(error: BaseException | None) -> tuple[Outcome, str | None]:
    """How a request ended, and the HTTP status as the reason."""
    if error is None:
        return "success", None
    status = error.status if isinstance(error, Problem) else 500
    return "refused" if status < 500 else "failed", str(status)


def kind_of(method: str, path: Sequence[str]) -> Kind:
    """What a request asks for, by its method and the path below the FHIR base."""
    match path:
        case []:
            return "batch" if method == "POST" else "search-system"
        case [*within, "_search"]:
            return kind_of("GET", within)
        case [*_, "$everything"]:
            return "everything"
        case [*_, "$validate"]:
            return "validate"
        case [*instance, "_history"] if len(instance) < len(_HISTORIES):
            return _HISTORIES[len(instance)]
        case [_, _, "_history", _]:
            return "vread"
        case [_] | [_, _] if method in _WRITES:
            return _WRITES[method]
        case [_]:
            return "search-type"
        case [_, _]:
            return "read"
        case [_, _, _]:
            return "search-compartment"
        case _:
            return "request"


@lru_cache(2048)
def known_name(name: str) -> str:
    """The name of a parameter, or `?` where it is none of R4's: it could hold anything."""
    return name if all(word in _MODIFIERS or word in codes() or word in resource_types() for word in _WORDS.split(name)) else "?"


@lru_cache(256)
def _places(bound: Bound) -> tuple[str, int, int | None]:
    """What stands before an id of the source, and where a record has the rest of the id and the key of its patient."""
    mapping, column = bound.mapping, bound.mapping.compartment.get("Patient")
    person = next((number for number, each in enumerate(bound.columns) if each == column), None)
    if bound.twin is not None:
        return f"{mapping.resource}/", ID_OF_DOCUMENT, person
    return f"{mapping.resource}/{mapping.prefix}", 0, person
