"""Links of resources: all that R4 says are found and rewritten, and nothing else is touched."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omop_fhir.fhir.definitions import resource_types
from omop_fhir.request.links import Link, find_links, rewrite_links
from tests.strategies.resources import resources
from tests.unit.validate.samples import examples, samples

URN = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"
XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def div(inner: str) -> dict[str, Any]:
    return {"resourceType": "Basic", "text": {"status": "generated", "div": f"<div {XHTML}>{inner}</div>"}}


def to_5(text: str, kind: str) -> str | None:
    return "Patient/5" if text == URN else None


@pytest.mark.parametrize(
    ("resource", "place", "kind"),
    [
        ({"resourceType": "Procedure", "subject": {"reference": URN}}, "Procedure.subject.reference", "reference"),
        ({"resourceType": "Procedure", "report": [{}, {"reference": URN}]}, "Procedure.report[1].reference", "reference"),
        (
            {"resourceType": "Procedure", "performer": [{"actor": {"reference": URN}}]},
            "Procedure.performer[0].actor.reference",
            "reference",
        ),
        ({"resourceType": "Patient", "extension": [{"url": "a", "valueUri": URN}]}, "Patient.extension[0].valueUri", "uri"),
        ({"resourceType": "Patient", "extension": [{"url": "a", "valueUrl": URN}]}, "Patient.extension[0].valueUrl", "uri"),
        ({"resourceType": "Patient", "extension": [{"url": "a", "valueUuid": URN}]}, "Patient.extension[0].valueUuid", "uri"),
        (
            {"resourceType": "Patient", "_birthDate": {"extension": [{"url": "a", "valueReference": {"reference": URN}}]}},
            "Patient.birthDate.extension[0].valueReference.reference",
            "reference",
        ),
        (
            {"resourceType": "Patient", "name": [{"_given": [None, {"extension": [{"url": "a", "valueUri": URN}]}]}]},
            "Patient.name[0].given[1].extension[0].valueUri",
            "uri",
        ),
        ({"resourceType": "Patient", "extension": [{"url": "a", "valueOid": URN}]}, "Patient.extension[0].valueOid", "uri"),
        ({"resourceType": "Patient", "photo": [{"url": URN}]}, "Patient.photo[0].url", "uri"),
        ({"resourceType": "Patient", "identifier": [{"system": URN}]}, "Patient.identifier[0].system", "uri"),
        (
            {"resourceType": "Patient", "contained": [{"resourceType": "Basic", "subject": {"reference": URN}}]},
            "Patient.contained[0].subject.reference",
            "reference",
        ),
        (
            {"resourceType": "Parameters", "parameter": [{"part": [{"part": [{"valueReference": {"reference": URN}}]}]}]},
            "Parameters.parameter[0].part[0].part[0].valueReference.reference",
            "reference",
        ),
        (div(f'<a href="{URN}">x</a>'), "Basic.text.div", "narrative"),
        (div(f"<p><img alt='>' src = '{URN}'/></p>"), "Basic.text.div", "narrative"),
    ],
)
def test_a_link_is_found_and_rewritten(resource: dict[str, Any], place: str, kind: str) -> None:
    before = copy.deepcopy(resource)
    assert Link(place, kind, URN) in find_links(resource)
    changed = rewrite_links(resource, to_5)
    assert [link for link in find_links(changed) if link.text == "Patient/5"] == [Link(place, kind, "Patient/5")]
    assert URN not in str(changed)
    assert resource == before


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Patient", "meta": {"profile": [URN]}},
        {"resourceType": "Patient", "extension": [{"url": "a", "valueCanonical": URN}]},
        {"resourceType": "Patient", "extension": [{"url": "a", "valueString": URN}]},
        {"resourceType": "Patient", "name": [{"text": URN}]},
        {"resourceType": "Patient", "id": URN},
        {"resourceType": "Nonsense", "subject": {"reference": URN}},
        {"resourceType": "Patient", "nonsense": {"reference": URN}},
        div(f"<p>{URN}</p><p title='{URN}'/><q cite='{URN}'/><a name='{URN}'>x</a><abbr href='{URN}'/>"),
    ],
)
def test_what_is_no_link_stays(resource: dict[str, Any]) -> None:
    assert all(link.text != URN for link in find_links(resource))
    assert rewrite_links(resource, to_5) is resource


def test_a_narrative_keeps_all_but_the_address() -> None:
    resource = div('<a class="x" href="a?b=1&amp;c=2"  id=\'y\'>a &lt; b</a> <img src="keep"/>')
    changed = rewrite_links(resource, lambda text, kind: 'n"&' if text == "a?b=1&c=2" else None)
    inner = '<a class="x" href="n&quot;&amp;"  id=\'y\'>a &lt; b</a> <img src="keep"/>'
    assert changed == div(inner)


@pytest.mark.parametrize("text", ["<a " * 200_000, "<a href=" * 100_000, '<a href="' * 100_000, "<img '" * 100_000])
def test_no_narrative_takes_long(text: str) -> None:
    rewrite_links(div(text), to_5)


RESOURCES = [*samples(), *examples().values()]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: f"{resource['resourceType']}-{resource.get('id')}")
def test_rewriting_is_what_finding_says(resource: dict[str, Any]) -> None:
    before = copy.deepcopy(resource)
    links = find_links(resource)
    changed = rewrite_links(resource, lambda text, kind: f"{text}~{kind}")
    assert find_links(changed) == [link._replace(text=f"{link.text}~{link.kind}") for link in links]
    assert rewrite_links(resource, lambda text, kind: None) is resource
    assert rewrite_links(changed, lambda text, kind: text.removesuffix(f"~{kind}")) == before == resource


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_drawn_resources_are_rewritten_as_finding_says(data: st.DataObject) -> None:
    test_rewriting_is_what_finding_says(data.draw(resources(data.draw(st.sampled_from(sorted(resource_types()))))))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["subject", "reference", "extension", "_status", "text", "div", "x"]), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["subject", "extension", "contained", "text", "_status"]), JSON_VALUES))
def test_no_values_break_it(values: dict[str, Any]) -> None:
    resource = {"resourceType": "Procedure", **values}
    find_links(resource)
    rewrite_links(resource, lambda text, kind: "x")
