"""A series of measurements of one thing: its median and its spread.

Two things are compared pairwise, round by round, so that a busy moment of the machine falls on both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True, slots=True)
class Sample:
    """Values in the order in which they were measured."""

    values: tuple[float, ...]

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """Lower quartile, median, upper quartile."""
        if len(self.values) == 1:
            return (self.values[0],) * 3
        low, middle, high = quantiles(self.values, n=4, method="inclusive")
        return low, middle, high

    @property
    def median(self) -> float:
        """The middle value."""
        return self.quartiles[1]

    def over(self, other: Sample) -> Sample:
        """Each value as a multiple of the other's value of the same round."""
        return Sample(tuple(a / b for a, b in zip(self.values, other.values, strict=True)))

    def shown(self, digits: int = 0) -> str:
        """`median (lower quartile to upper quartile)`."""
        low, middle, high = (f"{value:,.{digits}f}" for value in self.quartiles)
        return f"{middle} ({low} to {high})" if len(self.values) > 1 else middle


def sample(values: Sequence[float]) -> Sample:
    """The sample of a sequence. Raises ValueError for an empty one."""
    if not values:
        raise ValueError("nothing was measured")
    return Sample(tuple(values))
