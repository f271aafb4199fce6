"""`omop-fhir conformance claims`: a CapabilityStatement as tests; exit code 1 where something failed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from ..conformance.claims.derive import derive
from ..conformance.exchange import to_json
from ..conformance.run import Bench
from ..conformance.script import Script, parse_script
from ..errors import ConfigurationError
from .conformance_options import REPORTS, SERVER, servers
from .conformance_terminal import conclude
from .options import option, options


@click.command(short_help="Test what the CapabilityStatement claims, by values of the data.")
@options(SERVER, REPORTS)
@option("--sample", "How many resources of each type to take values from.", default=100, type=click.IntRange(1, 10_000))
@option(
    "--scripts",
    "Folder in which to keep the TestScripts that are derived.",
    type=click.Path(path_type=Path, file_okay=False),
)
def claims(
    reports: Path | None, everything: bool, strict: bool, sample: int, scripts: Path | None, **given: Any
) -> None:  # fmt: skip
    """Test what the CapabilityStatement claims, with values taken from the data, and that the rest is refused.

    Nothing is changed on the server.
    """
    with ExitStack() as stack:
        found = servers(stack, given)
        derived = [parse_script(resource) for resource in derive(found[0], sample)]
        if scripts is not None:
            _keep(derived, scripts)
        conclude(Bench(found), derived, reports, everything, strict)


def _keep(derived: Sequence[Script], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for script in derived:
            (folder / f"{script.resource['id']}.json").write_text(to_json(script.resource, indent=True), "utf-8")
    except OSError as error:
        raise ConfigurationError(f"the scripts cannot be written: {error}") from None
