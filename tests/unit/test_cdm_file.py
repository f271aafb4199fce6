"""How CDM files are found, recognised and taken apart."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omop_fhir.errors import ConfigurationError
from omop_fhir.store.data import cdm_file
from omop_fhir.store.data.cdm_file import CdmFile, Record, cdm_folder

HEADER = "person_id,death_date,cause_source_value"


def write(folder: Path, name: str, content: str | bytes) -> CdmFile:
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    [file] = cdm_folder(folder).files
    return file


def rows(file: CdmFile) -> list[Record]:
    return [record for piece in file.pieces() for record in file.records(piece)]


def fields(file: CdmFile) -> list[list[str]]:
    return [record.fields for record in rows(file)]


@pytest.mark.parametrize(
    "name",
    ["death.csv", "DEATH.CSV", "2b_Death.csv", "10-death.txt", "death.tsv", "Death.csv.gz", "DEATH.TXT.GZ"],
)
def test_names_in_any_case_with_prefix_and_extension(tmp_path: Path, name: str) -> None:
    content = f"{HEADER}\n1,2020-01-01,x\n".encode()
    file = write(tmp_path, name, gzip.compress(content) if name.lower().endswith("gz") else content)
    assert (file.table, fields(file)) == ("death", [["1", "2020-01-01", "x"]])


def test_gzip_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    assert fields(write(tmp_path, "death.csv", gzip.compress(f"{HEADER}\n1,a,b".encode()))) == [["1", "a", "b"]]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiter_byte_order_mark_line_ends_and_case(tmp_path: Path, delimiter: str, end: str) -> None:
    text = delimiter.join(["PERSON_ID ", "Death_Date", "extra"]) + end + delimiter.join("123") + end
    file = write(tmp_path, "death.csv", "\ufeff" + text)
    assert (file.columns, file.delimiter) == (("person_id", "death_date", "extra"), delimiter)
    assert fields(file) == [["1", "2", "3"]]


def test_athena_files_have_no_quoting(tmp_path: Path) -> None:
    file = write(tmp_path, "death.csv", 'person_id\tcause_source_value\n1\t5" tube\n2\t"odd\n3\t""\n')
    assert fields(file) == [["1", '5" tube'], ["2", '"odd'], ["3", '""']]
    assert all(piece.clean for piece in file.pieces())


def test_tabs_with_a_quoted_header_are_quoted(tmp_path: Path) -> None:
    file = write(tmp_path, "death.csv", '"person_id"\t"cause_source_value"\n1\t"a\tb"\n')
    assert fields(file) == [["1", "a\tb"]]


def test_line_numbers_count_lines_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    file = write(tmp_path, "death.csv", f'{HEADER}\n1,a,"two\nlines"\n\n2,b,"say ""so"""\n3,c,')
    assert [(r.line, r.fields) for r in rows(file)] == [
        (2, ["1", "a", "two\nlines"]),
        (5, ["2", "b", 'say "so"']),
        (6, ["3", "c", ""]),
    ]


def test_a_stray_quote_stays_in_its_field(tmp_path: Path) -> None:
    file = write(tmp_path, "death.csv", f'{HEADER}\n1,5" tube,x\n2,ok,y\n3,6" tube,z\n')
    assert fields(file) == [["1", '5" tube', "x"], ["2", "ok", "y"], ["3", '6" tube', "z"]]
    assert not all(piece.clean for piece in file.pieces())


def test_a_quote_never_closed_costs_its_own_line_alone(tmp_path: Path) -> None:
    file = write(tmp_path, "death.csv", f'{HEADER}\n1,a,x\n2,"b,y\n3,"c",z\n4,d,w\n')
    found = rows(file)
    assert [(record.line, record.problem) for record in found if record.problem] == [
        (3, "a quote is opened and not closed")
    ]
    assert [record.fields[0] for record in found if not record.problem] == ["1", "3", "4"]


def test_a_quote_closed_within_a_field_is_refused(tmp_path: Path) -> None:
    [record, good] = rows(write(tmp_path, "death.csv", f'{HEADER}\n1,"a"b,x\n2,c,y\n'))
    assert record.problem is not None
    assert record.problem.startswith("quoting:")
    assert good.fields == ["2", "c", "y"]


def test_lines_that_are_not_utf8_are_latin_1_and_said_so(tmp_path: Path) -> None:
    content = f"{HEADER}\n1,a,Zoë\n".encode() + "2,b,Zoë\n".encode("latin-1")
    assert [(r.fields[2], r.latin) for r in rows(write(tmp_path, "death.csv", content))] == [
        ("Zoë", False),
        ("Zoë", True),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it has no header line"),
        ("person_id,death_date\n".encode("utf-16"), "it is UTF-16; save it as UTF-8"),
        (b"a,b,c\n1,2,3\n", "its first line names no column of death"),
        (b"person_id,PERSON_ID\n", "its header names person_id more than once"),
        (b"person_id,death_date\r1,2\r", "its lines end in CR alone; save it with LF or CRLF"),
        (gzip.compress(b"person_id", mtime=0)[:6], "Compressed file ended before the end-of-stream marker was reached"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "death.csv"
    path.write_bytes(content)
    assert dict(cdm_folder(tmp_path).refused) == {path: reason}


def test_other_files_are_named_with_what_may_be_meant(tmp_path: Path) -> None:
    write(tmp_path, "death.csv", f"{HEADER}\n")
    (tmp_path / "DEATHS.csv").write_text("x")
    (tmp_path / "README.md").write_text("x")
    assert {path.name: reason for path, reason in cdm_folder(tmp_path).skipped.items()} == {
        "DEATHS.csv": "the CDM has no table deaths; is death meant?",
        "README.md": "not one of .csv, .tsv, .txt (or these with .gz)",
    }


def test_the_same_table_twice_is_refused_and_numbered_parts_are_not(tmp_path: Path) -> None:
    for name in ("1_death.csv", "2_death.csv"):
        (tmp_path / name).write_text(HEADER)
    assert len(cdm_folder(tmp_path).files) == 2
    (tmp_path / "2_death.csv.gz").write_bytes(gzip.compress(HEADER.encode()))
    with pytest.raises(ConfigurationError, match=r"2_death\.csv and 2_death\.csv\.gz are the same table"):
        cdm_folder(tmp_path)


def test_a_folder_without_cdm_files_or_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no file in this folder is named like a CDM table"):
        cdm_folder(tmp_path)
    with pytest.raises(ConfigurationError, match="No such file or directory"):
        cdm_folder(tmp_path / "absent")


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, "death.csv", f"{HEADER}\n1,a,b\n2,{'x' * 500}")
    monkeypatch.setattr(cdm_file, "PIECE_SIZE", 16)
    monkeypatch.setattr(cdm_file, "RECORD_LIMIT", 64)
    with pytest.raises(ValueError, match="line 3 is longer"):
        list(file.pieces())


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    table=st.lists(st.tuples(st.integers(), FIELD, FIELD), max_size=12),
    delimiter=st.sampled_from([",", ";", "|"]),
    size=st.integers(1, 80),
    everything=st.booleans(),
)
def test_what_a_csv_writer_wrote_is_read_back_whatever_the_size_of_pieces(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    table: list[tuple[int, str, str]],
    delimiter: str,
    size: int,
    everything: bool,
) -> None:
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting)
    writer.writerows([HEADER.split(","), *table])
    monkeypatch.setattr(cdm_file, "PIECE_SIZE", size)
    file = write(tmp_path, "death.csv", text.getvalue())
    pieces = list(file.pieces())
    assert b"".join(piece.data for piece in pieces).decode() == text.getvalue().partition("\r\n")[2]
    assert fields(file) == [[str(key), *values] for key, *values in table]
    assert all(piece.clean for piece in pieces)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.text('ab",\n', max_size=60), size=st.integers(1, 80))
def test_any_bytes_are_cut_into_the_same_records_whatever_the_size_of_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, size: int
) -> None:
    file = write(tmp_path, "death.csv", f"{HEADER}\n{body}")
    whole = rows(file)
    monkeypatch.setattr(cdm_file, "PIECE_SIZE", size)
    assert rows(file) == whole
    assert b"".join(piece.data for piece in file.pieces()).decode().removesuffix("\n") == body.removesuffix("\n")
