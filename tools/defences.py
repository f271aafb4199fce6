"""Show that every defence of the authorization server is tested: take each away, in a copy, and see a test fail.

Usage: python tools/defences.py [WORD ...]     only those whose name has one of the words

Enters: `defences.toml` and the files under version control. Leaves: a line for each defence; exit code 1 if one of them can be
taken away without any test that notices, or is no longer where the file says. Takes some ten seconds each.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[1]
DEFENCES = ROOT / "tools" / "defences.toml"
DISPOSABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def defences(words: list[str]) -> list[dict[str, Any]]:
    """The defences whose name has one of the words; all, without words."""
    found: list[dict[str, Any]] = tomllib.loads(DEFENCES.read_text("utf-8"))["defence"]
    return [each for each in found if not words or any(word in each["name"] for word in words)]


def main(words: list[str]) -> int:
    from omop_fhir.store.embedded import EmbeddedPostgres

    with TemporaryDirectory() as folder, EmbeddedPostgres.start(settings=DISPOSABLE) as server:
        copy(Path(folder))
        environment = {**os.environ, "PYTHONPATH": folder, "OMOP_FHIR_TEST_DATABASE_URL": server.url}
        results = [knocked_out(each, Path(folder), environment) for each in defences(words)]
    print(f"{sum(results)} of {len(results)} defences are missed by a test")
    return 0 if all(results) else 1


def copy(folder: Path) -> None:
    """The files under version control, and those that are about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def knocked_out(defence: dict[str, Any], folder: Path, environment: dict[str, str]) -> bool:
    """Does a test fail without the defence?"""
    kept = {change["file"]: (folder / change["file"]).read_text("utf-8") for change in defence["change"]}
    for change in defence["change"]:
        file = folder / change["file"]
        text = file.read_text("utf-8")
        if text.count(change["before"]) != 1:
            print(f"NOT THERE  {defence['name']}: {change['file']} is another by now", flush=True)
            return False
        file.write_text(text.replace(change["before"], change["after"]), "utf-8")
    done = pytest(defence, folder, environment)
    for name, text in kept.items():
        (folder / name).write_text(text, "utf-8")
    failed = re.search(r"^FAILED \S+?::(.+?)(?: - |$)", done.stdout, re.MULTILINE)
    is_missed = done.returncode == 1 and failed is not None
    print(f"{'missed' if is_missed else 'NOT MISSED'}  {defence['name']}: {failed[1] if failed else 'no test fails'}", flush=True)
    return is_missed


def pytest(defence: dict[str, Any], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run its tests up to the first that fails."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", defence["tests"]]
    chosen = ["-k", defence["which"]] if "which" in defence else []
    return subprocess.run([*command, *chosen], cwd=folder, env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main(sys.argv[1:]))
