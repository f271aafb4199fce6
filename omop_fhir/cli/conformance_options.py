"""Options that the commands of the bench share, and what they make: servers and profiles."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from ..conformance.client import Server
from ..conformance.credentials import Credentials, read_key
from ..conformance.profiles.library import Library
from ..conformance.profiles.package import read_package
from .options import Seconds, option

SERVER = (
    option("--base", "FHIR base URL; given several times, of the destinations 1, 2, ...", multiple=True, required=True),
    option("--token", "Bearer token. Prefer the environment."),
    option("--client", "Client id, to get a token by client credentials."),
    option("--client-secret", "Secret of the client. Prefer the environment."),
    option(
        "--client-key",
        "File with the client's private key, a JWK, instead of a secret.",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
    ),
    option("--scope", "Scopes that the client asks for.", default="system/*.rs"),
    option("--timeout", "Seconds that an answer may take.", default=30.0, type=Seconds()),
)
PACKAGES = (
    option(
        "--package",
        "Package of profiles (.tgz or folder); may be given several times.",
        multiple=True,
        type=click.Path(path_type=Path, exists=True),
    ),
)
REPORTS = (
    option(
        "--reports",
        "Folder for index.html, junit.xml and the TestReports.",
        type=click.Path(path_type=Path, file_okay=False),
    ),
    click.option("--all", "everything", is_flag=True, help="Also list what passed."),
    click.option("--strict", is_flag=True, help="Exit code 1 for warnings too."),
)


def servers(stack: ExitStack, given: dict[str, Any]) -> list[Server]:
    """The servers of `--base`, closed with the stack. Raises ConfigurationError."""
    key = read_key(given["client_key"]) if given["client_key"] else None
    credentials = Credentials(given["token"], given["client"], given["client_secret"], key, given["scope"])
    return [stack.enter_context(Server(base, credentials, given["timeout"])) for base in given["base"]]


def library(packages: Sequence[Path]) -> Library:
    """The profiles of `--package`. Raises Invalid."""
    return Library(*(read_package(place) for place in packages))
