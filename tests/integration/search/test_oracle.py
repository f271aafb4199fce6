"""The server's answers against an independent evaluator of R4 search over the resources that the server itself shows.

https://hl7.org/fhir/R4/search.html. Values come from the resources, or nearly; what is compared are the ordered ids of
every page, those included, and the count.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.oracle.requests import Request, searches
from tests.oracle.terminology import Refused

from .server import Server, keys, serving, whole

_PAGES = 4
EXAMPLES = max(1500, 4 * settings().max_examples)


@pytest.fixture(scope="module")
def berlin(postgres_url: str) -> Iterator[Server]:
    """With every index that is proposed: they change the statements that codes become."""
    with serving(postgres_url, 80, indexed=True, time_zone=ZoneInfo("Europe/Berlin")) as server:
        yield server


@pytest.fixture(scope="module")
def floating(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Without a time zone, and with the details of visits."""
    folder: Path = tmp_path_factory.mktemp("site")
    folder.joinpath("encounter-visit-detail.yaml").write_text("resource: Encounter\nenabled: true\n")
    with serving(postgres_url, 30, mappings=(folder,)) as server:
        yield server


def check(server: Server, request: Request) -> None:
    """The answer is the oracle's: page by page, onwards and back."""
    pairs = list(request.pairs) if request.path else [("_type", ",".join(request.types)), *request.pairs]
    try:
        expected = server.oracle.search(request.types, request.pairs, request.within)
    except Refused:
        answer = server.get(request.path, pairs)
        refused = answer.status_code == 400 or "entry" not in answer.json()  # nothing was asked where nothing can match
        assert refused, answer.text
        return
    bundle = whole(server.get(request.path, pairs))
    sure = _steady(server, request)
    size, found, pages = len(keys(bundle, "match")), [], 0
    counted = whole(server.get(request.path, [*pairs, ("_summary", "count")]))
    assert counted["total"] == len(expected), "_summary=count"
    while bundle is not None:
        matches = keys(bundle, "match")
        included = keys(bundle, "include")
        assert len(set(included)) == len(included), "a resource is included twice"
        assert set(included) == server.oracle.included(matches, request.pairs), "included"
        found += matches
        pages += 1
        if pages == _PAGES:
            break
        last, bundle = bundle, server.follow(bundle, "next")
        if bundle is not None:
            assert len(matches) == size, "a page that is not full"
            back = server.follow(bundle, "previous")
            assert keys(back, "match") == keys(last, "match"), "previous"
    ended = bundle is None
    if ended:
        assert set(found) == set(expected)
    if sure:
        assert found == (expected if ended else expected[: len(found)])
    assert ended or len(found) == min(len(expected), pages * size)


def _steady(server: Server, request: Request) -> bool:
    """Is the order known for certain?"""
    return not any(name == "_sort" for name, _ in request.pairs) or not any(
        key in server.altered for type in request.types for key in server.oracle.population.by_type.get(type, ())
    )


# What the oracle has found, each a defect that was mended.
FOUND = (
    Request("", (("_sort", "_id"), ("_count", "3")), ("Location", "Organization")),  # numbers were merged as texts
    Request("", (("_sort", "-_id,_lastUpdated"), ("_count", "7")), ("Encounter", "Patient", "Procedure")),
    Request("Condition", (("_has:Encounter:diagnosis:participant", "5"),), ("Condition",)),  # SQL without its table
    Request("Condition", (("_has:Encounter:diagnosis:_has:Procedure:encounter:patient", "1"),), ("Condition",)),
    Request("Patient", (("_id", "|1"),), ("Patient",)),  # an id has no system
    Request("Patient", (("ethnicity:missing", "false"),), ("Patient",)),  # a text alone is no category
    Request("Patient", (("race:missing", "true"),), ("Patient",)),
    Request("Organization", (("address:missing", "true"),), ("Organization",)),  # an address lacks some part, not all
    Request("Patient", (("address:missing", "false"),), ("Patient",)),
    Request("Location", (("type:missing", "true"),), ("Location",)),  # a column that holds 0 says nothing
    Request("Encounter", (("type", "unknown"),), ("Encounter",)),
    Request("Practitioner", (("name:missing", "true"),), ("Practitioner",)),  # why a name is absent is no name
    Request("Procedure", (("code:text", "3865"),), ("Procedure",)),  # a text that is not shown was searched
)


@pytest.mark.parametrize("request_", FOUND)
def test_what_was_once_wrong(berlin: Server, request_: Request) -> None:
    check(berlin, request_)


_given = settings(
    derandomize=settings().max_examples <= 100,  # `make test` asks the same each time, `make fuzz` something new
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=(Phase.generate, Phase.shrink),
)


def agree(server: Server, examples: int) -> None:
    """Many searches, each answered as the oracle does."""

    @settings(_given, max_examples=examples)
    @given(searches(server.requests))
    def each(request: Request) -> None:
        check(server, request)

    each()


@pytest.mark.hypothesis
def test_searches_find_what_the_resources_say(berlin: Server) -> None:
    agree(berlin, EXAMPLES)


@pytest.mark.hypothesis
def test_searches_without_a_zone_and_with_details_of_visits(floating: Server) -> None:
    agree(floating, EXAMPLES // 4)
