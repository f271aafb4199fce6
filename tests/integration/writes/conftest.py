"""One server for all round trips, and one that checks what references lead to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .server import Server, serving


@pytest.fixture(scope="session")
def lenient(postgres_url: str) -> Iterator[Server]:
    """A server that takes references to what is not there."""
    with serving(postgres_url, check_references=False) as server:
        yield server


@pytest.fixture
def server(postgres_url: str) -> Iterator[Server]:
    """A server as it is usually, over a database that no other test has seen."""
    with serving(postgres_url) as started:
        yield started
