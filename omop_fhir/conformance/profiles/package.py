"""Packages of definitions, from files.

What enters: a package (`.tgz`, https://hl7.org/fhir/R4/packages.html) or a folder of JSON files. What leaves: its
StructureDefinitions, ValueSets and CodeSystems by canonical URL. What is rejected, with `Invalid`: a file that is no
package. Examples in a package are left out; nothing is fetched.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from omop_fhir.errors import Invalid

JSON = Mapping[str, Any]
KINDS = ("StructureDefinition", "ValueSet", "CodeSystem")
_SIZE_LIMIT = 50_000_000
"""Bytes of one file of a package; larger ones are no definitions."""


@dataclass(frozen=True)
class Package:
    """The definitions of one package."""

    name: str
    """`hl7.fhir.us.core`, or the folder's name."""
    version: str
    definitions: Mapping[str, Mapping[str, JSON]]
    """Kind -> canonical URL -> resource."""

    def of(self, kind: str) -> Mapping[str, JSON]:
        return self.definitions.get(kind, {})


def read_package(place: Path) -> Package:
    """The package in a `.tgz` file or a folder. Raises Invalid, which names the file."""
    try:
        files = list(_folder(place) if place.is_dir() else _archive(place))
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        raise Invalid(f"{place}: not a package: {error}") from None
    found: dict[str, dict[str, JSON]] = {}
    for resource in (resource for _, resource in files):
        if resource.get("resourceType") in KINDS and isinstance(resource.get("url"), str):
            found.setdefault(resource["resourceType"], {})[resource["url"]] = resource
    if not found:
        raise Invalid(f"{place}: no StructureDefinition, ValueSet or CodeSystem in it")
    about = next((content for name, content in files if name == "package.json"), {})
    return Package(str(about.get("name") or place.stem), str(about.get("version", "")), found)


def _archive(place: Path) -> Iterator[tuple[str, JSON]]:
    with tarfile.open(place, "r:*") as archive:
        for member in archive:
            parts = Path(member.name).parts
            file = archive.extractfile(member) if _is_definition(parts[1:], member.size) and member.isfile() else None
            if file is not None:
                yield from _parsed(parts[-1], file.read())


def _folder(place: Path) -> Iterator[tuple[str, JSON]]:
    for file in sorted(place.iterdir()):
        if file.is_file() and _is_definition((file.name,), file.stat().st_size):
            yield from _parsed(file.name, file.read_bytes())


def _is_definition(parts: Iterable[str], size: int) -> bool:
    """A JSON file of the package's own folder; not of `example/` or `other/`, nor the index."""
    names = tuple(parts)
    return len(names) == 1 and names[0].endswith(".json") and names[0] != ".index.json" and size <= _SIZE_LIMIT


def _parsed(name: str, content: bytes) -> Iterator[tuple[str, JSON]]:
    resource = orjson.loads(content)
    if isinstance(resource, dict):
        yield name, resource
