"""The hosts of a database URL, and which of several servers is which by what they say."""

from __future__ import annotations

import asyncio
from math import inf

import pytest

from omop_fhir.config import Settings
from omop_fhir.errors import ConfigurationError
from omop_fhir.store.postgresql.cluster import Cluster
from omop_fhir.store.postgresql.hosts import host_of, split_hosts
from omop_fhir.store.postgresql.node import State


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@a/omop", ["postgresql://u:p@a/omop"]),
        ("postgresql:///omop?host=/run/postgresql", ["postgresql:///omop?host=/run/postgresql"]),
        ("postgresql://u:p@a:1,b:2/omop?sslmode=require",
         ["postgresql://u:p@a:1/omop?sslmode=require", "postgresql://u:p@b:2/omop?sslmode=require"]),
        ("postgresql://a,b/omop?target_session_attrs=primary", ["postgresql://a/omop", "postgresql://b/omop"]),
        ("postgresql://[::1]:1,b/omop", ["postgresql://[::1]:1/omop", "postgresql://b/omop"]),
        ("postgresql://u@/omop?host=a,b&port=1,2", ["postgresql://u@/omop?host=a&port=1", "postgresql://u@/omop?host=b&port=2"]),
        ("postgresql://u@/omop?host=a,b&port=1", ["postgresql://u@/omop?host=a&port=1", "postgresql://u@/omop?host=b&port=1"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_each_host_has_a_url(url: str, expected: list[str]) -> None:
    assert list(split_hosts(url)) == expected


@pytest.mark.parametrize("url", ["mysql://a/b", "postgresql://u:secret#1@a/b", "postgresql://a:secret,b/c",
                                 "postgresql:///b?host=a,b,c&port=1,2"])  # fmt: skip
def test_what_cannot_be_read_is_told_without_a_word_of_it(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        split_hosts(url)
    assert "secret" not in str(caught.value)


def test_a_name_for_the_log_holds_no_password() -> None:
    assert host_of("postgresql://u:secret@a:5433/omop") == "a:5433"
    assert host_of("postgresql://u:secret@/omop?host=/run&port=5433") == "/run:5433"
    assert host_of("postgresql:///omop") == "the local socket"


class Said:
    """What servers say, look by look."""

    def __init__(self, cluster: Cluster, *states: State | None) -> None:
        self.cluster = cluster
        for node, state in zip(cluster.nodes, states, strict=True):
            node.probe = self._probe(state)  # type: ignore[method-assign]

    @staticmethod
    def _probe(state: State | None):  # type: ignore[no-untyped-def]
        async def probe() -> State:
            if state is None:
                raise ConnectionRefusedError
            return state

        return probe

    def roles(self) -> list[str]:
        asyncio.run(self.cluster.look())
        return [node.role for node in self.cluster.nodes]


def cluster(lag: float = 10) -> Cluster:
    return Cluster(Settings("postgresql://a,b,c/omop", replica_lag=lag))


def primary(position: int, timeline: int = 1) -> State:
    return State(False, position, timeline)


def replica(position: int) -> State:
    return State(True, position, None)


def test_of_two_that_take_writes_the_one_promoted_last_is_the_primary() -> None:
    found = cluster()
    assert Said(found, primary(100), replica(100), None).roles() == ["primary", "replica", "away"]
    assert Said(found, primary(150), primary(120, timeline=2), replica(120)).roles() == ["outdated", "primary", "replica"]
    assert Said(found, primary(150), None, replica(120)).roles() == ["outdated", "primary", "replica"]  # one miss is none
    assert Said(found, primary(150), None, replica(120)).roles() == ["outdated", "away", "replica"]
    assert found.primary is None  # the old one is not taken again
    assert [node.name for node in found.replicas] == ["c"]  # what it had when the primary went, it has still


def test_a_replica_that_was_never_seen_to_follow_is_not_read_from() -> None:
    found = cluster()
    Said(found, primary(100), replica(99), replica(100)).roles()
    assert [(node.name, node.lag) for node in found.nodes[1:]] == [("b", inf), ("c", 0.0)]
    assert [node.name for node in found.replicas] == ["c"]
    Said(found, primary(200), replica(150), replica(200)).roles()
    assert {node.name for node in found.replicas} == {"b", "c"}


def test_a_replica_is_read_from_only_within_the_bound() -> None:
    found = cluster(lag=0)
    Said(found, primary(100), replica(100), replica(100)).roles()
    Said(found, primary(200), replica(100), replica(200)).roles()
    assert [node.name for node in found.replicas] == ["c"]
