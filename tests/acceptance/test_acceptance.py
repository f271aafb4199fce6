"""The stack, each part of which is killed in turn: briefly here, at length by `make acceptance`."""

from __future__ import annotations

import pytest

from .load import Load
from .report import told
from .run import Acceptance
from .stack import lacking, running


def test_nothing_that_was_acknowledged_is_lost_whatever_dies() -> None:
    if (reason := lacking()) is not None:
        pytest.skip(reason)
    with running() as stack:
        outcome = Acceptance(stack, Load(stack.base), seconds=2).run()
        said = stack.log.read_text()
    print(told(outcome), said[-4000:], sep="\n")
    assert outcome.acknowledged > 0
    assert (outcome.lost, outcome.torn, outcome.defects, outcome.unseen, outcome.strange) == ([], [], [], [], [])
    last = outcome.phases[-1]
    assert all(200 <= each.status < 300 for each in last.answers if each.at > last.answers[-1].at - 1)
