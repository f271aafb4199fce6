"""Attacks on the pages: each is one that works where its defence is missing.

https://www.rfc-editor.org/rfc/rfc9700, https://www.rfc-editor.org/rfc/rfc6819
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from omop_fhir.auth.client import new_client
from omop_fhir.store.authorization.launches import Launch
from tests.integration.http.conftest import exchange, rows

from .browser import Browser, Left, Page
from .conftest import MARKUP, PASSWORD, REDIRECT, App, Smart
from .test_pages import consenting, signed_in

FORM = {"content-type": "application/x-www-form-urlencoded"}


def granted_to(smart: Smart, login: str) -> int:
    """How much an account has authorized."""

    async def count(store: Any) -> int:
        account = await store.accounts.named(login)
        return len(await store.authorizations.of_account(account.id))

    return int(smart.keep(count))


# Open redirect: nobody is sent to an address that the app has not registered, to the letter.


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        f"{REDIRECT}/",
        f"{REDIRECT}/../evil",
        f"{REDIRECT}?next=https://evil.example",
        f"{REDIRECT}#x",
        "https://app.example.org@evil.example/back",
        "https://app.example.org.evil.example/back",
        "https://APP.example.org/back",
        "https://app.example.org/%62ack",
        "http://app.example.org/back",
        "javascript:alert(1)",
        f"{REDIRECT}\r\nLocation: https://evil.example/",
        "https://other.example.org/back",
    ],
)
@pytest.mark.parametrize("scope", ["launch/patient patient/*.rs", "system/*.rs"])
def test_nobody_is_sent_to_an_address_that_is_not_registered(browser: Browser, app: App, uri: str, scope: str) -> None:
    page = browser.open(app.url(scope, redirect_uri=uri))
    assert isinstance(page, Page), page
    assert page.status == 400
    assert "Location" not in page.answer.headers
    assert "evil" not in page.html


def test_two_addresses_are_none(browser: Browser, app: App) -> None:
    page = browser.open(f"{app.url()}&{urlencode({'redirect_uri': 'https://evil.example/'})}")
    assert isinstance(page, Page), page
    assert page.status == 400


@pytest.mark.parametrize("client", ["nobody", "", MARKUP])
def test_an_unknown_app_is_told_to_the_user_alone(browser: Browser, app: App, client: str) -> None:
    page = browser.open(app.url(client_id=client))
    assert isinstance(page, Page), page
    assert page.status == 400


def test_an_app_that_was_disabled_gets_nothing_any_more(smart: Smart, browser: Browser) -> None:
    made = new_client("leaving", "Leaving app", "public", "patient/*.rs", [REDIRECT])
    smart.keep(lambda store: store.clients.register(made))
    app = App(smart, "leaving")
    form = signed_in(browser, app, "patient", "patient/Patient.rs").form("Allow")
    smart.keep(lambda store: store.clients.disable(made))
    assert browser.post(form.action, [*form.fields, ("decision", "allow")]).status_code == 400
    page = browser.open(app.url("patient/Patient.rs"))
    assert isinstance(page, Page), page
    assert page.status == 400


# Mix-up: every answer says which server it is from, so that an app does not take it to another.


def test_every_answer_names_the_issuer(browser: Browser, app: App, smart: Smart) -> None:
    page = consenting(browser, app, "doctor", "3", "launch/patient patient/Patient.rs")
    for left in (browser.press(page, "Allow"), browser.press(page, "Deny"), browser.open(app.url("nonsense"))):
        assert isinstance(left, Left)
        assert left.query["iss"] == smart.root


# Double parameters: none of two values counts.


@pytest.mark.parametrize("name", ["scope", "state", "aud", "code_challenge", "launch", "prompt", "response_type"])
def test_a_parameter_that_stands_twice_is_refused(browser: Browser, app: App, name: str) -> None:
    given = [*app.parameters().items(), (name, "first"), (name, "second")]
    left = browser.open(f"/auth/authorize?{urlencode(given)}")
    assert isinstance(left, Left)
    assert left.query["error"] == "invalid_request"
    assert left.query.get("state") == (None if name == "state" else app.state)


@pytest.mark.parametrize("name", ["state", "nonce", "launch", "prompt"])
def test_a_parameter_that_cannot_be_printed_is_refused(browser: Browser, app: App, name: str) -> None:
    given = app.parameters() | {name: "a\x00b"}
    left = browser.open(f"/auth/authorize?{urlencode(given)}")
    assert isinstance(left, Left)
    assert left.query["error"] == "invalid_request"


def test_a_field_that_stands_twice_is_refused(browser: Browser, app: App) -> None:
    page = signed_in(browser, app, "doctor")
    form = page.form("Patient 3 ")
    answer = browser.post(form.action, [*form.fields, ("patient", "3"), ("patient", "4")])
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


# Header injection: what came in stays within the value that it belongs to.


@pytest.mark.parametrize("state", ["x\r\nSet-Cookie: a=b", "x\nLocation: https://evil.example/", "\u0000\u2028é\"';<b>"])
def test_a_state_goes_back_as_it_came_and_nothing_else_with_it(browser: Browser, app: App, state: str) -> None:
    app.state = state
    answer = browser.http.get(app.url("nonsense"))
    assert answer.status_code == 303
    assert Left(answer.headers["location"]).query["state"] == state
    assert "a" not in answer.cookies
    assert all(char.isprintable() and char.isascii() for char in answer.headers["location"])


def test_a_raw_line_break_in_the_address_makes_no_header(smart: Smart, app: App) -> None:
    target = app.url("nonsense", state="x%0d%0aEvil: 1".replace("%", "%25")).replace("%2525", "%")
    answer = exchange(smart.served, f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 303")
    assert b"\r\nEvil" not in answer


# Clickjacking, sniffing, keeping: what every page says to the browser.


def pages(smart: Smart, app: App) -> dict[str, Page]:
    browser = smart.browser()
    at = {"home": browser.see("/"), "sign in": browser.see(app.url()), "error": browser.see(app.url(redirect_uri="https://x/"))}
    at["wrong"] = browser.sign_in(at["sign in"], "doctor", "no such password")  # type: ignore[assignment]
    at["patient"] = browser.sign_in(at["sign in"], "doctor", PASSWORD)  # type: ignore[assignment]
    at["consent"] = browser.press(at["patient"], "Patient 3 ")  # type: ignore[assignment]
    emergency = Launch("app", None, elsewhere(smart))
    handle = smart.keep(lambda store: store.launches.create(emergency))
    nurse = smart.browser()
    launched = nurse.see(app.url("launch patient/*.rs", launch=handle))
    at["emergency"] = nurse.sign_in(launched, "nurse", PASSWORD)  # type: ignore[assignment]
    at["account"] = browser.see("/auth/account")
    at["signed out"] = browser.press(at["account"], "Sign out")  # type: ignore[assignment]
    return at


def test_no_page_can_be_framed_scripted_or_kept(smart: Smart, app: App) -> None:
    for name, page in pages(smart, app).items():
        headers = page.answer.headers
        rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
        assert rules["default-src"] == "'none'", name
        assert rules["frame-ancestors"] == "'none'", name
        assert rules["base-uri"] == "'none'", name
        assert rules["style-src"] == "'self'", name
        assert "script-src" not in rules, name
        assert set(rules["form-action"].split()) <= {"'self'", "https://app.example.org"}, name
        assert headers["x-frame-options"] == "DENY", name
        assert headers["x-content-type-options"] == "nosniff", name
        assert headers["cache-control"] == "no-store", name
        assert headers["referrer-policy"] == "same-origin", name
        assert not re.search(r"<script|<style|<[^<>]*\s(style|on[a-z]+)\s*=|javascript:", page.html, re.I), name


def test_no_page_is_for_other_origins(smart: Smart, browser: Browser) -> None:
    for path in ("/auth/account", "/auth/sign-in", "/auth/authorize"):
        answer = browser.http.get(path, headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers


# Markup in names: it is shown as it is written.


def test_names_with_markup_are_only_text(smart: Smart) -> None:
    app, browser = App(smart, "markup"), smart.browser()
    page = browser.see(app.url())
    shown = [page, browser.sign_in(page, MARKUP, "no such password"), browser.sign_in(page, "markup", PASSWORD)]
    shown.append(browser.press(shown[-1], "Search", identifier=MARKUP))  # type: ignore[arg-type]
    shown.append(browser.press(shown[2], "Patient 2 "))  # type: ignore[arg-type]
    app.granted(browser.press(shown[-1], "Allow"))  # type: ignore[arg-type]
    shown.append(browser.see("/auth/account"))
    for each in shown:
        assert isinstance(each, Page)
        assert "<b onclick" not in each.html
        assert MARKUP in " ".join((each.text, *(value for form in each.forms for _, value in form.fields)))


# Cross-site requests: a form works only in the session, or browser, that it was made for.


def victim_and_thief(smart: Smart) -> tuple[Browser, Browser, App]:
    return smart.browser(), smart.browser(), App(smart)


def test_a_thief_cannot_have_somebody_else_consent(smart: Smart) -> None:
    victim, thief, app = victim_and_thief(smart)
    signed_in(victim, app, "patient")
    forged = signed_in(thief, App(smart), "doctor", "user/Patient.rs").form("Allow")
    before = granted_to(smart, "patient")
    for fields in (forged.fields, [pair for pair in forged.fields if pair[0] != "flow"]):
        answer = victim.post(forged.action, [*fields, ("decision", "allow")])
        assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert granted_to(smart, "patient") == before


@pytest.mark.parametrize("header", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec_fetch_site": "cross-site"}])
def test_a_form_of_another_site_is_refused(browser: Browser, app: App, header: dict[str, str]) -> None:
    form = signed_in(browser, app, "patient").form("Allow")
    answer = browser.post(form.action, [*form.fields, ("decision", "allow")], **header)
    assert (answer.status_code, "location" in answer.headers) == (403, False)
    assert browser.post(form.action, [*form.fields, ("decision", "allow")], origin=app.smart.root).status_code == 303


def test_nobody_is_signed_in_by_a_form_of_a_thief(smart: Smart) -> None:
    victim, thief, app = victim_and_thief(smart)
    victim.see(app.url())
    form = thief.see("/auth/sign-in").form("Sign in")
    pairs = [("flow", form.value("flow")), ("login", "doctor"), ("password", PASSWORD)]
    answer = victim.post(form.action, pairs)
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert "Password" in victim.see("/auth/account").text
    assert thief.post(form.action, pairs).status_code == 303


def test_nobody_signs_somebody_else_out_or_takes_back(smart: Smart) -> None:
    victim, thief, app = victim_and_thief(smart)
    token = app.granted(victim.press(signed_in(victim, app, "patient", "offline_access patient/Patient.rs"), "Allow"))
    signed_in(thief, App(smart), "doctor")
    theirs = thief.see("/auth/account").form("Sign out").value("token")
    authorization = victim.see("/auth/account").form("Take back").value("authorization")
    for action in ("sign-out", "sign-out-everywhere", "take-back"):
        pairs = [("token", theirs), ("action", action), ("authorization", authorization)]
        assert victim.post("/auth/account", pairs).status_code == 400
    thief.post("/auth/account", pairs)  # a thief's own token is for what is the thief's own
    assert app.read(token, "Patient/1").status_code == 200
    assert "Pat Ient" in victim.see("/auth/account").text


def test_a_link_is_of_no_use_in_another_session(smart: Smart) -> None:
    victim, thief, app = victim_and_thief(smart)
    page = signed_in(victim, app, "patient")
    link = f"/auth/authorize/next?flow={page.form('Allow').value('flow')}"
    assert victim.see(link).status == 200
    assert "Nobody is signed in here (any more)." in thief.see(link).text
    signed_in(thief, App(smart), "doctor")
    assert thief.see(link).status == 400
    assert "This page is too old, or of another sign-in, or cookies are blocked." in thief.see(link).text


@pytest.mark.parametrize("flow", ["", "nonsense", "A" * 500, "é"])
def test_what_was_not_sealed_here_is_refused(browser: Browser, app: App, flow: str) -> None:
    signed_in(browser, app, "doctor")
    assert browser.see(f"/auth/authorize/next?flow={quote(flow)}").status == 400
    for path in ("/auth/consent", "/auth/patient", "/auth/sign-in"):
        assert browser.post(path, [("flow", flow), ("decision", "allow")]).status_code == 400


# Sessions: their secret is made at signing in, and is good for nothing afterwards.


def session(browser: Browser) -> str | None:
    return next((cookie.value for cookie in browser.http.cookies.jar if cookie.name.startswith("session")), None)


def test_a_session_cannot_be_planted(smart: Smart, app: App) -> None:
    victim, thief = smart.browser(), smart.browser()
    signed_in(thief, App(smart), "doctor")
    planted = session(thief)
    name = next(cookie.name for cookie in thief.http.cookies.jar if cookie.name.startswith("session"))
    victim.http.cookies.set(name, planted or "", domain="127.0.0.1", path="/")
    page = victim.see(app.url(prompt="login"))
    victim.sign_in(page, "patient", PASSWORD)
    assert session(victim) not in (None, planted)
    assert "Password" in thief.see("/auth/account").text, "the session that was planted goes on"


def test_a_cookie_says_that_it_is_for_this_server_alone(smart: Smart, app: App) -> None:
    browser = smart.browser()
    form = browser.see(app.url()).form("Sign in")
    pairs = [("flow", form.value("flow")), ("login", "doctor"), ("password", PASSWORD)]
    cookies = browser.post(form.action, pairs).headers.get_list("set-cookie")
    (cookie,) = [cookie for cookie in cookies if cookie.startswith("session")]
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {"httponly", "path=/", "samesite=lax"}


def test_after_signing_out_the_cookie_opens_nothing(smart: Smart, app: App) -> None:
    browser = smart.browser()
    signed_in(browser, app, "doctor")
    kept = dict(browser.http.cookies)
    browser.press(browser.see("/auth/account"), "Sign out")
    assert session(browser) is None
    assert "Password" in smart.browser(cookies=kept).see("/auth/account").text


# Guessing: what is told is the same, and it takes longer and longer.


def test_a_wrong_password_and_an_unknown_name_are_told_alike(smart: Smart) -> None:
    told = []
    for login in ("markup", "nobody-at-all"):
        browser = smart.browser()
        answers = [browser.sign_in(browser.see("/auth/sign-in"), login, "wrong password") for _ in range(6)]
        told.append([(a.status, re.sub(r"\d+", "N", a.text)) for a in answers if isinstance(a, Page)])
        assert "The user name or the password is wrong." in told[-1][0][1]
        assert "Too many tries" in told[-1][-1][1]
    assert told[0] == told[1]


# Smuggling: what is granted is what was asked for, offered and chosen, whatever a form says.


@pytest.mark.parametrize(
    "smuggled",
    ["user/*.cruds", "patient/Condition.rs", "patient/*.rs", "patient/Patient.cruds", "patient/Patient.rs user/*.cruds",
     "patient/Patient.rs\tuser/*.rs", "offline_access", "patient%2F*.rs"],
)  # fmt: skip
def test_a_form_cannot_widen_what_was_asked_for(browser: Browser, app: App, smuggled: str) -> None:
    form = consenting(browser, app, "doctor", "3", "launch/patient patient/Patient.rs").form("Allow")
    left = browser.send(form.action, [*form.fields, ("scope", smuggled), ("decision", "allow")])
    assert app.granted(left)["scope"] == "launch/patient patient/Patient.rs"


@pytest.mark.parametrize("scope", ["patient%2fPatient.rs", "patient/Patient.rs\tuser/*.rs", "patient/Patient.rs\nuser/*.rs",
                                   "patient/Patient.sr", "patient/Patient.rs\u00a0user/*.rs"])  # fmt: skip
def test_a_scope_that_is_none_is_refused(browser: Browser, app: App, scope: str) -> None:
    left = browser.open(app.url(scope))
    assert isinstance(left, Left)
    assert left.query["error"] == "invalid_scope"


# Restrictions: nobody chooses a patient whom the roles do not show.

ELSEWHERE = "SELECT person_id FROM cdm.person WHERE care_site_id IS DISTINCT FROM 1 AND person_id > 0 ORDER BY 1 LIMIT 1"


def elsewhere(smart: Smart) -> str:
    """A patient who is not of the nurse's care site."""
    return str(rows(smart.served.database, ELSEWHERE)[0][0])


def test_only_patients_of_the_own_care_site_are_shown(smart: Smart, browser: Browser, app: App) -> None:
    own = {str(id) for (id,) in rows(smart.served.database, "SELECT person_id FROM cdm.person WHERE care_site_id = 1")}
    page = signed_in(browser, app, "nurse")
    shown = {text.split()[1] for text in page.buttons() if text.startswith("Patient ")}
    assert shown
    assert shown <= own
    other = elsewhere(smart)
    searched = browser.press(page, "Search", identifier=other)
    assert isinstance(searched, Page)
    assert "No patient that you may see is found by this." in searched.text
    form = page.form("Search")
    for path in ("/auth/patient", "/auth/consent"):
        answer = browser.post(path, [("flow", form.value("flow")), ("patient", other), ("decision", "patient")])
        assert "code=" not in answer.headers.get("location", "")
    chosen = browser.post("/auth/patient", [("flow", form.value("flow")), ("patient", other)])
    assert chosen.status_code == 400


def test_a_patient_cannot_choose_somebody_else(browser: Browser, app: App) -> None:
    page = signed_in(browser, app, "patient")
    answer = browser.post("/auth/patient", [("flow", page.form("Allow").value("flow")), ("patient", "3")])
    assert answer.status_code == 400


# Emergencies: with a reason, for one patient who can be named, by roles that may.


def test_the_glass_is_broken_with_a_reason_for_one_patient(smart: Smart, browser: Browser, app: App) -> None:
    other = elsewhere(smart)
    page = signed_in(browser, app, "nurse", "launch/patient offline_access patient/*.rs")
    vague = browser.press(page, "Search", reason="unconscious", birthdate="1950")
    assert isinstance(vague, Page)
    assert (vague.status, [text for text in vague.buttons() if text.startswith("Patient")]) == (400, [])
    found = browser.press(page, "Search", reason="unconscious", identifier=other)
    assert isinstance(found, Page)
    form = found.form(f"Patient {other} ")
    assert browser.post(form.action, [*form.fields, ("patient", "3")]).status_code == 400
    consent = browser.press(found, f"Patient {other} ")
    assert isinstance(consent, Page)
    assert "Emergency access. Reason: unconscious." in consent.text
    assert "access in an emergency is for a few minutes" in consent.text
    token = app.granted(browser.press(consent, "Allow"))
    assert "refresh_token" not in token
    assert app.read(token, f"Patient/{other}").status_code == 200
    assert app.read(token, "Patient").json()["entry"][0]["resource"]["id"] == other
    assert len(app.read(token, "Patient").json()["entry"]) == 1


def test_who_may_not_break_the_glass_sees_nobody_by_a_reason(smart: Smart, browser: Browser, app: App) -> None:
    page = signed_in(browser, app, "desk", "launch/patient patient/Patient.rs")
    assert "Emergency access" not in page.text
    form = page.form("Search")
    pairs = [("flow", form.value("flow")), ("identifier", elsewhere(smart)), ("reason", "curious")]
    left = browser.send(form.action, pairs)
    assert isinstance(left, Left)
    assert left.query["error"] == "access_denied"


def test_a_form_that_is_none_is_told(browser: Browser) -> None:
    assert browser.http.post("/auth/consent", json={"flow": "x"}).status_code == 415
    assert browser.http.post("/auth/consent", content=b"a=%", headers=FORM).status_code == 400
    assert browser.http.post("/auth/consent", content=b"a=" + b"x" * 70_000, headers=FORM).status_code == 413
    assert httpx.get(f"{browser.root}/auth/consent").status_code == 405
