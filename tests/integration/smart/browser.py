"""A browser without scripts: it keeps cookies, follows redirects within the server, fills in forms, and says where it ended.

So the pages are tested as they work without JavaScript, and a test can look at, or forge, whatever is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx

Pairs = list[tuple[str, str]]


@dataclass
class FormOf:
    """A form as it stands on a page: where it goes, what it holds, its buttons by their text."""

    action: str
    method: str
    fields: Pairs = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return dict(self.fields)[name]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormOf] = []
        self.words: list[str] = []
        self._button: tuple[str, str] | None = None
        self._said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(FormOf(given["action"], given.get("method", "get")))
        elif tag == "button":
            self._button, self._said = (given.get("name", ""), given.get("value", "")), []
        elif tag == "option" and "app" not in dict(self.forms[-1].fields):
            self.forms[-1].fields.append(("app", given["value"]))
        elif tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.forms[-1].fields.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button is not None:
            self.forms[-1].buttons[" ".join("".join(self._said).split())] = self._button
            self._button = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        self._said.append(data if data.strip() else " ")


class Page:
    """What the browser shows: an answer, its words and its forms."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.html = answer.text
        reader = _Reader()
        reader.feed(answer.text)
        self.forms = reader.forms
        self.text = " ".join("".join(reader.words).split())

    def form(self, button: str) -> FormOf:
        """The form that has a button which begins with this text."""
        return next(form for form in self.forms if any(text.startswith(button) for text in form.buttons))

    def buttons(self) -> list[str]:
        """All buttons, by their text."""
        return [text for form in self.forms for text in form.buttons]


@dataclass
class Left:
    """The browser was sent out of the server: to an app."""

    url: str

    @property
    def query(self) -> dict[str, str]:
        pairs = parse_qsl(urlsplit(self.url).query, keep_blank_values=True)
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)


class Browser:
    """One person's browser, at the server whose root is `root`."""

    def __init__(self, root: str, **given: Any) -> None:
        self.root = root
        self.http = httpx.Client(base_url=root, timeout=30, **given)

    def open(self, url: str) -> Page | Left:
        """Follow a link or an address."""
        return self.follow(self.http.get(url))

    def see(self, url: str) -> Page:
        """Open what must be a page."""
        page = self.open(url)
        assert isinstance(page, Page), page
        return page

    def follow(self, answer: httpx.Response) -> Page | Left:
        """Where an answer leads."""
        while answer.is_redirect:
            url = urljoin(str(answer.url), answer.headers["location"])
            path = urlsplit(url).path
            if not url.startswith(f"{self.root}/") or path.startswith("/app/"):
                return Left(url)
            answer = self.http.get(url)
        return Page(answer)

    def press(self, page: Page, button: str, without: tuple[str, ...] = (), **fields: str) -> Page | Left:
        """Fill in the form that has this button, uncheck the scopes named in `without`, and press it."""
        form = page.form(button)
        name = next(value for text, value in form.buttons.items() if text.startswith(button))
        kept = [pair for pair in form.fields if pair[0] not in fields and pair[1] not in without]
        return self.send(form.action, [*kept, *fields.items(), *([name] if name[0] else [])])

    def send(self, url: str, pairs: Pairs, **headers: str) -> Page | Left:
        """Post a form."""
        return self.follow(self.post(url, pairs, **headers))

    def post(self, url: str, pairs: Pairs, **headers: str) -> httpx.Response:
        """Post a form, and do not follow."""
        given = {"content-type": "application/x-www-form-urlencoded"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.http.post(url, content=urlencode(pairs), headers=given)

    def sign_in(self, page: Page, login: str, password: str) -> Page | Left:
        """Fill in the form to sign in."""
        return self.press(page, "Sign in", login=login, password=password)
