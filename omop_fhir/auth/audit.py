"""What is recorded of every access to patient data, and of everything that changes who may have it.

Who, what, when and with which outcome enter; an `Event` leaves, as JSON that names resources by type and id and search
parameters by name. It never holds a value that was searched for, a name, a password, a token or anything of a resource.
Where an event goes to, the store says: to the table of this server's own schema, or else to the log.
https://hl7.org/fhir/R4/auditevent.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from time import time_ns
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from .grants import Caller

Kind: TypeAlias = Literal[
    "read", "vread", "search-type", "search-system", "search-compartment", "everything",
    "history-instance", "history-type", "history-system", "validate",
    "create", "update", "patch", "delete", "batch", "transaction", "request",
    "sign-in", "sign-out", "consent", "emergency",
    "launch", "code-replay", "token", "refresh", "refresh-replay", "assertion-replay", "introspect", "revoke",
    "client", "account", "role", "key-rotation",
    "audit-start", "audit-stop", "retention", "hold", "reconcile",
]  # fmt: skip
"""What was done or tried. `request`: something below the FHIR base that is no interaction, or was refused before it was known.

`token`, `refresh`: the first token of an authorization, and one for a refresh token, were given out or refused; `client`,
`account`, `role`: one was made, changed or disabled (`reason` says which).
"""

Outcome: TypeAlias = Literal["success", "refused", "failed"]
"""Done; refused, since the request was not right or not allowed; failed, since this server or its database could not."""

MOST_RESOURCES = 1000
"""Resources that one event names; of more, further events of the same request tell."""
_LONGEST = 200
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


class Occasion(NamedTuple):
    """The id of the request in which something happened, and the client's address; None: not known."""

    request: str | None = None
    address: str | None = None


NO_OCCASION = Occasion()


class Event(NamedTuple):
    """One thing that happened.

    `reason` is a code of ours or of OAuth's (`invalid_grant`, `wrong-password`, `disabled`, `404`), never words of a client's;
    `type` the resource type asked for; `resources` those returned or touched, as `Type/id`; `patients` the keys of the patients
    concerned; `parameters` the names of search parameters; `at` milliseconds since 1970, 0: when it is recorded.
    """

    kind: Kind
    caller: Caller
    outcome: Outcome = "success"
    reason: str | None = None
    type: str | None = None
    resources: tuple[str, ...] = ()
    patients: tuple[int, ...] = ()
    parameters: tuple[str, ...] = ()
    occasion: Occasion = NO_OCCASION
    at: int = 0

    def to_json(self, patient: Callable[[int], str] | None = None) -> list[dict[str, Any]]:
        """The event as it is kept, or where it names too many resources, several; `patient` gives the id of a key, else itself.

        What is not known is left out, and so is what is no name: neither ids nor names of parameters hold a space.
        """
        request, address = self.occasion
        found = {
            **_common(self.kind, self.caller, self.outcome, self.reason, self.type, self.parameters, address),
            "at": self.at or now(),
        }
        if request is not None:
            found["request"] = bounded(request)
        what = self.resources
        if self.patients:
            ids = self.patients if patient is None else map(patient, self.patients)
            what = (*what, *[f"Patient/{id}" for id in ids])
        if len(what) > 1:
            what = tuple(dict.fromkeys(what))
        if len(what) > MOST_RESOURCES:
            starts = range(0, len(what), MOST_RESOURCES)
            return [{**found, "what": " ".join(what[start : start + MOST_RESOURCES])} for start in starts]
        if what:
            found["what"] = " ".join(what)
        return [found]


def now() -> int:
    """Milliseconds since 1970."""
    return time_ns() // 1_000_000


@lru_cache(4096)
def _common(
    kind: Kind, caller: Caller, outcome: Outcome, reason: str | None, type: str | None, parameters: tuple[str, ...],
    address: str | None,
) -> dict[str, Any]:
    """What many events have in common.

    The reason of an emergency is told once, where the glass is broken; what follows says that it was.
    """
    found: dict[str, Any] = {"kind": kind, "outcome": outcome, "client": bounded(caller.client)}
    own = (("account", caller.account), ("user", caller.fhir_user), ("authorization", caller.authorization))
    for name, text in (*own, ("type", type), ("address", address)):
        if text is not None:
            found[name] = bounded(text)
    if caller.emergency:
        found["emergency"] = bounded(caller.emergency, 500) if kind == "emergency" else True
    if reason is not None:
        found["reason"] = reason if _CODE.fullmatch(reason) else "other"
    if parameters:
        found["parameters"] = " ".join(parameters)
    return found


def bounded(text: str, length: int = _LONGEST) -> str:
    """What may have been sent by anybody, in one short line."""
    text = text[:length]
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


class Audit(Protocol):
    """Where events go."""

    def record(self, event: Event) -> None:
        """Have the event written soon, within the window that docs/audit.md states. Neither waits nor raises."""

    def check(self) -> None:
        """Raises Unavailable where events cannot be kept just now, and nothing may therefore happen."""
