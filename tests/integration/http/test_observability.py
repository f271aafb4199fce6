"""What an operator sees: log lines, metrics; and what nobody may see in them."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from omop_fhir.config import Settings
from omop_fhir.web.addresses import Addresses
from tests.fixtures.waiting import until
from tests.stack.process import free_port, listens

from .conftest import Serve, Served, running
from .test_process import command
from .test_workers import children, workers

MARKER = "Zq7Marker"
PATIENT = {"resourceType": "Patient", "name": [{"family": MARKER}], "birthDate": "1970-01-01", "identifier": [{"value": MARKER}]}


def samples(url: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """All samples of a metrics page."""
    answer = httpx.get(url)
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(url: str, name: str, **labels: str) -> float:
    return samples(url).get((f"omop_fhir_{name}", frozenset(labels.items())), 0.0)


def logged(text: str) -> list[dict[str, Any]]:
    """The lines of the log that tell of requests."""
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [line for line in lines if line["logger"] == "omop_fhir.access"]


class TestLog:
    def test_a_request_is_one_line_of_json(self, serve: Serve, capfd: pytest.CaptureFixture[str]) -> None:
        server = serve(access_log=True, log_format="json")
        id = "3f0e8a5c-58f6-4a55-9a4c-7a2f0d2d7c11"
        server.get("Patient?_count=3&identifier=x", headers={"x-request-id": id})
        server.get("Patient?_count=3")
        server.get("Patient/1/_history")
        server.get("nonsense")
        server.http.get("/../health/live")
        time.sleep(0.2)
        lines = logged(capfd.readouterr().err)
        first = lines[0]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("time"))
        assert first.pop("ms") > 0
        assert first == {
            "level": "info", "logger": "omop_fhir.access", "request": id, "method": "GET", "route": "/fhir/Patient",
            "interaction": "search-type", "type": "Patient", "status": 200, "rows": 0, "client": "anyone",
        }  # fmt: skip
        assert lines[1]["rows"] == 4  # one more than the page, to know whether there is a next one
        assert (lines[2]["interaction"], lines[2]["route"]) == ("history-instance", "/fhir/Patient/#/_history")
        assert (lines[3]["type"], lines[3]["route"], lines[3]["status"]) == ("other", "/fhir/#", 404)
        assert (lines[4]["interaction"], lines[4]["route"]) == ("live", "/health/live")

    def test_an_id_that_may_mean_something_is_not_written(self, serve: Serve, capfd: pytest.CaptureFixture[str]) -> None:
        server = serve(access_log=True, log_format="text")
        answer = server.get("Patient/1", headers={"x-request-id": MARKER})
        assert answer.headers["x-request-id"] == MARKER
        time.sleep(0.2)
        assert re.fullmatch(
            r"GET /fhir/Patient/# 200 \d+\.\dms 1 rows sha256:[0-9a-f]{16} anyone\n", capfd.readouterr().err
        )


def test_nothing_of_a_patient_and_nothing_that_a_client_wrote_leaves(migrated_copy: Callable[[], str]) -> None:
    """Markers in every part of requests, good ones and bad ones; none in any log line or metric."""
    names = ("x-request-id", "user-agent", "cookie", "referer", "origin", "if-none-match", "x-forwarded-for", "tracestate")
    headers = dict.fromkeys(names, MARKER) | {"authorization": f"Bearer {MARKER}"}
    with workers(migrated_copy(), "--log-format", "json", "--explain") as process:
        base = process.base
        with httpx.Client(base_url=base, headers=headers) as client:
            made = client.post("/Patient", json=PATIENT)
            assert made.status_code == 201
            id = made.json()["id"]
            client.put(f"/Patient/{id}", json=PATIENT | {"id": id, "gender": "female"}, headers={"if-match": MARKER})
            client.put(f"/Patient/{MARKER}", json=PATIENT | {"id": MARKER})
            client.put("/Patient", params={"identifier": MARKER}, json=PATIENT)
            client.patch(f"/Patient/{id}", json=[{"op": "add", "path": f"/{MARKER}", "value": MARKER}])
            entry = {"resource": PATIENT, "fullUrl": f"urn:{MARKER}", "request": {"method": "POST", "url": f"Patient/{MARKER}"}}
            for kind in ("batch", "transaction", MARKER):
                client.post("/", json={"resourceType": "Bundle", "type": kind, "entry": [entry]})
            client.post("/Patient/_search", data={"family": MARKER, MARKER: MARKER})
            client.post("/Patient/$validate", json=PATIENT | {MARKER: MARKER})
            for path in (
                f"/Patient?family={MARKER}&_explain=true", f"/Patient?{MARKER}=1", f"/Patient/{MARKER}", f"/{MARKER}/{MARKER}",
                f"/Patient/{id}/{MARKER}", f"/Patient/{id}/${MARKER}", f"/Patient/{id}?_elements={MARKER}",
                f"/Patient/{id}/_history/{MARKER}", f"/Procedure?subject:Patient.name={MARKER}", f"/Patient?_page={MARKER}",
                f"/metadata?mode={MARKER}", f"/Patient?birthdate={MARKER}", f"/Patient?identifier={MARKER}%00",
            ):  # fmt: skip
                client.get(path)
            client.request(MARKER.upper(), "/Patient/1")
            client.get(f"http://{httpx.URL(base).netloc.decode()}/{MARKER}")
        with socket.create_connection((httpx.URL(base).host, httpx.URL(base).port or 0)) as raw:
            raw.sendall(f"GET /{MARKER} HTTP/9.9\r\n{MARKER}: {MARKER}\r\n\r\n".encode())
            raw.recv(65536)
        page = httpx.get(httpx.URL(base).join("/metrics")).text
        assert process.stop() == 0
        said = "".join(process.said)
    assert len(logged(said)) > 24
    assert 'status="201"' in page
    assert MARKER.lower() not in page.lower()
    assert MARKER.lower() not in said.lower()


def test_a_log_that_nobody_reads_keeps_nobody_waiting(served: Served) -> None:
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)  # which the lines of fifty requests fill
    os.set_blocking(read, False)
    said = bytearray()

    def lines() -> int:
        with contextlib.suppress(BlockingIOError):
            said.extend(os.read(read, 4096))
        return said.count(b"GET /fhir/Patient/# 200")

    given = ("--database-url", served.database, "--cdm-schema", "cdm", "--drain-time", "0", "--port", str(port := free_port()))
    with subprocess.Popen(command("serve", "--open", *given), stdout=subprocess.DEVNULL, stderr=write) as process:
        until(lambda: listens(port))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
            assert {client.get("/fhir/Patient/1").status_code for _ in range(150)} == {200}
            assert lines() < 100  # the pipe was full, and so the rest waits
            until(lambda: lines() == 150)
            assert {client.get("/fhir/Patient/1").status_code for _ in range(150)} == {200}
        process.terminate()
        assert process.wait(10) == 0
    os.close(write)
    os.close(read)


class TestMetrics:
    def test_whichever_worker_is_asked_tells_the_sum(self, served: Served) -> None:
        labels = {"interaction": "read", "type": "Patient", "status": "200"}
        with workers(served.database) as process:
            page = str(httpx.URL(process.base).join("/metrics"))
            for _ in range(30):
                assert httpx.get(f"{process.base}/Patient/1").status_code == 200
            assert {value(page, "requests_total", **labels) for _ in range(10)} == {30}
            assert value(page, "request_duration_seconds_count", interaction="read", type="Patient") == 30
            until(lambda: value(page, "ready") == 1)
            before = children(process.popen.pid)
            os.kill(min(before), signal.SIGKILL)
            until(lambda: len(children(process.popen.pid) - before) == 1 and len(children(process.popen.pid)) == 2)
            httpx.get(f"{process.base}/Patient/1")
            assert value(page, "requests_total", **labels) == 31
            assert value(page, "pool_size", pool="keyed") in (1, 2)  # the new one may not have told yet

    def test_they_tell_of_pools_caches_and_refusals(self, served: Served, tmp_path: Path) -> None:
        token = "x" * 40
        (tmp_path / "tokens").write_text(token)
        with running(served.database, open=False, access_token_file=tmp_path / "tokens") as server:
            page = f"http://127.0.0.1:{server.port}/metrics"
            server.get("Patient/1")
            server.get("Patient/1", headers={"authorization": "Bearer nonsense"})
            for _ in range(2):
                server.get("Procedure?_count=5&code=162676008", headers={"authorization": f"Bearer {token}"})
            found = samples(page)

            def of(name: str, **labels: str) -> float:
                return found[f"omop_fhir_{name}", frozenset(labels.items())]

            assert of("authentication_failures_total", reason="no token") == 1
            assert of("authentication_failures_total", reason="invalid token") == 1
            assert of("cache_lookups_total", cache="concepts of a page", result="miss") == 1
            assert of("cache_lookups_total", cache="concepts of a page", result="hit") == 1
            assert of("cache_lookups_total", cache="searched codes", result="hit") >= 1
            assert of("pool_size", pool="keyed") == 4
            assert of("pool_connections", pool="scans", state="idle") >= 1
            assert of("pool_waiting", pool="scans") == 0
            assert of("ready") == 1

    def test_labels_are_bounded_whatever_is_asked(self, serve: Serve) -> None:
        server = serve()
        for number in range(30):
            for path in (f"X{number}/1", f"Patient/{number}/$x{number}", f"Patient/1/X{number}", f"Account/{number}"):
                server.get(path)
            server.http.get(f"/../x{number}")
            server.http.request(f"X{number}", "/Patient/1")
        found = samples(f"http://127.0.0.1:{server.port}/metrics")
        names = [dict(labels) for name, labels in found if name == "omop_fhir_requests_total"]
        assert {each["type"] for each in names} <= {"", "other", "Patient"}
        assert {each["interaction"] for each in names} <= {"read", "operation", "search-compartment", "other", "metrics"}

    def test_they_are_for_who_is_allowed_to_see_them(self, served: Served) -> None:
        for allowed, headers, status in (
            (("127.0.0.0/8",), {}, 200),
            (("10.0.0.0/8",), {}, 404),
            (("127.0.0.0/8",), {"x-forwarded-for": "192.0.2.1"}, 404),
            (("127.0.0.0/8",), {"forwarded": "for=127.0.0.1"}, 404),
        ):
            with running(served.database, metrics_allow=allowed) as server:
                assert httpx.get(f"http://127.0.0.1:{server.port}/metrics", headers=headers).status_code == status

    def test_they_may_have_a_port_of_their_own(self, served: Served) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        with workers(served.database, "--metrics-port", str(port)) as process:
            assert httpx.get(httpx.URL(process.base).join("/metrics")).status_code == 404
            assert "omop_fhir_requests_total" in httpx.get(f"http://127.0.0.1:{port}/metrics").text
            for path in ("/fhir/metadata", "/", "/fhir/Patient/1"):
                assert httpx.get(f"http://127.0.0.1:{port}{path}").status_code == 404


class TestAddresses:
    @pytest.mark.parametrize(
        ("peer", "forwarded", "client"),
        [
            ("192.0.2.7", "203.0.113.1", "192.0.2.7"),  # from nobody we trust
            ("10.0.0.1", "203.0.113.1", "203.0.113.1"),
            ("10.0.0.1", "198.51.100.9, 203.0.113.1", "203.0.113.1"),  # what stands before may be invented
            ("10.0.0.1", "203.0.113.1, 10.0.0.2", "203.0.113.1"),
            ("10.0.0.1", "203.0.113.1:4711", "203.0.113.1"),
            ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
            ("10.0.0.1", "203.0.113.1, nonsense", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("::ffff:10.0.0.1", "203.0.113.1", "203.0.113.1"),
        ],
    )
    def test_the_client_is_the_last_that_is_no_proxy_of_ours(self, peer: str, forwarded: str, client: str) -> None:
        addresses = Addresses(Settings("postgresql://x", trusted_proxies=("10.0.0.0/8",)))
        scope = {"client": (peer, 1), "headers": [(b"x-forwarded-for", forwarded.encode())]}
        assert addresses.client(scope) == client
