"""Codecs: each knows the columns it reads, how a row renders, how a value goes back, how a search finds it."""

from . import address, birth, code, combine, concept, datetime, extension, identifier, reference, status, string
from .base import CODECS, Codec, Loss, Projection, References, Terminology
from .combine import Backbone, Guarded
from .writer import Put, Writer

__all__ = [
    "CODECS", "Backbone", "Codec", "Guarded", "Loss", "Projection", "Put", "References", "Terminology", "Writer",
    "address", "birth", "code", "combine", "concept", "datetime", "extension", "identifier", "reference",
    "status", "string",
]  # fmt: skip
