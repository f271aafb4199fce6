"""The tables of clinical events of the CDM, and which of their columns plays which role.

What enters: `events.csv` of this folder. What leaves: `EVENTS` by table and `event_table()` by domain. Nothing is rejected.
The domain of a standard concept decides the table: https://ohdsi.github.io/CommonDataModel/dataModelConventions.html
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Event:
    """A table and its columns by role: `person`, `concept`, `start_date`, `end_date`, `source_value`, ..."""

    table: str
    domain: str
    """The domain whose concepts belong into the table; empty: none is routed there."""
    columns: Mapping[str, str]
    """role -> column"""
    roles: Mapping[str, str]
    """column -> role"""

    @property
    def anchors(self) -> frozenset[str]:
        """The columns that tell whose row it is, as far as the table has them."""
        return frozenset(self.columns[role] for role in ("person", "source_value") if role in self.columns)


def _events() -> Mapping[str, Event]:
    text = (files(__package__) / "events.csv").read_text("utf-8")
    result = {}
    for (table, domain), rows in groupby(csv.DictReader(text.splitlines()), key=lambda row: (row["table"], row["domain"])):
        columns = {row["role"]: row["column"] for row in rows}
        roles = {column: role for role, column in columns.items()}
        result[table] = Event(table, domain, MappingProxyType(columns), MappingProxyType(roles))
    return MappingProxyType(result)


EVENTS: Mapping[str, Event] = _events()
"""By table name."""


@cache
def event_table(domain: str | None) -> str:
    """The table for a standard concept of this domain.

    What no other table takes is an observation, as the CDM has it for data of no other domain
    (https://ohdsi.github.io/CommonDataModel/cdm54.html#observation).

    >>> event_table("Drug"), event_table("Meas Value")
    ('drug_exposure', 'observation')
    """
    return next((event.table for event in EVENTS.values() if event.domain and event.domain == domain), "observation")
