"""docs/smart.md shows the roles that a new database gets."""

from __future__ import annotations

import re
from pathlib import Path

from omop_fhir.auth.role import seeded_roles

PAGE = Path(__file__).parents[3] / "docs" / "smart.md"


def test_the_matrix_is_the_file() -> None:
    rows = re.findall(r"^\| (\w+) \| ((?:`[^`]+`(?:, )?)+) \| [^|]+ \| ([^|]*) \|$", PAGE.read_text("utf-8"), re.M)
    shown = {name: (set(re.findall(r"`([^`]+)`", scopes)), marks.strip()) for name, scopes, marks in rows}
    assert shown == {
        role.name: (
            {str(scope).partition("/")[2] for scope in role.scopes},
            "administers" if role.administers else "breaks the glass" if role.breaks_glass else "",
        )
        for role in seeded_roles()
    }
