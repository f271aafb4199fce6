"""What the metrics tell of the database: connections in use and waited for, statements that failed, look-ups in caches."""

from __future__ import annotations

from collections.abc import Iterator

from ..observe.metrics import Reading
from .facade import Facade


def readings(facade: Facade) -> Iterator[Reading]:
    """All of them, as they are now."""
    for name, pool in facade.pool.parts.items():
        yield Reading("pool_connections", (name, "in use"), pool.lent)
        yield Reading("pool_connections", (name, "idle"), pool.idle)
        yield Reading("pool_waiting", (name,), pool.waiting)
        yield Reading("pool_size", (name,), pool.size)
    for node in facade.pool.cluster.nodes:
        if node.role == "replica":
            yield Reading("replica_lag_seconds", (node.name,), node.lag)
    if facade.shared:
        yield Reading("redis_up", (), facade.shared.is_up)
    yield Reading("audit_queue", (), facade.audit.waiting)
    yield Reading("audit_failures", (), facade.audit.failures)
    for reason, count in facade.pool.failures.items():
        yield Reading("database_failures", (reason,), count)
    for (cache, result), count in facade.lookups.items():
        yield Reading("cache_lookups", (cache, result), count)
