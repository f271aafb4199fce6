"""The bill of materials names all that is locked; the audit says what it did not look for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("sbom") / "bom.json"
    subprocess.run([sys.executable, ROOT / "tools/sbom.py", file], check=True, capture_output=True)
    bill: dict[str, Any] = json.loads(file.read_text())
    return bill


def test_it_names_every_locked_package_with_its_hashes(made: dict[str, Any]) -> None:
    lock = (ROOT / "requirements/runtime.txt").read_text()
    pins = set(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.MULTILINE))
    assert {(each["name"], each["version"]) for each in made["components"]} == pins
    hashes = [found["content"] for each in made["components"] for found in each["externalReferences"][0]["hashes"]]
    assert sorted(hashes) == sorted(re.findall(r"--hash=sha256:(\w+)", lock))


def test_it_is_a_bill_of_the_specification(made: dict[str, Any]) -> None:
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["serialNumber"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["metadata"]["timestamp"])
    refs = [made["metadata"]["component"]["bom-ref"], *(each["bom-ref"] for each in made["components"])]
    assert len(set(refs)) == len(refs)
    assert [each["ref"] for each in made["dependencies"]] == refs
    assert all(set(each["dependsOn"]) <= set(refs) for each in made["dependencies"])
    assert any("starlette" in ref for ref in made["dependencies"][0]["dependsOn"])
    assert sum("licenses" in each for each in made["components"]) > 20


def test_the_audit_says_what_it_could_not_look_for() -> None:
    for arguments, code in (((), 0), (("--required",), 1)):
        run = [sys.executable, ROOT / "tools/audit.py", *arguments]
        done = subprocess.run(run, capture_output=True, text=True, check=False, env={**os.environ, "PATH": ""})
        assert "known vulnerabilities were NOT looked for" in done.stdout
        assert done.returncode == code, done.stdout
