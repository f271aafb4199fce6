"""Databases made of the CDM tables alone, and the shipped mappings bound to them."""

from __future__ import annotations

import re
from collections.abc import Mapping as Mapping_
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from omop_fhir.mapping.bind import Bound, bind
from omop_fhir.mapping.load import load
from omop_fhir.mapping.model import Mapping
from omop_fhir.mapping.site import Site
from omop_fhir.omop.cdm import TABLES, Table
from omop_fhir.omop.database import OWN_TABLES, DatabaseSchema, OwnSchema, PresentTable
from omop_fhir.paths import mappings_directory
from omop_fhir.render.resource import ResourceRenderer
from omop_fhir.store.migration import shipped_migrations

_OWN_TYPES = {"timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone"}
_TYPES = {"timestamp": "timestamp without time zone", "varchar": "character varying"}

SERVED = frozenset({
    "Condition/", "Encounter/", "Encounter/detail-", "Location/", "MedicationStatement/", "Organization/", "Patient/",
    "Practitioner/", "Procedure/",
})  # fmt: skip

BERLIN = ZoneInfo("Europe/Berlin")
SITE = Site("https://fhir.example/fhir", zone=BERLIN, release=date(2024, 6, 30), served=SERVED)
ZONELESS = Site("https://fhir.example/fhir", served=SERVED)


def table(of: Table, oid: int) -> PresentTable:
    """A CDM table as PostgreSQL shows it."""
    columns = {c.name: _TYPES.get(c.type.partition("(")[0], c.type.partition("(")[0]) for c in of.columns}
    lengths = {c.name: c.length for c in of.columns if c.length}
    return PresentTable(
        "cdm", of.name, oid, columns, lengths, frozenset(c.name for c in of.columns if c.required), (), None, is_view=False
    )


def database(version: str = "5.4", changes: Mapping_[str, Mapping_[str, str | None]] | None = None) -> DatabaseSchema:
    """The CDM of a version; `changes` gives columns of a table another type, or takes them away (None)."""
    tables = {name: table(of.of(version), 1000 + number) for number, (name, of) in enumerate(sorted(TABLES.items()))}
    for name, columns in (changes or {}).items():
        changed = {**tables[name].columns, **columns}
        tables[name] = replace(tables[name], columns={key: type for key, type in changed.items() if type is not None})
    return DatabaseSchema(version, "test", "15.0", "cdm", "cdm", tables, {}, date(2024, 6, 30), None, None, "f")


@cache
def own_schema() -> OwnSchema:
    """This server's own schema as its migrations make it, with no document in it."""
    script = "\n".join(migration.text for migration in shipped_migrations())
    tables = {}
    for number, name in enumerate(OWN_TABLES):
        body = re.findall(rf"CREATE TABLE \$\{{schema\}}\.{name} \((.*?)\n\);", script, re.DOTALL)
        added = re.findall(rf"ALTER TABLE \$\{{schema\}}\.{name} ADD COLUMN (.*);", script)
        lines = [*body[0].splitlines(), *added]
        found = [re.match(r'\s*"?([a-z_]+)"? ([a-z]+)( NOT NULL| PRIMARY KEY)?', line) for line in lines]
        columns = {match[1]: _OWN_TYPES.get(match[2], match[2]) for match in found if match}
        required = frozenset(match[1] for match in found if match and match[3])
        tables[name] = PresentTable("omop_fhir", name, 5000 + number, columns, {}, required, (), None, is_view=False)
    return OwnSchema(tables, 2_000_000_000, 2**31 - 1)


@cache
def mappings() -> tuple[Mapping, ...]:
    """All shipped mappings, visit details among them."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "encounter-visit-detail.yaml").write_text("enabled: true\n", "utf-8")
        return load((mappings_directory(), Path(folder)))


@cache
def bounds(version: str = "5.4") -> dict[str, Bound]:
    """name -> the shipped mapping bound to a CDM of the version."""
    results = (bind(mapping, database(version)) for mapping in mappings())
    return {result.mapping.name: result for result in results if isinstance(result, Bound)}


@cache
def renderer(name: str, version: str = "5.4", zone: str = "Europe/Berlin") -> ResourceRenderer:
    """Renders a shipped mapping for a site whose every type is served; `zone` is a name, or `` for a zoneless one."""
    return ResourceRenderer(bounds(version)[name], SITE if zone else ZONELESS)
