"""FHIR XML and JSON say the same (https://hl7.org/fhir/R4/xml.html)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.conformance.exchange import parse_json, to_json
from omop_fhir.conformance.xml import XmlError, from_xml, to_xml

EXAMPLES = Path(__file__).parents[4] / "shared" / "spec" / "r4" / "examples"

PATIENT = """<Patient xmlns="http://hl7.org/fhir">
  <id value="1"/>
  <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">Peter</div></text>
  <extension url="http://example.org/e"><valueDecimal value="1.10"/></extension>
  <active value="true"/>
  <name id="n1"><family value="Chalmers"/><given value="Peter"/>
    <given><extension url="http://example.org/unknown"><valueBoolean value="true"/></extension></given></name>
  <birthDate value="1974-12-25" id="b"><extension url="http://example.org/t"><valueInteger value="3"/></extension></birthDate>
  <deceasedBoolean value="false"/>
</Patient>"""


def test_xml_becomes_the_json_of_r4() -> None:
    found = from_xml(PATIENT)
    assert found["active"] is True
    assert found["deceasedBoolean"] is False
    assert found["extension"] == [{"url": "http://example.org/e", "valueDecimal": Decimal("1.10")}]
    assert found["name"][0]["id"] == "n1"
    assert found["name"][0]["given"] == ["Peter", None]
    assert found["name"][0]["_given"][0] is None
    assert found["name"][0]["_given"][1]["extension"][0]["valueBoolean"] is True
    assert found["_birthDate"] == {"id": "b", "extension": [{"url": "http://example.org/t", "valueInteger": 3}]}
    assert "Peter" in found["text"]["div"]


def test_there_and_back_again() -> None:
    found = from_xml(PATIENT)
    again = from_xml(to_xml(found))
    assert {**again, "text": None} == {**found, "text": None}
    assert '<valueDecimal value="1.10" />' in to_xml(found)
    assert '"valueDecimal":1.10' in to_json(found)


def test_contained_and_bundled_resources_are_resources() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient", "id": "1"}}]}
    assert from_xml(to_xml(bundle)) == bundle


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<Patient", "not XML"),
        ('<Patient xmlns="http://hl7.org/fhir"><colour value="red"/></Patient>', "Patient has no element colour"),
        ('<Person2 xmlns="http://hl7.org/fhir"/>', "Person2 is not a resource type"),
        ("<Patient/>", "Patient is not in the namespace"),
        ('<Patient xmlns="http://hl7.org/fhir"><multipleBirthInteger value="two"/></Patient>', "'two' is not of the type"),
        ('<Patient xmlns="http://hl7.org/fhir"><gender value="male"/><gender value="male"/></Patient>', "may be there once"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><Patient xmlns="http://hl7.org/fhir"/>', "no document type declaration"),
        ('<Bundle xmlns="http://hl7.org/fhir"><entry><resource/></entry></Bundle>', "must hold one resource"),
    ],
)
def test_what_is_no_resource_is_refused(text: str, words: str) -> None:
    with pytest.raises(XmlError, match=words):
        from_xml(text)


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"resourceType": "Nothing"}, "'Nothing' is not a resource type"),
        ({"resourceType": "Patient", "colour": "red"}, "Patient has no element colour"),
        ({"resourceType": "Patient", "name": ["x"]}, "must be an object"),
        ({"resourceType": "Patient", "gender": {}}, "one primitive value"),
        ({"resourceType": "Patient", "text": {"div": "<div"}}, "is not XHTML"),
    ],
)
def test_what_cannot_be_written_is_refused(resource: dict[str, Any], words: str) -> None:
    with pytest.raises(XmlError, match=words):
        to_xml(resource)


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), min_size=1)


@given(st.lists(TEXT, min_size=1), st.booleans(), st.integers(1, 99), st.decimals(-9999, 9999, places=3))
def test_any_values_come_back(given_names: list[str], active: bool, count: int, number: Decimal) -> None:
    patient = {
        "resourceType": "Patient", "extension": [{"url": "http://example.org/e", "valueDecimal": number}], "active": active,
        "name": [{"given": given_names}], "multipleBirthInteger": count,
    }  # fmt: skip
    assert from_xml(to_xml(patient)) == patient


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"there is no {EXAMPLES}")
def test_every_example_of_r4_comes_back() -> None:
    for place in sorted(EXAMPLES.glob("*.json")):
        resource = parse_json(place.read_text("utf-8"))
        assert _without_narrative(from_xml(to_xml(resource))) == _without_narrative(resource), place.name


def _without_narrative(value: Any) -> Any:
    """Without XHTML, of which the white space and the prefixes may change."""
    if isinstance(value, dict):
        return {key: _without_narrative(item) for key, item in value.items() if key != "div"}
    return [_without_narrative(item) for item in value] if isinstance(value, list) else value
