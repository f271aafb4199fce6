"""The shapes of what a caller may have been granted, and the worlds that look alike to each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from omop_fhir.auth.grants import ALL_LETTERS, ALL_TYPES, READING, Grants, Letter, Pairs, Permission

from .population import CODE_SYSTEM, CODED, PLACES, Keeps, Thing

_MIXED = ("Patient", "Condition")
WORLDS: Mapping[str, Keeps] = {
    "own": lambda thing: thing.owner == "1",
    "made": lambda thing: thing.owner == "made",
    "conditions": lambda thing: thing.type == "Condition" and thing.owner == "1",
    "coded": lambda thing: thing.type == "Condition" and thing.owner == "1" and thing.coded,
    "all-coded": lambda thing: thing.type == "Condition" and thing.coded,
    "patients": lambda thing: thing.type == "Patient",
    "mixed": lambda thing: thing.type == "Patient" or (thing.type == "Condition" and thing.owner == "1"),
    "practitioners": lambda thing: thing.type == "Practitioner" or (thing.owner == "1" and thing.type in _MIXED),
    "asserters": lambda thing: thing.type == "Condition" or (thing.owner == "1" and thing.type == "Practitioner"),
    "places": lambda thing: thing.owner == "1" or thing.type in PLACES,
}
"""World -> what of it is as in the first world; all else differs."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Grants, by the key of the Patient `made`; and the world in which nothing that they cover differs."""

    name: str
    of: Callable[[int], tuple[Permission, ...]]
    world: str
    opens_places: bool = False
    writes: bool = False

    nothing: bool = False
    """Do the grants cover nothing? Then any world will do."""

    def __str__(self) -> str:
        return self.name

    @property
    def covers(self) -> Keeps:
        """What the grants cover, by reading or by searching."""
        return (lambda thing: False) if self.nothing else WORLDS[self.world]

    def grants(self, made: int) -> Grants:
        """What the caller holds."""
        return Grants(self.name, self.of(made), self.opens_places)

    def allows(self, type: str, letter: Letter) -> bool:
        """May the type be read (`r`) or searched (`s`) at all?"""
        return any(letter in each.letters and each.type in (ALL_TYPES, type) for each in self.of(0))

    def sees(self, thing: Thing, letter: Letter) -> bool:
        """Does the caller see it, by reading or by searching?"""
        return self.allows(thing.type, letter) and self.covers(thing)


def _fixed(*permissions: Permission) -> Callable[[int], tuple[Permission, ...]]:
    return lambda made: permissions


def _one(type: str = ALL_TYPES, letters: str | frozenset[Letter] = READING, among: Pairs = (), **more: object) -> Permission:
    return Permission(type, frozenset(letters), among=among, **more)  # type: ignore[arg-type]


_OWN_SITE: Pairs = (("organization", "1"),)
_OWN_PATIENTS: Pairs = (("general-practitioner", "Practitioner/1"),)
_CODE: Pairs = (("code", f"{CODE_SYSTEM}|c{CODED}"),)

SHAPES = (
    Shape("patient/*.rs", _fixed(_one(patient=1)), "own"),
    Shape("patient/*.rs, created here", lambda made: (_one(patient=made),), "made"),
    Shape("patient/*.rs, places open", _fixed(_one(patient=1)), "places", opens_places=True),
    Shape("patient/Condition.rs", _fixed(_one("Condition", patient=1)), "conditions"),
    Shape("patient/Condition.rs?code", _fixed(_one("Condition", patient=1, query=_CODE)), "coded"),
    Shape("user/*.rs, own care site", _fixed(_one(among=_OWN_SITE)), "own"),
    Shape("user/*.rs, own patients", _fixed(_one(among=_OWN_PATIENTS)), "own"),
    Shape("user/*.rs, own compartment", _fixed(_one(among=(("_id", "1"),))), "own"),
    Shape("user/*.rs, by a chain", _fixed(_one(among=(("_has:Condition:patient:code", "x"),))), "coded", nothing=True),
    Shape("user/Patient.rs", _fixed(_one("Patient")), "patients"),
    Shape("user/Patient.r", _fixed(_one("Patient", "r")), "patients"),
    Shape("patient/*.r", _fixed(_one(letters="r", patient=1)), "own"),
    Shape("patient/*.s", _fixed(_one(letters="s", patient=1)), "own"),
    Shape("patient/Patient.rs patient/Condition.rs user/Practitioner.rs",
          _fixed(_one("Patient", patient=1), _one("Condition", patient=1), _one("Practitioner")), "practitioners"),
    Shape("user/Condition.rs patient/Practitioner.rs", _fixed(_one("Condition"), _one("Practitioner", patient=1)), "asserters"),
    Shape("system/Condition.rs?code", _fixed(_one("Condition", query=_CODE)), "all-coded"),
    Shape("patient/Condition.rs user/Patient.rs", _fixed(_one("Condition", patient=1), _one("Patient")), "mixed"),
    Shape("user/*.rs, own care site and own patients", _fixed(_one(among=_OWN_SITE), _one(among=_OWN_PATIENTS)), "own"),
    Shape("user/*.rs, own care site, places open", _fixed(_one(among=_OWN_SITE)), "places", opens_places=True),
    Shape("none", _fixed(), "coded", nothing=True),
    Shape("patient/*.cruds", _fixed(_one(letters=ALL_LETTERS, patient=1)), "own", writes=True),
    Shape("user/*.cruds, own care site", _fixed(_one(letters=ALL_LETTERS, among=_OWN_SITE)), "own", writes=True),
    Shape("patient/*.rs user/Condition.cruds, own patients",
          _fixed(_one(patient=1), _one("Condition", ALL_LETTERS, _OWN_PATIENTS)), "own", writes=True),
)  # fmt: skip


def readers() -> Iterator[Shape]:
    """The shapes that write nothing."""
    yield from (shape for shape in SHAPES if not shape.writes)


def writers() -> Iterator[Shape]:
    """The shapes that write, which all see the same."""
    yield from (shape for shape in SHAPES if shape.writes)
