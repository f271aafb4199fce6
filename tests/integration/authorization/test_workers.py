"""The whole of it as an operator has it: commands, then `serve` with two workers, and a service that asks both."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep, time
from uuid import uuid4

import httpx
import pytest
from click.testing import CliRunner
from joserfc import jwt

from omop_fhir.auth.assertion import TYPE
from omop_fhir.cli import main
from omop_fhir.store.authorization.address_throttle import FORGOTTEN, MOST
from omop_fhir.store.authorization.store import INTERVAL
from tests.fixtures.databases import create_database, database_url, drop_database
from tests.integration.http.test_process import Process, started

from .conftest import SECRET
from .server import JWKS, RSA


@pytest.fixture
def process(postgres_url: str, population: str, tmp_path: Path) -> Iterator[Process]:
    name = asyncio.run(create_database(postgres_url, template=population))
    url = database_url(postgres_url, name)
    (tmp_path / "jwks").write_text(json.dumps(JWKS))
    (tmp_path / "secret").write_text(SECRET)
    given = ["client", "add", "S", "--id", "service", "--kind", "key", "--scope", "system/*.rs", "--jwks", str(tmp_path / "jwks")]
    assert CliRunner().invoke(main, [*given, "--database-url", url]).exit_code == 0
    options = ("--database-url", url, "--cdm-schema", "cdm", "--workers", "2")
    with started(*options, enters=("--secret-key-file", str(tmp_path / "secret"))) as made:
        yield made
        made.stop()
    asyncio.run(drop_database(postgres_url, name))


def test_a_token_is_good_on_every_worker_and_so_is_its_end(process: Process) -> None:
    base = process.base
    issuer = base.removesuffix("/fhir")

    def proof() -> dict[str, str]:
        claims = {"iss": "service", "sub": "service", "aud": f"{issuer}/auth/token", "exp": int(time()) + 200,
                  "jti": uuid4().hex}  # fmt: skip
        signed = jwt.encode({"alg": "RS384", "kid": RSA.kid}, claims, RSA, algorithms=["RS384"])
        return {"client_assertion_type": TYPE, "client_assertion": signed}

    def statuses(token: str, number: int) -> set[int]:
        """Each request on a connection of its own, which any worker may take."""
        return {httpx.get(f"{base}/Patient/1", headers={"authorization": f"Bearer {token}"}).status_code for _ in range(number)}

    asked = {"grant_type": "client_credentials", "scope": "system/*.rs"}
    token = httpx.post(f"{issuer}/auth/token", data=asked | proof()).json()["access_token"]
    assert statuses(token, 20) == {200}
    assert httpx.post(f"{issuer}/auth/revoke", data={"token": token} | proof()).status_code == 200
    begun = monotonic()
    while 200 in statuses(token, 10):
        assert monotonic() - begun < INTERVAL + 3
        sleep(0.1)
    assert statuses(token, 20) == {401}


def test_failed_sign_ins_of_one_address_are_counted_for_all_workers(process: Process) -> None:
    root = process.base.removesuffix("/fhir")
    with httpx.Client(base_url=root, timeout=60) as browser:
        found = re.search(r'name="flow" value="([^"]+)"', browser.get("/auth/sign-in").text)
        assert found is not None
        cookies = {"cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}

    def guess(number: int) -> str:
        """Each on a connection of its own, which any worker may take."""
        form = {"flow": found[1], "login": f"nobody-{number}", "password": "no such password"}
        answer = httpx.post(f"{root}/auth/sign-in", data=form, headers=cookies, timeout=60)
        assert answer.status_code == (429 if "this address" in answer.text else 401)
        return answer.text

    begun = monotonic()
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(guess, range(2 * MOST)))
    refilled = (monotonic() - begun) / FORGOTTEN + 1
    tried = sum("the password is wrong" in text for text in told)
    assert MOST <= tried <= MOST + refilled
    assert tried + sum("Too many tries from this address" in text for text in told) == len(told)
