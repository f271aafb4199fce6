"""Looks at the certificate and the key of TLS before anything begins."""

from __future__ import annotations

import ssl

from ..config import Settings
from ..errors import ConfigurationError


def check_tls(settings: Settings) -> None:
    """Raises ConfigurationError for a certificate or key that cannot be used."""
    if settings.tls_certificate is None:
        if settings.tls_key is not None:
            raise ConfigurationError("--tls-key needs --tls-certificate")
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_certificate, settings.tls_key, password="")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the TLS certificate and key do not serve: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or "they cannot be read"
