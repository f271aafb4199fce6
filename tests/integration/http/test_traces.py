"""Traces: a request's place in one, in and out; spans at a collector, with nothing of a patient in them."""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from .conftest import Serve
from .test_observability import MARKER, PATIENT, logged
from .test_workers import workers

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector:
    """Takes what is sent to it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                bodies.append(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/traces"

    def spans(self) -> list[Any]:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [span for r in requests for each in r.resource_spans for s in each.scope_spans for span in s.spans]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def attributes(span: Any) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_spans_tell_what_was_done_and_nothing_of_whom(migrated_copy: Callable[[], str], collector: Collector) -> None:
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": f"x={MARKER}", "user-agent": MARKER}
    tracing = ("--trace-endpoint", collector.url, "--trace-ratio", "1", "--log-format", "json")
    with workers(migrated_copy(), *tracing) as process:
        with httpx.Client(base_url=process.base, headers=headers) as client:
            made = client.post("/Patient", json=PATIENT)
            assert made.status_code == 201
            chained = f"/Procedure?patient.identifier={MARKER}&x={MARKER}"
            for path in (f"/Patient?identifier={MARKER}", f"/Patient/{MARKER}", chained):
                answer = client.get(path)
        assert re.fullmatch(rf"00-{TRACE}-[0-9a-f]{{16}}-01", answer.headers["traceresponse"])
        httpx.get(f"{process.base}/Patient/1")  # a trace of its own
        assert process.stop() == 0
        said = "".join(process.said)
    spans = collector.spans()
    ours = [span for span in spans if span.trace_id.hex() == TRACE]
    requests = [span for span in ours if span.parent_span_id.hex() == PARENT]
    assert [span.name for span in requests] == ["create Patient", "search-type Patient", "read Patient", "search-type Procedure"]
    assert attributes(requests[1])["http.route"] == "/fhir/Patient"
    assert attributes(requests[0])["http.response.status_code"] == 201
    statements = [span for span in ours if span.parent_span_id == requests[1].span_id]
    assert statements
    assert all(attributes(span)["db.system.name"] == "postgresql" for span in statements)
    assert any("SELECT" in attributes(span)["db.query.text"] and "$1" in attributes(span)["db.query.text"] for span in statements)
    assert any("INSERT" in attributes(span).get("db.query.text", "") for span in ours)
    assert {span.name for span in spans if span.trace_id.hex() != TRACE} >= {"read Patient"}
    everything = b"".join(collector.bodies).lower()
    assert MARKER.lower().encode() not in everything
    lines = logged(said)
    assert [line["trace"] for line in lines[:4]] == [TRACE] * 4
    assert lines[3]["span"] == requests[3].span_id.hex()


def test_a_trace_goes_on_without_a_collector(serve: Serve) -> None:
    server = serve()
    answer = server.get("Patient/1", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
    assert re.fullmatch(rf"00-{TRACE}-(?!{PARENT})[0-9a-f]{{16}}-00", answer.headers["traceresponse"])
    for wrong in ("", "00-0-0-00", f"00-{'0' * 32}-{PARENT}-01", f"ff-{TRACE}-{PARENT}-01", MARKER):
        assert "traceresponse" not in server.get("Patient/1", headers={"traceparent": wrong}).headers
