"""Text that came over the wire, as XML and FHIR strings can hold it.

What enters: any text. What leaves: the text without characters that XML 1.0 (§2.2) and FHIR's string do not allow.
"""

from __future__ import annotations

import re

_NOT_ALLOWED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """The text with a replacement character for each that is not allowed."""
    return _NOT_ALLOWED.sub("\ufffd", text)
