"""References within a transaction: which entry each leads to, which are searches, and what they become."""

from __future__ import annotations

from typing import Any

import pytest

from omop_fhir.request.bundle import BundleRequest, parse_bundle
from omop_fhir.request.conditional import parse_condition
from omop_fhir.request.references import References, Target, identifier_of, logical

BASE = "https://fhir.example/fhir"
URN = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"
OID = "urn:oid:1.2.3"


def post(resource: dict[str, Any], full_url: str | None) -> dict[str, Any]:
    made = {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
    return made if full_url is None else {"fullUrl": full_url, **made}


def transaction(*entries: dict[str, Any]) -> BundleRequest:
    return parse_bundle({"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}, BASE)


def procedure(reference: str) -> dict[str, Any]:
    return {"resourceType": "Procedure", "subject": {"reference": reference}}


def rewritten(full_url: str, reference: str, own_url: str | None = None) -> tuple[str, frozenset[int]]:
    """What the reference of a Procedure becomes beside a Patient of this fullUrl that has gone to Patient/5."""
    found = transaction(post({"resourceType": "Patient"}, full_url), post(procedure(reference), own_url))
    references = References(found.entries, BASE)
    changed = references.rewritten(found.entries[1], {0: Target("Patient/5", "7")}, {})
    return changed["subject"]["reference"], references.read(found.entries[1]).entries


@pytest.mark.parametrize(
    ("full_url", "reference", "own_url"),
    [
        (URN, URN, None),
        (OID, OID, None),
        ("http://ehr.example/Patient/1", "http://ehr.example/Patient/1", None),
        ("http://ehr.example/Patient/1", "Patient/1", "http://ehr.example/Procedure/9"),
        (f"{BASE}/Patient/1", "Patient/1", None),
        (f"{BASE}/Patient/1", "Patient/1", URN),
        ("http://ehr.example/any/thing", "http://ehr.example/any/thing", None),
    ],
)
def test_a_reference_to_an_entry(full_url: str, reference: str, own_url: str | None) -> None:
    assert rewritten(full_url, reference, own_url) == ("Patient/5", frozenset({0}))


@pytest.mark.parametrize(
    ("full_url", "reference", "own_url"),
    [
        ("http://ehr.example/Patient/1", "http://ehr.example/Patient/1/_history/3", None),
        ("http://ehr.example/Patient/1", "Patient/1/_history/3", "http://ehr.example/Procedure/9"),
    ],
)
def test_a_reference_to_a_version_stays_one(full_url: str, reference: str, own_url: str | None) -> None:
    assert rewritten(full_url, reference, own_url) == ("Patient/5/_history/7", frozenset({0}))


@pytest.mark.parametrize(
    ("full_url", "reference", "own_url"),
    [
        ("http://ehr.example/Patient/1", "Patient/1", None),
        ("http://ehr.example/Patient/1", "Patient/1", "http://other.example/Procedure/9"),
        ("http://ehr.example/Patient/1", "http://other.example/Patient/1", None),
        (URN, "#p", None),
        (URN, "Patient/5", None),
        (URN, URN + "/_history/", None),
    ],
)
def test_other_references_stay(full_url: str, reference: str, own_url: str | None) -> None:
    assert rewritten(full_url, reference, own_url) == (reference, frozenset())


def test_an_entry_may_refer_to_itself() -> None:
    found = transaction(post({"resourceType": "Patient", "link": [{"other": {"reference": URN}}]}, URN))
    assert References(found.entries, BASE).read(found.entries[0]).entries == {0}


def test_what_is_deleted_or_read_is_no_target() -> None:
    found = transaction({"fullUrl": URN, "request": {"method": "DELETE", "url": "Patient/1"}}, post(procedure(URN), None))
    read = References(found.entries, BASE).read(found.entries[1])
    text = f"no entry has the fullUrl `{URN}`"
    assert [(issue.code, issue.diagnostics, issue.expression) for issue in read.issues] == [
        ("not-found", text, "Bundle.entry[1].resource.subject.reference")
    ]


@pytest.mark.parametrize("prefix", ["", f"{BASE}/"])
def test_a_conditional_reference(prefix: str) -> None:
    text = f"{prefix}Patient?identifier=http://a|b"
    found = transaction(post(procedure(text), None))
    references = References(found.entries, BASE)
    read = references.read(found.entries[0])
    assert [(each.entry, each.place, each.text) for each in read.conditional] == [
        (0, "Bundle.entry[0].resource.subject.reference", text)
    ]
    assert read.conditional[0].condition.search.pairs == (("identifier", "http://a|b"),)
    assert references.rewritten(found.entries[0], {}, {text: "Patient/8"})["subject"]["reference"] == "Patient/8"


def test_a_uri_that_looks_like_a_search_is_none() -> None:
    text = "Patient?identifier=a"
    found = transaction(post({"resourceType": "Patient", "photo": [{"url": text}]}, None))
    references = References(found.entries, BASE)
    assert references.read(found.entries[0]).conditional == ()
    assert references.rewritten(found.entries[0], {}, {text: "Patient/8"})["photo"][0]["url"] == text


@pytest.mark.parametrize("text", ["Patient?", "Patient?_count=1", "Patient?identifier=%ff"])
def test_a_search_that_chooses_nothing_is_named(text: str) -> None:
    found = transaction(post(procedure(text), None))
    read = References(found.entries, BASE).read(found.entries[0])
    assert [(issue.code, issue.expression) for issue in read.issues] == [
        ("invalid", "Bundle.entry[0].resource.subject.reference")
    ]


def test_links_everywhere_but_canonicals() -> None:
    resource = {
        "resourceType": "Procedure",
        "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{URN}">x</a></div>'},
        "subject": {"reference": URN, "_reference": {"extension": [{"url": "http://a", "valueUri": URN}]}},
        "instantiatesCanonical": [URN],
        "instantiatesUri": [URN],
    }
    found = transaction(post({"resourceType": "Patient"}, URN), post(resource, None))
    changed = References(found.entries, BASE).rewritten(found.entries[1], {0: Target("Patient/5")}, {})
    assert changed == {
        "resourceType": "Procedure",
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><a href="Patient/5">x</a></div>'},
        "subject": {"reference": "Patient/5", "_reference": {"extension": [{"url": "http://a", "valueUri": "Patient/5"}]}},
        "instantiatesCanonical": [URN],
        "instantiatesUri": ["Patient/5"],
    }


@pytest.mark.parametrize(
    ("query", "identifier"),
    [
        ("identifier=http://a|b", {"system": "http://a", "value": "b"}),
        ("identifier=b", {"value": "b"}),
        ("identifier=|b", {"value": "b"}),
        (r"identifier=http://a|b\,c\|d", {"system": "http://a", "value": "b,c|d"}),
        ("identifier=http://a|", None),
        ("identifier=a,b", None),
        ("identifier=a|b|c", None),
        ("identifier=a&active=true", None),
        ("name=a", None),
        ("identifier:of-type=a|b|c", None),
    ],
)
def test_the_identifier_that_a_search_names(query: str, identifier: dict[str, str] | None) -> None:
    assert identifier_of(parse_condition("Practitioner", query, "x")) == identifier


def test_a_reference_to_what_is_not_kept_becomes_logical() -> None:
    text = "Practitioner?identifier=http://a|b"
    resource = {
        "resourceType": "Procedure",
        "performer": [{"actor": {"id": "x", "reference": text, "type": "Practitioner", "display": "Dr A"}}],
        "recorder": {"reference": URN, "identifier": {"value": "own"}},
    }
    found = transaction(post({"resourceType": "Basic"}, URN), post(resource, None))
    references = References(found.entries, BASE)
    (conditional,) = references.read(found.entries[1]).conditional
    identifier = identifier_of(conditional.condition)
    assert identifier is not None
    others = {text: logical("Practitioner", identifier), URN: logical("Basic", {"value": "c"})}
    assert references.rewritten(found.entries[1], {}, others) == {
        "resourceType": "Procedure",
        "performer": [
            {
                "actor": {
                    "type": "Practitioner",
                    "identifier": {"system": "http://a", "value": "b"},
                    "id": "x",
                    "display": "Dr A",
                }
            }
        ],
        "recorder": {"type": "Basic", "identifier": {"value": "own"}},
    }
