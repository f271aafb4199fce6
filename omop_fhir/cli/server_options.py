"""Options of a server that runs for long: its processes, what it tells."""

from __future__ import annotations

from pathlib import Path
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


HOSTS = (
    option("--allowed-hosts", "Names in `Host` that are answered beside this machine's and the base URL's, between commas;"
           " all, if not --open.", type=Listed()),
)
PROCESS = (
    option("--workers", "Processes that answer requests.", default=DEFAULTS.workers, type=click.IntRange(1, 256)),
    option("--drain-time", "Seconds after SIGTERM in which requests are still taken, while readiness says no.",
           default=5.0, type=click.FloatRange(0, 3600)),
    option("--stop-timeout", "Seconds that requests which were begun may take when the server stops.",
           default=DEFAULTS.stop_timeout, type=Seconds()),
    option("--cors-origins", "Origins whose pages may read answers, between commas; all, or those of this machine if --open.",
           type=Listed()),
    option("--tls-certificate", "File of the TLS certificate and its chain, in PEM.",
           type=click.Path(path_type=Path, exists=True, dir_okay=False)),
    option("--tls-key", "File of its key, in PEM; the certificate's own file if not given.",
           type=click.Path(path_type=Path, exists=True, dir_okay=False)),
    option("--trusted-proxies", "Networks whose X-Forwarded-For is believed, between commas.", default=(), type=Listed()),
)
LIMITS = (
    option("--concurrency", "Requests that a worker works on at once, and eight times as many reads; else twice --pool-size.",
           type=click.IntRange(1, 10_000)),
    option("--wait-limit", "Seconds that a request may wait until it is worked on; 503 for who would wait longer.",
           default=DEFAULTS.wait_limit, type=Seconds()),
    option("--request-timeout", "Seconds that a request may take in all.", default=DEFAULTS.request_timeout, type=Seconds()),
    option("--rate-limit", "What a client may ask each second, in units of a read; 0: all it wants; 1000 if not --open.",
           type=click.FloatRange(0)),
    option("--rate-burst", "For how many seconds' worth a client may ask at once.", default=DEFAULTS.rate_burst, type=Seconds()),
    option("--connection-limit", "Open HTTP connections of a worker.", default=DEFAULTS.connection_limit,
           type=click.IntRange(1)),
    option("--header-limit", "Longest head of a request, in bytes, beside its URL.", default=DEFAULTS.header_limit,
           type=click.IntRange(1024)),
    option("--head-timeout", "Seconds in which the head of a request must arrive.", default=DEFAULTS.head_timeout,
           type=Seconds()),
    option("--body-timeout", "Seconds for which nothing of a body may arrive.", default=DEFAULTS.body_timeout, type=Seconds()),
    option("--send-timeout", "Seconds in which a client must take at least 16 KiB of an answer.",
           default=DEFAULTS.send_timeout, type=Seconds()),
    option("--bundle-limit", "Longest Bundle that is posted, in bytes.", default=DEFAULTS.bundle_limit,
           type=click.IntRange(1024)),
)
OBSERVING = (
    option("--log-format", "How lines are logged.", default=DEFAULTS.log_format, type=click.Choice(["text", "json"])),
    option("--access-log/--no-access-log", "Log a line for each request.", default=True),
    option("--trace-endpoint", "URL that takes traces by OTLP over HTTP; needs the extra `opentelemetry`."),
    option("--trace-ratio", "Share of requests that are traced, beside those that are part of a trace.",
           default=DEFAULTS.trace_ratio, type=click.FloatRange(0, 1)),
    option("--metrics-port", "Port for /metrics alone; without it /metrics is on the server's own, for --metrics-allow.",
           type=click.IntRange(1, 65535)),
    option("--metrics-host", "Address of that port; the server's own if not given."),
    option("--metrics-allow", "Networks that may see /metrics on the server's own port, between commas.",
           default=",".join(DEFAULTS.metrics_allow), type=Listed()),
)
