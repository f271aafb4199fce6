"""Options of a server that runs for long: its processes, what it tells."""

from __future__ import annotations

from typing import Any

import click

from .options import DEFAULTS, Seconds, option


class Listed(click.ParamType[tuple[str, ...]]):
    """Values between commas."""

    name = "list"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if not isinstance(value, str):
            return tuple(value)
        return tuple(part.strip() for part in value.split(",") if part.strip())


PROCESS = (
    option("--workers", "Processes that answer requests.", default=DEFAULTS.workers, type=click.IntRange(1, 256)),
    option("--drain-time", "Seconds after SIGTERM in which requests are still taken, while readiness says no.",
           default=5.0, type=click.FloatRange(0, 3600)),
    option("--stop-timeout", "Seconds that requests which were begun may take when the server stops.",
           default=DEFAULTS.stop_timeout, type=Seconds()),
    option("--trusted-proxies", "Networks whose X-Forwarded-For is believed, between commas.", default=(), type=Listed()),
)
OBSERVING = (
    option("--log-format", "How lines are logged.", default=DEFAULTS.log_format, type=click.Choice(["text", "json"])),
    option("--access-log/--no-access-log", "Log a line for each request.", default=True),
    option("--metrics-port", "Port for /metrics alone; without it /metrics is on the server's own, for --metrics-allow.",
           type=click.IntRange(1, 65535)),
    option("--metrics-host", "Address of that port; the server's own if not given."),
    option("--metrics-allow", "Networks that may see /metrics on the server's own port, between commas.",
           default=",".join(DEFAULTS.metrics_allow), type=Listed()),
)
