"""Options that commands share, and the `Settings` that they make."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from ..config import Settings
from ..errors import why_unread

F = TypeVar("F", bound=Callable[..., Any])

DEFAULTS = Settings(database_url="")


SECRETS = ("--audit-key", "--client-secret", "--database-url", "--redis-url")
"""Options that a file may hold: its name is in the variable with `_FILE` behind it. (`--secret-key` has an option for that.)"""


class Secret(click.Option):
    """An option whose variable may be replaced by that of a file, as secrets are handed to containers."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        value = super().resolve_envvar_value(ctx)
        file = os.environ.get(f"{self.envvar}_FILE")
        if not file:
            return value
        if value is not None:
            raise click.UsageError(f"{self.envvar} and {self.envvar}_FILE are both given: which one?", ctx)
        try:
            return Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            message = f"the file that {self.envvar}_FILE names cannot be read: {why_unread(error)}"
            raise click.UsageError(message, ctx) from None


def option(name: str, help: str, *, setting: str | None = None, **arguments: Any) -> Callable[[F], F]:
    """A click option that is also an environment variable and shows its default; `setting` where that has another name."""
    variable = "OMOP_FHIR_" + name.partition("/")[0].strip("-").upper().replace("-", "_")
    names = (name,) if setting is None else (name, setting)
    kind = Secret if name in SECRETS else click.Option
    told = bool(arguments.get("required"))  # whoever forgets it reads of the variable too
    return click.option(*names, help=help, envvar=variable, show_envvar=told, show_default=True, cls=kind, **arguments)


class Zone(click.ParamType[ZoneInfo]):
    """An IANA time zone, such as Europe/Berlin."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        try:
            return value if isinstance(value, ZoneInfo) else ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            self.fail(f"{value!r} is not an IANA time zone, such as Europe/Berlin", param, ctx)


class Seconds(click.ParamType[float]):
    """A time of more than nothing and less than for ever."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            seconds = float(value)
        except ValueError:
            seconds = 0.0
        if not 0.01 <= seconds <= 86_400:
            self.fail(f"{value!r} is not a number of seconds from 0.01 to 86400", param, ctx)
        return seconds


DATABASE = (
    option("--database-url", "PostgreSQL connection URI of the OMOP database; with several hosts, replicas are read from.",
           required=True),
    option("--cdm-schema", "Schema of the CDM tables.", default=DEFAULTS.cdm_schema),
    option("--vocabulary-schema", "Schema of `concept` and its kin; the CDM's if not given."),
)
OWN_SCHEMA = (option("--own-schema", "Schema of this server's own state.", default=DEFAULTS.own_schema),)
OWN_DATABASE = (
    option("--database-url", "PostgreSQL connection URI of the database that holds the schema.", required=True), *OWN_SCHEMA
)  # fmt: skip
"""Of commands that look at nothing but that state."""
MAPPINGS = (
    option(
        "--mappings",
        "Folder of site mapping files, laid over the shipped ones; may be given several times.",
        multiple=True,
        type=click.Path(path_type=Path, exists=True, file_okay=False),
    ),
)
SITE = (
    *MAPPINGS,
    option(
        "--value-sets",
        "Folder of FHIR ValueSets and ATLAS concept sets, for `:in` and `:not-in`; may be given several times.",
        multiple=True,
        type=click.Path(path_type=Path, exists=True, file_okay=False),
    ),
    option("--time-zone", "IANA zone of the timestamps in the CDM; without it they render as dates.", type=Zone()),
)
WRITES = (
    option("--observation-period", "Whether observation_period of persons that were created here follows what is written.",
           type=click.Choice(["off", "maintain"]), default=DEFAULTS.observation_period),
    option("--writable", "Whether only what was created here may be changed and deleted, or the rows of the database too.",
           type=click.Choice(["own", "all"]), default=DEFAULTS.writable),
    option("--read-only", "Refuse all writes.", is_flag=True, default=False),
    option("--deduplicate", "Let a plain create give what has one of its identifiers already.", is_flag=True, default=False),
    option("--skip-unmapped", "Pass over the entries of a Bundle whose type no mapping keeps, instead of refusing the Bundle.",
           is_flag=True, default=False),
    option("--delete-many", "Let a conditional delete take away several resources.", is_flag=True, default=False),
)
SERVER = (
    option("--host", "Address to listen on.", default=DEFAULTS.host),
    option("--port", "Port to listen on.", default=DEFAULTS.port, type=click.IntRange(0, 65535)),
    option("--base-url", "Public FHIR base URL; http://HOST:PORT/fhir if not given."),
    option("--open", "Serve without authorization, on loopback only.", is_flag=True, default=False),
    option(
        "--access-token-file",
        "File of bearer tokens that may read everything, one a line.",
        type=click.Path(path_type=Path, dir_okay=False),
    ),
    option("--secret-key-file", "File with the secret key of this server's own authorization server.",
           type=click.Path(path_type=Path, dir_okay=False)),
    option("--secret-key", "The secret key itself; with --open or a token file only that of paging links. Prefer a file."),
    option("--open-places", "Show all Locations, Organizations and Practitioners to callers who are bound to some patients.",
           is_flag=True, default=False),
    option("--access-token-lifetime", "Seconds that an access token is good for.", default=DEFAULTS.access_token_lifetime,
           type=click.FloatRange(30, 3600)),
    option("--session-lifetime", "Seconds that somebody stays signed in.", default=DEFAULTS.session_lifetime,
           type=click.FloatRange(60, 604_800)),
    option("--offline-lifetime", "Seconds that offline_access lasts.", default=DEFAULTS.offline_lifetime,
           type=click.FloatRange(60, 63_072_000)),
    option("--pool-size", "Database connections of a worker.", default=DEFAULTS.pool_size, type=click.IntRange(2, 200)),
    option("--statement-cache", "Whether prepared statements are kept; auto: unless a pooler loses them.",
           type=click.Choice(["auto", "on", "off"]), default=DEFAULTS.statement_cache),
    option("--replica-lag", "Seconds that a replica may be behind the primary to be read from.", default=DEFAULTS.replica_lag,
           type=click.FloatRange(0, 300)),
    option(
        "--statement-timeout",
        "Seconds that a statement may take.",
        default=DEFAULTS.statement_timeout,
        type=Seconds(),
    ),
    option(
        "--refresh-interval",
        "Seconds between looks at the database's shape.",
        default=DEFAULTS.refresh_interval,
        type=Seconds(),
    ),
    option("--redis-url", "Redis in which workers share concepts, budgets, word of writes and of revocations; not needed."),
    option("--page-size", "Resources a page, without _count.", default=DEFAULTS.page_size, type=click.IntRange(1)),
    option("--page-size-limit", "Most resources a page.", default=DEFAULTS.page_size_limit, type=click.IntRange(1)),
    option("--include-limit", "Most resources that _include and _revinclude add to a page.", default=DEFAULTS.include_limit,
           type=click.IntRange(0)),
    option("--chain-limit", "Most steps of a chain.", default=DEFAULTS.chain_limit, type=click.IntRange(0, 20)),
    option("--link-limit", "Most steps of all chains and _has of one search together.", default=DEFAULTS.link_limit,
           type=click.IntRange(0)),
    option("--filter-limit", "Most parameters that filter of one search.", default=DEFAULTS.filter_limit, type=click.IntRange(1)),
    option("--value-limit", "Most values of one search parameter.", default=DEFAULTS.value_limit, type=click.IntRange(1)),
    option("--sort-row-limit", "Rows above which a whole table is sorted only along an index.",
           default=DEFAULTS.sort_row_limit, type=click.IntRange(0)),
    option("--url-limit", "Longest URL, in characters.", default=DEFAULTS.url_limit, type=click.IntRange(256)),
    option("--body-limit", "Longest body, in bytes.", default=DEFAULTS.body_limit, type=click.IntRange(256)),
    option("--reference-check/--no-reference-check", "Refuse what refers to something that is not there.",
           setting="check_references", default=DEFAULTS.check_references),
    option("--audit-key", "Secret of the seals over the audit, of 32 characters or more. Prefer the environment."),
    option("--audit-interval", "Seconds that events of what was read may wait until they are written.",
           default=DEFAULTS.audit_interval, type=Seconds()),
    option("--audit-queue", "Events that may wait while the database does not take them.", default=DEFAULTS.audit_queue,
           type=click.IntRange(1000)),
    option("--audit-overflow", "Once so many wait: refuse to answer, or write them to the log.",
           type=click.Choice(["refuse", "log"]), default=DEFAULTS.audit_overflow),
    option("--explain", "Answer _explain=true with mapping, SQL and plan of a search.", is_flag=True, default=False),
)


def options(*groups: tuple[Callable[[Any], Any], ...]) -> Callable[[F], F]:
    """Put the options of the groups on a command, in their order."""

    def decorate(function: F) -> F:
        for group in reversed(groups):
            for each in reversed(group):
                function = each(function)
        return function

    return decorate


def settings(given: dict[str, Any]) -> Settings:
    """The settings that options make; what was not given keeps its default."""
    return Settings(**{name: value for name, value in given.items() if value is not None})
