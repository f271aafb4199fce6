"""Traces for OpenTelemetry, where they are wanted: one span a request, and one for each statement within it.

The only door to OpenTelemetry, which is the extra `opentelemetry` and is imported only where an endpoint is given. A span holds
the interaction, the type, the route, the status and the text of a statement; no argument, no URL, nothing that a client wrote.
Attributes are named by the semantic conventions for HTTP and databases.
https://opentelemetry.io/docs/specs/semconv/http/http-spans/, https://opentelemetry.io/docs/specs/semconv/database/postgresql/
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import ConfigurationError
from .observed_request import OBSERVED, ObservedRequest
from .trace_context import TraceContext

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_LONGEST = 4000
"""Characters of a statement's text that a span holds."""
_DELAY = 1000
"""Milliseconds for which spans gather before they are sent."""


class Tracing:
    """Makes the spans of one worker and sends them by OTLP over HTTP. Raises ConfigurationError without the extra."""

    def __init__(self, endpoint: str, ratio: float) -> None:
        try:
            from opentelemetry import trace
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
        except ImportError:
            raise ConfigurationError("traces need more: pip install 'omop-fhir[opentelemetry]'") from None
        self._api = trace
        self._endpoint = endpoint
        resource = Resource.create({"service.name": "omop-fhir", "service.version": __version__})
        self._provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(ratio)), resource=resource)
        self._tracer = self._provider.get_tracer("omop_fhir", __version__)

    def open(self) -> None:
        """Begin to send; by a thread, so not before a worker is forked."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        sender = BatchSpanProcessor(OTLPSpanExporter(endpoint=self._endpoint), schedule_delay_millis=_DELAY)
        self._provider.add_span_processor(sender)

    def close(self) -> None:
        """Send what has gathered."""
        self._provider.shutdown()

    def begin(self, method: str, parent: TraceContext | None) -> tuple[Span, TraceContext]:
        """The span of a request, and the context for whatever happens within it."""
        span = self._tracer.start_span(
            method, context=self._parent(parent), kind=self._api.SpanKind.SERVER, attributes={"http.request.method": method}
        )
        context = span.get_span_context()
        flags = f"{int(context.trace_flags):02x}"
        made = TraceContext(f"{context.trace_id:032x}", f"{context.span_id:016x}", flags, parent.parent if parent else None)
        return span, made

    def _parent(self, parent: TraceContext | None) -> Any:
        if parent is None or parent.parent is None:
            return None
        return self._within(parent.trace, parent.parent, parent.flags, is_remote=True)

    def _within(self, trace: str, span: str, flags: str, *, is_remote: bool) -> Any:
        context = self._api.SpanContext(int(trace, 16), int(span, 16), is_remote, self._api.TraceFlags(int(flags, 16) & 1))
        return self._api.set_span_in_context(self._api.NonRecordingSpan(context))

    def end(self, span: Span, observed: ObservedRequest, route: str, status: int) -> None:
        """Say how the request was answered."""
        span.update_name(f"{observed.interaction} {observed.type}".strip())
        span.set_attributes(
            {
                "http.route": route,
                "http.response.status_code": status,
                "fhir.interaction": observed.interaction,
                "fhir.resource_type": observed.type,
                "omop_fhir.rows": observed.rows,
            }
        )
        if status >= 500:
            span.set_status(self._api.StatusCode.ERROR)
        span.end()

    def statement(self, record: Any) -> None:
        """Note a statement that was run: what asyncpg tells its query loggers."""
        observed = OBSERVED.get()
        if observed is None or observed.trace is None:
            return
        end = time.time_ns()
        parent = self._within(observed.trace.trace, observed.trace.span, observed.trace.flags, is_remote=False)
        text = record.query
        span = self._tracer.start_span(
            text.split(None, 1)[0].upper() if text.strip() else "statement",
            context=parent,
            kind=self._api.SpanKind.CLIENT,
            start_time=end - round(record.elapsed * 1e9),
            attributes={"db.system.name": "postgresql", "db.query.text": text[:_LONGEST]},
        )
        if record.exception is not None:
            span.set_attribute("error.type", type(record.exception).__name__)
            span.set_status(self._api.StatusCode.ERROR)
        span.end(end)
