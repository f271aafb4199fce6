"""`Prefer: handling=lenient`: parameters that are not known here are left aside, and named.

https://hl7.org/fhir/R4/search.html#errors. Only whole parameters are: a modifier that is not supported and a malformed
value are errors however the client likes to be handled, as is an order or inclusion that cannot be made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import Problem
from ..mapping.bind import Bound
from ..request.criterion import Criterion
from ..request.search import SearchRequest
from .criteria import Criteria, UnknownParameter, UnsupportedParameter


def known_criteria(
    request: SearchRequest, bounds: Sequence[Bound], criteria: Criteria
) -> tuple[SearchRequest, tuple[Problem, ...]]:
    """The search without the criteria that no sense can be made of here, and why each was left aside."""
    reasons = {criterion: why for criterion in request.criteria if (why := _reason(criterion, bounds, criteria))}
    if not reasons:
        return request, ()
    aside = {(criterion.name, criterion.text) for criterion in reasons}
    kept = tuple(criterion for criterion in request.criteria if criterion not in reasons)
    pairs = tuple(pair for pair in request.pairs if pair not in aside)
    return replace(request, criteria=kept, pairs=pairs), tuple(reasons.values())


def _reason(criterion: Criterion, bounds: Sequence[Bound], criteria: Criteria) -> Problem | None:
    try:
        for bound in bounds:
            criteria.of(criterion, bound)
    except (UnknownParameter, UnsupportedParameter) as why:
        return why
    return None
