"""Resources as a server showed them -> the values that the official SearchParameter expressions find in them.

https://hl7.org/fhir/R4/searchparameter-registry.html. Expressions are evaluated by fhirpathpy, once for each resource and
parameter. `resolve() is Type` is answered by the reference's own text, since fhirpathpy cannot resolve.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from fhirpathpy import compile as fhirpath
from fhirpathpy.models import models

from omop_fhir.fhir.search_parameters import SearchParameter, search_parameter

Resource: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str]
"""Type and id."""
Value: TypeAlias = Any
"""An element as JSON."""

_RESOLVED = re.compile(r"\.where\(resolve\(\) is (\w+)\)")
_EXTENSION_CODE = ".extension.value.code"  # of US Core: the codes of Codings, whose systems a token needs too


class Population:
    """All resources, by type and id, with the values of their search parameters."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.by_type: dict[str, list[Key]] = {}
        self.resources: dict[Key, Resource] = {}
        self._values: dict[tuple[Key, str], tuple[Value, ...]] = {}
        for resource in resources:
            key = (resource["resourceType"], resource["id"])
            assert key not in self.resources, f"{key} came twice"
            self.resources[key] = resource
            self.by_type.setdefault(key[0], []).append(key)

    def values(self, key: Key, code: str) -> tuple[Value, ...]:
        """The values of a parameter in one resource."""
        if (key, code) not in self._values:
            self._values[key, code] = tuple(_extractor(key[0], code)(self.resources[key]))
        return self._values[key, code]

    def referring(self, type: str, code: str) -> Mapping[str, list[Key]]:
        """Reference -> the resources of the type that hold it in a parameter."""
        found: dict[str, list[Key]] = {}
        for key in self.by_type.get(type, ()):
            for value in self.values(key, code):
                found.setdefault(value.get("reference", ""), []).append(key)
        return found


def definition(type: str, code: str) -> SearchParameter:
    """R4's definition of a parameter that must be there."""
    found = search_parameter(type, code)
    assert found is not None, f"R4 has no {type}?{code}"
    return found


def _valued(value: Any) -> Any:
    """Without ids and extensions of primitives, which nobody searches by: a choice that has any is two to the library."""
    if isinstance(value, dict):
        return {name: _valued(each) for name, each in value.items() if not name.startswith("_")}
    return [_valued(each) for each in value] if isinstance(value, list) else value


@lru_cache
def _extractor(type: str, code: str) -> Callable[[Resource], Iterator[Value]]:
    expression = definition(type, code).expression.removesuffix(".code") if code in ("race", "ethnicity") else ""
    expression = expression or definition(type, code).expression.replace("Resource.", f"{type}.")
    target = _RESOLVED.search(expression)
    compiled = fhirpath(_RESOLVED.sub("", expression), models["r4"])

    def extract(resource: Resource) -> Iterator[Value]:
        for value in compiled(_valued(resource)):
            if target and not value.get("reference", "").startswith(f"{target[1]}/"):
                continue
            if code in ("race", "ethnicity") and not isinstance(value, dict):
                continue
            yield value

    return extract


def is_altered(text: str) -> bool:
    """Does the text hold what stands for characters that no string of R4 has, or may have been changed with them?"""
    return any(c == "\ufffd" or (unicodedata.category(c) in ("Cc", "Cf", "Cn", "Co") and c not in "\t\r\n") for c in text)
