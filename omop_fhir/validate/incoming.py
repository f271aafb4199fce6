"""May this resource be kept here? What a write must meet beside being valid R4.

What enters: a resource as parsed JSON, and what the server understands and can hold. What leaves: all issues at once, of
validity first; `refuse` makes them the answer. Not asked here: whether the targets of references exist, and who may write.
https://hl7.org/fhir/R4/validation.html, https://hl7.org/fhir/R4/http.html#update
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NoReturn, TypeAlias

from ..errors import InvalidContent, Issue, Unprocessable
from . import validate

JSON: TypeAlias = dict[str, Any]

_TAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
_RULES = frozenset({"business-rule", "extension", "not-supported", "too-long"})
"""Codes of issues with resources that are valid R4, and cannot be kept here."""


def validate_write(resource: JSON, understood: frozenset[str] = frozenset()) -> list[Issue]:
    """All that is wrong with a resource that is to be created or updated.

    `understood` are the URLs of modifier extensions that the server knows the meaning of.
    """
    return [*validate(resource), *check_rules(resource, understood)]


def check_rules(resource: JSON, understood: frozenset[str] = frozenset()) -> Iterator[Issue]:
    """What may not be kept though it is valid: unknown modifiers, and part of a resource in the place of the whole."""
    root = str(resource.get("resourceType"))
    for place, name, value in _modifiers(resource, root):
        if name == "implicitRules":
            yield Issue("not-supported", "the rules that implicitRules names are not understood here", expression=place)
        else:
            yield from _unknown_modifiers(value, place, understood)
    if _is_subset(resource):
        text = "the resource is tagged SUBSETTED: it is only part of one, and would overwrite the rest"
        yield Issue("business-rule", text, expression=f"{root}.meta.tag")


_MODIFIERS = ("modifierExtension", "implicitRules")


def _modifiers(value: Any, place: str) -> Iterator[tuple[str, str, Any]]:
    """(place, name, value) of the elements that change the meaning of what holds them, at any depth."""
    return _placed_modifiers(value, place) if _has_modifiers(value) else iter(())


def _has_modifiers(value: Any) -> bool:
    """The usual case, without names of places."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if type(item) is dict:
            if "modifierExtension" in item or "implicitRules" in item:
                return True
            item = item.values()
        waiting += [below for below in item if type(below) is dict or type(below) is list]
    return False


def _placed_modifiers(value: Any, place: str) -> Iterator[tuple[str, str, Any]]:
    waiting: list[tuple[str, Any]] = [(place, value)]
    while waiting:
        here, item = waiting.pop()
        if type(item) is dict:
            for name, below in item.items():
                if name in _MODIFIERS:
                    yield f"{here}.{name}", name, below
                elif type(below) is dict or type(below) is list:
                    waiting.append((f"{here}.{name}", below))
        else:
            waiting += ((f"{here}[{index}]", below) for index, below in enumerate(item) if type(below) in (dict, list))


def _unknown_modifiers(value: Any, place: str, understood: frozenset[str]) -> Iterator[Issue]:
    for index, extension in enumerate(value if isinstance(value, list) else ()):
        url = extension.get("url") if isinstance(extension, dict) else None
        if not isinstance(url, str) or url not in understood:
            text = f"the modifier extension `{str(url)[:200]}` is not understood here, and may not be passed over"
            yield Issue("extension", text, expression=f"{place}[{index}]")


def _is_subset(resource: JSON) -> bool:
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return any(
        isinstance(tag, dict) and tag.get("code") == "SUBSETTED" and tag.get("system", _TAGS) == _TAGS
        for tag in (tags if isinstance(tags, list) else ())
    )


def errors(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """The issues that forbid a write: not warnings, not information."""
    return tuple(issue for issue in issues if issue.severity in ("fatal", "error"))


def refuse(issues: Iterable[Issue], resource_place: str | None = None) -> None:
    """Raises where issues forbid a write: Unprocessable (422) where rules of this server do, else InvalidContent (400).

    `resource_place` is the FHIRPath of the resource where it is an entry of a Bundle; issues are then named below it.
    """
    found = tuple(moved(issue, resource_place) for issue in issues)
    wrong = errors(found)
    if wrong:
        _raise(found, all(issue.code in _RULES for issue in wrong))


def _raise(issues: tuple[Issue, ...], by_rule: bool) -> NoReturn:
    if by_rule:
        raise Unprocessable(issues)
    raise InvalidContent(issues)


def moved(issue: Issue, place: str | None) -> Issue:
    """The issue of a resource as one of the entry at `place`: `Patient.name` is `Bundle.entry[3].resource.name`."""
    if place is None or issue.expression is None:
        return issue
    _, dot, rest = issue.expression.partition(".")
    return issue._replace(expression=f"{place}{dot}{rest}")
