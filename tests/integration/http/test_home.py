"""The page for people, and its style."""

from __future__ import annotations

import re

import httpx

from .conftest import Serve, Served


def at(served: Served, path: str) -> httpx.Response:
    return served.http.get(f"{served.base.removesuffix('/fhir')}{path}")


def test_it_says_what_is_served(served: Served) -> None:
    answer = at(served, "/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert served.base in answer.text
    assert f'<a href="{served.base}/Patient?_count=10&amp;_pretty=true">Patient</a>' in answer.text
    assert "birthdate" in answer.text


def test_nothing_runs_in_it_and_nobody_frames_it(served: Served) -> None:
    answer = at(served, "/")
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", answer.text)


def test_its_style_is_found_below_the_path_of_the_server(serve: Serve) -> None:
    with_path = serve(base_url="https://hospital.example/omop/fhir")
    assert '<link rel="stylesheet" href="/omop/auth/style.css">' in at(with_path, "/").text


def test_the_style_for_apps_is_that_of_the_pages(served: Served) -> None:
    style, sheet = at(served, "/auth/style.json").json(), at(served, "/auth/style.css").text
    root = sheet[sheet.index(":root") : sheet.index("}")]
    for name in ("background", "text", "highlight", "error", "success"):
        assert f"--{name}: {style[f'color_{name}']};" in root
    assert f"--radius: {style['dim_border_radius']};" in root


def test_it_says_so_where_the_database_is_away(serve: Serve) -> None:
    answer = at(serve(database="postgresql://nobody@127.0.0.1:9/x"), "/")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
