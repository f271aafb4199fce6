"""The terminal as the commands that report use it."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Column, Table

UNBOUNDED = 400
"""Columns where the output is no terminal: a pipe has no width, and a line stays a line."""


def console() -> Console:
    """Standard output; colours only on a terminal, no line broken elsewhere."""
    width = None if sys.stdout.isatty() else UNBOUNDED
    return Console(width=width, highlight=False, markup=False, soft_wrap=True)


def listing(*columns: str) -> Table:
    """A table that breaks long words in a narrow terminal, where they would be cut: ids and URIs are there to be copied."""
    return Table(*(Column(name, overflow="fold") for name in columns))
