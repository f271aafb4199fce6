"""`omop-fhir conformance run`: TestScripts against a server; exit code 1 where something failed."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from ..conformance.collect import collect
from ..conformance.run import Bench
from ..conformance.shelf import Shelf
from ..errors import Invalid
from ..paths import suite_directory
from .conformance_options import PACKAGES, REPORTS, SERVER, library, servers
from .conformance_terminal import conclude
from .options import option, options


@click.command(short_help="Run TestScripts: your own, or those that come with omop-fhir.")
@click.argument("places", nargs=-1, type=click.Path(path_type=Path, exists=True))
@options(SERVER, PACKAGES, REPORTS)
@option(
    "--fixtures",
    "Folder with the resources of fixtures; may be given several times.",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
@option("--variable", "NAME=VALUE of a script's variable; may be given several times.", multiple=True)
@click.option("--keep-going", is_flag=True, help="Try the assertions behind a failed one too.")
def run(
    places: tuple[Path, ...], package: tuple[Path, ...], reports: Path | None, everything: bool, strict: bool,
    fixtures: tuple[Path, ...], variable: tuple[str, ...], keep_going: bool, **given: Any,
) -> None:  # fmt: skip
    """Run TestScripts: files or folders of JSON and XML, without any the suite that comes with omop-fhir."""
    scripts = collect(places or [suite_directory()])
    variables = dict(_assigned(text) for text in variable)
    with ExitStack() as stack:
        bench = Bench(servers(stack, given), Shelf(*fixtures), library(package), variables, keep_going)
        conclude(bench, scripts, reports, everything, strict)


def _assigned(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise Invalid(f"--variable {text!r} is not NAME=VALUE")
    return name, value
