"""Where the server stands between its start and its end: while it stops it says so to who asks, and still answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Lifecycle:
    """One worker's; it changes once."""

    is_stopping: bool = False
    """Was it told to stop? Then it is not ready for more, and answers what still comes, closing the connection."""
    connections: int = 0
    """Open HTTP connections, counted every second."""
