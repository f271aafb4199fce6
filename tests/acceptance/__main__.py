"""`python -m tests.acceptance [SECONDS]`: run it, print the table, write docs/acceptance.md. Exit code 1 where it went wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.stack import pgbouncer
from tests.stack import redis as redis_server

from .load import AGAIN, Load
from .report import kept, page, told
from .run import Acceptance
from .stack import lacking, running

PAGE = Path(__file__).parents[2] / "docs" / "acceptance.md"


def main() -> int:
    if (reason := lacking()) is not None:
        print(f"skipped: {reason}")
        return 0
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 6.0
    with running() as stack:
        versions = _versions(stack.primary.ask("SHOW server_version"))
        outcome = Acceptance(stack, Load(stack.base), seconds).run()
    print(f"{told(outcome)}\n{kept(outcome)}")
    PAGE.write_text(page(outcome, seconds, AGAIN, versions))
    return int(bool(outcome.lost or outcome.torn or outcome.defects or outcome.unseen or outcome.strange))


def _versions(postgres: str) -> dict[str, str]:
    bouncer = ".".join(map(str, pgbouncer.version(str(pgbouncer.any_program()))))
    said = subprocess.run([str(redis_server.program()), "--version"], capture_output=True, text=True, check=True).stdout
    return {"PostgreSQL": postgres, "PgBouncer": f"PgBouncer {bouncer}", "Redis": said.split("v=")[1].split()[0]}


if __name__ == "__main__":
    sys.exit(main())
