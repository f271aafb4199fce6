"""`:in` and `:not-in` by value sets of files and SNOMED's implicit ones, beside plain SQL over the same vocabulary.

https://hl7.org/fhir/R4/valueset.html#compositions, http://hl7.org/fhir/R4/snomedct.html#implicit
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from omop_fhir.errors import ConfigurationError
from omop_fhir.store.vocabulary.value_sets import load_value_sets

from .conftest import SCHEMA, Served, ids, rows, running

SNOMED = "http://snomed.info/sct"
URL = "http://example.org/fhir/ValueSet/"


def concepts(condition: str) -> str:
    """A query of concept ids."""
    return f"SELECT c.concept_id FROM {SCHEMA}.concept c WHERE {condition}"


def below(id: int, *, within: str | None = "SNOMED") -> str:
    """A query of a concept and all below it."""
    of = f" AND c.vocabulary_id = '{within}'" if within else ""
    tree = f"SELECT descendant_concept_id FROM {SCHEMA}.concept_ancestor WHERE ancestor_concept_id = {id}"
    return concepts(f"(c.concept_id = {id} OR c.concept_id IN ({tree})){of}")


def conditions(served: Served, query: str, *, negated: bool = False) -> list[str]:
    """The conditions that have a concept of a query as their standard or their source concept."""
    inside = f"(condition_concept_id IN ({query}) OR condition_source_concept_id IN ({query}))"
    word = "IS NOT TRUE" if negated else "IS TRUE"
    text = f"SELECT condition_occurrence_id FROM {SCHEMA}.condition_occurrence WHERE ({inside}) {word} ORDER BY 1"
    return [str(row[0]) for row in rows(served.database, text)]


@pytest.fixture(scope="module")
def tree(served: Served) -> dict[str, Any]:
    """A SNOMED concept that is not recorded itself and has several recorded below it, and two of those."""
    text = f"""
        SELECT a.ancestor_concept_id, p.concept_code, array_agg(DISTINCT d.concept_id ORDER BY d.concept_id),
               array_agg(DISTINCT d.concept_code)
        FROM {SCHEMA}.concept_ancestor a JOIN {SCHEMA}.concept p ON p.concept_id = a.ancestor_concept_id
        JOIN {SCHEMA}.concept d ON d.concept_id = a.descendant_concept_id
        JOIN {SCHEMA}.condition_occurrence o ON o.condition_concept_id = d.concept_id
        WHERE p.vocabulary_id = 'SNOMED' AND d.vocabulary_id = 'SNOMED' AND p.concept_id <> d.concept_id
        GROUP BY 1, 2 HAVING count(DISTINCT d.concept_id) BETWEEN 2 AND 12 ORDER BY count(DISTINCT d.concept_id) DESC, 1 LIMIT 1
    """
    (found,) = rows(served.database, text)
    top, code, leaves, _ = found
    first, second = leaves[:2]
    codes = {row[0]: row[1] for row in rows(served.database, f"SELECT concept_id, concept_code FROM {SCHEMA}.concept")}
    return {"top": top, "code": code, "first": first, "second": second, "codes": codes}


def value_set(name: str, *include: Any, exclude: Any = ()) -> dict[str, Any]:
    """A ValueSet resource."""
    compose = {"include": list(include)} | ({"exclude": list(exclude)} if exclude else {})
    return {"resourceType": "ValueSet", "status": "active", "url": URL + name, "compose": compose}


def filtered(op: str, value: str, property: str = "concept") -> dict[str, Any]:
    """An include of SNOMED concepts by one filter."""
    return {"system": SNOMED, "filter": [{"property": property, "op": op, "value": value}]}


def item(id: int, **flags: bool) -> dict[str, Any]:
    """One item of an ATLAS concept set."""
    return {"concept": {"CONCEPT_ID": id, "CONCEPT_NAME": "x"}, **flags}


@pytest.fixture(scope="module")
def server(served: Served, tree: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with value sets of both kinds."""
    folder = tmp_path_factory.mktemp("value-sets")
    code, one, two = tree["code"], tree["codes"][tree["first"]], tree["codes"][tree["second"]]
    listed = {"system": SNOMED, "concept": [{"code": one}, {"code": two}]}
    sets = {
        "is-a": value_set("is-a", filtered("is-a", code)),
        "descendent-of": value_set("descendent-of", filtered("descendent-of", code)),
        "listed": value_set("listed", listed),
        "in": value_set("in", filtered("in", f"{one},{two}", "code")),
        "equal": value_set("equal", filtered("=", one)),
        "excluded": value_set("excluded", filtered("is-a", code), exclude=[{"system": SNOMED, "concept": [{"code": one}]}]),
        "whole": value_set("whole", {"system": "http://hl7.org/fhir/sid/icd-10-cm"}),
        "imports": value_set("imports", {"valueSet": [URL + "excluded"]}, {"system": SNOMED, "concept": [{"code": one}]}),
        "both": value_set("both", {**listed, "valueSet": [URL + "excluded|1.0"]}),
        "implicit": value_set("implicit", {"valueSet": [f"{SNOMED}?fhir_vs=isa/{code}"]}),
        "several": value_set("several", filtered("is-a", code) | {"filter": [
            {"property": "concept", "op": "is-a", "value": code}, {"property": "concept", "op": "=", "value": two}]}),
    }  # fmt: skip
    shapes = {
        "atlas": {"items": [item(tree["top"], includeDescendants=True), item(tree["first"], isExcluded=True)]},
        "exported": {"id": 1, "name": "n", "expression": {"items": [item(tree["first"], includeMapped=True)]}},
        "plain": {"items": [item(tree["first"]), item(tree["second"])]},
    }
    for name, content in (sets | shapes).items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    with running(served.database, value_sets=(folder,)) as made:
        yield made


def expected(name: str, tree: dict[str, Any]) -> str:
    """The same concepts in plain SQL."""
    first, second = f"c.concept_id = {tree['first']}", f"c.concept_id = {tree['second']}"
    whole = below(tree["top"])
    mapped = (
        f"SELECT concept_id_1 FROM {SCHEMA}.concept_relationship WHERE relationship_id = 'Maps to' "
        f"AND invalid_reason IS NULL AND concept_id_2 = {tree['first']} UNION {concepts(first)}"
    )
    return {
        "is-a": whole,
        "descendent-of": f"{whole} EXCEPT SELECT {tree['top']}",
        "listed": concepts(f"{first} OR {second}"),
        "in": concepts(f"{first} OR {second}"),
        "equal": concepts(first),
        "excluded": f"{whole} EXCEPT SELECT {tree['first']}",
        "whole": concepts("c.vocabulary_id = 'ICD10CM'"),
        "imports": whole,
        "both": concepts(second),
        "implicit": whole,
        "several": concepts(second),
        "atlas": f"{below(tree['top'], within=None)} EXCEPT SELECT {tree['first']}",
        "exported": mapped,
        "plain": concepts(f"{first} OR {second}"),
    }[name]


NAMES = ("is-a", "descendent-of", "listed", "in", "equal", "excluded", "whole", "imports", "both", "implicit", "several",
         "atlas", "exported", "plain")  # fmt: skip
SHAPES = ("atlas", "exported", "plain")


@pytest.mark.parametrize("name", NAMES)
def test_in_and_not_in_are_what_sql_says(server: Served, tree: dict[str, Any], name: str) -> None:
    url = f"{server.base}/ValueSet/{name}" if name in SHAPES else URL + name
    query = expected(name, tree)
    wanted = conditions(server, query)
    assert wanted
    assert ids(server.walk(f"Condition?code:in={quote(url)}&_count=1000")) == wanted
    others = conditions(server, query, negated=True)
    assert ids(server.walk(f"Condition?code:not-in={quote(url)}&_count=1000")) == others
    assert len(wanted) + len(others) == len(list(server.walk("Condition?_count=1000")))


def test_implicit_value_sets_of_snomed_need_no_file(served: Served, tree: dict[str, Any]) -> None:
    url = quote(f"{SNOMED}?fhir_vs=isa/{tree['code']}")
    assert ids(served.walk(f"Condition?code:in={url}&_count=1000")) == conditions(served, below(tree["top"]))
    every = conditions(served, concepts("c.vocabulary_id = 'SNOMED'"))
    assert ids(served.walk(f"Condition?code:in={quote(SNOMED + '?fhir_vs')}&_count=1000")) == every


def test_in_is_like_below_of_the_same_code(served: Served, tree: dict[str, Any]) -> None:
    token = quote(f"{SNOMED}|{tree['code']}")
    assert ids(served.walk(f"Condition?code:below={token}&_count=1000")) == conditions(served, below(tree["top"]))


@pytest.mark.parametrize("wanted", ["refset/1", "refset", "ecl/<1", "isa", "x"])
def test_other_implicit_value_sets_are_refused_by_name(served: Served, wanted: str) -> None:
    url = f"{SNOMED}?fhir_vs={wanted}"
    said = served.refusal(f"Condition?code:in={quote(url)}", 400, "not-supported")
    assert f"`{url}`" in said


def test_a_value_set_that_is_not_known_is_refused_with_those_that_are(server: Served, served: Served) -> None:
    assert f"`{URL}is-a`" in server.refusal(f"Condition?code:in={URL}other", 400, "not-supported")
    assert "none but SNOMED's implicit ones" in served.refusal(f"Condition?code:in={URL}other", 400, "not-supported")


def test_in_works_behind_chains_and_has_and_for_other_types(server: Served, tree: dict[str, Any]) -> None:
    query = expected("listed", tree)
    wanted = conditions(server, query)
    chosen = ",".join(wanted)
    text = f"SELECT DISTINCT person_id FROM {SCHEMA}.condition_occurrence WHERE condition_occurrence_id IN ({chosen}) ORDER BY 1"
    persons = [str(row[0]) for row in rows(server.database, text)]
    assert ids(server.walk(f"Patient?_has:Condition:patient:code:in={URL}listed&_count=1000")) == persons


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ("[]", "neither a ValueSet nor a concept set"),
        ({"resourceType": "ValueSet"}, "no `url`"),
        ({"resourceType": "ValueSet", "url": "u"}, "no compose.include"),
        ({"resourceType": "ValueSet", "url": "u", "compose": {"include": [{"system": "http://x"}]}}, "`http://x`"),
        (value_set("v", {"valueSet": [URL + "w"]}), f"`{URL}w` is in none of the folders"),
        (value_set("v", {"valueSet": [URL + "v"]}), "imports itself"),
        (value_set("v", {"valueSet": [f"{SNOMED}?fhir_vs=refset/1"]}), "refset/1"),
        (value_set("v", filtered("regex", "x")), "`concept regex x` is not supported"),
        (value_set("v", filtered("is-a", "x", "parent")), "`parent is-a x` is not supported"),
        ({"name": "x"}, "no `items`"),
        ({"items": [{"concept": {}}]}, "items[0] has no concept.CONCEPT_ID"),
        ({"items": ["x"]}, "items[0] has no concept.CONCEPT_ID"),
        (value_set("v", {"valueSet": URL + "w"}), "compose.include[0]"),
        (value_set("v", "x"), "compose.include[0]"),
        (value_set("v", {"system": SNOMED, "concept": [{"display": "x"}]}), "compose.include[0]"),
        (value_set("v", {"system": SNOMED, "filter": ["x"]}), "compose.include[0]"),
        (value_set("v", {}), "compose.include[0]"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_place(tmp_path: Path, content: Any, words: str) -> None:
    (tmp_path / "set.json").write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ConfigurationError) as refusal:
        load_value_sets((tmp_path,), "http://example.org/fhir")
    assert words in str(refusal.value)
    assert str(refusal.value).startswith("set.json: ")


def test_two_files_of_one_url_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps(value_set("v", {"system": SNOMED})))
    with pytest.raises(ConfigurationError, match=r"b\.json: .*a\.json"):
        load_value_sets((tmp_path,), "http://example.org/fhir")
