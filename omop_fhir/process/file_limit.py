"""How many files a worker may have open: each connection is one, and without one left it reaches no database either."""

from __future__ import annotations

import logging
import resource
from contextlib import suppress
from dataclasses import replace

from ..config import Settings
from ..errors import ConfigurationError
from ..store.postgresql.hosts import split_hosts

log = logging.getLogger(__name__)

_OTHERS = 64
"""Files beside connections: metrics, pipes, Redis, what is read at start."""


def with_room(settings: Settings) -> Settings:
    """The settings with no more connections than there may be files, of which as many as are needed are asked for.

    Raises ConfigurationError where there is no room for one.
    """
    beside = _OTHERS + 2 * settings.pool_size * len(split_hosts(settings.database_url))
    room = _raised(beside + 2 * settings.connection_limit)  # who is turned away has one too, for a moment
    if room <= beside:
        raise ConfigurationError(f"only {room} files may be open (ulimit -n), and more than {beside} are needed")
    limit = room - beside
    if limit >= settings.connection_limit:
        return settings
    log.warning("only %d files may be open (ulimit -n): --connection-limit is %d", room, limit)
    return replace(settings, connection_limit=limit)


def _raised(wanted: int) -> int:
    """How many files may be open, after the soft limit was raised as far as is wanted and the hard limit lets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
