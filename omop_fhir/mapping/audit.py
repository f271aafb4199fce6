"""The events of the audit as a source of AuditEvent: what each kind is called in FHIR, and how events are searched.

Our own tables enter; a bound mapping leaves, like those of mapping files, so that a search of events is planned, ordered and
paged as any other. It stands in a catalog of its own: no chain or inclusion leads to events or away from them.
https://hl7.org/fhir/R4/auditevent.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from ..errors import NotSupported
from ..fhir.search_parameters import SearchParameter, search_parameter
from ..fhir.values import DateValue, ReferenceValue, SearchValue, StringValue, Token, UriValue
from ..omop.database import OwnSchema
from .bind import Bound
from .codecs.base import Codec, Projection
from .codecs.datetime import matches
from .codecs.indexed import Point
from .codecs.writer import Put, Writer
from .expression import Cases, Column, Expression
from .model import Mapping as ResourceMapping
from .model import Parameter, Source
from .predicate import NEVER, Compare, Holds, Matches, Predicate, any_of
from .site import Site
from .yaml import Mark

AUDIT_EVENT = "AuditEvent"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
INTERACTIONS = "http://hl7.org/fhir/restful-interaction"
ACTIONS = "http://hl7.org/fhir/audit-event-action"
OUTCOMES = "http://hl7.org/fhir/audit-event-outcome"
OWN_CODES = "audit-event"
"""Under the base URL: codes for what no published system has one."""
POLICY = "urn:uuid:"
"""What stands before the id of an authorization."""
_UTC = ZoneInfo("UTC")


class Coding(NamedTuple):
    """A code and its system."""

    system: str
    code: str


class Meaning(NamedTuple):
    """What a kind of event is in FHIR; its `action` is one of C, R, U, D, E."""

    type: Coding
    subtypes: tuple[Coding, ...]
    action: str


def _rest(action: str, *codes: str) -> Meaning:
    return Meaning(Coding(TYPES, "rest"), tuple(Coding(INTERACTIONS, code) for code in codes), action)


def _dicom(type: str, *subtypes: str) -> Meaning:
    return Meaning(Coding(DCM, type), tuple(Coding(DCM, code) for code in subtypes), "E")


_ACCESS, _ALERT = "110114", "110113"  # User Authentication, Security Alert

MEANINGS: Mapping[str, Meaning] = {
    "read": _rest("R", "read"),
    "vread": _rest("R", "vread"),
    "search-type": _rest("E", "search-type"),
    "search-system": _rest("E", "search-system"),
    "search-compartment": _rest("E", "search-type"),
    "everything": _rest("E", "operation"),
    "validate": _rest("E", "operation"),
    "history-instance": _rest("R", "history-instance"),
    "history-type": _rest("R", "history-type"),
    "history-system": _rest("R", "history-system"),
    "create": _rest("C", "create"),
    "update": _rest("U", "update"),
    "patch": _rest("U", "patch"),
    "delete": _rest("D", "delete"),
    "batch": _rest("E", "batch"),
    "transaction": _rest("E", "transaction"),
    "request": _rest("E"),
    "sign-in": _dicom(_ACCESS, "110122"),
    "sign-out": _dicom(_ACCESS, "110123"),
    "consent": _dicom(_ACCESS),
    "emergency": _dicom(_ALERT, "110127"),
    "launch": _dicom(_ACCESS),
    "code-replay": _dicom(_ALERT),
    "token": _dicom(_ACCESS),
    "refresh": _dicom(_ACCESS),
    "refresh-replay": _dicom(_ALERT),
    "assertion-replay": _dicom(_ALERT),
    "introspect": _dicom(_ACCESS),
    "revoke": _dicom(_ACCESS),
    "client": _dicom(_ALERT, "110129"),
    "account": _dicom(_ALERT, "110137"),
    "role": _dicom(_ALERT, "110136"),
    "key-rotation": _dicom(_ALERT, "110129"),
    "audit-start": _dicom(_ALERT, "110134"),
    "audit-stop": _dicom(_ALERT, "110133"),
    "retention": _dicom(_ALERT, "110135"),
    "hold": _dicom(_ALERT, "110135"),
    "reconcile": _dicom(_ALERT, "110135"),
}
"""Every kind of `auth.audit`."""
OUTCOME_CODES: Mapping[str, str] = {"success": "0", "refused": "4", "failed": "8"}

Codings: TypeAlias = tuple[tuple[str, tuple[Coding, ...]], ...]
"""Text of a column -> what it is in FHIR."""


def own_coding(base: str, kind: str) -> Coding:
    """The code of this server's own for a kind of event."""
    return Coding(f"{base}/{OWN_CODES}", kind)


def subtypes(base: str, kind: str) -> tuple[Coding, ...]:
    """The subtypes of a kind: published ones, and our own where none says just this."""
    published = MEANINGS[kind].subtypes
    return published if any(coding.code == kind for coding in published) else (*published, own_coding(base, kind))


@dataclass(frozen=True, kw_only=True)
class _Audited(Codec):
    """A parameter over a column of the events; the renderer of events says what they look like."""

    name: ClassVar = "audited"
    type: ClassVar = "Element"

    column: Column

    def emit(self, w: Writer, put: Put) -> None:
        """Nothing: events are rendered as a whole."""

    def project(self, value: object, into: Projection) -> None:
        """Nothing: no event comes in."""

    def order(self, site: Site) -> Expression | None:
        return self.column

    def equals(self, text: str) -> Predicate:
        """The column holds this text."""
        return Compare(self.column, "=", text)


@dataclass(frozen=True, kw_only=True)
class _Coded(_Audited):
    """Codes that the text of a column stands for; `own` are those of this server's system. Without codings: the text itself."""

    codings: Codings = ()
    own: bool = False

    def search(self, value: SearchValue, site: Site) -> Predicate:
        if not isinstance(value, Token) or value.hierarchy != "is":
            return NEVER
        if not self.codings:
            return NEVER if value.system or value.code is None else self.equals(value.code)
        return any_of(tuple(self.equals(text) for text, codings in self._all(site) if any(_is(value, each) for each in codings)))

    def order(self, site: Site) -> Expression | None:
        cases = tuple((self.equals(text), codings[0].code) for text, codings in self._all(site) if codings)
        return Cases(cases) if cases else self.column

    def _all(self, site: Site) -> Codings:
        if not self.own:
            return self.codings
        return tuple((kind, subtypes(site.base, kind)) for kind in MEANINGS)


def _is(token: Token, coding: Coding) -> bool:
    return token.system in (None, coding.system) and token.code in (None, coding.code)


@dataclass(frozen=True, kw_only=True)
class _Recorded(_Audited):
    """When it was: the column is in UTC, and a value without a zone is local to the site."""

    def search(self, value: SearchValue, site: Site) -> Predicate:
        if not isinstance(value, DateValue):
            return NEVER
        zone = site.zone or _UTC
        ends = {name: end.replace(tzinfo=zone) for name in ("low", "high") if (end := getattr(value, name)).tzinfo is None}
        return matches(replace(value, **ends), Point(self.column), _UTC)


@dataclass(frozen=True, kw_only=True)
class _Text(_Audited):
    """A text."""

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return Matches(self.column, value.mode, value.text) if isinstance(value, StringValue) else NEVER


@dataclass(frozen=True, kw_only=True)
class _Policy(_Audited):
    """The authorization under which it was done, as a URI."""

    def search(self, value: SearchValue, site: Site) -> Predicate:
        if not isinstance(value, UriValue) or value.hierarchy != "is" or not value.uri.startswith(POLICY):
            return NEVER
        return self.equals(value.uri.removeprefix(POLICY))


@dataclass(frozen=True, kw_only=True)
class _Agent(_Audited):
    """Who did it, by the FHIR resource that he is."""

    targets: tuple[str, ...]

    def search(self, value: SearchValue, site: Site) -> Predicate:
        match value:
            case ReferenceValue(foreign=True):
                return NEVER
            case ReferenceValue(None, id):
                return any_of(tuple(self.equals(f"{type}/{id}") for type in self.targets))
            case ReferenceValue(type, id):
                return self.equals(f"{type}/{id}")
            case _:
                return NEVER


@dataclass(frozen=True, kw_only=True)
class _What(_Audited):
    """The resources that it was about. `user`: of patients, who did it counts as well."""

    user: Column | None = None

    def search(self, value: SearchValue, site: Site) -> Predicate:
        match value:
            case ReferenceValue(foreign=True):
                return NEVER
            case ReferenceValue(None, id) if self.user is None:
                raise NotSupported(f"`entity={id}`: say of which type it is: entity=Type/{id}", expression="http.entity")
            case ReferenceValue(type, id) if self.user is None or type in (None, "Patient"):
                named = f"{type or 'Patient'}/{id}"
                his = (Compare(self.user, "=", named),) if self.user else ()
                return any_of((Holds(self.column, named), *his))
            case _:
                return NEVER

    def order(self, site: Site) -> Expression | None:
        raise NotSupported("an event is about several resources: they give no order", expression="http._sort")


def _column(name: str, kind: str = "varchar") -> Column:
    return Column(AUDIT_EVENT, name, kind)


_KIND, _USER, _WHAT = _column("kind"), _column("fhir_user"), _column("what", "array")
_AGENTS = ("Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Organization", "Device")
_CODECS: Mapping[str, Codec] = {
    "_lastUpdated": _Recorded(column=_column("recorded", "timestamp")),
    "action": _Coded(column=_KIND, codings=tuple((k, (Coding(ACTIONS, m.action),)) for k, m in MEANINGS.items())),
    "address": _Text(column=_column("address")),
    "agent": _Agent(column=_USER, targets=_AGENTS),
    "altid": _Coded(column=_column("account")),
    "date": _Recorded(column=_column("recorded", "timestamp")),
    "entity": _What(column=_WHAT),
    "outcome": _Coded(
        column=_column("outcome"), codings=tuple((o, (Coding(OUTCOMES, code),)) for o, code in OUTCOME_CODES.items())
    ),
    "patient": _What(column=_WHAT, user=_USER),
    "policy": _Policy(column=_column("authorization")),
    "subtype": _Coded(column=_KIND, codings=tuple((k, ()) for k in MEANINGS), own=True),
    "type": _Coded(column=_KIND, codings=tuple((k, (m.type,)) for k, m in MEANINGS.items())),
}


def audit_bound(own: OwnSchema) -> Bound:
    """The events as a source."""
    mark = Mark(Path(__file__), 1)
    search = {d.code: Parameter(d, d.code, _CODECS[d.code], mark) for d in _definitions()}
    sources = {AUDIT_EVENT: Source(AUDIT_EVENT, "audit_event", "id")}
    mapping = ResourceMapping(
        name="audit", resource=AUDIT_EVENT, enabled=True, prefix="", sources=sources,
        elements={}, search=search, compartment={}, profiles=(), writing=None, mark=mark,
        description="What was done here, by whom, to whose data. For those who administer this server.",
    )  # fmt: skip
    return Bound(mapping, {AUDIT_EVENT: own.tables["audit_event"]}, (mapping.key, _column("event")), (), search)


def _definitions() -> Iterator[SearchParameter]:
    for code in _CODECS:
        definition = search_parameter(AUDIT_EVENT, code)
        if definition is not None:
            yield definition
