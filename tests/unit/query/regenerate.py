"""`python -m tests.unit.query.regenerate` writes the statements of all pairs anew, to be reviewed as a diff.

A new pair needs no more than its `-- GET` and `-- with` lines.
"""

from __future__ import annotations

from .case import file_text, files

if __name__ == "__main__":
    for file in files():
        file.write_text(file_text(file), "utf-8")
