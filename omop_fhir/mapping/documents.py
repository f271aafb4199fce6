"""Documents as one more source of a type: resources that came in through FHIR, in our own schema.

A bound mapping and our own tables enter; its twin leaves, a bound mapping over the table `document` whose search parameters
stand on index tables. So a search, a chain, an inclusion, a sort or a grant treats documents as it treats rows. Of the table
behind a mapping the rows whose keys lie in our own range are documents' and are left to the twin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from zlib import crc32

from ..fhir.index import number
from ..fhir.search_parameters import SearchParameter, search_parameter, search_parameters
from ..omop.database import OwnSchema, PresentTable
from .bind import Bound
from .codecs.base import Codec
from .codecs.birth import BirthDate
from .codecs.indexed import (
    DocumentId,
    DocumentInstant,
    IndexedDate,
    IndexedQuantity,
    IndexedReference,
    IndexedString,
    IndexedToken,
    IndexedUri,
)
from .expression import Column
from .model import Mapping as ResourceMapping
from .model import Parameter, Source
from .predicate import Compare, IsNull, Not, all_of, any_of

DOCUMENT = "document"
"""The table, and its alias."""
ROW = "row"
"""The alias of the document's row in the mapping's base table."""
OWNED, PERSON = "(owned)", "(person)"
"""Under these names a source of documents knows the table `owned_row`, and that of persons where it tells who a person is."""
_BY_SOUND = ("phonetic", "soundex")
"""Parameters that match by an algorithm of their own."""
COMMON = ("_id", "_lastUpdated", "_profile", "_tag", "_security")
_KINDS: Mapping[str, str] = {
    "token": "token", "string": "string", "date": "date", "number": "quantity", "quantity": "quantity",
    "reference": "reference", "uri": "uri",
}  # fmt: skip
"""Type of parameter -> index table."""


def source_number(name: str) -> int:
    """The number by which a mapping is known in our tables, -2^31 to 2^31 - 1."""
    return crc32(name.encode()) - 2**31


def indexed_parameters(type: str) -> tuple[SearchParameter, ...]:
    """The parameters by which documents of a type are found: all that R4 (and US Core) define, as far as they are indexed."""
    own = (p for p in search_parameters(type) if not p.code.startswith("_") and p.code not in _BY_SOUND)
    common = (search_parameter(type, code) for code in COMMON)
    return tuple(p for p in (*own, *common) if p is not None and p.type in _KINDS and p.expression)


def without_documents(bound: Bound, own: OwnSchema, adopts: bool = False) -> Bound:
    """The source without the rows that are documents'; where it adopts, or has, also without those that became documents."""
    key, number = bound.mapping.key, source_number(bound.mapping.name)
    others = any_of((Compare(key, "<", own.first), Compare(key, ">", own.last)))
    adopted = own.tables[DOCUMENT] if adopts or number in own.adopting else None
    return replace(bound, filter=others, ours=range(own.first, own.last + 1), adopted=adopted, adopts=adopts)


def document_bound(bound: Bound, served: Iterable[Bound], own: OwnSchema, persons: PresentTable | None = None) -> Bound:
    """The twin of a source; `served` are all sources that references may lead to, `persons` is the table of persons."""
    targets = tuple(dict.fromkeys((other.mapping.resource, other.mapping.prefix, other.mapping.name) for other in served))
    parameters = indexed_parameters(bound.mapping.resource)
    sources = {DOCUMENT: Source(DOCUMENT, DOCUMENT, "key"), ROW: _row(bound)}
    for parameter in parameters:
        sources |= {source.alias: source for source in _sources(bound.mapping.resource, parameter, targets)}
    tables = {alias: own.tables[source.table] for alias, source in sources.items() if alias != ROW}
    tables |= {ROW: bound.tables[bound.mapping.base.alias], OWNED: own.tables["owned_row"]}
    if persons is not None and "person_source_value" in persons.columns:
        tables[PERSON] = persons
    mapping = _mapping(bound.mapping, sources, {p.code: _parameter(bound, p, targets) for p in parameters})
    there = all_of((Compare(_own("source"), "=", source_number(bound.mapping.name)), Not(IsNull(_own("content", "text")))))
    ours = range(own.first, own.last + 1)
    return Bound(mapping, tables, _COLUMNS, (), mapping.search, filter=there, ours=ours, twin=bound)


def _own(name: str, kind: str = "integer") -> Column:
    return Column(DOCUMENT, name, kind)


_COLUMNS = (
    _own("key"), _own("id", "varchar"), _own("version"), _own("content", "text"), _own("fingerprint", "text"),
    Column(ROW, "*", "row"), _own("person"), _own("*", "elsewhere"), _own("anchor", "anchored"),
)  # fmt: skip


def _row(bound: Bound) -> Source:
    key = bound.name(bound.mapping.key) or ""
    return Source(ROW, bound.mapping.base.table, join=((key, _own("key")),))


def _mapping(
    of: ResourceMapping, sources: Mapping[str, Source], search: Mapping[str, Parameter]
) -> ResourceMapping:
    compartment = {type: _own("person") for type in of.compartment if type == "Patient"}
    return replace(
        of, name=f"{of.name}:{DOCUMENT}", sources=sources, elements={}, search=search, compartment=compartment, profiles=()
    )


def _sources(type: str, parameter: SearchParameter, targets: Iterable[tuple[str, str, str]]) -> Iterator[Source]:
    """The index tables of one parameter; a reference has one for each source that it may lead to, and its identifiers."""
    alias = alias_of(parameter.code)
    if parameter.code in ("_id", "_lastUpdated"):
        return
    yield _source(alias, _KINDS[parameter.type], number(type, parameter.code))
    if parameter.type == "token":
        yield _source(f"{alias}:of-type", "token", number(type, parameter.code, "of-type"))
    if parameter.type == "reference":
        yield _source(f"{alias}:identifier", "token", number(type, parameter.code, "identifier"))
        for target, prefix, name in targets:
            if target in parameter.targets:
                entries = _source(_target_alias(alias, target, prefix), "reference", number(type, parameter.code))
                own = (Column(entries.alias, "target"), (source_number(name),))
                yield replace(entries, where=(*entries.where, own))


def _source(alias: str, table: str, parameter: int) -> Source:
    where = ((Column(alias, "parameter"), (parameter,)),)
    return Source(alias, table, join=((DOCUMENT, _own(DOCUMENT)),), where=where, many=("document",))


def alias_of(code: str) -> str:
    """The alias of a parameter's entries; no alias of a mapping file has a colon."""
    return f"index:{code}"


def _target_alias(alias: str, type: str, prefix: str) -> str:
    return f"{alias}:{type}:{prefix}"


def _parameter(bound: Bound, parameter: SearchParameter, targets: Iterable[tuple[str, str, str]]) -> Parameter:
    return Parameter(parameter, parameter.code, _codec(bound, parameter, targets), bound.mapping.mark)


def _codec(bound: Bound, parameter: SearchParameter, targets: Iterable[tuple[str, str, str]]) -> Codec:
    alias = alias_of(parameter.code)
    match parameter.code, parameter.type:
        case "_id", _:
            return DocumentId(alias=DOCUMENT)
        case "_lastUpdated", _:
            return DocumentInstant(alias=DOCUMENT)
        case _, "token":
            return IndexedToken(alias=alias, of_type=f"{alias}:of-type")
        case _, "string":
            return IndexedString(alias=alias)
        case code, "date":
            declared = bound.search.get(code)
            return IndexedDate(alias=alias, by_day=declared is not None and isinstance(declared.codec, BirthDate))
        case _, "reference":
            found = {(t, p): _target_alias(alias, t, p) for t, p, _ in targets if t in parameter.targets}
            return IndexedReference(alias=alias, identifier=f"{alias}:identifier", targets=found)
        case _, "uri":
            return IndexedUri(alias=alias)
        case _:
            return IndexedQuantity(alias=alias)
