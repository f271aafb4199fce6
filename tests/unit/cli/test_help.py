"""`--help`: each command has a summary that is read whole on a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from omop_fhir.cli import main


def groups() -> Iterator[tuple[str, ...]]:
    """The words that lead to each command that has others below it."""
    yield ()
    context = click.Context(main)
    yield from ((name,) for name in main.list_commands(context) if isinstance(main.get_command(context, name), click.Group))


@pytest.mark.parametrize("words", list(groups()), ids=" ".join)
def test_every_command_has_one_line(words: tuple[str, ...]) -> None:
    said = CliRunner().invoke(main, [*words, "--help"], terminal_width=80).output
    lines = said.partition("Commands:\n")[2].splitlines()
    assert lines
    for line in lines:
        assert line[2:3].strip(), f"a summary is broken: {line}"
        assert line.endswith("."), line
        assert not line.endswith("..."), line
