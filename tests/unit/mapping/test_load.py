# ruff: noqa: E501, PT017 - tables of cases read best as lines
"""What is wrong in a mapping file is told with file, line and the name of the thing; never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.mapping.bind import bind
from omop_fhir.mapping.load import load
from omop_fhir.mapping.yaml import MappingError, read
from omop_fhir.paths import mappings_directory

from .cdm_database import database

GOOD = """\
resource: Procedure
from:
  p: {table: procedure_occurrence, key: procedure_occurrence_id}
compartment: {Patient: p.person_id}
elements:
  status: {codec: fixed, value: completed}
  subject: {codec: reference, target: Patient, column: p.person_id, absent: unknown}
"""
ELEMENT = "  subject:"

BROKEN = [
    # (what stands instead of what, the message)
    ("codec: fixed", "codec: fixd", "procedure.yaml:6: elements.status.codec: 'fixd' is not one of"),
    ("value: completed", "valu: completed", "procedure.yaml:6: elements.status: "),
    ("{codec: fixed, value: completed}", "completed", "procedure.yaml:6: elements.status: 'completed' is not of type 'object'"),
    ("{codec: fixed, value: completed}", "{value: completed}", "procedure.yaml:6: Procedure.status needs a `codec`"),
    ("value: completed", "value: done", "procedure.yaml:6: `done` is not a code that Procedure.status takes"),
    ("column: p.person_id", "column: q.person_id", "procedure.yaml:7: `q.person_id` is not ALIAS.COLUMN with one of the aliases p"),
    ("column: p.person_id", "column: p.procedure_date", "procedure.yaml:7: `p.procedure_date` is date, and integer is needed here"),
    ("column: p.person_id", "column: person_id", "procedure.yaml:7: elements.subject.column: 'person_id' does not match"),
    ("target: Patient", "target: Location", "procedure.yaml:7: Procedure.subject cannot refer to Location"),
    ("absent: unknown", "absent: nobody", "procedure.yaml:7: `nobody` is not a data-absent-reason; one of unknown, asked-unknown"),
    ("  subject:", "  subject: {codec: absent, reason: unknown}\n  subject:", "procedure.yaml:8: the key `subject` stands twice in one map"),
    ("  subject:", "  sujet:", "procedure.yaml:7: FHIR R4 has no element 'Procedure.sujet'"),
    ("  status: {codec: fixed, value: completed}\n", "", "procedure.yaml:1: every Procedure must have `status`: map it"),
    ("resource: Procedure", "resource: Procedur", "procedure.yaml:6: FHIR R4 has no type 'Procedur'"),
    ("resource: Procedure", "resources: Procedure", "procedure.yaml:1: Additional properties are not allowed ('resources' was unexpected)"),
    ("resource: Procedure\n", "", "procedure.yaml:1: procedure.yaml is not a shipped mapping, so it needs `resource`"),
    (", key: procedure_occurrence_id", "", "procedure.yaml:3: the first entry of `from`, and no other, has a `key`"),
    ("{Patient: p.person_id}", "{Patent: p.person_id}", "procedure.yaml:4: FHIR R4 has no compartment 'Patent'"),
    ("elements:", "search: {colour: subject}\nelements:", "procedure.yaml:5: neither R4 nor US Core has a search parameter `colour` of Procedure"),
    ("elements:", "search: {code: subject}\nelements:", "procedure.yaml:5: `code` is a token parameter, which `subject` cannot answer"),
    ("elements:", "search: {patient: subjects}\nelements:", "procedure.yaml:5: `subjects` is not an element of this mapping"),
    ("elements:", "search: {patient: }\nelements:", "procedure.yaml:5: the search parameter `patient` needs the name of an element"),
    ("elements:", "write: {columns: {p.quantity: many}}\nelements:", "procedure.yaml:5: write.columns.p.quantity: 'many' does not match"),
    ("elements:", "write: {columns: {p.quantity: 99999999999999999999}}\nelements:", "procedure.yaml:5: `99999999999999999999` is not an integer of 64 bits"),
    ("elements:", "write: {columns: {q.quantity: 1}}\nelements:", "procedure.yaml:5: `q.quantity` is not ALIAS.COLUMN with one of the aliases p"),
    ("elements:", "write: {columns: {p.quantity: [{value: 1, copy: p.procedure_date}]}}\nelements:",
     "procedure.yaml:5: a rule has one of value, copy, element, parts, received"),
    ("elements:", "write: {columns: {p.procedure_date: [{copy: p.quantity}]}}\nelements:",
     "procedure.yaml:5: `p.quantity` is integer, and timestamp or date is needed here"),
    ("elements:", "write: {columns: {p.procedure_date: [{element: performd}]}}\nelements:",
     "procedure.yaml:5: FHIR R4 has no element 'Procedure.performd'"),
    ("elements:", "write: {rows: {q: own}}\nelements:", "procedure.yaml:5: `q` is not an entry of `from` beside the first, which is always written"),
    ("elements:", "write: {rows: {p: own}}\nelements:", "procedure.yaml:5: `p` is not an entry of `from` beside the first, which is always written"),
    ("elements:", "write: {rows_when: {state: [completed]}}\nelements:", "procedure.yaml:5: FHIR R4 has no element 'Procedure.state'"),
    ("elements:", "write: {rows_when: {status: done}}\nelements:", "procedure.yaml:5: write.rows_when.status: 'done' is not valid under any of the given"),
    ("elements:", "write: {route: p.procedure_date}\nelements:", "procedure.yaml:5: `p.procedure_date` is date, and integer is needed here"),
    ("elements:", "write: {elements: {status: report}}\nelements:",
     "procedure.yaml:5: every Procedure must have `status`: it cannot be dropped, only kept or refused"),
    ("elements:", "write: {elements: {note.words: report}}\nelements:", "procedure.yaml:5: FHIR R4 has no element 'Annotation.words'"),
    ("elements:", "write: {elements: {extension.colour: report}}\nelements:", "procedure.yaml:5: `extension.colour` is not an extension of this mapping"),
    ("elements:", "write: {elements: {note: drop}}\nelements:", "procedure.yaml:5: write.elements.note: 'drop' is not one of"),
    (ELEMENT, "  code: {codec: date, column: p.procedure_date}\n  subject:", "procedure.yaml:7: Procedure.code takes CodeableConcept, and the codec `date` yields date"),
    (ELEMENT, "  performed: {codec: datetime, column: p.quantity}\n  subject:", "procedure.yaml:7: `p.quantity` is integer, and timestamp or date is needed here"),
    (ELEMENT, "  code: {codec: concept}\n  subject:", "procedure.yaml:7: the codec `concept` needs `standard`, `source` or `text`"),
    (ELEMENT, "  performer: {codec: backbone, elements: {actr: {codec: backbone, elements: {}}}}\n  subject:",
     "procedure.yaml:7: FHIR R4 has no element 'Procedure.performer.actr'"),
    (ELEMENT, "  outcome: {codec: codeable_concept, column: p.quantity, table: nowhere}\n  subject:",
     "procedure.yaml:7: the code table nowhere.csv was not found in"),
    ("status: {codec", "status: &a {codec", "procedure.yaml:6: anchors, aliases and tags are not used in mapping files"),
    ("value: completed", "value: !!str completed", "procedure.yaml:6: anchors, aliases and tags are not used in mapping files"),
    ("value: completed", 'value: "a\\u0000b"', "procedure.yaml:6: the character U+0000 has no place in a mapping file"),
    ("  status:", "\tstatus:", "procedure.yaml:6: not YAML: found character '\\t' that cannot start any token"),
    ("value: completed", "value:\tcompleted", "procedure.yaml:6: not YAML: found character '\\t' that cannot start any token"),
    ("elements:", "profile: [a profile]\nelements:", "procedure.yaml:5: profile.0: 'a profile' does not match"),
    ("  status:", "  [a]:", "procedure.yaml:6: a key is a plain word"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), BROKEN, ids=range(len(BROKEN)))
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    (tmp_path / "procedure.yaml").write_text(GOOD.replace(old, new, 1), "utf-8")
    with pytest.raises(MappingError) as error:
        load((tmp_path,))
    assert str(error.value).startswith(f"{tmp_path.name}/{message}")
    assert "\n" not in str(error.value)


def test_the_good_one_is_good(tmp_path: Path) -> None:
    (tmp_path / "procedure.yaml").write_text(GOOD, "utf-8")
    assert [mapping.resource for mapping in load((tmp_path,))] == ["Procedure"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("column: p.person_id", "column: p.persn_id", "procedure.yaml:7: `p.persn_id` is neither a CDM column nor in the database"),
        ("key: procedure_occurrence_id", "key: procedure_id", "procedure.yaml:3: `p.procedure_id` is neither a CDM column nor"),
        ("table: procedure_occurrence,", "table: procedure_ocurrence,", "procedure.yaml:1: `procedure_ocurrence` is neither a CDM table nor"),
        ("compartment:", "  v: {table: visit_occurrence, join: {visit_id: p.visit_occurrence_id}}\ncompartment:",
         "procedure.yaml:4: `v.visit_id` is neither a CDM column nor"),
        ("compartment:", "  d: {table: death, join: {person_id: p.person_id}, first: [death_day]}\ncompartment:",
         "procedure.yaml:4: `d.death_day` is neither a CDM column nor"),
    ],
)  # fmt: skip
def test_what_no_database_has_is_told_when_it_is_bound(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "procedure.yaml").write_text(GOOD.replace(old, new, 1), "utf-8")
    with pytest.raises(MappingError) as error:
        bind(load((tmp_path,))[0], database())
    assert str(error.value).startswith(f"{tmp_path.name}/{message}")


def test_two_sources_of_a_type_need_a_prefix(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(GOOD, "utf-8")
    with pytest.raises(MappingError, match=r"b\.yaml:1: a feeds Procedure too: give one of them a `prefix`"):
        load((tmp_path,))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("concept_id,code\n1,a\n1,b\n", "t.csv:3: concept 1 stands twice"),
        ("concept_id,code\nx,a\n", "t.csv:2: `x` is not a concept id"),
        ("concept_id,code\n-1,a\n", "t.csv:2: -1 is not a concept id"),
        ("concept_id,code\n,a\n", "t.csv:2: a row without concept_id has a code of its own, and in `write` the concept for it"),
        ("concept_id,code\n1,a  b\n", "t.csv:2: `a  b` is not a FHIR code"),
        ("id,code\n1,a\n", "t.csv:1: a code table has the columns code, concept_id, detailed,"),
        ('concept_id,code\n1,"a\n', "t.csv:1: not a CSV file in UTF-8: unexpected end of data"),
        ("", "t.csv:1: a code table has the columns"),
    ],
)
def test_a_broken_code_table_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    outcome = "  outcome: {codec: codeable_concept, column: p.quantity, table: t, system: urn:x}\n"
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "t.csv").write_text(text, "utf-8")
    (tmp_path / "procedure.yaml").write_text(GOOD + outcome, "utf-8")
    with pytest.raises(MappingError) as error:
        load((tmp_path,))
    folder = "tables" if message.startswith("t.csv") else tmp_path.name
    assert str(error.value).startswith(f"{folder}/{message}")


@pytest.mark.parametrize(
    "content",
    [
        "[" * 2000,
        "a: " + "{b: " * 500,
        "a: &a [*a]",
        "- x",
        "",
        "\x00",
        '"\\U00110000"',
        "%YAML 9" + "9" * 5000 + ".1\n---\na: b",
        "a: b\n---\nc: d",
    ],
)
def test_strange_yaml_is_refused_on_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.yaml").write_text(content, "utf-8")
    with pytest.raises(MappingError) as error:
        load((tmp_path,))
    assert "\n" not in str(error.value)


@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("soup") / "patient.yaml"
    file.write_bytes(content)
    refused(file.parent)


SHIPPED = (mappings_directory() / "patient.yaml").read_text("utf-8").splitlines(keepends=True)


@given(data=st.data())
def test_any_change_of_a_shipped_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Lines left out, doubled, and words exchanged."""
    lines = list(SHIPPED)
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        words = [
            "null",
            "[]",
            "{}",
            "{codec: backbone, elements: {x: {codec: first, of: {}}}}",
            "1",
            "'",
            "person",
            ":",
            "location.city",
        ]
        change = data.draw(st.sampled_from(["drop", "double", "value", "indent"]))
        head, colon, _ = lines[number].partition(":")
        lines[number] = {
            "drop": "", "double": lines[number] * 2, "indent": "  " + lines[number],
            "value": f"{head}{colon} {data.draw(st.sampled_from(words))}\n",
        }[change]  # fmt: skip
    folder = tmp_path_factory.mktemp("changed")
    (folder / "tables").symlink_to(mappings_directory() / "tables")
    (folder / "patient.yaml").write_text("".join(lines), "utf-8")
    refused(folder)


def refused(folder: Path) -> None:
    try:
        for mapping in load((folder,)):
            bind(mapping, database())
    except MappingError as error:
        assert str(error).startswith(f"{folder.name}/patient.yaml:")
        assert "\n" not in str(error)


def test_scalars_stay_text(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: no\nb: 010\nc: 1.50\nd: null\ne:\nf: ~\ng: 'null'\nh: 2020-01-01\n", "utf-8")
    assert read(tmp_path / "x.yaml") == {
        "a": "no", "b": "010", "c": "1.50", "d": None, "e": None, "f": None, "g": "null", "h": "2020-01-01",
    }  # fmt: skip


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="there is no such folder of mapping files"):
        load((tmp_path / "nowhere",))
