"""What settings do to a resource before it is kept: elements are dropped from it and named, or the whole is refused.

A resource and a mapping's settings enter; the resource as it is to be kept leaves, with what was dropped and what is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..fhir.definitions import mandatory
from ..mapping.codecs.base import Loss
from ..mapping.writing import ElementSetting, Path
from .target import Target

_FRAME = frozenset(
    {"resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension"}
)
_REFUSED = "this server does not take it"
_DROPPED = "this server does not keep it"


@dataclass(slots=True)
class Settled:
    """The resource as it is to be kept."""

    resource: Mapping[str, Any]
    dropped: list[Loss] = field(default_factory=list)
    refused: list[Loss] = field(default_factory=list)


def settle(resource: Mapping[str, Any], target: Target) -> Settled:
    """The resource by the settings of the mapping. A narrative may say what was dropped, so it goes too."""
    settled = Settled(resource)
    for setting in target.writing.elements:
        if setting.setting != "keep":
            settled.resource = _without(settled.resource, setting, 0, target.resource, settled)
    if target.writing.unmapped != "keep":
        _settle_unmapped(settled, target)
    if settled.dropped and "text" in settled.resource:
        settled.resource = {name: value for name, value in settled.resource.items() if name != "text"}
        settled.dropped.append(Loss(f"{target.resource}.text", "it may say what is not kept", "dropped"))
    return settled


def _settle_unmapped(settled: Settled, target: Target) -> None:
    kept = _FRAME | set(mandatory(target.resource))
    named = {name for setting in target.writing.elements for name in setting.path.steps[0]}
    for name in list(settled.resource):
        plain = name.removeprefix("_")
        if plain not in kept and plain not in target.places and plain not in named:
            setting = ElementSetting(Path(plain, ((plain,),)), target.writing.unmapped)
            settled.resource = _without(settled.resource, setting, 0, target.resource, settled)


def _without(value: Any, setting: ElementSetting, depth: int, place: str, settled: Settled) -> Any:
    """The value without what the setting names; it is left as it is where the setting refuses."""
    if isinstance(value, list):
        kept = [_without(item, setting, depth, f"{place}[{n}]", settled) for n, item in enumerate(value)]
        return [item for item in kept if item or item is None]
    if not isinstance(value, Mapping):
        return value
    result = {}
    for name, member in value.items():
        if name.removeprefix("_") not in setting.path.steps[depth]:
            result[name] = member
            continue
        here = f"{place}.{setting.path.text.split('.')[depth]}"
        if depth + 1 < len(setting.path.steps):
            left = _without(member, setting, depth + 1, here, settled)
        else:
            left = _last(member, setting, here, settled)
        if left or left is False or left == 0:
            result[name] = left
    return result


def _last(member: Any, setting: ElementSetting, place: str, settled: Settled) -> Any:
    """What is left of the member that the setting names."""
    if setting.url:
        others = [item for item in member if item.get("url") != setting.url]
        if len(others) == len(member):
            return member
        place = f"{place}('{setting.url}')"
    if setting.setting == "refuse":
        _note(settled.refused, Loss(place, _REFUSED, "dropped"))
        return member
    _note(settled.dropped, Loss(place, _DROPPED, "dropped"))
    return others if setting.url else None


def _note(losses: list[Loss], loss: Loss) -> None:
    if loss not in losses:
        losses.append(loss)
