"""What README.md shows is what happens: answers, commands, mappings and links."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import httpx
import pytest

from omop_fhir.app import create_app
from omop_fhir.cli import main
from omop_fhir.config import Settings
from omop_fhir.mapping.load import load
from omop_fhir.paths import mappings_directory
from omop_fhir.store.data.generate import generate_database
from tests.fixtures.databases import create_database, database_url, drop_database

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


CURLS = re.findall(r"^curl '(http://127\.0\.0\.1:8080[^']*)'$", README, re.M)


@pytest.fixture(scope="module")
def demo(postgres_url: str) -> Iterator[Settings]:
    """The settings of the demo, and its database."""
    name = asyncio.run(create_database(postgres_url))
    url = database_url(postgres_url, name)
    asyncio.run(generate_database(url, schema="cdm", persons=1000))
    yield Settings(url, cdm_schema="cdm", open=True, time_zone=ZoneInfo("UTC"))
    asyncio.run(drop_database(postgres_url, name))


def get(settings: Settings, *urls: str) -> list[Any]:
    """The JSON that a server with these settings answers to each URL."""

    async def answers() -> list[Any]:
        app = create_app(settings)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client,
        ):
            return [(await client.get(url)).json() for url in urls]

    return asyncio.run(answers())


def test_every_curl_answers_as_shown(demo: Settings) -> None:
    shown = [json.loads(text) for text in blocks("json")]
    assert len(shown) == len(CURLS) > 0
    for url, answer, real in zip(CURLS, shown, get(demo, *CURLS), strict=True):
        assert answer == real, f"README.md shows another answer for {url}"


def test_the_mappings_shown_can_be_used(demo: Settings, tmp_path: Path) -> None:
    override, whole = blocks("yaml")
    (tmp_path / "patient.yaml").write_text(override)
    (tmp_path / "observation.yaml").write_text(whole)
    assert len(load((mappings_directory(), tmp_path))) == len(load((mappings_directory(),))) + 1
    settings = replace(demo, mappings=(tmp_path,))
    patient, observations = get(settings, "/fhir/Patient/1", "/fhir/Observation?date=ge2000&_count=1")
    (identifier,) = patient["identifier"]
    assert (identifier["system"], identifier["type"]["coding"][0]["code"]) == ("urn:oid:2.16.840.1.113883.19.5", "MR")
    found = observations["entry"][0]["resource"]
    assert (found["resourceType"], found["status"]) == ("Observation", "unknown")
    assert "observation" not in {Path(name).stem for name in mappings_directory().glob("*.yaml")}


def commands() -> list[list[str]]:
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith("omop-fhir ")]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_shown_is_understood(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMOP_FHIR_DATABASE_URL", "postgresql://reader@db.example.org/omop")
    command = main.get_command(click.Context(main), words[1])
    assert command is not None
    command.make_context(words[1], words[2:])


def options_of(command: click.Command) -> set[str]:
    """Its own, and of a group those of its commands."""
    own = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    return own.union(*map(options_of, commands_of(command).values()))


def commands_of(group: click.Command) -> dict[str, click.Command]:
    context = click.Context(group)
    named = group.list_commands(context) if isinstance(group, click.Group) else ()
    return {name: found for name in named if (found := group.get_command(context, name))}  # type: ignore[attr-defined]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_is_named_exists_with_its_options(document: Path) -> None:
    text = document.read_text(encoding="utf-8").replace("\\\n", " ")
    for said in re.findall(r"(?:^ {4}|^|[`$] ?|&& )omop-fhir ([^`\n]*)", text, re.M):
        words = said.partition(" #")[0].partition(" && ")[0].split()
        command: click.Command = main
        while words and (found := commands_of(command).get(words[0])):
            command = found
            words.pop(0)
        assert not commands_of(command) or not words or words[0].startswith("-"), said
        flags = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert flags <= options_of(command) | {"--help"}, said


@pytest.mark.parametrize("document", [ROOT / "README.md", ROOT / "docs/operations.md"], ids=lambda path: path.name)
def test_every_option_named_exists(document: Path) -> None:
    others = {"--write-recovery-conf", "--roles-only"}  # of PostgreSQL's programs
    named = set(re.findall(r"`(--[a-z-]+)", document.read_text(encoding="utf-8"))) - others
    assert named
    assert named <= options_of(main)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(((?!https?://)[^)#]+)", document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_page_stands_in_the_list_of_pages() -> None:
    docs = ROOT / "docs"
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (docs / "README.md").read_text(encoding="utf-8")))
    assert listed | {"README.md"} == {page.name for page in docs.glob("*.md")}


def anchors(document: Path) -> set[str]:
    """The anchors of a document, those of its headings as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)"', text))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_anchor_is_there(document: Path) -> None:
    links = re.findall(r"\]\(((?!https?://)[^)#]*)#([^)]+)\)", document.read_text(encoding="utf-8"))
    assert [link for link in links if link[1] not in anchors(document.parent / link[0] if link[0] else document)] == []


def test_the_resources_named_are_those_that_are_mapped() -> None:
    named = re.search(r"^\| resources \| (.*) \|$", README, re.M)
    assert named
    assert set(re.findall(r"\[(\w+)\]", named[1])) == {m.resource for m in load((mappings_directory(),))}
