"""Settings: what the operator decides. Each is an option of the command line and `OMOP_FHIR_...` in the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a running server. Times are in seconds, sizes in bytes."""

    database_url: str = field(repr=False)
    """PostgreSQL connection URI, of one host or of a primary and its replicas; it may hold a password and is never shown."""
    cdm_schema: str = "public"
    vocabulary_schema: str | None = None
    """Schema of `concept` and its kin; None: the same as `cdm_schema`."""
    own_schema: str = "omop_fhir"
    """Schema of this server's own state; it is made by `omop-fhir migrate` and never the CDM's."""
    base_url: str | None = None
    """Public FHIR base (no trailing slash) for fullUrl, links and absolute references; None: http://HOST:PORT/fhir."""
    host: str = "127.0.0.1"
    port: int = 8080
    mappings: tuple[Path, ...] = ()
    """Folders of site override files, merged in order over the shipped mappings."""
    value_sets: tuple[Path, ...] = ()
    """Folders of FHIR ValueSets and ATLAS concept sets for `:in` and `:not-in`."""
    time_zone: ZoneInfo | None = None
    """IANA zone of all timestamps in the CDM; None: a datetime renders as a date."""
    open: bool = False
    """Serve without authorization: loopback only."""
    open_places: bool = False
    """Are the types outside every patient's compartment open to callers who are bound to some patients?"""
    sample_app: bool = False
    """Serve the sample app at /app/ and the EHR that opens it at /ehr: for the demo."""
    access_token_file: Path | None = None
    """File with one bearer token per line, each of at least 32 characters."""
    secret_key: str | None = field(default=None, repr=False)
    """Key for paging links and, where this server authorizes, for its signing keys; None: made at start, for paging links."""
    secret_key_file: Path | None = None
    """File that holds the secret key instead."""
    access_token_lifetime: float = 300.0
    session_lifetime: float = 28_800.0
    """How long somebody stays signed in in a browser."""
    offline_lifetime: float = 7_776_000.0
    """How long `offline_access` lasts."""
    issuer: str | None = None
    """URL of another authorization server, whose access tokens are believed."""
    audience: tuple[str, ...] = ()
    """What such a token must be for, one of these; empty: the FHIR base URL."""
    token_algorithms: tuple[str, ...] = ()
    """How it may be signed; empty: by all algorithms that prove something by a public key."""
    scope_claim: str = "scope"
    patient_claim: str = "patient"
    user_claim: str = "fhirUser"
    roles_claim: str | None = None
    """The claim that names a user's roles; None: tokens do not tell roles."""
    organization_claim: str | None = None
    scope_form: Literal["smart", "dotted"] = "smart"
    default_role: tuple[str, ...] = ()
    """Roles of a user whose token names none that is known."""
    roles_file: Path | None = None
    """The roles, as `auth/roles.toml` has them; None: these."""
    introspection_client: str | None = None
    """The client that this server is to the issuer; it is asked what a token says then."""
    introspection_secret_file: Path | None = None
    introspection_url: str | None = None
    """None: where the issuer's configuration says."""
    pool_size: int = 8
    statement_cache: Literal["auto", "on", "off"] = "auto"
    """Keep prepared statements? `auto`: unless a pooler loses them."""
    replica_lag: float = 10.0
    """Seconds that a replica may be behind the primary to be read from."""
    statement_timeout: float = 30.0
    refresh_interval: float = 10.0
    """How often the shape and release of the database are looked at again."""
    page_size: int = 50
    page_size_limit: int = 1000
    include_limit: int = 1000
    """Most resources that _include and _revinclude add to a page."""
    chain_limit: int = 5
    """Most steps of a chain."""
    link_limit: int = 20
    """Most steps of all chains and _has of one search together."""
    filter_limit: int = 30
    """Most parameters that filter of one search."""
    value_limit: int = 1000
    """Most alternatives of one search parameter, and half the most of all together."""
    sort_row_limit: int = 2_000_000
    """A table larger than this is sorted as a whole only along an index."""
    explain: bool = False
    """Answer `_explain=true` with the plan and the SQL of a search."""
    observation_period: Literal["off", "maintain"] = "off"
    """Have the observation periods of persons that came in through FHIR cover what is written about them?"""
    writable: Literal["own", "all"] = "own"
    """What may be changed: what came in through FHIR, or the rows of the database too, unless a mapping says otherwise."""
    read_only: bool = False
    """Refuse all writes, whatever the database would allow."""
    deduplicate: bool = False
    """Does a plain create give what has one of its identifiers already, unless a mapping says otherwise?"""
    delete_many: bool = False
    """May a conditional delete take away several resources at once?"""
    skip_unmapped: bool = False
    """Pass over the entries of a Bundle whose type no mapping keeps, instead of refusing the Bundle?"""
    check_references: bool = True
    """Refuse a resource that refers to what is not there? Without it such a reference is kept, and no row says it."""
    audit_key: str | None = field(default=None, repr=False)
    """Secret of the seals over the audit, of at least 32 characters; None: they are made without."""
    audit_interval: float = 1.0
    """How long events of what was read may wait until they are written: what is lost where the process is killed."""
    audit_queue: int = 20_000
    """Events that may wait while the database does not take them."""
    audit_overflow: Literal["refuse", "log"] = "refuse"
    """Once so many wait: answer nothing more, or have the log take them?"""
    bundle_limit: int = 104_857_600
    """Bytes of a Bundle that is posted."""
    url_limit: int = 16_384
    body_limit: int = 1_048_576
    concept_cache_size: int = 200_000
    redis_url: str | None = field(default=None, repr=False)
    cors_origins: tuple[str, ...] | None = None
    """Origins whose pages may read answers (`*`: all); None: all, and pages of this machine alone where the server is open."""
    allowed_hosts: tuple[str, ...] | None = None
    """Names in `Host` beside this machine's and the base URL's; None: all names, or none more where the server is open."""
    tls_certificate: Path | None = None
    """File of the certificate and its chain, in PEM."""
    tls_key: Path | None = None
    """File of its key, in PEM and without a password; None: it stands in the same file."""

    concurrency: int | None = None
    """How many requests a worker works on at once, and eight times as many reads by key; None: twice `pool_size`."""
    wait_limit: float = 2.0
    """How long a request may wait until it is worked on; who would wait longer is turned away at once."""
    request_timeout: float = 120.0
    """How long a request may take in all."""
    rate_limit: float | None = None
    """What a client may ask each second, in units of a read; 0: all it wants; None: 0 where the server is open, else 1000."""
    rate_burst: float = 10.0
    """For how many seconds' worth a client may ask at once."""
    connection_limit: int = 2000
    """Open HTTP connections of a worker."""
    header_limit: int = 32_768
    """Bytes of the head of a request, beside its URL."""
    head_timeout: float = 10.0
    """How long the head of a request may take to arrive."""
    body_timeout: float = 20.0
    """For how long nothing of a body may arrive."""
    send_timeout: float = 30.0
    """In which a client must take at least 16 KiB of an answer."""
    log_format: Literal["text", "json"] = "text"
    trace_endpoint: str | None = None
    """URL that takes traces by OTLP over HTTP (`http://collector:4318/v1/traces`); None: none are made."""
    trace_ratio: float = 0.1
    """Share of requests that are traced, of those that are not part of a trace already."""
    access_log: bool = False
    """Log a line for each request?"""
    metrics_port: int | None = None
    """A port on which `/metrics` is shown to everybody, and nothing else; None: on the server's own, to `metrics_allow`."""
    metrics_host: str | None = None
    """Address of `metrics_port`; None: the same as `host`."""
    metrics_allow: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks that may see `/metrics`."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose X-Forwarded-For is believed."""
    workers: int = 1
    """Processes that answer requests, each with pools and caches of its own."""
    drain_time: float = 0.0
    """After SIGTERM, how long the server still takes requests while it says that it is not ready."""
    stop_timeout: float = 30.0
    """How long requests that were begun may take when the server stops."""

    @property
    def vocabulary(self) -> str:
        """The schema that holds `concept`."""
        return self.vocabulary_schema or self.cdm_schema

    @property
    def local_base(self) -> str:
        """The FHIR base on this machine, whatever the public one is."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "http" if self.tls_certificate is None else "https"
        return f"{scheme}://{host}:{self.port}/fhir"
