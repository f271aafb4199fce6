"""Grants -> predicates: which rows of a source the caller may see, or do something else to.

Whatever the caller holds, each permission becomes the predicate of the rows that it covers, and any of them suffices. A
permission that is bound to patients covers what their compartments hold by the subject, and of the types outside every
compartment (Practitioner, Organization, Location) what a resource refers to that the caller may see: to read it, never to
write it, for it is not that patient's alone. A search that stands in a scope is compiled as any other; one that cannot be
answered here covers nothing.
https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#finer-grained-resource-constraints-using-search-parameters
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..auth.grants import Grants, Interaction, Pairs, Permission, is_write
from ..errors import Problem
from ..fhir.definitions import compartment
from ..mapping.bind import Bound
from ..mapping.codecs.links import all_links
from ..mapping.predicate import ALWAYS, NEVER, Citation, Cited, Compare, Linked, Predicate, all_of, any_of
from ..mapping.versions import IS_CURRENT, Versions
from ..request.criterion import parse_criterion

if TYPE_CHECKING:
    from .criteria import Criteria

_PATIENT = "Patient"


def granted(criteria: Criteria, bound: Bound, interaction: Interaction) -> Predicate:
    """The rows of one source that the caller may do this to."""
    grants = criteria.grants
    permissions = grants.of(bound.mapping.resource, interaction)
    # What may be seen of places hangs on what may be seen of the resources that refer to them.
    deciding = permissions if _PATIENT in bound.mapping.compartment else grants.permissions
    if not any(each.among or each.query for each in deciding):
        return _granted(criteria, bound, interaction, permissions)
    key = bound.mapping.name, interaction, deciding, grants.opens_places
    found = criteria.known_grants.get(key)
    if found is None:
        found = criteria.known_grants[key] = _granted(criteria, bound, interaction, permissions)
    return found


def _granted(criteria: Criteria, bound: Bound, interaction: Interaction, permissions: Sequence[Permission]) -> Predicate:
    if is_write(interaction):
        permissions = tuple(each for each in permissions if not _is_elsewhere(bound, each))
    return any_of(tuple(_covered(criteria, bound, each) for each in permissions))


def _is_elsewhere(bound: Bound, permission: Permission) -> bool:
    """Is it of some patients, and the source of none? What they wrote there others would read."""
    return permission.is_personal and _PATIENT not in bound.mapping.compartment


def granted_versions(criteria: Criteria, versions: Versions, interaction: Interaction) -> Predicate:
    """The versions of one type's documents that the caller may see: each by the person whose it was.

    What a search in a scope finds is known of the current version alone, and the others are not judged by it: they stay hidden.
    """
    permissions = criteria.grants.of(versions.bound.mapping.resource, interaction)
    return any_of(tuple(_covered_versions(criteria, versions, each) for each in permissions))


def _covered_versions(criteria: Criteria, versions: Versions, permission: Permission) -> Predicate:
    bound, documents = versions.bound, versions.documents
    if permission.query or (permission.among and bound.mapping.resource == _PATIENT):
        return all_of((IS_CURRENT, documents.filter, _covered(criteria, documents, permission)))
    return _personal(criteria, documents if _is_elsewhere(bound, permission) else bound, permission)


def _covered(criteria: Criteria, bound: Bound, permission: Permission) -> Predicate:
    return all_of((_personal(criteria, bound, permission), _found(criteria, bound, permission.query)))


def _found(criteria: Criteria, bound: Bound, query: Pairs) -> Predicate:
    """The rows that a search in a scope finds; none where it cannot be answered, for it must not widen anything.

    A chain cannot be: what it leads to would have to lie within the grants that are being made.
    """
    try:
        asked = [parse_criterion(name, value) for name, value in query]
        return NEVER if any(each.path for each in asked) else all_of(tuple(criteria.of(each, bound) for each in asked))
    except Problem:
        return NEVER


def _personal(criteria: Criteria, bound: Bound, permission: Permission) -> Predicate:
    """The rows of the patients that a permission is bound to."""
    if not permission.is_personal:
        return ALWAYS
    column = bound.mapping.compartment.get(_PATIENT)
    if column is None:
        return _outside(criteria, bound, permission)
    own = ALWAYS if permission.patient is None else Compare(column, "=", permission.patient)
    return all_of((own, _among(criteria, bound, permission.among)))


def _among(criteria: Criteria, bound: Bound, query: Pairs) -> Predicate:
    """The rows of the patients that a search finds."""
    if not query:
        return ALWAYS
    if bound.mapping.resource == _PATIENT:
        return _found(criteria, bound, query)
    column = bound.mapping.compartment[_PATIENT]
    patients = ((patient, _found(criteria, patient, query)) for patient in criteria.catalog.get(_PATIENT, ()))
    found = (Linked(column, patient, patient.mapping.key, where) for patient, where in patients if where != NEVER)
    return any_of(tuple(found))


def _outside(criteria: Criteria, bound: Bound, permission: Permission) -> Predicate:
    """The rows of a source outside every compartment that may be seen; of one whose type belongs inside, none."""
    if bound.mapping.resource in compartment(_PATIENT):
        return NEVER
    if criteria.grants.opens_places:
        return ALWAYS
    citations = tuple(_citations(criteria, bound, permission))
    return Cited(bound.mapping.key, citations) if citations else NEVER


def shows_its_places(grants: Grants, source: Bound, place: Bound) -> bool:
    """Does whoever may search a row of the source thereby see the places that it refers to?

    So it is where every permission by which the row is seen is of some patients, and one for the place is of the same.
    """
    inside, outside = source.mapping.compartment, place.mapping.resource not in compartment(_PATIENT)
    if _PATIENT not in inside or not outside or _PATIENT in place.mapping.compartment:
        return False
    of_row = grants.of(source.mapping.resource, "search-type")
    of_place = {(each.patient, each.among) for each in grants.of(place.mapping.resource, "search-type") if not each.query}
    return all(each.is_personal and (each.patient, each.among) in of_place for each in of_row)


def _citations(criteria: Criteria, bound: Bound, permission: Permission) -> Iterator[Citation]:
    """What refers to the rows: resources of the permission's patients that the caller may see."""
    target = (bound.mapping.resource, bound.mapping.prefix)
    for source in (each for sources in criteria.catalog.values() for each in sources):
        if _PATIENT not in source.mapping.compartment:
            continue
        leading = [link for link in all_links(source, criteria.site) if (link.target, link.prefix) == target]
        if not leading:
            continue
        seen = any_of((granted(criteria, source, "read"), granted(criteria, source, "search-type")))
        where = all_of((_personal(criteria, source, permission), seen))
        if where != NEVER:
            yield from (Citation(source, link.column, all_of((where, link.guard))) for link in leading)
