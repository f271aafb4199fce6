"""All reports of a run in one folder.

What enters: results and a folder. What leaves: `index.html`, `junit.xml`, and a `TestReport-....json` a script. What is
rejected, with ConfigurationError: a folder that cannot be written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from omop_fhir.errors import ConfigurationError

from ..exchange import to_json
from ..result import ScriptResult
from .junit import junit
from .page import page
from .test_report import test_report


def write_reports(results: Sequence[ScriptResult], folder: Path) -> None:
    """Write them all. Raises ConfigurationError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_text(page(results), "utf-8")
        (folder / "junit.xml").write_text(junit(results), "utf-8")
        for number, result in enumerate(results, 1):
            (folder / _name(result, number)).write_text(to_json(test_report(result), indent=True), "utf-8")
    except OSError as error:
        raise ConfigurationError(f"the reports cannot be written: {error}") from None


def _name(result: ScriptResult, number: int) -> str:
    id = re.sub(r"[^A-Za-z0-9.\-]", "-", str(result.script.resource.get("id") or result.script.name))
    return f"TestReport-{number:03}-{id[:64]}.json"
