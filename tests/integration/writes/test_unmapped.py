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
    refused = server.json("POST", "", bundle(PATIENT | {"fullUrl": "urn:uuid:2"}, BASIC | {"fullUrl": "urn:uuid:3"}), status=422)
    assert [(issue["code"], issue["expression"]) for issue in refused["issue"]] == [
        ("not-supported", ["Bundle.entry[0]"]), ("not-supported", ["Bundle.entry[3]"]),
    ]  # fmt: skip
    assert refused["issue"][0]["diagnostics"] == "nothing is kept of Basic here: no mapping has it"
    assert server.counts() == before


def test_in_a_batch_the_others_are_done(server: Server) -> None:
    done = server.json("POST", "", bundle() | {"type": "batch"})
    assert [entry["response"]["status"][:3] for entry in done["entry"]] == ["422", "201"]
    assert "Basic" in done["entry"][0]["response"]["outcome"]["issue"][0]["diagnostics"]


def test_taken_for_the_rest(postgres_url: str) -> None:
    """What refers to what was passed over keeps its identifier, and says what it was."""
    with serving(postgres_url, skip_unmapped=True) as server:
        nobody = [{"actor": {"reference": "Practitioner?identifier=urn:s|8"}}]
        refused = server.json("POST", "", bundle(procedure(performer=nobody)), status=400)
        assert "finds no Practitioner" in refused["issue"][0]["diagnostics"]
        used = [{"reference": "Device?identifier=urn:s|7"}, {"reference": BASIC["fullUrl"]}]
        done = server.json("POST", "", bundle(procedure(usedReference=used[:1], reasonReference=used[1:])))
        skipped, own, event = done["entry"]
        assert skipped["response"]["status"].startswith("200")
        assert skipped["response"]["outcome"]["issue"][0]["diagnostics"] == "Basic is not kept here: the entry was passed over"
        assert own["response"]["status"].startswith("201")
        read = server.json("GET", "/".join(event["response"]["location"].split("/")[-4:-2]))
        told = [(i["severity"], i["expression"][0].rpartition("resource.")[2]) for i in event["response"]["outcome"]["issue"]]
        assert told == [("warning", "usedReference[0].reference"), ("warning", "reasonReference[0].reference")]
        assert "outcome" not in own["response"]
        identifier = {"system": "urn:ietf:rfc:3986", "value": BASIC["fullUrl"]}
        assert read["reasonReference"] == [{"type": "Basic", "identifier": identifier}]
        assert read["usedReference"] == [{"type": "Device", "identifier": {"system": "urn:s", "value": "7"}}]
