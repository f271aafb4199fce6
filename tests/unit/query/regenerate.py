"""`python -m tests.unit.query.regenerate` writes the statements of all pairs anew, to be reviewed as a diff."""

from __future__ import annotations

from .case import cases, files

if __name__ == "__main__":
    for file in files():
        file.write_text("\n".join(case.text() for case in list(cases(file))), "utf-8")
