"""`python -m tests.integration.writes.score`: how much of what is sent comes back, and the report docs/round-trip.md.

The made-up patients of tests/fixtures/synthea, what the server itself shows of a CDM, and, where they are there, the official
examples of R4 are written to a fresh database. Each resource is read as a client reads it, and rendered from its OMOP rows as
if no document were kept.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from omop_fhir.fhir.json import loads
from omop_fhir.mapping.documents import source_number
from omop_fhir.store.embedded import EmbeddedPostgres
from omop_fhir.validate.incoming import errors, validate_write

from .comparison import rewritten
from .server import BASE, Server, serving
from .test_round_trip import BUNDLES, EXAMPLES, official

JSON = dict[str, Any]
Fields = Counter[tuple[str, str]]
REPORT = Path(__file__).parents[3] / "docs" / "round-trip.md"
_ORDER = ("Organization", "Location", "Practitioner", "Patient", "Encounter", "Condition", "Procedure", "MedicationStatement")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_INTRODUCTION = """# Round trips

Written by `python -m tests.integration.writes.score`. A field is one value of a resource as it was sent (each code, each line of
an address), with its path; id, version, time and the key
as an identifier are the server's own and not counted. *With the document*: the
fields that a client reads back, equal to the last digit. *From the rows alone*: the fields that the mapping renders from the OMOP
rows as if no document were kept: the same path (places within lists aside) and the same value, where a time may be told in
another zone, and a reference by the key of what it leads to. The database has the small vocabulary of generated data, so codes
that it lacks come back from source values at best; a resource without a row (its status is not for rows, say, or a reference
leads nowhere) has all its fields lost there. *Rows of a CDM, shown and sent back* is what the server renders of rows that an ETL
made, sent to it as if it were somebody else's: what is lost there has no column, or its concept is not one to be written.
"""


def fields(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and value of everything that a resource says."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from fields(item, f"{path}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from fields(item, path)
    elif value is not None:
        yield path, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    return f"{type(value).__name__} {value}" if isinstance(value, bool | int | Decimal) else str(value)


def counted(resource: JSON) -> Fields:
    """The fields that count: not those that are the server's own, such as identifiers that are keys of rows."""
    resource = resource | {"identifier": [each for each in resource.get("identifier", ()) if not _is_key(each)]}
    own = {"versionId", "lastUpdated"}
    meta = {name: item for name, item in resource.get("meta", {}).items() if name not in own}
    rest = {name: item for name, item in resource.items() if name not in ("resourceType", "id", "meta")}
    return Counter(fields(rest | {"meta": meta}))


def _is_key(identifier: JSON) -> bool:
    return str(identifier.get("system")).startswith(f"{BASE}/identifier/")


class Score:
    """Counts by data set and type."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    def add(self, origin: str, sent: JSON, place: str) -> None:
        """Count one resource that stands at a place now."""
        wanted = counted(sent)
        back, rows = counted(self._server.json("GET", place)), counted(self._from_rows(place))
        sums = self.sums[origin, sent["resourceType"]]
        sums["resources"] += 1
        sums["fields"] += wanted.total()
        sums["document"] += (wanted & back).total()
        sums["rows"] += (wanted & rows).total()
        sums["without"] += not rows

    def _from_rows(self, place: str) -> JSON:
        type, id = place.split("/")
        record = self._server.row("SELECT source, key FROM omop_fhir.document WHERE type = $1 AND id = $2", type, id)
        facade, run = self._server.facade, self._server.runner.run
        snapshot = run(facade.snapshot())
        bound = next(
            b for b in snapshot.bounds[type] if b.twin is None and source_number(b.mapping.name) == record["source"]
        )
        return rewritten(run(facade.as_rendered(snapshot, bound, record["key"])), self._ids())

    def _ids(self) -> dict[str, str]:
        """A row knows what it refers to by its key; a client may have given it another id."""
        records = self._server.rows("SELECT type, key, id FROM omop_fhir.document WHERE id <> key::text")
        return {f"{each['type']}/{each['key']}": f"{each['type']}/{each['id']}" for each in records}


def patients(server: Server, score: Score) -> None:
    """The made-up patients."""
    for path in BUNDLES:
        bundle = loads(gzip.decompress(path.read_bytes()))
        answer = server.json("POST", "", bundle)
        urls = [done["response"]["location"].split("/")[-4:-2] for done in answer["entry"]]
        places = {entry["fullUrl"]: "/".join(url) for entry, url in zip(bundle["entry"], urls, strict=True)}
        for entry in bundle["entry"]:
            score.add("made-up patients", rewritten(entry["resource"], places), places[entry["fullUrl"]])


def shown(server: Server, score: Score) -> None:
    """What the server shows of rows that it did not write, sent back as somebody else's."""
    pages = (server.json("GET", f"{type}?_count=1000") for type in _ORDER)
    found = [entry["resource"] for page in pages for entry in page.get("entry", ())]
    names = {_place(each): f"urn:uuid:{uuid4()}" for each in found}
    entries = [
        {"fullUrl": names[_place(each)], "resource": rewritten(_unversioned(each), names),
         "request": {"method": "POST", "url": each["resourceType"]}}
        for each in found
    ]  # fmt: skip
    answer = server.json("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    places = ["/".join(done["response"]["location"].split("/")[-4:-2]) for done in answer["entry"]]
    now = dict(zip(names, places, strict=True))
    for resource, place in zip(found, places, strict=True):
        score.add("rows of a CDM, shown and sent back", rewritten(_unversioned(resource), now), place)


def _place(resource: JSON) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _unversioned(resource: JSON) -> JSON:
    """Without what the server says of a row's version."""
    return {name: value for name, value in resource.items() if name not in ("id", "meta")}


def examples(server: Server, score: Score) -> None:
    """The official examples, those first that others refer to."""
    found = [loads(path.read_bytes()) for path in official()]
    places: dict[str, str] = {}
    for resource in sorted(found, key=lambda each: _ORDER.index(each["resourceType"])):
        if errors(validate_write(resource)):
            continue
        sent, type, own = rewritten(resource, places), resource["resourceType"], f"{resource['resourceType']}/{resource['id']}"
        answer = server.ask("POST", type, sent) if resource["id"].isdigit() else server.ask("PUT", own, sent)
        assert answer.status_code == 201, (own, answer.text)
        places[own] = f"{type}/{answer.json()['id']}"
        score.add("official examples of R4", sent, places[own])


def report(score: Score) -> str:
    """The page."""
    head = "| | type | resources | fields | with the document | from the rows alone | without a row |"
    lines = [head, "|---" * 7 + "|"]
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for (origin, type), sums in sorted(score.sums.items()):
        lines.append(_line(origin, type, sums))
        totals[origin] += sums
    lines += [_line(origin, "**all**", sums) for origin, sums in totals.items()]
    return "\n".join((_INTRODUCTION, *lines, ""))


def _line(origin: str, type: str, sums: Counter[str]) -> str:
    shares = [f"{sums[name] / sums['fields']:.1%}" for name in ("document", "rows")]
    return f"| {origin} | {type} | {sums['resources']} | {sums['fields']} | {' | '.join(shares)} | {sums['without']} |"


def main() -> None:
    """Write, read, count, report."""
    with EmbeddedPostgres.start() as postgres, serving(postgres.url, check_references=False) as server:
        score = Score(server)
        shown(server, score)
        patients(server, score)
        if EXAMPLES.is_dir():
            examples(server, score)
    text = report(score)
    print(text)
    REPORT.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
