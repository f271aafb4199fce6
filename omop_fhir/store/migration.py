"""The migrations of our own schema as data: scripts, what was applied of them, what is left to apply.

A folder of `V<number>__<name>.sql` enters (names and `${schema}` are Flyway's); `Migration`s leave, in order, and out of them
and the history of a database those that are pending. It may reject, with ConfigurationError, a file that is named otherwise,
a number given twice, an unknown placeholder, and a history that these files did not make.
https://documentation.red-gate.com/flyway/flyway-concepts/migrations/versioned-migrations
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from ..errors import ConfigurationError
from ..omop.ddl import quote
from ..paths import sql_directory

_NAME = re.compile(r"V([1-9][0-9]{0,8})__([A-Za-z0-9]+(?:_[A-Za-z0-9]+)*)\.sql")
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Migration:
    """One script: `text` with the placeholder `${schema}` still in it."""

    version: int
    description: str
    text: str

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"V{self.version} {self.description}"

    @property
    def checksum(self) -> str:
        """SHA-256 of the text in hexadecimal, whatever ends its lines."""
        return sha256("\n".join(self.text.splitlines()).encode()).hexdigest()

    def sql(self, schema: str) -> str:
        """The script for a schema of this name, which becomes a quoted identifier."""
        return _PLACEHOLDER.sub(lambda _: quote(schema), self.text)


@dataclass(frozen=True, slots=True)
class Applied:
    """One line of a database's history."""

    version: int
    description: str
    checksum: str

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"V{self.version} {self.description}"


@cache
def shipped_migrations() -> tuple[Migration, ...]:
    """The migrations of this program."""
    return read_migrations(sql_directory() / "migrations")


def read_migrations(folder: Path) -> tuple[Migration, ...]:
    """The migrations of a folder, by number; gaps are allowed. Raises ConfigurationError."""
    found = sorted((_read(file) for file in folder.glob("*.sql")), key=lambda each: each.version)
    for version, count in Counter(each.version for each in found).items():
        if count > 1:
            raise ConfigurationError(f"two migrations have the number V{version}")
    return tuple(found)


def _read(file: Path) -> Migration:
    match = _NAME.fullmatch(file.name)
    if match is None:
        raise ConfigurationError(f"{file.name} is no name of a migration: V<number>__<name>.sql is")
    text = file.read_text("utf-8")
    for placeholder in _PLACEHOLDER.findall(text):
        if placeholder != "schema":
            raise ConfigurationError(f"{file.name}: there is no placeholder ${{{placeholder}}}")
    return Migration(int(match[1]), match[2].replace("_", " "), text)


def pending(migrations: Sequence[Migration], history: Sequence[Applied]) -> tuple[Migration, ...]:
    """The migrations that a database with this history lacks.

    Raises ConfigurationError where the history is not the beginning of these migrations: a file was changed or taken away
    after it was applied, one was put before it, or a newer program was there.
    """
    known, done = {each.version: each for each in migrations}, {each.version for each in history}
    newest = max(known, default=0)
    for applied in history:
        if applied.version > newest:
            raise ConfigurationError(f"the database is newer than this program: it has {applied.name}; use a newer one")
        _check(applied, known.get(applied.version))
    left = tuple(each for each in migrations if each.version not in done)
    if left and done and left[0].version < max(done):
        raise ConfigurationError(f"{left[0].name} comes before V{max(done)}, which is applied: give it a higher number")
    return left


def _check(applied: Applied, file: Migration | None) -> None:
    if file is None:
        raise ConfigurationError(f"{applied.name} was applied to the database, and this program lacks its file")
    if file.checksum != applied.checksum:
        raise ConfigurationError(f"{applied.name} was changed after it was applied: restore it, and write a new one")


def lacking(schema: str) -> ConfigurationError:
    """What is said where the tables of our own schema are not found, whatever is wrong with it."""
    return ConfigurationError(
        f"the schema {schema} is absent, not up to date, or closed to the database role: run `omop-fhir migrate`"
    )


def check_current(migrations: Sequence[Migration], history: Sequence[Applied] | None, schema: str) -> None:
    """Raises ConfigurationError where our own schema is absent (`history` None) or not what this program needs."""
    if history is None:
        raise ConfigurationError(f"the database lacks the schema {schema} of this server: run `omop-fhir migrate`")
    left = pending(migrations, history)
    if left:
        names = ", ".join(each.name for each in left)
        raise ConfigurationError(f"the schema {schema} lacks {names}: run `omop-fhir migrate`")
