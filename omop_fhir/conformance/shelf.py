"""Where the resources of fixtures lie.

What enters: the reference of a fixture (`#contained`, `folder/file.json`, `Patient/example`), the script, and folders.
What leaves: the resource. What is rejected, with `Skipped`: a reference that leads to nothing here. Nothing is
fetched from anywhere. https://hl7.org/fhir/R4/testscript-definitions.html#TestScript.fixture.resource
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from omop_fhir.errors import Invalid

from .script import Script, read_resource
from .verdict import Skipped

_SUFFIXES = ("", ".json", ".xml")


class Shelf:
    """Folders of resources in JSON and XML, found by file name or by type and id."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    def find(self, script: Script, reference: str) -> dict[str, Any]:
        """The resource that a fixture of the script refers to. Raises Skipped."""
        if reference.startswith("#"):
            return _contained(script, reference[1:])
        for place in self._places(script, reference):
            if place.is_file():
                return _read(place)
        found = self._by_name.get(_name(reference))
        if found is None:
            raise Skipped(f"the fixture {reference} is in none of the fixture folders")
        return _read(found)

    def _places(self, script: Script, reference: str) -> Iterator[Path]:
        folders = [script.place.parent] if script.place else []
        for folder in (*folders, *self._folders):
            for suffix in _SUFFIXES:
                yield folder / (reference + suffix)

    @cached_property
    def _by_name(self) -> dict[str, Path]:
        """`Type/id` -> file, of all files; of two the first in order of their names."""
        found: dict[str, Path] = {}
        for place in (p for folder in self._folders for p in sorted(folder.rglob("*")) if p.suffix in (".json", ".xml")):
            try:
                resource = read_resource(place)
            except Invalid:
                continue
            found.setdefault(f"{resource.get('resourceType')}/{resource.get('id')}", place)
        return found


def _name(reference: str) -> str:
    """`Patient/example` of a reference to it, however long."""
    return "/".join(reference.split("/_history")[0].split("/")[-2:])


def _contained(script: Script, id: str) -> dict[str, Any]:
    for resource in script.resource.get("contained", ()):
        if resource.get("id") == id:
            return dict(resource)
    raise Skipped(f"the script contains no resource #{id}")


def _read(place: Path) -> dict[str, Any]:
    try:
        return read_resource(place)
    except Invalid as error:
        raise Skipped(str(error)) from None
