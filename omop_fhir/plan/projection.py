"""The reverse mapping: a validated FHIR resource becomes the OMOP rows that it owns.

A resource as parsed JSON enters, with concepts and keys resolved beforehand (`asked` says which); `Projected` leaves: rows, what
of the resource no row says, and where there are none, why. Nothing is rejected with an exception; what a setting refuses is
named in `Projected.refused`. Pure. See docs/mapping.md, https://ohdsi.github.io/CommonDataModel/cdm54.html and
https://build.fhir.org/ig/HL7/fhir-omop-ig/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..mapping.codecs.base import Loss, Projection, References, Terminology
from ..mapping.writing import Condition
from .fill import fill
from .members import codes, meets, values
from .owned import Projected
from .rows import NoRow, Rows, span
from .settle import Settled, settle
from .take import take
from .target import Target


@dataclass(frozen=True, slots=True)
class Asked:
    """What has to be looked up before a resource can be projected."""

    codings: frozenset[tuple[str, str]]
    """(system, code)"""
    references: frozenset[str]
    """As they stand in the resource."""


def asked(resource: Any) -> Asked:
    """Every coding and every reference of a resource, at whatever depth."""
    codings, references, waiting = set(), set(), [resource]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += [member for member in value.values() if isinstance(member, dict | list)]
            if isinstance(value.get("system"), str) and isinstance(value.get("code"), str):
                codings.add((value["system"], value["code"]))
            if isinstance(value.get("reference"), str):
                references.add(value["reference"])
    return Asked(frozenset(codings), frozenset(references))


def project(
    resource: Mapping[str, Any],
    targets: Sequence[Target],
    terminology: Terminology,
    references: References,
    received: date,
    key: int | None = None,
) -> Projected:
    """The rows of a resource.

    `targets` are the sources of its type that can be written (`target.targets`), `received` the day at the site on which it
    came, `key` the key of its row where it has one already.
    """
    if not targets:
        return Projected(resource, None, gate=Loss(str(resource["resourceType"]), "no mapping writes this type"))
    target, unmet = _chosen(resource, targets)
    settled = settle(resource, target)
    if settled.refused or unmet:
        return _without_rows(settled, target, _gate(unmet, resource, target) if unmet else None)
    into = Projection(target.site, terminology, references, target.domains, target.limits, key)
    take(settled.resource, target, into)
    filled = fill(target, into, settled.resource, received)
    return _with_rows(settled, Rows(target, into, filled))


def choose(resource: Mapping[str, Any], targets: Sequence[Target]) -> Target:
    """The source that a resource is written to, of at least one; references need not be resolved yet."""
    return _chosen(resource, targets)[0]


def _with_rows(settled: Settled, rows: Rows) -> Projected:
    target, into = rows.target, rows.into
    into.check()
    if target.writing.too_long == "refuse" and into.too_long:
        settled.refused += into.too_long
        return _without_rows(settled, target, None)
    into.losses += into.too_long
    try:
        built = rows.build()
    except NoRow as none:
        return _without_rows(settled, target, none.loss)
    losses = tuple(dict.fromkeys((*settled.dropped, *into.losses)))
    return Projected(settled.resource, target.bound, built, losses, span=span(built, target.base.alias))


def _without_rows(settled: Settled, target: Target, gate: Loss | None) -> Projected:
    dropped, refused = tuple(settled.dropped), tuple(settled.refused)
    return Projected(settled.resource, target.bound, (), dropped, gate, refused)


def _chosen(resource: Mapping[str, Any], targets: Sequence[Target]) -> tuple[Target, Condition | None]:
    """The source for the resource, and the condition that it does not meet.

    Of sources of one type, those whose demands on what is there are met come first: a part of a visit is a visit detail.
    """
    unmet = [(target, list(_unmet(resource, target))) for target in targets]
    fitting = (pair for pair in unmet if all(condition.is_present is None for condition in pair[1]))
    target, conditions = next(fitting, unmet[0])
    return target, conditions[0] if conditions else None


def _unmet(resource: Mapping[str, Any], target: Target) -> Iterator[Condition]:
    return (condition for condition in target.writing.rows_when if not meets(condition, resource, without=True))


def _gate(condition: Condition, resource: Mapping[str, Any], target: Target) -> Loss:
    name = condition.element.text
    if condition.is_present is not None:
        reason = f"only with it a row is written to {target.base.table}"
        if not condition.is_present:
            reason = f"with it there is no row in {target.base.table}, and no other mapping of {target.resource} is on"
    else:
        said = " ".join(code for value in values(resource, condition.element) for code in codes(value))
        reason = f"`{said}` is no row in {target.base.table}, which takes {' and '.join(condition.codes)}"
    return Loss(f"{target.resource}.{name}", reason)
