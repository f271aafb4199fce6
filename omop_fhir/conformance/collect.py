"""The scripts of files and folders.

What enters: paths. What leaves: TestScripts in the order of their paths. What is rejected, with `Invalid`: a file named
that holds none, a folder without any, a file that cannot be read; in a folder, files of other resources and of other
JSON are left aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from omop_fhir.errors import Invalid

from .script import Script, parse_script, read_content, read_script

_SUFFIXES = (".json", ".xml")


def collect(places: Iterable[Path]) -> list[Script]:
    """All scripts of the files and folders. Raises Invalid."""
    return [script for place in places for script in (_in_folder(place) if place.is_dir() else [read_script(place)])]


def _in_folder(folder: Path) -> list[Script]:
    found = list(_scripts(folder))
    if not found:
        raise Invalid(f"{folder}: no TestScript in it")
    return found


def _scripts(folder: Path) -> Iterator[Script]:
    for place in sorted(folder.rglob("*")):
        if place.suffix in _SUFFIXES and place.is_file():
            resource = read_content(place)
            if isinstance(resource, dict) and resource.get("resourceType") == "TestScript":
                yield _parsed(resource, place)


def _parsed(resource: dict[str, Any], place: Path) -> Script:
    try:
        return parse_script(resource, place)
    except Invalid as error:
        raise Invalid(f"{place}: {error}") from None
