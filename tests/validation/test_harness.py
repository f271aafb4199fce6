"""The harness walks a server by its links and tells what is wrong with what it serves."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.unit.validate.samples import EXAMPLES, sample
from tests.validation.__main__ import main
from tests.validation.harness import examine
from tests.validation.walk import WalkError

JSON = dict[str, Any]


def server_of(stored: dict[str, list[JSON]], loops: bool = False) -> Starlette:
    """A server with a CapabilityStatement and searches that page by two."""

    async def metadata(request: Request) -> JSONResponse:
        rows = [{"type": name, "interaction": [{"code": "search-type"}]} for name in stored]
        return JSONResponse(sample("CapabilityStatement") | {"rest": [{"mode": "server", "resource": rows}]})

    async def search(request: Request) -> JSONResponse:
        name = request.path_params["type"]
        if name not in stored:
            return JSONResponse({"resourceType": "OperationOutcome"}, 404)
        start = int(request.query_params.get("start", 0))
        rows = stored[name][start : start + 2]
        entries = [{"resource": row, "search": {"mode": "match"}} for row in rows]
        links = [{"relation": "self", "url": str(request.url)}]
        if start + 2 < len(stored[name]):
            following = request.url.include_query_params(start=0 if loops else start + 2)
            links.append({"relation": "next", "url": str(following)})
        bundle = {"resourceType": "Bundle", "type": "searchset", "link": links}
        return JSONResponse(bundle | ({"entry": entries} if entries else {}))

    return Starlette(routes=[Route("/fhir/metadata", metadata), Route("/fhir/{type}", search)])


@contextmanager
def running(app: Starlette) -> Iterator[str]:
    """The app on a free port of loopback; its base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/fhir"
        finally:
            server.should_exit = True
            thread.join()


def patients(count: int) -> list[JSON]:
    return [sample("Patient") | {"id": str(number)} for number in range(count)]


def test_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    with running(server_of({"Patient": patients(5), "Procedure": [sample("Procedure")], "Location": []})) as base:
        assert main(["--base", base, "--processes", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:2] == ["Patient", "5"] for line in lines)
    assert any(line.split()[:2] == ["Procedure", "1"] for line in lines)
    assert any(line.split()[:3] == ["Bundle", "(pages)", "5"] for line in lines)


def test_what_is_wrong_is_told_once_per_kind(capsys: pytest.CaptureFixture[str]) -> None:
    bad = [row | {"gender": "m", "birthDate": "2021-02-30"} for row in patients(3)]
    with running(server_of({"Patient": bad})) as base:
        assert main(["--base", base, "--processes", "1"]) == 1
    out = capsys.readouterr().out
    assert "3 x ours: Patient.gender: … is not a code of the value set administrative-gender" in out
    assert "3 x ours: Patient.birthDate: … is not a day of the calendar   e.g. Patient/0: '2021-02-30'" in out
    assert "3 x schema: Patient.gender" in out
    assert "3 x models: Patient.birthDate" in out


def test_only_a_sample_of_one_type() -> None:
    stored = {"Patient": patients(9), "Procedure": [sample("Procedure")]}
    with running(server_of(stored)) as base, httpx.Client(base_url=base) as client:
        tally = examine(client, types=["Patient"], sample=3)
    assert tally.is_clean
    assert tally.resources == {"CapabilityStatement": 1, "Patient": 4, "Bundle (pages)": 2}


def test_a_type_that_r4b_has_not_is_named() -> None:
    stored = {"EffectEvidenceSynthesis": [{"resourceType": "EffectEvidenceSynthesis", "id": "1"}]}
    with running(server_of(stored)) as base, httpx.Client(base_url=base) as client:
        tally = examine(client)
    assert any("R4B has no such type" in line for line in tally.lines())


def test_pages_that_never_end_are_an_error() -> None:
    with (
        running(server_of({"Patient": patients(9)}, loops=True)) as base,
        httpx.Client(base_url=base) as client,
        pytest.raises(WalkError, match="next page of itself"),
    ):
        examine(client)


def test_a_server_that_cannot_be_walked(capsys: pytest.CaptureFixture[str]) -> None:
    with running(server_of({})) as base:
        assert main(["--base", base, "--type", "Nonsense", "--processes", "1"]) == 2
    assert "404" in capsys.readouterr().err
    assert main(["--base", "http://127.0.0.1:9/fhir", "--processes", "1"]) == 2


def test_with_the_published_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses what R4 allows: null in an array of primitives, and a no-break space."""
    path = EXAMPLES.parent / "fhir.schema.json"
    if not path.is_file():
        pytest.skip("the published JSON Schema is not at hand")
    monkeypatch.setenv("OMOP_FHIR_R4_SCHEMA", str(path))
    with running(server_of({"Patient": patients(1)})) as base, httpx.Client(base_url=base) as client:
        tally = examine(client)
    assert {(kind.witness, kind.place) for kind in tally.complaints} == {
        ("schema", "Patient.identifier.value"),
        ("schema", "Patient.name.given"),
        ("schema", "Patient.address.city"),
    }
