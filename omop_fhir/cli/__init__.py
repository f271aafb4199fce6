"""The command line: one file per command. Errors are one line on the terminal, never a traceback.

Every option is also an environment variable, `OMOP_FHIR_` and its name.
"""

from __future__ import annotations

import sys

import click

from .. import __version__
from ..errors import Problem
from .check import check
from .coverage import coverage
from .demo import demo
from .docs import docs
from .explain import explain
from .load import load
from .serve import serve


class Group(click.Group):
    """Turns our own errors into one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Problem as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="omop-fhir")
def main() -> None:
    """HL7 FHIR R4 over an existing OMOP CDM database on PostgreSQL."""


for command in (demo, serve, load, check, coverage, explain, docs):
    main.add_command(command)

if __name__ == "__main__":
    sys.exit(main())
