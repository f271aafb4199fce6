"""A Patient resource as a line that people recognise somebody by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PatientLine:
    """Who a patient is, in words; empty: not known."""

    id: str
    name: str
    sex: str
    birth_date: str
    identifier: str
    deceased: bool


def patient_line(patient: Mapping[str, Any]) -> PatientLine:
    """A Patient resource in words."""
    return PatientLine(
        id=patient["id"],
        name=_name(patient.get("name", ())) or f"Patient {patient['id']}",
        sex=patient.get("gender", "") if patient.get("gender") != "unknown" else "",
        birth_date=patient.get("birthDate", ""),
        identifier=next((each["value"] for each in patient.get("identifier", ()) if "value" in each), ""),
        deceased="deceasedDateTime" in patient or patient.get("deceasedBoolean") is True,
    )


def _name(names: Iterable[Mapping[str, Any]]) -> str:
    """The official name before others, as it is said."""
    known = sorted((each for each in names if {"text", "family", "given"} & set(each)), key=lambda n: n.get("use") != "official")
    if not known:
        return ""
    said: str = known[0].get("text") or " ".join((*known[0].get("given", ()), known[0].get("family", ""))).strip()
    return said
