"""FHIRPath compiled by fhirpathpy: the only door to it, and to the parser beneath it.

An expression enters (http://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpath.html), a function over nodes of R4 resources
leaves. Rejected with ValueError: an expression that is not right, of which fhirpathpy would leave out what it does not understand
and answer another question. Loading the library takes a while: import this where it is needed, not at start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from antlr4 import CommonTokenStream, InputStream, Token
from antlr4.error.ErrorListener import ErrorListener
from fhirpathpy import compile
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models
from fhirpathpy.parser.generated.FHIRPathLexer import FHIRPathLexer
from fhirpathpy.parser.generated.FHIRPathParser import FHIRPathParser

_R4 = models["r4"]


def compiled(expression: str) -> Callable[..., list[Any]]:
    """The function of an expression: a value (or `node`) and its context -> the values found. Raises ValueError.

    Compiling takes milliseconds: callers keep as many as they may.
    """
    _refuse_malformed(expression)
    return compile(expression, _R4)


def node(value: Any, path: str) -> Any:
    """A value that stands at a path of R4 (`Patient.name`), as `compiled` takes it where it is no whole resource."""
    return ResourceNode.create_node(value, path)  # type: ignore[no-untyped-call]


def _refuse_malformed(expression: str) -> None:
    lexer = FHIRPathLexer(InputStream(expression))
    lexer.removeErrorListeners()
    problems = _Problems()
    lexer.addErrorListener(problems)
    tokens = CommonTokenStream(lexer)
    parser = FHIRPathParser(tokens)
    parser.removeErrorListeners()
    parser.addErrorListener(problems)
    parser.expression()
    token = tokens.LT(1)
    if token is not None and token.type != Token.EOF:
        raise ValueError(f"{token.text!r} is not expected")


class _Problems(ErrorListener):
    """Ends the parser at the first error."""

    def syntaxError(self, recognizer: Any, symbol: Any, line: int, column: int, text: str, error: Any) -> None:
        raise ValueError(f"at character {column + 1}: {text.partition(' expecting ')[0]}")
