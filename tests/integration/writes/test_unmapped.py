"""Bundles of which a part has no mapping: refused by name, or by setting taken for the rest."""

from __future__ import annotations

from .server import JSON, Server, serving

PATIENT = {"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001", "resource": {"resourceType": "Patient"},
           "request": {"method": "POST", "url": "Patient"}}  # fmt: skip
BASIC = {"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000002", "resource": {"resourceType": "Basic", "code": {"text": "x"}},
         "request": {"method": "POST", "url": "Basic"}}  # fmt: skip


def bundle(*more: JSON) -> JSON:
    return {"resourceType": "Bundle", "type": "transaction", "entry": [BASIC, PATIENT, *more]}


def procedure(**more: list[JSON]) -> JSON:
    resource = {"resourceType": "Procedure", "status": "completed", "subject": {"reference": PATIENT["fullUrl"]}, **more}
    return {"resource": resource, "request": {"method": "POST", "url": "Procedure"}}


def test_refused_by_name(server: Server) -> None:
    before = server.counts()
    answer = server.ask("POST", "", bundle())
    assert 400 <= answer.status_code < 500
    assert "Basic" in answer.json()["issue"][0]["diagnostics"]
    assert server.counts() == before


def test_taken_for_the_rest(postgres_url: str) -> None:
    """What refers to what was passed over keeps its identifier, and says what it was."""
    with serving(postgres_url, skip_unmapped=True) as server:
        nobody = [{"actor": {"reference": "Practitioner?identifier=urn:s|8"}}]
        refused = server.json("POST", "", bundle(procedure(performer=nobody)), status=400)
        assert "finds no Practitioner" in refused["issue"][0]["diagnostics"]
        done = server.json("POST", "", bundle(procedure(usedReference=[{"reference": "Device?identifier=urn:s|7"}])))
        skipped, own, event = done["entry"]
        assert skipped["response"]["status"].startswith("200")
        assert skipped["response"]["outcome"]["issue"][0]["diagnostics"] == "Basic is not kept here: the entry was passed over"
        assert own["response"]["status"].startswith("201")
        read = server.json("GET", "/".join(event["response"]["location"].split("/")[-4:-2]))
        assert read["usedReference"] == [{"type": "Device", "identifier": {"system": "urn:s", "value": "7"}}]
