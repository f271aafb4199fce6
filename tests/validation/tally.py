"""What was seen: how many resources of each type, and who has what against how many of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.validation.witnesses import JSON, WITNESSES, model_class

_KINDS = 500
"""So many kinds of complaint are told apart; the rest counts as one."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?")


@dataclass(frozen=True, order=True)
class Complaint:
    """One kind of complaint: its text has no values in it, so that it is the same for many resources."""

    type_name: str
    witness: str
    place: str
    message: str


@dataclass
class Tally:
    """Counts; a Tally of one page is added to that of all."""

    resources: Counter[str] = field(default_factory=Counter)
    complaints: Counter[Complaint] = field(default_factory=Counter)
    examples: dict[Complaint, str] = field(default_factory=dict)
    """The first complaint of a kind in full, with the resource's name."""

    def see(self, resource: JSON) -> None:
        """Asks every witness about a resource."""
        name = str(resource.get("resourceType"))
        self.resources[name] += 1
        for witness, ask in WITNESSES.items():
            for place, message in ask(resource):
                self._note(Complaint(name, witness, place, _QUOTED.sub("…", message)), resource, message)

    def see_page(self, bundle: JSON) -> None:
        """Asks about each resource of a searchset, and about the searchset itself (ours alone: it is the one
        that looks at a Bundle and its entries together)."""
        for entry in bundle.get("entry", ()):
            self.see(entry["resource"])
        self.resources["Bundle (pages)"] += 1
        for place, message in WITNESSES["ours"](bundle):
            if not place.startswith("Bundle.entry.resource."):
                self._note(Complaint("Bundle", "ours", place, _QUOTED.sub("…", message)), bundle, message)

    def add(self, other: Tally) -> None:
        """Adds what another has seen."""
        self.resources += other.resources
        for kind, count in other.complaints.items():
            known = self._known(kind)
            self.complaints[known] += count
            self.examples.setdefault(known, other.examples[kind])

    def _note(self, kind: Complaint, resource: JSON, message: str) -> None:
        known = self._known(kind)
        self.complaints[known] += 1
        self.examples.setdefault(known, f"{kind.type_name}/{resource.get('id')}: {message}")

    def _known(self, kind: Complaint) -> Complaint:
        if kind in self.complaints or len(self.complaints) < _KINDS:
            return kind
        return Complaint(kind.type_name, kind.witness, "(more)", "more kinds of complaint than are told apart")

    @property
    def is_clean(self) -> bool:
        """Something was seen, and nobody has anything against it."""
        return bool(self.resources) and not self.complaints

    def lines(self) -> Iterator[str]:
        """The summary for people."""
        width = max((len(name) for name in self.resources), default=0)
        for name, count in sorted(self.resources.items()):
            unseen = "" if _has_model(name) else "  (models: fhir.resources R4B has no such type)"
            yield f"{name:<{width}} {count:>10,}  {self._bad(name):>8,} complaints{unseen}"
        for kind, count in sorted(self.complaints.items()):
            yield f"{count:>8,} x {kind.witness}: {kind.place}: {kind.message}   e.g. {self.examples[kind]}"

    def _bad(self, name: str) -> int:
        return sum(count for kind, count in self.complaints.items() if kind.type_name == name.split()[0])


def _has_model(name: str) -> bool:
    return " " in name or model_class(name) is not None
