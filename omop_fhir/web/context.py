"""What every interaction works with: settings, the database, who may enter, paging links, the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..auth.access import Access
from ..auth.audit import Audit
from ..config import Settings
from ..observe.access_log import AccessLog
from ..observe.metrics import Metrics
from ..observe.tracing import Tracing
from ..request.page import PageSealer
from ..store.audit.log import AuditLog
from ..store.facade import Facade
from .addresses import Addresses
from .admission import Admission
from .hosts import Hosts
from .lifecycle import Lifecycle


@dataclass(frozen=True, slots=True)
class Context:
    """Wired once, at start."""

    settings: Settings
    base: str
    """Public FHIR base URL, without trailing slash."""
    facade: Facade
    access: Access
    sealer: PageSealer
    audit: Audit = field(default_factory=AuditLog)
    addresses: Addresses = field(kw_only=True)
    hosts: Hosts = field(kw_only=True)
    admission: Admission = field(kw_only=True)
    types: frozenset[str] = frozenset()
    """The resource types that are mapped."""
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing | None = None
    access_log: AccessLog | None = None
    """None: requests are not logged."""
    smart: Mapping[str, Any] | None = None
    """The SMART configuration, where somebody authorizes."""
