"""Launch contexts: what was open in the EHR when it started an app. Each is taken once, by the client it was made for.

https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ...auth.secret import digest, new_secret
from ..own_database import OwnDatabase

LIFETIME = 300
"""Seconds within which the app must come back with the handle."""

_CREATE = """
INSERT INTO {schema}.launch (hash, client, account, patient, encounter, need_patient_banner, intent, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, current_timestamp + make_interval(secs => $8))
"""
_TAKE = """
UPDATE {schema}.launch SET used_at = current_timestamp
WHERE hash = $1 AND client = $2 AND used_at IS NULL AND expires_at > current_timestamp
RETURNING client, account, patient, encounter, need_patient_banner, intent
"""
_LOOK = """
SELECT client, account, patient, encounter, need_patient_banner, intent FROM {schema}.launch
WHERE hash = $1 AND client = $2 AND used_at IS NULL AND expires_at > current_timestamp
"""


@dataclass(frozen=True, slots=True)
class Launch:
    """For which client, which account (None: whoever signs in), and what was open: ids of a Patient and an Encounter."""

    client: str
    account: UUID | None = None
    patient: str | None = None
    encounter: str | None = None
    need_patient_banner: bool = True
    intent: str | None = None

    def is_for(self, account: UUID) -> bool:
        """May this account go on with it?"""
        return self.account in (None, account)


class Launches:
    """The launches that wait for their app."""

    def __init__(self, database: OwnDatabase) -> None:
        self._database = database

    async def create(self, launch: Launch) -> str:
        """The handle that the EHR gives the app as `launch`."""
        handle = new_secret()
        await self._database.fetch(
            _CREATE, digest(handle), launch.client, launch.account, launch.patient, launch.encounter,
            launch.need_patient_banner, launch.intent, float(LIFETIME),
        )  # fmt: skip
        return handle

    async def look(self, handle: str, client: str) -> Launch | None:
        """The launch of a handle, still to be taken."""
        record = await self._database.first(_LOOK, digest(handle), client)
        return Launch(*record) if record else None

    async def take(self, handle: str, client: str) -> Launch | None:
        """The launch of a handle, which is spent by that; None where it is, too old, or for another client."""
        record = await self._database.first(_TAKE, digest(handle), client)
        return Launch(*record) if record else None
