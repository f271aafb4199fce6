"""Look at what is locked: is it pinned by hash, is it what is installed, is a vulnerability known of it.

Usage: python tools/audit.py [--required]

The first two need nothing. The third is asked of the index's advisories by pip-audit, which is not part of this project's own
environment (`pipx install pip-audit`). Where it is not there or cannot ask, that is said, and is a failure with `--required`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from sbom import LOCK, components


def main(required: bool) -> int:
    text = LOCK.read_text()
    found = components(text)
    pins = [line for line in text.splitlines() if line[:1].isalnum()]
    if len(found) != len(pins):
        print(f"{len(pins) - len(found)} of {len(pins)} lines of {LOCK.name} are not pinned by version and hash")
        return 1
    print(f"{len(found)} packages are pinned by version and hash")
    others = [text for each in found if (text := _differs(each["name"], each["version"]))]
    for each in others:
        print(each)
    return max(bool(others), _vulnerabilities(required))


def _differs(name: str, locked: str) -> str | None:
    try:
        installed = version(name)
    except PackageNotFoundError:
        return None  # not for this system
    return None if installed == locked else f"{name} {installed} is installed, {locked} is locked"


def _vulnerabilities(required: bool) -> int:
    program = shutil.which("pip-audit")
    if program is None:
        print("known vulnerabilities were NOT looked for: pip-audit is not installed (pipx install pip-audit)")
        return int(required)
    command = [program, "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--requirement", str(LOCK)]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main("--required" in sys.argv[1:]))
