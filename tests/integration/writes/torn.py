"""`omop-fhir` with a tear planted in it: it commits documents before the entries by which they are found.

So a server that is killed between the two leaves half a transaction, which no server should. The torture is run against this
one too, and must say so: a test that has never been seen to fail shows nothing.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from omop_fhir.cli import main
from omop_fhir.store.writing.documents import Documents, Version

_keep = Documents.keep


async def _keep_and_commit(self: Documents, versions: Sequence[Version]) -> None:
    """What `keep` does; then the transaction ends, another begins, and there is time to be killed."""
    await _keep(self, versions)
    if versions:
        await self._connection.execute("COMMIT")
        await self._connection.execute("BEGIN")
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    Documents.keep = _keep_and_commit  # type: ignore[method-assign]
    sys.exit(main())
