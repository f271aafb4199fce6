"""`$everything` planned: a patient, all that is in the compartment, and what that refers to outside of it.

https://hl7.org/fhir/R4/operation-patient-everything.html. `start` and `end` are dates of care: they bound each type by the
first of DATES that its mapping declares; the Patient, and a type without such a parameter, are not bound. What stands outside
the compartment (Practitioner, Organization, Location) comes where a resource within the dates refers to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import NotSupported
from ..fhir.definitions import compartment
from ..mapping.bind import Bound
from ..mapping.codecs.links import links
from ..mapping.predicate import ALWAYS, NEVER, Citation, Cited, IsNull, Not, Predicate, all_of, any_of
from ..request.criterion import Criterion
from ..request.everything import Everything
from .compartment import within
from .criteria import Criteria, joined

DATES = ("date", "effective", "onset-date", "authored-on", "recorded-date")
"""The search parameters that say when care took place, the best first."""
_PATIENT = "Patient"


@dataclass(frozen=True, slots=True)
class Reach:
    """What one `$everything` reaches. `id` is the patient's, None: of all patients."""

    id: str | None
    wanted: Everything
    criteria: Criteria

    def bounds(self) -> tuple[Bound, ...]:
        """The sources of all types that can be in the answer: the Patient, the compartment, what that refers to.

        Raises NotSupported where `_since` means nothing in this database.
        """
        if self.wanted.since is not None and self.criteria.site.last_updated is None:
            reason = "this database does not tell when anything was last updated"
            raise NotSupported(f"`_since`: {reason}", expression="http._since")
        inside = compartment(_PATIENT)
        types = sorted(self._allowed(), key=lambda type: (type != _PATIENT, type not in inside, type))
        return tuple(bound for type in types for bound in self.criteria.catalog[type])

    def _allowed(self) -> Iterator[str]:
        for type in self.criteria.catalog:
            if self.criteria.grants.allow(type, "search-type"):
                yield type

    def within(self, bound: Bound) -> Predicate:
        """The rows of one source that are in the answer, all parameters applied."""
        type = bound.mapping.resource
        own = self._member(bound) if self._is_member(type) else self._referred(bound)
        return all_of((own, self._since(bound)))

    def _is_member(self, type: str) -> bool:
        return type == _PATIENT or type in compartment(_PATIENT)

    def _member(self, bound: Bound) -> Predicate:
        type = bound.mapping.resource
        if self.id is not None:
            inside = within(_PATIENT, self.id, bound, self.criteria)
        else:
            inside = ALWAYS if type == _PATIENT else any_of(tuple(self._of_any_patient(bound)))
        return all_of((inside, *self._dates(bound)))

    def _of_any_patient(self, bound: Bound) -> Iterator[Predicate]:
        for code in compartment(_PATIENT).get(bound.mapping.resource, ()):
            parameter = bound.search.get(code)
            for link in links(parameter.codec, self.criteria.site) if parameter else ():
                if link.target == _PATIENT:
                    yield joined(bound, all_of((link.guard, Not(IsNull(link.column)))), link.column.alias)

    def _dates(self, bound: Bound) -> Iterator[Predicate]:
        """Resources of a time that overlaps the time asked for."""
        code = date_parameter(bound)
        if code is None or bound.mapping.resource == _PATIENT:
            return
        for name, prefix, day in (("start", "ge", self.wanted.start), ("end", "le", self.wanted.end)):
            if day is not None:
                yield self.criteria.of(Criterion(name, (), code, None, prefix + day), bound)

    def _since(self, bound: Bound) -> Predicate:
        if self.wanted.since is None:
            return ALWAYS
        return self.criteria.of(Criterion("_since", (), "_lastUpdated", None, f"ge{self.wanted.since}"), bound)

    def _referred(self, bound: Bound) -> Predicate:
        """Rows outside the compartment that resources inside, within the dates, refer to."""
        citations = tuple(self._citations(bound))
        return Cited(bound.mapping.key, citations) if citations else NEVER

    def _citations(self, bound: Bound) -> Iterator[Citation]:
        target = (bound.mapping.resource, bound.mapping.prefix)
        for source in self.bounds():
            if not self._is_member(source.mapping.resource):
                continue
            where = all_of((self.criteria.granted(source), self._member(source)))
            for element in source.mapping.elements.values():
                for link in links(element.codec, self.criteria.site):
                    if (link.target, link.prefix) == target and where != NEVER:
                        yield Citation(source, link.column, all_of((where, link.guard)))


def date_parameter(bound: Bound) -> str | None:
    """The search parameter that `start` and `end` bound a source by; None where it has none."""
    return next((code for code in DATES if code in bound.search), None)
