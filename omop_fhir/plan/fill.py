"""Columns that no element fills: the rules of a mapping's `write` section give them values.

A projection enters and is filled; each value that says more than the resource does is recorded as imputed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from ..fhir.dates import date_range, local
from ..mapping.codecs.base import Loss, Projection, is_said
from ..mapping.codecs.reference import local_parts
from ..mapping.predicate import Column
from ..mapping.writing import Path, Rule
from ..omop.events import EVENTS
from .members import meets, values
from .target import Target


def fill(target: Target, into: Projection, resource: Mapping[str, Any], received: date) -> frozenset[Column]:
    """Fill what is null or 0, by the first rule that gives something; the columns that were filled."""
    live = {alias for alias, columns in target.fed.items() if any(is_said(c.name, into.columns.get(c)) for c in columns)}
    filled = set()
    for column, rules in target.writing.columns.items():
        if into.columns.get(column) or column.alias not in {target.base.alias, *live}:
            continue
        for rule in rules:
            value = _value(rule, column, target, into, resource, received)
            if value is not None:
                into.columns[column] = value
                filled.add(column)
                if rule.value is None:
                    into.losses.append(Loss(target.expression(column), _reason(rule, column, value), "imputed"))
                break
    return frozenset(filled)


def _reason(rule: Rule, column: Column, value: Any) -> str:
    origin = (
        f"{rule.lasting} days from {rule.copy}" if rule.lasting
        else str(rule.copy) if rule.copy
        else f"the element {rule.element.text}" if rule.element
        else f"the row behind {rule.inherit.text}" if rule.inherit
        else " and ".join(map(str, rule.parts)) if rule.parts
        else "the day on which the resource was received"
    )  # fmt: skip
    return f"{column} is filled with {value}, from {origin}: OMOP requires it, and the resource does not say it"


def _value(rule: Rule, column: Column, target: Target, into: Projection, resource: Mapping[str, Any], received: date) -> Any:
    if not all(meets(condition, resource, without=False) for condition in rule.when):
        return None
    if rule.value is not None:
        return rule.value
    if rule.inherit is not None:
        return _inherited(rule.inherit, column, target, into, resource)
    return _as_kind(_day(rule, target, into, resource, received), column)


def _inherited(path: Path, column: Column, target: Target, into: Projection, resource: Mapping[str, Any]) -> Any:
    """What the rows of the same mapping behind an element's references hold in the column: the first that holds anything."""
    found = (local_parts(value, into.site) for value in values(resource, path))
    prefix = target.bound.mapping.prefix
    held = (into.references.held(type, id, prefix, column.name) for type, id, _ in found if type == target.resource)
    return next((value for value in held if value is not None), None)


def _day(rule: Rule, target: Target, into: Projection, resource: Mapping[str, Any], received: date) -> date | None:
    if rule.copy:
        return _copied(rule, into)
    if rule.element:
        return _of_element(rule.element, into, resource)
    if rule.parts:
        year, month, day = (*(into.columns.get(part) for part in rule.parts), None, None)[:3]
        return date(year, month or 1, day or 1) if year else None
    start = into.columns.get(Column(target.base.alias, EVENTS[target.base.table].columns["start_date"]))
    return received if start is None or start <= received else None


def _copied(rule: Rule, into: Projection) -> date | None:
    found = into.columns.get(rule.copy) if rule.copy else None
    if found is None or rule.lasting is None:
        return found
    days = into.columns.get(rule.lasting)
    try:
        return found + timedelta(days=days - 1) if days and days > 0 else None
    except OverflowError:
        return None


def _of_element(path: Path, into: Projection, resource: Mapping[str, Any]) -> date | None:
    text = next((value for value in values(resource, path) if isinstance(value, str)), None)
    return local(date_range(text)[0], into.site.zone).date() if text else None


def _as_kind(value: date | None, column: Column) -> date | None:
    """A date for a date column, a timestamp for the others."""
    if isinstance(value, datetime):
        return value.date() if column.kind == "date" else value
    return datetime.combine(value, time()) if value and column.kind == "timestamp" else value
