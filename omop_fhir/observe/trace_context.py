"""The place of a request in a trace that goes through several systems: W3C Trace Context, in and out.

A `traceparent` header enters; a malformed one is as none. What leaves is the same trace with an id of this server's own for its
part: in requests to other servers, and in `traceresponse` of the answer. `tracestate` is others' and is not passed on.
https://www.w3.org/TR/trace-context/, https://w3c.github.io/trace-context/#traceresponse-header
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from secrets import token_hex

from .observed_request import OBSERVED

_HEADER = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A trace and the part of it that a request is here; `parent` is the part that it was asked by, None for a new trace."""

    trace: str
    span: str
    flags: str
    parent: str | None = None

    def __str__(self) -> str:
        return f"00-{self.trace}-{self.span}-{self.flags}"


def received(header: bytes) -> TraceContext | None:
    """The context of a `traceparent` header.

    >>> context = received(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    >>> context.trace, context.parent, context.flags
    ('4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7', '01')
    >>> received(b"00-00000000000000000000000000000000-00f067aa0ba902b7-01")
    """
    found = _HEADER.fullmatch(header)
    if found is None:
        return None
    trace, parent, flags = (part.decode() for part in found.groups())
    return TraceContext(trace, token_hex(8), flags, parent)


def outgoing() -> dict[str, str]:
    """The header of a request to another server, on behalf of the request that is being answered."""
    observed = OBSERVED.get()
    return {} if observed is None or observed.trace is None else {"traceparent": str(observed.trace)}
