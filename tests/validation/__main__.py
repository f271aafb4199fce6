"""`python -m tests.validation --base URL`: is everything that a running server serves valid R4?

Exit code 0: nobody has anything against anything; 1: somebody has; 2: the server cannot be walked.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

import httpx

from tests.validation.harness import examine
from tests.validation.walk import WalkError
from tests.validation.witnesses import SCHEMA_VARIABLE


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.schema:
        os.environ[SCHEMA_VARIABLE] = options.schema
    headers = {"Accept": "application/fhir+json"}
    if options.token:
        headers["Authorization"] = f"Bearer {options.token}"
    started = time.monotonic()
    try:
        with httpx.Client(base_url=options.base, headers=headers, timeout=120) as client:
            tally = examine(
                client,
                types=options.type,
                sample=options.sample,
                page_size=options.page_size,
                processes=options.processes,
            )
    except WalkError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(tally.lines()))
    print(f"{sum(tally.resources.values()):,} resources in {time.monotonic() - started:.1f} s")
    return 0 if tally.is_clean else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.validation", description=__doc__)
    parser.add_argument("--base", required=True, help="FHIR base URL, e.g. http://127.0.0.1:8080/fhir")
    parser.add_argument("--type", action="append", default=[], help="only this type (may be repeated)")
    parser.add_argument("--sample", type=int, help="only so many of each type")
    parser.add_argument("--page-size", type=int, default=250)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--token", help="bearer token")
    parser.add_argument("--schema", help="an untouched fhir.schema.json instead of the package's")
    return parser


if __name__ == "__main__":
    sys.exit(main())
