"""Why an action did not come to `pass`.

What enters: a message that names the thing. What leaves, where it is caught, is the outcome of the action.
"""

from __future__ import annotations


class Skipped(Exception):
    """It could not be done: not supported, or nothing to do it with. Never counts as passed."""


class Failed(Exception):
    """What an assertion says does not hold."""


class Broken(Exception):
    """It could not be judged: the script is wrong, or no answer came."""
