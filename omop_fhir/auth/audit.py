"""What is recorded of every access to patient data, and of everything that changes who may have it.

Who, what, when and with which outcome enter; an `Event` leaves, as JSON that names resources by type and id and search
parameters by name. It never holds a value that was searched for, a name, a password, a token or anything of a resource.
Where an event goes to, the store says: to the table of this server's own schema, or else to the log.
https://hl7.org/fhir/R4/auditevent.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from time import time_ns
from typing import Any, Literal, Protocol, TypeAlias

from .grants import Caller

Kind: TypeAlias = Literal[
    "read", "vread", "search-type", "search-system", "search-compartment", "everything",
    "history-instance", "history-type", "history-system", "validate",
    "create", "update", "patch", "delete", "batch", "transaction", "request",
    "sign-in", "sign-out", "account-locked", "consent", "emergency",
    "launch", "code", "code-replay", "token", "refresh", "refresh-replay", "assertion-replay", "introspect", "revoke",
    "client", "account", "role", "key-rotation",
    "audit-start", "audit-stop", "retention", "hold", "reconcile",
]  # fmt: skip
"""What was done or tried. `request`: something below the FHIR base that is no interaction, or was refused before it was known.

`code`, `token`, `refresh`: an authorization code, the first token of an authorization, and one for a refresh token, were given
out or refused; `client`, `account`, `role`: one was made, changed or disabled (`reason` says which).
"""

Outcome: TypeAlias = Literal["success", "refused", "failed"]
"""Done; refused, since the request was not right or not allowed; failed, since this server or its database could not."""

MOST_RESOURCES = 1000
"""Resources that one event names; of more, further events of the same request tell."""
_LONGEST = 200
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    `reason` is a code of ours or of OAuth's (`invalid_grant`, `wrong-password`, `disabled`, `404`), never words of a client's;
    `type` the resource type asked for; `resources` those returned or touched, and the patients concerned, as `Type/id`;
    `parameters` the names of search parameters; `request` the id of the request; `address` the client's, where it is known;
    `at` milliseconds since 1970.
    """

    kind: Kind
    caller: Caller
    outcome: Outcome = "success"
    reason: str | None = None
    type: str | None = None
    resources: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    request: str | None = None
    address: str | None = None
    at: int = field(default_factory=lambda: time_ns() // 1_000_000)

    def parts(self) -> Iterator[Event]:
        """The event, or where it names too many resources, several of it."""
        if len(self.resources) <= MOST_RESOURCES:
            yield self
            return
        for start in range(0, len(self.resources), MOST_RESOURCES):
            yield replace(self, resources=self.resources[start : start + MOST_RESOURCES])

    def to_json(self) -> dict[str, Any]:
        """The event as it is kept: what is not known is left out."""
        caller = self.caller
        found: Mapping[str, Any] = {
            "at": self.at,
            "kind": self.kind,
            "outcome": self.outcome,
            "reason": self.reason if self.reason is None or _CODE.fullmatch(self.reason) else "other",
            "client": _bounded(caller.client),
            "account": _bounded(caller.account),
            "user": _bounded(caller.fhir_user),
            "authorization": _bounded(caller.authorization),
            "emergency": self._emergency(),
            "type": self.type,
            "what": list(self.resources),
            "parameters": list(self.parameters),
            "request": self.request,
            "address": self.address,
        }
        return {name: value for name, value in found.items() if value}

    def _emergency(self) -> str | bool | None:
        """The reason is told once, where the glass is broken; what follows says that it was."""
        reason = self.caller.emergency
        return reason[:500] if reason and self.kind == "emergency" else bool(reason) or None


def _bounded(text: str | None) -> str | None:
    """What may have been sent by anybody, in one short line."""
    return None if text is None else "".join(c if c.isprintable() else " " for c in text[:_LONGEST])


class Audit(Protocol):
    """Where events go."""

    def record(self, event: Event) -> None:
        """Have the event written soon, within the window that docs/audit.md states. Neither waits nor raises."""

    def check(self) -> None:
        """Raises Unavailable where events cannot be kept just now, and nothing may therefore happen."""
