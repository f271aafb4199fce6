"""`omop-fhir conformance`: test any FHIR R4 server.

Its commands live in the modules of their names, which are imported when they are asked for: what they need is an
extra, and a server needs none of it.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import click

from ..errors import ConfigurationError

COMMANDS = ("claims", "run", "validate")
NEEDED = ("elementpath", "httpx", "joserfc", "jsonpath")


class Bench(click.Group):
    """Finds the commands of the bench. Raises ConfigurationError where the extra is not installed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        missing = [name for name in NEEDED if find_spec(name) is None]
        if missing:
            raise ConfigurationError(f"{', '.join(missing)} is not installed: pip install 'omop-fhir[conformance]'")
        command: click.Command = getattr(import_module(f"{__package__}.conformance_{cmd_name}"), cmd_name)
        return command


@click.group(cls=Bench, short_help="Test any FHIR R4 server: scripts, its claims, its data.")
def conformance() -> None:
    """Test a FHIR R4 server: TestScripts, what it claims, whether what it serves is valid."""
