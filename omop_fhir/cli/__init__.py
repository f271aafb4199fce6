"""The command line: one file per command, and what several share. Errors are one line on the terminal, never a traceback.

Every option is also an environment variable, `OMOP_FHIR_` and its name.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from .. import __version__
from ..errors import Problem

COMMANDS = (
    "audit", "check", "client", "conformance", "coverage", "demo", "docs", "explain", "hold", "index", "keys", "load",
    "migrate", "reconcile", "retention", "role", "serve", "user",
)  # fmt: skip
"""Each lives in the module of its name, which is imported when it is asked for: a server needs none but its own."""


class Group(click.Group):
    """Finds the commands, and turns our own errors into one line and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"{__package__}.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Problem as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="omop-fhir")
def main() -> None:
    """HL7 FHIR R4 over an existing OMOP CDM database on PostgreSQL."""


if __name__ == "__main__":
    sys.exit(main())
