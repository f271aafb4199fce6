"""Migrations as data: names, checksums, placeholders, and what a history leaves to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from omop_fhir.errors import ConfigurationError
from omop_fhir.store.migration import Applied, Migration, check_current, pending, read_migrations, shipped_migrations

ONE, TWO, FIVE = (Migration(n, f"step {n}", f"CREATE TABLE ${{schema}}.t{n} ();") for n in (1, 2, 5))


def history(*migrations: Migration) -> tuple[Applied, ...]:
    return tuple(Applied(each.version, each.description, each.checksum) for each in migrations)


def test_files_are_read_by_number(tmp_path: Path) -> None:
    for name in ("V10__ten.sql", "V2__two_words.sql"):
        (tmp_path / name).write_text("SELECT 1;")
    (tmp_path / "README.md").write_text("no migration")
    assert [(m.version, m.description) for m in read_migrations(tmp_path)] == [(2, "two words"), (10, "ten")]


@pytest.mark.parametrize(
    "name", ["V1_one.sql", "V0__none.sql", "V01__one.sql", "v1__one.sql", "V1__.sql", "one.sql", "V1.2__x.sql"]
)
def test_another_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(ConfigurationError, match=name):
        read_migrations(tmp_path)


def test_a_number_is_given_once(tmp_path: Path) -> None:
    for name in ("V1__one.sql", "V1__other.sql"):
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(ConfigurationError, match="V1"):
        read_migrations(tmp_path)


def test_an_unknown_placeholder_is_named(tmp_path: Path) -> None:
    (tmp_path / "V1__one.sql").write_text("SELECT '${user}';")
    with pytest.raises(ConfigurationError, match=r"\$\{user\}"):
        read_migrations(tmp_path)


def test_the_schema_is_quoted() -> None:
    assert ONE.sql('a"b') == 'CREATE TABLE "a""b".t1 ();'


def test_line_ends_do_not_change_the_checksum() -> None:
    assert Migration(1, "x", "a\r\nb\r\n").checksum == Migration(1, "x", "a\nb").checksum
    assert Migration(1, "x", "a\nb").checksum != Migration(1, "x", "a\nc").checksum


def test_what_is_pending_comes_in_order_and_over_gaps() -> None:
    assert pending((ONE, TWO, FIVE), ()) == (ONE, TWO, FIVE)
    assert pending((TWO, FIVE), history(TWO)) == (FIVE,)
    assert pending((TWO, FIVE), history(TWO, FIVE)) == ()


@pytest.mark.parametrize(
    ("files", "applied", "message"),
    [
        ((ONE, TWO), history(ONE, TWO, FIVE), "newer than this program: it has V5 step 5"),
        ((ONE, FIVE), history(ONE, TWO), "V2 step 2 was applied to the database, and this program lacks its file"),
        ((ONE, Migration(2, "step 2", "other")), history(ONE, TWO), "V2 step 2 was changed after it was applied"),
        ((ONE, TWO), history(TWO), "V1 step 1 comes before V2, which is applied"),
    ],
)
def test_a_history_that_does_not_fit_is_refused(
    files: tuple[Migration, ...], applied: tuple[Applied, ...], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        pending(files, applied)


def test_a_server_needs_its_schema_whole() -> None:
    check_current((ONE, TWO), history(ONE, TWO), "own")
    with pytest.raises(ConfigurationError, match="lacks the schema own"):
        check_current((ONE,), None, "own")
    with pytest.raises(ConfigurationError, match="the schema own lacks V2 step 2: run `omop-fhir migrate`"):
        check_current((ONE, TWO), history(ONE), "own")


def test_what_is_shipped_can_be_read() -> None:
    assert [each.version for each in shipped_migrations()] == sorted({each.version for each in shipped_migrations()})
