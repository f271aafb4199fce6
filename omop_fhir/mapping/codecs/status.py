"""`status`: a status that follows from an end date and the release date of the data, never from today's clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from ...fhir import text
from ...fhir.dates import render_date
from ...fhir.values import SearchValue
from ..expression import Cases, Expression
from ..predicate import ALWAYS, Column, Compare, IsBlank, IsNull, Moment, Not, Predicate, all_of, any_of
from ..site import Site
from .base import Codec, Projection, codec
from .code import guard, says
from .datetime import load_moment
from .writer import Put, Writer


def _day(columns: tuple[Column, ...], into: Projection) -> date | None:
    found = next(filter(None, map(into.columns.get, columns)), None)
    return found.date() if isinstance(found, datetime) else found


@codec("status", "code")
@dataclass(frozen=True, kw_only=True)
class Status(Codec):
    """A code that says whether something goes on.

    In order: `stopped` where the stop column has a text; `open` where `open_when` holds; `unknown` where the release
    date of the data is not known, the end is unusable or the start lies after the release; `open` where there is no
    end or it is not before the release; else `ended`.
    """

    moments: ClassVar = frozenset({"start", "end"})
    searched_by: ClassVar = frozenset({"token"})

    start: tuple[Column, ...]
    end: tuple[Column, ...]
    open: str
    ended: str
    unknown: str = "unknown"
    stopped: str = ""
    stop: Column | None = None
    open_when: dict[Column, tuple[str, ...]] = field(default_factory=dict)
    system: str = ""

    def emit(self, w: Writer, put: Put) -> None:
        value = w.fresh("s")
        start, end = load_moment(w, self.start, render_date), load_moment(w, self.end, render_date)
        release = w.site.release.isoformat() if w.site.release else None
        branches = [*self._fixed_branches(w)]
        if release is not None:
            branches.append((f"{start} is None or {start} > {release!r}", self.unknown))
            branches.append((f"{end} is None or {end} >= {release!r}", self.open))
        w.line(f"{value} = {self.ended if release else self.unknown!r}")
        for word, (condition, status) in zip(("if", *("elif",) * len(branches)), branches, strict=False):
            with w.block(f"{word} {condition}:"):
                w.line(f"{value} = {str(status)!r}")
        put(value, self.type)

    def _fixed_branches(self, w: Writer) -> list[tuple[str, str]]:
        branches = []
        if self.stop is not None and w.present(self.stop):
            branches.append((f"{w.constant(text.string, 'string')}({w.read(self.stop)}) is not None", self.stopped))
        for column, values in self.open_when.items():
            if w.present(column):
                branches.append((f"{w.read(column)} in {tuple(int(v) for v in values)!r}", self.open))
        return branches

    def project(self, value: Any, into: Projection) -> None:
        if value is not None:
            into.afterwards(lambda: self._check(value, into))

    def _check(self, value: str, into: Projection) -> None:
        said = self._said(into)
        if value != said:
            into.lose("", f"OMOP cannot say `{value}`: what is written reads `{said}`")

    def _said(self, into: Projection) -> str:
        """What the columns will say."""
        if self.stop is not None and text.string(into.columns.get(self.stop)) is not None:
            return self.stopped
        if any(str(into.columns.get(column)) in values for column, values in self.open_when.items()):
            return self.open
        release, start, end = into.site.release, _day(self.start, into), _day(self.end, into)
        if release is None or start is None or start > release:
            return self.unknown
        return self.open if end is None or end >= release else self.ended

    def search(self, value: SearchValue, site: Site) -> Predicate:
        cases = self._cases(site)
        matching = [
            all_of((condition, *(Not(before) for before, _ in cases[:index])))
            for index, (condition, status) in enumerate(cases)
            if says(value, self.system, status)
        ]
        return any_of(tuple(matching))

    def order(self, site: Site) -> Expression | None:
        return Cases(tuple(self._cases(site)))

    def present(self, site: Site) -> Predicate:
        return ALWAYS

    def _cases(self, site: Site) -> list[tuple[Predicate, str]]:
        cases: list[tuple[Predicate, str]] = []
        if self.stop is not None:
            cases.append((Not(IsBlank(self.stop)), self.stopped))
        cases += [(guard({column: values}), self.open) for column, values in self.open_when.items()]
        if site.release is None:
            return [*cases, (ALWAYS, self.unknown)]
        day = datetime(site.release.year, site.release.month, site.release.day)
        start, end = Moment(self.start, whole_days=True), Moment(self.end, whole_days=True)
        not_begun = any_of((IsNull(start), Compare(start, ">=", day + timedelta(days=1))))
        goes_on = any_of((IsNull(end), Compare(end, ">=", day)))
        return [*cases, (not_begun, self.unknown), (goes_on, self.open), (ALWAYS, self.ended)]
