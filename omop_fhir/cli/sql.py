"""SQL laid out for reading: long lines are broken at commas, AND and OR, the outermost first.

Only white space outside quotes changes, so that what is shown can be run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

WIDTH = 110
_PIECE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()\[\]]|, |(?: AND | OR | LEFT JOIN | WHERE | ORDER BY )|.")


def formatted(sql: str, width: int = WIDTH) -> str:
    """The statement with lines of `width` characters where that is possible."""
    return "\n".join(line for text in sql.splitlines() for line in _lines(text, width))


def _lines(text: str, width: int) -> Iterator[str]:
    if len(text) <= width:
        yield text
        return
    pieces = list(_split(text))
    if len(pieces) == 1:
        yield text
        return
    indent = " " * (len(text) - len(text.lstrip()))
    current = pieces[0]
    for piece in pieces[1:]:
        if piece.startswith(("AND ", "OR ")) or len(current) + 1 + len(piece) > width:
            yield from _deeper(current, width)
            current = f"{indent}  {piece}"
        else:
            current += f" {piece}"
    yield from _deeper(current, width)


def _deeper(line: str, width: int) -> Iterator[str]:
    yield from _lines(line.rstrip(), width)


def _split(text: str) -> Iterator[str]:
    """The text cut at its outermost breaks; each piece begins with its AND or OR."""
    marks = list(_breaks(text))
    outermost = min((depth for _, _, depth in marks), default=0)
    start = 0
    for end, resume, depth in marks:
        if depth == outermost:
            yield text[start:end]
            start = resume
    yield text[start:]


def _breaks(text: str) -> Iterator[tuple[int, int, int]]:
    """(where a piece ends, where the next begins, how deep in parentheses) of every possible break."""
    depth = 0
    for match in _PIECE.finditer(text, len(text) - len(text.lstrip())):
        found = match[0]
        depth += (found in "([") - (found in ")]") if len(found) == 1 else 0
        if found == ", ":
            yield match.start() + 1, match.end(), depth
        elif len(found) > 2 and found[0] == " ":
            yield match.start(), match.start() + 1, depth


def plain(condition: str) -> str:
    """A condition with the quotes around plain names and the guard of impossible dates left out, to be read only."""
    unquoted = re.sub(r'"([a-z_][a-z0-9_]*)"', r"\1", condition)
    guarded = re.sub(r"CASE WHEN (\S+) >= '0001-01-01' AND \1 < '10000-01-01' THEN \1 END", r"\1", unquoted)
    return re.sub(r"\((\w+\.\w+)\)", r"\1", guarded)
