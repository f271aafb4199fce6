"""What people do on the pages is recorded: who, what, with which outcome, and nothing that was typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx

from omop_fhir.auth.audit import now
from omop_fhir.store.authorization.launches import Launch
from tests.fixtures.waiting import until

from .browser import Browser, Page
from .conftest import PASSWORD, App, Recorder, Smart
from .test_attacks import elsewhere
from .test_pages import signed_in


def test_every_step_is_recorded(smart: Smart, browser: Browser, app: App, recorder: Recorder) -> None:
    page = browser.sign_in(browser.see(app.url()), "nurse", "not the password")
    assert isinstance(page, Page)
    page = browser.sign_in(page, "nurse", PASSWORD)
    assert isinstance(page, Page)
    other = elsewhere(smart)
    page = browser.press(page, "Search", reason="unconscious", identifier=other)
    assert isinstance(page, Page)
    page = browser.press(page, f"Patient {other} ")
    assert isinstance(page, Page)
    browser.press(page, "Allow")
    browser.press(browser.see("/auth/account"), "Sign out")
    kinds = [told for told in recorder.told() if told[0] != "search-type"]
    assert kinds == [
        ("sign-in", "refused", "wrong-password"),
        ("sign-in", "success", None),
        ("emergency", "success", None),
        ("consent", "success", None),
        ("sign-out", "success", None),
    ]
    searches = [event for event in recorder.events if event.kind == "search-type"]
    assert searches[-1].resources == (f"Patient/{other}",)
    assert {event.caller.client for event in searches} == {"app"}
    assert all(event.caller.account for event in searches)
    text = str([[*event.to_json()] for event in recorder.events])
    assert "unconscious" in text
    for typed in ("not the password", PASSWORD, "Nina"):
        assert typed not in text


def test_a_failed_sign_in_names_the_account_that_there_is_and_never_what_was_typed(smart: Smart, app: App) -> None:
    nurse = smart.keep(lambda store: store.accounts.named("nurse"))
    browser = smart.browser()
    before = now()
    for login in ("NURSE", "my secret passphrase"):
        browser.sign_in(browser.see("/auth/sign-in"), login, "not the password")
    token = app.granted(browser.press(signed_in(browser, app, "admin", "administer user/*.rs"), "Allow"))

    def events(search: str) -> list[dict[str, Any]]:
        found = app.read(token, f"AuditEvent?subtype=110122&outcome=4&_sort=-date&{search}").json()
        return [each["resource"] for each in found.get("entry", ()) if at(each["resource"]) >= before]

    def at(event: dict[str, Any]) -> int:
        return int(datetime.fromisoformat(event["recorded"]).timestamp() * 1000)

    until(lambda: len(events("")) == 2)
    unknown, known = events("")
    assert (known["outcomeDesc"], known["action"]) == ("wrong-password", "E")
    assert known["agent"][0]["who"] == {"reference": "Practitioner/2"}
    assert (known["agent"][0]["altId"], known["agent"][0]["requestor"]) == (str(nurse.id), True)
    assert [agent["name"] for agent in unknown["agent"]] == ["omop-fhir"]
    assert [event["id"] for event in events(f"altid={nurse.id}")] == [known["id"]]
    assert [event["id"] for event in events("agent=Practitioner/2")] == [known["id"]]
    assert "passphrase" not in str([known, unknown])


def test_a_reason_given_in_a_launch_is_kept_once_and_names_the_patient(
    smart: Smart, browser: Browser, app: App, recorder: Recorder
) -> None:
    other = elsewhere(smart)
    handle = smart.keep(lambda store: store.launches.create(Launch("app", None, other)))
    page = signed_in(browser, app, "nurse", "launch patient/*.rs", launch=handle)
    assert [event for event in recorder.events if event.caller.emergency] == []
    browser.press(page, "Open the record", reason="found unconscious")
    broken, looked = [event for event in recorder.events if event.caller.emergency]
    assert (broken.kind, broken.resources) == ("emergency", (f"Patient/{other}",))
    assert (looked.kind, looked.resources) == ("search-type", (f"Patient/{other}",))
    assert "found unconscious" in str(broken.to_json())
    assert "found unconscious" not in str(looked.to_json())


def test_what_is_typed_in_the_place_of_an_id_is_told_only_where_it_is_one(browser: Browser, app: App, recorder: Recorder) -> None:
    page = signed_in(browser, app, "nurse")
    browser.press(page, "Search", identifier="MRN-4711")
    searches = [event for event in recorder.events if event.kind == "search-type"]
    assert searches
    assert "MRN-4711" not in str(recorder.events)


def test_denying_and_taking_back_are_recorded(browser: Browser, app: App, recorder: Recorder) -> None:
    page = signed_in(browser, app, "patient", "offline_access patient/Patient.rs")
    app.granted(browser.press(page, "Allow"))
    browser.press(browser.see("/auth/account"), "Take back")
    browser.press(browser.see(app.url("patient/Patient.rs")), "Deny")
    told = [each for each in recorder.told() if each[0] in ("consent", "revoke")]
    assert told == [("consent", "success", None), ("revoke", "success", None), ("consent", "refused", "access_denied")]


def test_signing_out_everywhere_is_recorded(browser: Browser, app: App, recorder: Recorder) -> None:
    signed_in(browser, app, "patient", "patient/Patient.rs")
    browser.press(browser.see("/auth/account"), "Sign out everywhere")
    assert recorder.told()[-1] == ("sign-out", "success", "everywhere")
    assert recorder.events[-1].caller.account


def test_launches_and_registrations_are_recorded_with_who_was_refused(
    smart: Smart, browser: Browser, app: App, recorder: Recorder
) -> None:
    user = app.granted(browser.press(signed_in(browser, app, "doctor", "user/Patient.rs"), "Allow"))
    headers = {"authorization": f"Bearer {user['access_token']}"}
    wanted = {"client_id": "app", "patient": "3"}
    for path, given, sent in (
        ("launch", wanted, {}),
        ("launch", wanted | {"patient": "999999"}, headers),
        ("launch", wanted, headers),
        ("clients", {}, {}),
        ("clients", {}, headers),
    ):
        httpx.post(f"{smart.root}/auth/{path}", json=given, headers=sent)
    found = [event for event in recorder.events if event.kind in ("launch", "client")]
    assert [(event.kind, event.outcome, event.reason, event.caller.client, event.resources) for event in found] == [
        ("launch", "refused", "invalid_token", "anonymous", ()),
        ("launch", "refused", "invalid_request", "app", ()),
        ("launch", "success", None, "app", ("Patient/3",)),
        ("client", "refused", "invalid_token", "anonymous", ()),
        ("client", "refused", "insufficient_scope", "app", ()),
    ]


def test_where_nothing_can_be_recorded_nothing_happens(smart: Smart, browser: Browser, app: App, recorder: Recorder) -> None:
    recorder.is_away = True
    page = browser.see(app.url())
    assert (page.status, page.answer.headers["retry-after"]) == (503, "2")
    assert "Nothing can be recorded just now." in page.text


def test_where_nothing_can_be_recorded_no_token_is_given_told_or_revoked(
    smart: Smart, browser: Browser, app: App, recorder: Recorder
) -> None:
    allowed = browser.press(signed_in(browser, app, "doctor", "user/Patient.rs"), "Allow")
    token = app.granted(allowed)
    headers = {"authorization": f"Bearer {token['access_token']}"}
    before, recorder.is_away = len(recorder.events), True
    form = {"client_id": "app", "token": token["access_token"]}
    answers = [
        httpx.post(f"{smart.root}/auth/token", data=form | {"grant_type": "refresh_token"}),
        httpx.post(f"{smart.root}/auth/introspect", data=form),
        httpx.post(f"{smart.root}/auth/revoke", data=form),
        httpx.post(f"{smart.root}/auth/clients", json={}, headers=headers),
        httpx.post(f"{smart.root}/auth/launch", json={"client_id": "app", "patient": "3"}, headers=headers),
    ]
    told = {"error": "temporarily_unavailable", "error_description": "nothing can be recorded just now"}
    assert [(each.status_code, each.headers["retry-after"], each.json()) for each in answers] == [(503, "2", told)] * 5
    for public in ("auth/jwks", ".well-known/openid-configuration"):
        assert httpx.get(f"{smart.root}/{public}").status_code == 200
    recorder.is_away = False
    assert len(recorder.events) == before
    assert app.read(token, "Patient/3").status_code == 200
