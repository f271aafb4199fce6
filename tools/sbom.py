"""Write a software bill of materials out of the lock of what runs: CycloneDX 1.6, in JSON.

Usage: python tools/sbom.py [FILE]     (build/omop-fhir.cdx.json)

Enters: requirements/runtime.txt, whose hashes are those of all files that an index may give for a version, and what the installed
packages say of their licences and of what they need. Leaves: one component for each locked package; the time is that of the
lock's last commit (SOURCE_DATE_EPOCH, where it is set), so that the same lock gives the same bill.
https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import uuid
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements" / "runtime.txt"
_PIN = re.compile(
    r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?: *; *([^\\\n]+?))?((?:\s*\\?\n\s+--hash=sha256:[0-9a-f]{64})+)", re.MULTILINE
)


def components(lock: str) -> list[dict[str, Any]]:
    """One for each pin of a lock."""
    return [_component(*found.groups()) for found in _PIN.finditer(lock)]


def _component(name: str, version: str, marker: str | None, hashes: str) -> dict[str, Any]:
    purl = f"pkg:pypi/{_normal(name)}@{version}"
    made: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    digests = re.findall(r"sha256:([0-9a-f]{64})", hashes)
    made["externalReferences"] = [
        {
            "type": "distribution",
            "url": f"https://pypi.org/project/{_normal(name)}/{version}/",
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in digests],
        }
    ]
    if licence := _licence(name):
        made["licenses"] = [licence]
    if marker:
        made["properties"] = [{"name": "omop-fhir:marker", "value": marker.strip()}]
    return made


def _licence(name: str) -> dict[str, Any] | None:
    """What the installed package says, where it is installed."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return None
    expression = said.get("License-Expression")
    if expression:
        return {"expression": expression}
    named = said.get("License")
    return {"license": {"name": named.splitlines()[0][:200]}} if named and named.strip() else None


def bill(lock: str, project: dict[str, Any], timestamp: str) -> dict[str, Any]:
    """The whole bill."""
    found = components(lock)
    refs = {_normal(each["name"]): each["bom-ref"] for each in found}
    root = f"pkg:pypi/{project['name']}@{project['version']}"
    needs = [{"ref": root, "dependsOn": _needed(project["dependencies"], refs)}]
    needs += [{"ref": each["bom-ref"], "dependsOn": _needed(_requires(each["name"]), refs)} for each in found]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, root + lock)}",
        "version": 1,
        "metadata": {
            "timestamp": timestamp,
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": project["name"],
                "version": project["version"],
                "purl": root,
                "licenses": [{"expression": project["license"]}],
            },
        },
        "components": found,
        "dependencies": needs,
    }


def _requires(name: str) -> list[str]:
    try:
        return [each for each in requires(name) or () if "extra ==" not in each]
    except PackageNotFoundError:
        return []


def _needed(requirements: list[str], refs: dict[str, str]) -> list[str]:
    names = (re.match(r"[A-Za-z0-9._-]+", each) for each in requirements)
    return sorted({refs[_normal(name[0])] for name in names if name and _normal(name[0]) in refs})


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _timestamp() -> str:
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct", "--", str(LOCK)]
        given = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    seconds = int(given) if given else int(LOCK.stat().st_mtime)
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def main(file: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    made = bill(LOCK.read_text(), project, _timestamp())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(made, indent=2) + "\n")
    print(f"{len(made['components'])} components in {file}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "omop-fhir.cdx.json")
