"""kill -9 of the server and of PostgreSQL amid a stream of transactions.

Briefly in `make test`; `make torture` takes OMOP_FHIR_TORTURE_SECONDS, and a seed that it names where it fails.
"""

from __future__ import annotations

import os
import sys
from random import Random, randrange

import pytest

from .torture import Torture, running

SECONDS = float(os.environ.get("OMOP_FHIR_TORTURE_SECONDS", "4"))


@pytest.mark.skipif(sys.platform != "linux", reason="the processes of PostgreSQL are found by Linux's ps")
def test_each_transaction_is_there_as_a_whole_or_not_at_all() -> None:
    seed = int(os.environ.get("OMOP_FHIR_TORTURE_SEED", randrange(10**6)))
    print(f"seed {seed}")
    with running() as (database, process):
        torture = Torture(database, process, Random(seed))
        torture.run(SECONDS)
    print(f"{torture.sent} transactions, {len(torture.unsure)} without an answer, killed {dict(torture.kills)}")
    assert torture.acknowledged == set(range(torture.sent))
