"""Why a value is not there: the codes of data-absent-reason and their displays, as R4 publishes them.

https://hl7.org/fhir/R4/codesystem-data-absent-reason.html
"""

from __future__ import annotations

from typing import Any

SYSTEM = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

REASONS = {
    "unknown": "Unknown",
    "asked-unknown": "Asked But Unknown",
    "temp-unknown": "Temporarily Unknown",
    "not-asked": "Not Asked",
    "asked-declined": "Asked But Declined",
    "masked": "Masked",
    "not-applicable": "Not Applicable",
    "unsupported": "Unsupported",
    "as-text": "As Text",
    "error": "Error",
    "not-a-number": "Not a Number (NaN)",
    "negative-infinity": "Negative Infinity (NINF)",
    "positive-infinity": "Positive Infinity (PINF)",
    "not-performed": "Not Performed",
    "not-permitted": "Not Permitted",
}


def absent(reason: str) -> dict[str, Any]:
    """A value that is only a reason, or the object of a primitive: an extension stands where the value would.

    https://hl7.org/fhir/R4/extension-data-absent-reason.html
    """
    return {"extension": [{"url": EXTENSION, "valueCode": reason}]}
