"""Metrics for Prometheus: the only door to prometheus-client. Label values come from this server's own tables, and are bounded.

Requests are counted as they are answered. All else is read from its owner every second and before a page is made: a `Source`
gives readings, absolute ones, and a counter is moved by what was added since. Several workers keep their values in files of one
folder (prometheus-client's multiprocess mode); whichever is asked tells the sum.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest, values
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from .. import __version__

CONTENT_TYPE = CONTENT_TYPE_LATEST
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
disable_created_metrics()  # type: ignore[no-untyped-call]  # several workers have no such time

_SHARED = "PROMETHEUS_MULTIPROC_DIR"


class Reading(NamedTuple):
    """The value of a gauge or counter of `METRICS` now, with the values of its labels."""

    name: str
    labels: tuple[str, ...]
    value: float


Source: TypeAlias = Callable[[], Iterable[Reading]]


class Kind(NamedTuple):
    """What a metric is: `together` says how the gauges of several workers make one."""

    kind: Literal["counter", "gauge"]
    help: str
    labels: tuple[str, ...] = ()
    together: Literal["livesum", "livemin", "livemax"] = "livesum"


METRICS: Mapping[str, Kind] = {
    "in_flight_requests": Kind("gauge", "Requests that are being answered."),
    "waiting_requests": Kind("gauge", "Requests that wait until they may begin."),
    "open_connections": Kind("gauge", "Open HTTP connections."),
    "shed_requests": Kind("counter", "Requests that were turned away because the server is busy.", ("reason",)),
    "rate_limited_requests": Kind("counter", "Requests that were turned away because their client asks too much."),
    "closed_connections": Kind("counter", "Connections that were closed because the client was too slow.", ("reason",)),
    "authentication_failures": Kind("counter", "Requests refused for who asks.", ("reason",)),
    "pool_connections": Kind("gauge", "Database connections.", ("pool", "state")),
    "pool_waiting": Kind("gauge", "Statements that wait for a database connection.", ("pool",)),
    "pool_size": Kind("gauge", "Most database connections.", ("pool",)),
    "database_failures": Kind("counter", "Statements that failed.", ("reason",)),
    "cache_lookups": Kind("counter", "Look-ups in a cache.", ("cache", "result")),
    "audit_queue": Kind("gauge", "Audit events that wait to be written."),
    "audit_failures": Kind("counter", "How often audit events could not be written."),
    "lost_log_lines": Kind("counter", "Lines of the log that could not be written."),
    "replica_lag_seconds": Kind("gauge", "How far a read replica is behind.", ("replica",), "livemax"),
    "redis_up": Kind("gauge", "1 where Redis answers.", (), "livemin"),
    "ready": Kind("gauge", "1 where the server can answer what it is asked.", (), "livemin"),
}
"""Name without `omop_fhir_` -> what it is; a counter's name on the page ends in `_total`."""


class Metrics:
    """All metrics of one worker."""

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "omop_fhir_requests", "Requests by what they asked and how they were answered.",
            ("interaction", "type", "status"), registry=self._registry,
        )  # fmt: skip
        self._durations = Histogram(
            "omop_fhir_request_duration_seconds", "From the head of a request until the head of its answer.",
            ("interaction", "type"), buckets=BUCKETS, registry=self._registry,
        )  # fmt: skip
        Gauge("omop_fhir_info", "The version.", ("version",), registry=self._registry, multiprocess_mode="livemax").labels(
            __version__
        ).set(1)
        self._read = {name: _made(name, kind, self._registry) for name, kind in METRICS.items()}
        self._counted: dict[tuple[str, str, int], Counter] = {}
        self._observed: dict[tuple[str, str], Histogram] = {}
        self._last: dict[tuple[str, tuple[str, ...]], float] = {}

    def answered(self, interaction: str, type: str, status: int, seconds: float) -> None:
        """Count a request."""
        key = (interaction, type, status)
        counter = self._counted.get(key)
        if counter is None:
            counter = self._counted[key] = self._requests.labels(interaction, type, str(status))
        counter.inc()
        histogram = self._observed.get(key[:2])
        if histogram is None:
            histogram = self._observed[key[:2]] = self._durations.labels(interaction, type)
        histogram.observe(seconds)

    def count(self, name: str, *labels: str) -> None:
        """Add one to a counter of `METRICS`."""
        metric = self._read[name]
        (metric.labels(*labels) if labels else metric).inc()

    def read(self) -> None:
        """Take over what the sources say now."""
        for source in self.sources:
            for reading in source():
                self._take(reading)

    def _take(self, reading: Reading) -> None:
        metric = self._read[reading.name]
        child = metric.labels(*reading.labels) if reading.labels else metric
        if isinstance(child, Gauge):
            child.set(reading.value)
            return
        key = (reading.name, reading.labels)
        added = reading.value - self._last.get(key, 0.0)
        self._last[key] = reading.value
        if added > 0:
            child.inc(added)

    def page(self) -> bytes:
        """The page that Prometheus reads; of all workers. Any thread may make it."""
        registry = self._registry
        if folder := os.environ.get(_SHARED):
            registry = CollectorRegistry()
            MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def _made(name: str, kind: Kind, registry: CollectorRegistry) -> Counter | Gauge:
    name = f"omop_fhir_{name}"
    if kind.kind == "counter":
        return Counter(name, kind.help, kind.labels, registry=registry)
    return Gauge(name, kind.help, kind.labels, registry=registry, multiprocess_mode=kind.together)


def share(folder: Path) -> None:
    """Keep the values of all metrics that are made from now on in this folder, one file for each process."""
    os.environ[_SHARED] = str(folder)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


def leave(pid: int) -> None:
    """Forget what a process that has ended, or never answers, says of its state; what it counted stays."""
    if folder := os.environ.get(_SHARED):
        mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]
