"""Bodies of writes: what can be taken leaves as values, all else is refused with the reason and its place."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.errors import Invalid, UnsupportedMediaType
from omop_fhir.request.body import check_id, check_type, parse_json, parse_resource, patch_kind

FHIR = "application/fhir+json"


@pytest.mark.parametrize(
    "content_type",
    [FHIR, "application/json", "text/json", "Application/FHIR+JSON; charset=UTF-8", f'{FHIR}; fhirVersion="4.0"; charset=utf8'],
)
def test_json_is_taken(content_type: str) -> None:
    assert parse_resource(b'{"resourceType":"Patient"}', content_type) == {"resourceType": "Patient"}


@pytest.mark.parametrize(
    ("content_type", "reason"),
    [
        (None, "the body is of no content type; only application/fhir+json is taken"),
        ("application/fhir+xml", "the body is `application/fhir+xml`; only application/fhir+json is taken"),
        ("application/xml", "only application/fhir+json is taken"),
        ("application/x-www-form-urlencoded", "only application/fhir+json is taken"),
        ("multipart/form-data; boundary=x", "only application/fhir+json is taken"),
        (f"{FHIR}; charset=utf-16", "the body is in `utf-16`; JSON is exchanged in UTF-8"),
        (f"{FHIR}; fhirVersion=5.0", "the body is of FHIR 5.0; this server speaks 4.0"),
    ],
)
def test_other_content_types_are_not(content_type: str | None, reason: str) -> None:
    with pytest.raises(UnsupportedMediaType) as error:
        parse_resource(b"{}", content_type)
    assert reason in str(error.value)
    assert [issue.code for issue in error.value.issues] == ["not-supported"]


def test_decimals_keep_their_digits() -> None:
    resource = parse_resource(b'{"resourceType":"Observation","valueQuantity":{"value":1.00}}', FHIR)
    assert str(resource["valueQuantity"]["value"]) == "1.00"
    assert isinstance(resource["valueQuantity"]["value"], Decimal)


@pytest.mark.parametrize(
    ("body", "reason", "place"),
    [
        (b"", "the body is empty", None),
        (b" \r\n", "the body is empty", None),
        (b'{"resourceType":"Patient","id":"1","id":"2"}', "the body is not right JSON: the key `id` stands twice", None),
        (b"[1]", "a resource is a JSON object", None),
        (b"null", "a resource is a JSON object", None),
        (b"{}", "a resource has a `resourceType`", "resourceType"),
        (b'{"resourceType":7}', "`7` is not a resource type of R4", "resourceType"),
        (b'{"resourceType":"Resource"}', "`Resource` is not a resource type of R4", "resourceType"),
        (b'{"resourceType":"Patient","name":[{"family":"a\\u0000"}]}', "U+0000", "Patient.name[0].family"),
        (b'{"resourceType":"Patient","_birthDate":{"id":"\\b"}}', "U+0008", "Patient.birthDate.id"),
        (b'{"resourceType":"Patient","a\\f":1}', "U+000C", "Patient.a"),
        (b'["\\u001f"]', "U+001F", "[0]"),
        (b'"\\u0001"', "U+0001", None),
    ],
)
def test_what_cannot_be_taken_is_named(body: bytes, reason: str, place: str | None) -> None:
    with pytest.raises(Invalid) as error:
        parse_resource(body, FHIR)
    assert reason in str(error.value)
    assert error.value.status == 400
    assert [(issue.severity, issue.code, issue.expression) for issue in error.value.issues] == [("error", "invalid", place)]


def test_escapes_that_stand_for_no_control_character_are_taken() -> None:
    assert parse_json(b'["\\\\u0000", "\\t\\n\\r", "\\u00e9", "\\\\b"]') == ["\\u0000", "\t\n\r", "\u00e9", "\\b"]


@given(st.binary(max_size=60) | st.text(st.sampled_from('{}[]",:\\u0b1.-e \x00resourcTypPatin'), max_size=40).map(str.encode))
def test_any_body_is_taken_or_refused(body: bytes) -> None:
    with suppress(Invalid):
        parse_resource(body, FHIR)


def test_type_and_id_are_those_of_the_url() -> None:
    patient = {"resourceType": "Patient", "id": "1"}
    check_type(patient, "Patient")
    check_id(patient, "1")
    with pytest.raises(Invalid, match="the body is of type Patient and the URL of type Encounter"):
        check_type(patient, "Encounter")
    with pytest.raises(Invalid, match="the body has the id `1`, and the URL has `2`") as error:
        check_id(patient, "2")
    assert error.value.expression == "Patient.id"
    with pytest.raises(Invalid, match="the body has no id, and the URL has `2`"):
        check_id({"resourceType": "Patient"}, "2")


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [("application/json-patch+json", "json-patch"), (FHIR, "fhirpath-patch"), ("application/json", "fhirpath-patch")],
)
def test_kinds_of_patches(content_type: str, kind: str) -> None:
    assert patch_kind(content_type) == kind


@pytest.mark.parametrize("content_type", ["application/xml-patch+xml", "application/merge-patch+json", None])
def test_other_patches_are_refused(content_type: str | None) -> None:
    with pytest.raises(UnsupportedMediaType, match=r"taken are application/json-patch\+json"):
        patch_kind(content_type)
