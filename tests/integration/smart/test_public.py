"""The server behind https and a path, as a hospital has it: cookies, links, and nothing of the demo."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.integration.http.conftest import Served, running

from .browser import Page
from .conftest import PASSWORD, SECRET, Smart


@pytest.fixture(scope="module")
def public(smart: Smart) -> Iterator[Served]:
    with running(
        smart.served.database, open=False, secret_key=SECRET, base_url="https://hospital.example/omop/fhir"
    ) as served:
        yield served


def at(served: Served, path: str, **options: object) -> httpx.Response:
    return served.http.get(f"{served.base.removesuffix('/fhir')}{path}", **options)  # type: ignore[arg-type]


def attributes(cookie: str) -> tuple[str, set[str]]:
    """The name of a cookie, and what is said of it."""
    name, *said = (part.strip() for part in cookie.split(";"))
    return name.partition("=")[0], {part.lower() for part in said}


def test_cookies_are_for_this_host_and_https_alone(public: Served) -> None:
    root = public.base.removesuffix("/fhir")
    page = at(public, "/auth/sign-in")
    mark = page.headers["set-cookie"]
    assert attributes(mark) == ("__Host-browser", {"httponly", "path=/", "samesite=lax", "secure"})
    form = Page(page).form("Sign in")
    assert form.action == "/omop/auth/sign-in"
    fields = {"flow": form.value("flow"), "login": "doctor", "password": PASSWORD}
    sent = {"cookie": mark.partition(";")[0], "origin": "https://hospital.example"}
    answer = httpx.post(f"{root}/auth/sign-in", data=fields, headers=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "https://hospital.example/omop/auth/account")
    assert attributes(answer.headers["set-cookie"]) == ("__Host-session", {"httponly", "path=/", "samesite=lax", "secure"})
    assert httpx.post(f"{root}/auth/sign-in", data=fields, headers=sent | {"origin": root}).status_code == 403


def test_pages_point_below_the_path_of_the_server(public: Served) -> None:
    text = at(public, "/auth/sign-in").text
    assert 'href="/omop/auth/style.css"' in text
    assert 'href="/auth/' not in text


def test_nothing_of_the_demo_is_there(public: Served, smart: Smart) -> None:
    for path in ("/app/", "/app/launch", "/app/smart.js", "/ehr"):
        assert at(public, path).status_code == 404
        assert at(smart.served, path).status_code == 200


def test_the_sample_app_runs_its_own_scripts_alone(smart: Smart) -> None:
    answer = at(smart.served, "/app/")
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert at(smart.served, "/app/smart.js").headers["content-type"] == "text/javascript; charset=utf-8"


def test_the_sample_app_moves_to_where_it_is_registered(smart: Smart) -> None:
    elsewhere = {"host": smart.root.removeprefix("http://").replace("127.0.0.1", "localhost")}
    for path in ("/app/", "/app/launch?iss=a&launch=b"):
        answer = at(smart.served, path, headers=elsewhere, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (307, f"{smart.root}{path}")
    assert at(smart.served, "/app/app.js", headers=elsewhere).status_code == 200
