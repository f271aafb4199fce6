"""Launch an app at a demo that authorizes, as somebody with a password would in a browser without scripts.

Enters: the base URL, a login with its password, scopes. Leaves: the token answer. The pages are those of docs/smart.md; the app
is the demo's own, which proves itself by PKCE. https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from html.parser import HTMLParser
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx

CLIENT = "sample-app"


def launch(base: str, login: str, password: str, scope: str) -> dict[str, Any]:
    """The token answer. Raises SystemExit where a page is not what it must be."""
    with httpx.Client(timeout=30) as http:
        conf = http.get(f"{base}/.well-known/smart-configuration").json()
        back, verifier = f"{base.removesuffix('/fhir')}/app/", token_urlsafe(48)
        asked = {
            "response_type": "code", "client_id": CLIENT, "redirect_uri": back, "scope": scope, "state": token_urlsafe(8),
            "aud": base, "code_challenge": _challenge(verifier), "code_challenge_method": "S256",
        }  # fmt: skip
        page = _followed(http, http.get(f"{conf['authorization_endpoint']}?{urlencode(asked)}"), back)
        page = _pressed(http, page, back, "Sign in", login=login, password=password)
        page = _pressed(http, page, back, "Allow")
        form = {
            "grant_type": "authorization_code", "code": parse_qs(urlsplit(str(page.url)).query)["code"][0],
            "redirect_uri": back, "client_id": CLIENT, "code_verifier": verifier,
        }  # fmt: skip
        answer = http.post(conf["token_endpoint"], data=form)
        if answer.status_code != httpx.codes.OK:
            raise SystemExit(f"no token for {login}: {answer.status_code} {answer.text}")
        told: dict[str, Any] = answer.json()
        return told


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def _followed(http: httpx.Client, answer: httpx.Response, back: str) -> httpx.Response:
    """Where an answer leads: a page, or the app."""
    while answer.is_redirect:
        answer = http.get(urljoin(str(answer.url), answer.headers["location"]))
        if str(answer.url).startswith(back):
            break
    return answer


def _pressed(http: httpx.Client, page: httpx.Response, back: str, button: str, **given: str) -> httpx.Response:
    """Fill in the form that has the button, and press it."""
    reader = _Forms()
    reader.feed(page.text)
    form = next((each for each in reader.forms if button in each.buttons), None)
    if form is None:
        raise SystemExit(f"{page.url} has no button {button!r}: {page.text[:500]}")
    name, value = form.buttons[button]
    fields = [pair for pair in form.fields if pair[0] not in given] + list(given.items()) + ([(name, value)] if name else [])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return _followed(http, http.post(urljoin(str(page.url), form.action), content=urlencode(fields), headers=headers), back)


class _Form:
    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: list[tuple[str, str]] = []
        self.buttons: dict[str, tuple[str, str]] = {}


class _Forms(HTMLParser):
    """The forms of a page: fields with their values, buttons by their words."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self._button: tuple[str, str] | None = None
        self._words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(given.get("action", "")))
        elif tag == "button":
            self._button, self._words = (given.get("name", ""), given.get("value", "")), ""
        elif tag == "input" and self.forms and (given.get("type") != "checkbox" or "checked" in given):
            self.forms[-1].fields.append((given.get("name", ""), given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button is not None and self.forms:
            self.forms[-1].buttons[" ".join(self._words.split())] = self._button
            self._button = None

    def handle_data(self, data: str) -> None:
        self._words += data
