"""search-type, search-system, compartment searches and `$everything`: a page of what a path searches.

`GET [base]/[type]?...`, `POST [base]/[type]/_search`, `GET [base]?_type=...`, `GET [base]/Patient/[id]/[type]?...`,
`GET [base]/Patient/[id]/$everything`. https://hl7.org/fhir/R4/http.html#search
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from ..auth.grants import Grants
from ..store.snapshot import Snapshot
from .context import Context
from .exchange import Exchange
from .explain import EXPLAIN, explained, wants_explanation
from .results import Results, Resumed, resume
from .target import aim
from .types import View, criteria_of


async def search(
    exchange: Exchange, context: Context, grants: Grants, path: Sequence[str], of: View = lambda whole: whole
) -> Response:
    """A page; or, where that is enabled, how it would be made. `of` says what of the database is searched.

    Raises what parsing and planning raise.
    """
    explain = wants_explanation(exchange, context, grants)
    resumed = resume(exchange, context, grants, "/".join(path))
    exchange.touched.parameters = [name for name, _ in resumed.pairs]

    async def work(snapshot: Snapshot) -> bytes:
        results = plan(exchange, context, grants, of(snapshot), path, resumed)
        return await explained(results) if explain else await results.bundle()

    return exchange.answer(await context.facade.attempt(work))


def plan(
    exchange: Exchange, context: Context, grants: Grants, snapshot: Snapshot, path: Sequence[str], resumed: Resumed
) -> Results:
    """The search that a request asks for, parsed against one snapshot."""
    with exchange.stage("parse"):
        criteria = criteria_of(context, grants, snapshot)
        pairs = tuple(pair for pair in resumed.pairs if pair[0] != EXPLAIN)
        request, target = aim(path, pairs, criteria, snapshot)
        exchange.touched.asked(request.criteria)
    return Results(exchange, context, grants, snapshot, request, target, criteria, resumed.cursor)
