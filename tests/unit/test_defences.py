"""What `tools/defences.py` takes away is still there to be taken away."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DEFENCES: list[dict[str, Any]] = tomllib.loads((ROOT / "tools" / "defences.toml").read_text("utf-8"))["defence"]


@pytest.mark.parametrize("defence", DEFENCES, ids=[each["name"] for each in DEFENCES])
def test_it_is_where_the_file_says(defence: dict[str, Any]) -> None:
    assert (ROOT / defence["tests"]).is_file()
    for change in defence["change"]:
        assert (ROOT / change["file"]).read_text("utf-8").count(change["before"]) == 1, f"{change['file']} is another by now"
        assert change["before"] != change["after"]
