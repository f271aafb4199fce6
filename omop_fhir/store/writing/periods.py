"""observation_period of the persons that came in through FHIR: made and widened with what is written about them.

The days that rows cover enter, within the writing transaction; one period a person leaves, that holds them all. Only persons
whose keys are ours have one, and only where no other period of theirs is there: for the persons of an ETL, and for periods that
it made, the ETL answers. A period is never narrowed.
https://ohdsi.github.io/CommonDataModel/cdm54.html#observation_period
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ...omop.database import OwnSchema, PresentTable
from ...plan.owned import Span
from ...query.scope import table_name
from ..postgresql.connections import Connection

EHR = 32817
"""period_type_concept_id: the period follows from an electronic health record."""

_HELD = "SELECT person_id FROM {person} WHERE person_id = ANY ($1) ORDER BY 1 FOR NO KEY UPDATE"
_WIDENED = """
UPDATE {period} p SET observation_period_start_date = least(p.observation_period_start_date, new.first),
    observation_period_end_date = greatest(p.observation_period_end_date, new.last)
FROM unnest($1::bigint[], $2::date[], $3::date[]) AS new(person, first, last)
WHERE p.person_id = new.person AND p.observation_period_id BETWEEN $4 AND $5
  AND (new.first < p.observation_period_start_date OR new.last > p.observation_period_end_date)
"""
_MADE = """
INSERT INTO {period} (observation_period_id, person_id, observation_period_start_date, observation_period_end_date,
    period_type_concept_id)
SELECT new.* FROM unnest($1::bigint[], $2::bigint[], $3::date[], $4::date[], $5::integer[]) AS new
"""
_WITH = "SELECT DISTINCT person_id FROM {period} WHERE person_id = ANY ($1)"
_GONE = "DELETE FROM {period} WHERE person_id = ANY ($1) AND observation_period_id BETWEEN $2 AND $3"


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods that one transaction writes; `keys` gives new keys."""

    connection: Connection
    own: OwnSchema
    person: PresentTable
    period: PresentTable
    keys: Callable[[int], Awaitable[list[int]]]

    async def cover(self, spans: Iterable[Span]) -> None:
        """Have the days covered, of persons of ours."""
        days = _days(span for span in spans if self.own.first <= span.person <= self.own.last)
        if not days:
            return
        persons = sorted(days)
        await self.connection.execute(self._sql(_HELD), persons)  # of two that write about one person, one waits
        first, last = ([days[person][n] for person in persons] for n in (0, 1))
        await self.connection.execute(self._sql(_WIDENED), persons, first, last, self.own.first, self.own.last)
        there = {record[0] for record in await self.connection.fetch(self._sql(_WITH), persons)}
        await self._make({person: days[person] for person in persons if person not in there})

    async def _make(self, days: dict[int, tuple[date, date]]) -> None:
        if days:
            first, last = ([each[n] for each in days.values()] for n in (0, 1))
            keys = await self.keys(len(days))
            await self.connection.execute(self._sql(_MADE), keys, list(days), first, last, [EHR] * len(days))

    async def leave(self, persons: Sequence[int]) -> None:
        """Take away the periods that are ours, before the persons go."""
        if persons:
            await self.connection.execute(self._sql(_GONE), persons, self.own.first, self.own.last)

    def _sql(self, text: str) -> str:
        return text.format(person=table_name(self.person), period=table_name(self.period))


def _days(spans: Iterable[Span]) -> dict[int, tuple[date, date]]:
    """Person -> the first and the last day of all spans."""
    days: dict[int, tuple[date, date]] = {}
    for span in spans:
        first, last = days.get(span.person, (span.start, span.end))
        days[span.person] = min(first, span.start), max(last, span.end)
    return days
