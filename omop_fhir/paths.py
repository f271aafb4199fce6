"""Where the files that are not Python lie: `mappings/`, `sql/` and `conformance/suite/`.

What enters is a folder's name; what leaves is its path. In an installed wheel the folders lie inside the
package, in a checkout beside it.
https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

from pathlib import Path

from omop_fhir.errors import ConfigurationError

PACKAGE = Path(__file__).resolve().parent


def mappings_directory() -> Path:
    """The folder of the shipped mapping files; raises ConfigurationError if the installation lacks it."""
    return _folder("mappings")


def sql_directory() -> Path:
    """The folder of our own schema's migrations; raises ConfigurationError if the installation lacks it."""
    return _folder("sql")


def suite_directory() -> Path:
    """The folder of the shipped TestScripts; raises ConfigurationError if the installation lacks it."""
    return _folder("conformance/suite")


def _folder(name: str) -> Path:
    for parent in (PACKAGE, PACKAGE.parent):
        if (parent / name).is_dir():
            return parent / name
    raise ConfigurationError(f"this installation of omop-fhir lacks its folder {name!r}: install it again")
