"""Concepts as render functions use them: their codings are JSON already."""

from __future__ import annotations

import orjson

from ..omop.concept import Concept


class RenderedConcept:
    """The codings of a concept as JSON, beside the few facts that codecs ask for.

    `coding` is the Coding, `chosen` the same with `userSelected`.
    """

    __slots__ = ("chosen", "code", "coding", "display", "domain")

    def __init__(self, concept: Concept) -> None:
        coding = concept.coding()
        # orjson's own buffers are far larger than what they hold: keep copies.
        self.coding = orjson.Fragment(b"%b" % orjson.dumps(coding))
        self.chosen = orjson.Fragment(b"%b" % orjson.dumps({**coding, "userSelected": True}))
        self.code = concept.code
        self.display = coding.get("display")
        self.domain = concept.domain
