"""The tables in the package are those that the script makes of the published definitions."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SPEC = Path(os.environ.get("OMOP_FHIR_SHARED", ROOT.parent / "shared")) / "spec"


def test_tables_are_reproducible(tmp_path: Path) -> None:
    if not (SPEC / "r4").is_dir():
        pytest.skip("the R4 definitions are not at hand")
    guide = SPEC / "us_core_610.tgz"
    command = [sys.executable, ROOT / "tools" / "make_r4.py", SPEC / "r4", "--package", guide, "--out", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    packaged = resources.files("omop_fhir.fhir") / "r4"
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.name for path in packaged.iterdir())
    for name in made:
        assert _content(tmp_path.joinpath(name).read_bytes(), name) == _content((packaged / name).read_bytes(), name)


def _content(data: bytes, name: str) -> bytes:
    """Of a packed file what is in it: zlib versions pack differently."""
    return gzip.decompress(data) if name.endswith(".gz") else data
