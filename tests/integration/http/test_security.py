"""What surrounds the data: headers, origins, TLS, secrets out of files."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from omop_fhir.cli.options import SECRETS
from omop_fhir.config import Settings
from tests.fixtures.waiting import until

from .conftest import Served, refused, running
from .test_process import command, started
from .test_workers import children

SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


class TestHeaders:
    @pytest.mark.parametrize(
        "path", ["/fhir/Patient/1", "/fhir/Patient/0", "/fhir/metadata", "/health/live", "/nothing", "/metrics"]
    )
    def test_every_answer_is_safe_in_a_browser(self, served: Served, path: str) -> None:
        url = f"http://127.0.0.1:{served.port}{path}"
        for method in ("GET", "HEAD", "OPTIONS", "DELETE"):
            headers = httpx.request(method, url).headers
            assert {name: headers[name] for name in SAFE} == SAFE
            assert "cache-control" in headers
            assert "server" not in headers
            assert "strict-transport-security" not in headers
            assert all(len(headers.get_list(name)) == 1 for name in (*SAFE, "cache-control"))

    def test_a_page_says_for_itself_what_it_needs(self, served: Served) -> None:
        policy = httpx.get(f"http://127.0.0.1:{served.port}/").headers["content-security-policy"]
        assert "style-src" in policy
        assert "frame-ancestors 'none'" in policy

    def test_who_is_https_to_clients_says_so(self, served: Served) -> None:
        with running(served.database, base_url="https://fhir.example.org/fhir") as server:
            assert server.get("Patient/1").headers["strict-transport-security"] == "max-age=31536000"

    @pytest.mark.parametrize(
        ("origin", "allowed"),
        [
            ("http://localhost:3000", True),
            ("https://127.0.0.1", True),
            ("http://[::1]:8000", True),
            ("https://app.example.org", False),
            ("http://localhost.example.org", False),
            ("http://127.0.0.1.example.org", False),
            ("null", False),
        ],
    )
    def test_an_open_server_is_read_by_no_page_from_elsewhere(self, served: Served, origin: str, allowed: bool) -> None:
        with running(served.database, cors_origins=None) as server:
            for headers in ({}, {"access-control-request-method": "PUT"}):
                method = "OPTIONS" if headers else "GET"
                answer = server.http.request(method, "/Patient/1", headers={"origin": origin, **headers})
                assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)


class TestHosts:
    """A page may have its own name lead to this machine; what is read there is then of its own origin."""

    def status(self, served: Served, host: str, path: str = "fhir/Patient/1") -> int:
        return httpx.get(f"http://127.0.0.1:{served.port}/{path}", headers={"host": host}).status_code

    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST.:80", "127.0.0.1:1", "127.9.9.9", "[::1]:8080"])
    def test_an_open_server_answers_to_names_of_this_machine(self, served: Served, host: str) -> None:
        assert self.status(served, host) == 200

    @pytest.mark.parametrize(
        "host", ["evil.org", "localhost.evil.org", "127.0.0.1.evil.org", "192.0.2.1", "[2001:db8::1]", "a b"]
    )
    def test_and_to_no_other(self, served: Served, host: str) -> None:
        answer = httpx.get(f"{served.base}/Patient/1", headers={"host": host})
        assert "--allowed-hosts" in refused(answer, 421, "security")
        assert [self.status(served, host, path) for path in ("", "fhir", "metrics", "health/live")] == [421, 421, 421, 200]

    def test_but_to_those_of_its_base_url_and_those_that_are_allowed(self, served: Served) -> None:
        named = {"base_url": "https://fhir.example.org/fhir", "allowed_hosts": ("demo.example.org", "192.0.2.7")}
        with running(served.database, **named) as server:
            hosts = ("FHIR.example.org", "demo.example.org:8443", "192.0.2.7", "localhost", "other.example.org")
            assert [self.status(server, host) for host in hosts] == [200, 200, 200, 200, 421]

    def test_where_tokens_are_asked_for_any_name_will_do_but_for_the_metrics(self, served: Served, tmp_path: Path) -> None:
        (tmp_path / "tokens").write_text("x" * 40)
        with running(served.database, open=False, access_token_file=tmp_path / "tokens") as server:
            assert self.status(server, "evil.example.org") == 401
            told = [self.status(server, host, "metrics") for host in ("evil.example.org", "localhost", socket.gethostname())]
            assert told == [404, 200, 200]


def certificate(folder: Path, name: str) -> x509.Certificate:
    """A self-signed certificate for the loopback in `cert.pem`, its key in `key.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


class TestTls:
    def test_it_is_served_and_renewed(self, served: Served, tmp_path: Path) -> None:
        first = certificate(tmp_path, "first")
        tls = ("--tls-certificate", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"), "--workers", "2")
        with started("--database-url", served.database, "--cdm-schema", "cdm", *tls) as process:
            assert process.base.startswith("https://127.0.0.1:")
            trusted = ssl.create_default_context(cadata=first.public_bytes(serialization.Encoding.PEM).decode())
            answer = httpx.get(f"{process.base}/Patient/1", verify=trusted)
            assert answer.status_code == 200
            assert answer.headers["strict-transport-security"]
            port = httpx.URL(process.base).port or 0
            second = certificate(tmp_path, "second").public_bytes(serialization.Encoding.PEM).decode()
            before = children(process.popen.pid)
            process.popen.send_signal(signal.SIGHUP)
            until(lambda: len(children(process.popen.pid)) == 2 and not children(process.popen.pid) & before, 30)
            assert ssl.get_server_certificate(("127.0.0.1", port)) == second
            (tmp_path / "key.pem").write_text("nonsense")
            process.popen.send_signal(signal.SIGHUP)
            until(lambda: any("SIGHUP changes nothing: the TLS certificate" in line for line in process.said))
            assert ssl.get_server_certificate(("127.0.0.1", port)) == second
            assert process.stop() == 0

    def test_without_it_a_server_for_others_warns(self, served: Served, tmp_path: Path) -> None:
        (tmp_path / "tokens").write_text("x" * 40)
        run = ("--database-url", served.database, "--host", "0.0.0.0")
        enters = ("--access-token-file", str(tmp_path / "tokens"))
        for base, warns in ((), True), (("--base-url", "https://fhir.example.org/fhir"), False):
            with started(*run, *base, enters=enters) as process:
                _ = process.base
                assert any("cross the network in the clear" in line for line in process.said) is warns
                assert process.stop() == 0

    @pytest.mark.parametrize("content", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    def test_what_is_no_certificate_is_one_line(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "cert.pem").write_text(content)
        run = command("serve", "--open", "--database-url", "postgresql://x", "--tls-certificate", str(tmp_path / "cert.pem"))
        ended = subprocess.run(run, capture_output=True, text=True, timeout=30, check=False)
        assert ended.returncode == 1
        assert ended.stderr.startswith("Error: the TLS certificate and key do not serve: ")
        assert len(ended.stderr.splitlines()) == 1


class TestSecrets:
    def check(self, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OMOP_FHIR_")}
        run = command("check", "--cdm-schema", "cdm")
        return subprocess.run(run, capture_output=True, text=True, timeout=60, check=False, env=kept | environment)

    def test_they_come_out_of_files(self, served: Served, tmp_path: Path) -> None:
        (tmp_path / "url").write_text(f"{served.database}\n")
        ended = self.check(OMOP_FHIR_DATABASE_URL_FILE=str(tmp_path / "url"))
        assert "Patient" in ended.stdout, ended.stderr

    def test_one_that_is_not_there_or_given_twice_is_one_line_without_it(self, tmp_path: Path) -> None:
        ended = self.check(OMOP_FHIR_DATABASE_URL_FILE=str(tmp_path / "nothing"))
        said = "Error: the file that OMOP_FHIR_DATABASE_URL_FILE names cannot be read: No such file or directory"
        assert (ended.returncode, ended.stderr.splitlines()[-1]) == (2, said)
        (tmp_path / "url").write_text("postgresql://u:secret-marker@x/y")
        both = self.check(OMOP_FHIR_DATABASE_URL="secret-marker", OMOP_FHIR_DATABASE_URL_FILE=str(tmp_path / "url"))
        assert both.returncode == 2
        assert "are both given" in both.stderr
        assert "secret-marker" not in both.stderr + both.stdout

    def test_every_secret_of_the_settings_may_stand_in_a_file_and_is_not_shown(self) -> None:
        names = {field.name for field in fields(Settings)}
        secret = {field.name for field in fields(Settings) if not field.repr}
        assert secret == {"audit_key", "database_url", "redis_url", "secret_key"}
        for name in secret:
            assert f"--{name.replace('_', '-')}" in SECRETS or f"{name}_file" in names
        shown = repr(Settings(**dict.fromkeys(secret, "secret-marker")))
        assert "secret-marker" not in shown
