"""Launches out of a record: an EHR makes the context, the app comes back with its handle, and whoever signs in decides.

https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch
"""

from __future__ import annotations

import gc
from time import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from omop_fhir.auth.assertion import TYPE
from omop_fhir.auth.client import new_client
from omop_fhir.store.authorization.launches import Launch
from omop_fhir.web.authorize.user_agent import UserAgent
from tests.integration.http.conftest import rows

from .browser import Browser, Left, Page
from .conftest import PASSWORD, App, Smart
from .test_attacks import elsewhere
from .test_pages import signed_in

SCOPE = "launch launch/encounter openid patient/Patient.rs patient/Encounter.rs"


@pytest.fixture
def ehr(smart: Smart, browser: Browser) -> dict[str, Any]:
    """A token of the EHR itself, in which the doctor is signed in."""
    app = App(smart, "other", "https://other.example.org/back")
    return app.granted(browser.press(signed_in(browser, app, "doctor", "user/*.rs"), "Allow"))


def visit_of(smart: Smart, patient: str) -> str:
    """An encounter of a patient."""
    found = rows(smart.served.database, f"SELECT min(visit_occurrence_id) FROM cdm.visit_occurrence WHERE person_id = {patient}")
    return str(found[0][0])


def launch(smart: Smart, token: dict[str, Any], **given: Any) -> httpx.Response:
    """What the launch endpoint answers."""
    headers = {"authorization": f"Bearer {token['access_token']}"}
    body = {name: value for name, value in ({"client_id": "app", "patient": "3"} | given).items() if value is not None}
    return httpx.post(f"{smart.root}/auth/launch", json=body, headers=headers)


def test_an_ehr_launches_an_app_about_a_patient_and_a_visit(
    smart: Smart, browser: Browser, app: App, ehr: dict[str, Any]
) -> None:
    visit = visit_of(smart, "3")
    answer = launch(smart, ehr, encounter=visit, need_patient_banner=False, intent="reconcile-medications")
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    made = answer.json()
    assert made["url"].startswith("https://app.example.org/launch?")
    assert dict(parse_qsl(urlsplit(made["url"]).query)) == {"iss": smart.served.base, "launch": made["launch"]}
    page = browser.see(app.url(SCOPE, launch=made["launch"]))
    assert "Patient 3" in page.text
    assert f"({visit})" in page.text
    assert "Choose another" not in page.text
    token = app.granted(browser.press(page, "Allow"))
    assert (token["patient"], token["encounter"]) == ("3", visit)
    assert (token["need_patient_banner"], token["intent"]) == (False, "reconcile-medications")
    assert token["smart_style_url"] == f"{smart.root}/auth/style.json"
    assert app.read(token, f"Encounter/{visit}").status_code == 200
    assert app.read(token, "Patient/4").status_code == 404


def test_a_handle_is_good_once(smart: Smart, browser: Browser, app: App, ehr: dict[str, Any]) -> None:
    handle = launch(smart, ehr).json()["launch"]
    page = browser.see(app.url(SCOPE, launch=handle))
    app.granted(browser.press(page, "Allow"))
    again = browser.open(app.url(SCOPE, launch=handle))
    assert isinstance(again, Left)
    assert again.query["error"] == "invalid_request"
    twice = browser.press(page, "Allow")
    assert isinstance(twice, Left)
    assert "code" not in twice.query


def test_a_refused_handle_leaves_nothing_of_the_request_in_memory(browser: Browser, app: App) -> None:
    signed_in(browser, app, "doctor", "user/Patient.rs")
    for _ in range(20):
        left = browser.open(app.url(SCOPE, launch="unknown"))
        assert isinstance(left, Left)
        assert left.query["error_description"] == "launch is unknown, used or too old: start the app again"
    gc.collect()
    assert sum(isinstance(each, UserAgent) for each in gc.get_objects()) < 20


def test_a_handle_is_good_for_its_app_alone(smart: Smart, browser: Browser, ehr: dict[str, Any]) -> None:
    other = App(smart, "other", "https://other.example.org/back")
    left = browser.open(other.url(SCOPE, launch=launch(smart, ehr).json()["launch"]))
    assert isinstance(left, Left)
    assert left.query["error"] == "invalid_request"


def test_a_launch_is_for_whoever_made_it(smart: Smart, app: App, ehr: dict[str, Any]) -> None:
    handle = launch(smart, ehr).json()["launch"]
    browser = smart.browser()
    page = browser.sign_in(browser.see(app.url(SCOPE, launch=handle)), "nurse", PASSWORD)
    assert isinstance(page, Page)
    assert "The app was started by somebody else: sign in as that person." in page.text
    page = browser.sign_in(page, "doctor", PASSWORD)
    assert isinstance(page, Page)
    assert app.granted(browser.press(page, "Allow"))["patient"] == "3"


def test_a_launch_of_a_service_is_for_whoever_signs_in(smart: Smart, app: App) -> None:
    key = ECKey.generate_key("P-384", {"kid": "ehr"})
    keys = {"keys": [key.as_dict(private=False)]}
    smart.keep(lambda store: store.clients.register(new_client("ehr", "The EHR", "key", "system/*.rs", jwks=keys)))
    at, now = f"{smart.root}/auth/token", int(time())
    claims = {"iss": "ehr", "sub": "ehr", "aud": at, "exp": now + 60, "jti": "once"}
    assertion = jwt.encode({"alg": "ES384", "kid": "ehr"}, claims, key, algorithms=["ES384"])
    form = {"grant_type": "client_credentials", "scope": "system/Patient.rs", "client_assertion": assertion}
    token = httpx.post(at, data=form | {"client_assertion_type": TYPE}).json()
    handle = launch(smart, token, patient="1").json()["launch"]
    browser = smart.browser()
    page = browser.sign_in(browser.see(app.url("launch patient/Patient.rs", launch=handle)), "patient", PASSWORD)
    assert isinstance(page, Page)
    assert app.granted(browser.press(page, "Allow"))["patient"] == "1"


def launched_elsewhere(smart: Smart, browser: Browser, app: App, login: str, patient: str, scope: str = SCOPE) -> Page | Left:
    """Where somebody comes who signs in for an app that the EHR launched about a patient."""
    made = Launch("app", None, patient, visit_of(smart, patient) if patient.isdigit() and int(patient) < 1000 else None)
    handle = smart.keep(lambda store: store.launches.create(made))
    return browser.sign_in(browser.see(app.url(scope, launch=handle)), login, PASSWORD)


def test_a_launch_shows_nobody_whom_the_user_may_not_see(smart: Smart, browser: Browser, app: App) -> None:
    left = launched_elsewhere(smart, browser, app, "desk", elsewhere(smart))
    assert isinstance(left, Left)
    assert left.query["error"] == "access_denied"
    assert left.query["error_description"] == "the patient is none that the user may see"


def test_who_breaks_the_glass_may_give_a_reason_for_the_patient_of_a_launch(smart: Smart, browser: Browser, app: App) -> None:
    other = elsewhere(smart)
    page = launched_elsewhere(smart, browser, app, "nurse", other, f"{SCOPE} offline_access")
    assert isinstance(page, Page)
    assert "Growth chart was started for a patient whom you may otherwise not see." in page.text
    assert f"Patient {other}" not in page.text
    page = browser.press(page, "Open the record", reason=" ")
    assert isinstance(page, Page)
    assert (page.status, "Without a reason there is no access." in page.text) == (400, True)
    page = browser.press(page, "Open the record", reason="found unconscious")
    assert isinstance(page, Page)
    assert "Emergency access. Reason: found unconscious. It is kept with your name." in page.text
    assert f"Patient {other}" in page.text
    assert "Choose another" not in page.text
    assert "access in an emergency is for a few minutes" in page.text
    token = app.granted(browser.press(page, "Allow"))
    assert (token["patient"], token["encounter"]) == (other, visit_of(smart, other))
    assert "refresh_token" not in token
    assert app.read(token, f"Patient/{other}").status_code == 200
    assert app.read(token, f"Encounter/{token['encounter']}").status_code == 200
    assert app.read(token, "Patient/3").status_code == 404


def test_a_reason_is_not_asked_for_where_it_is_not_needed(smart: Smart, browser: Browser, app: App) -> None:
    ((own,),) = rows(smart.served.database, "SELECT min(person_id) FROM cdm.person WHERE care_site_id = 1")
    for login in ("nurse", "doctor"):
        page = launched_elsewhere(smart, smart.browser(), app, login, str(own))
        assert isinstance(page, Page)
        assert f"Patient {own}" in page.text


def test_a_reason_opens_nobody_who_is_not_there(smart: Smart, browser: Browser, app: App) -> None:
    page = launched_elsewhere(smart, browser, app, "nurse", "999999")
    assert isinstance(page, Page)
    left = browser.press(page, "Open the record", reason="found unconscious")
    assert isinstance(left, Left)
    assert left.query["error"] == "access_denied"


def test_one_can_turn_back_before_breaking_the_glass(smart: Smart, browser: Browser, app: App) -> None:
    page = launched_elsewhere(smart, browser, app, "nurse", elsewhere(smart))
    assert isinstance(page, Page)
    form = page.form("Cancel")
    left = browser.send("/auth/consent", [("flow", form.value("flow")), ("decision", "deny")])
    assert isinstance(left, Left)
    assert left.query["error"] == "access_denied"


def test_a_reason_is_good_for_a_role_and_a_launch_alone(smart: Smart, browser: Browser, app: App) -> None:
    consent = launched_elsewhere(smart, browser, app, "desk", "3")
    flows = {"desk": (browser, consent), "nurse": (other := smart.browser(), signed_in(other, app, "nurse"))}
    for login, (used, page) in flows.items():
        assert isinstance(page, Page)
        given = used.send("/auth/emergency", [("flow", page.forms[0].value("flow")), ("reason", "found unconscious")])
        if login == "desk":
            assert isinstance(given, Left)
            assert given.query["error"] == "access_denied"
        else:
            assert isinstance(given, Page)
            assert (given.status, "was not started from a patient's record" in given.text) == (400, True)


def test_without_a_launch_what_it_would_tell_is_not_given(browser: Browser, app: App) -> None:
    left = browser.open(app.url("launch patient/Patient.rs"))
    assert isinstance(left, Left)
    assert left.query["error_description"] == "the scope launch needs the parameter launch, which the EHR gave the app"
    page = browser.press(signed_in(browser, app, "doctor", "launch/patient launch/encounter patient/Patient.rs"), "Patient 3 ")
    assert isinstance(page, Page)
    assert "Know which visit is chosen: no visit is chosen" in page.text
    assert "launch/encounter" not in app.granted(browser.press(page, "Allow"))["scope"]


@pytest.mark.parametrize(
    ("given", "status", "error", "description"),
    [
        ({"patient": "999999"}, 400, "invalid_request", "patient is none that this token shows"),
        ({"patient": "3&_id=4"}, 400, "invalid_request", "patient is none that this token shows"),
        ({"encounter": "1000000"}, 400, "invalid_request", "encounter is none of this patient's that this token shows"),
        ({"client_id": "nobody"}, 400, "invalid_request", "client_id is of no app that can be launched"),
        ({"client_id": "other"}, 400, "invalid_request", "client_id is of no app that can be launched"),
        ({"need_patient_banner": "no"}, 400, "invalid_request", "need_patient_banner is not a bool of reasonable length"),
        ({"patient": None}, 400, "invalid_request", None),
        ({"account": "x"}, 400, "invalid_request", None),
    ],
)
def test_a_launch_that_is_none_is_refused(
    smart: Smart, ehr: dict[str, Any], given: dict[str, Any], status: int, error: str, description: str | None
) -> None:
    answer = launch(smart, ehr, **given)
    body = answer.json()
    assert (answer.status_code, body["error"]) == (status, error)
    assert description in (None, body["error_description"])


def test_an_encounter_of_somebody_else_is_refused(smart: Smart, ehr: dict[str, Any]) -> None:
    answer = launch(smart, ehr, encounter=visit_of(smart, "4"))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_who_may_not_read_the_patient_launches_nothing(smart: Smart, browser: Browser, app: App) -> None:
    assert httpx.post(f"{smart.root}/auth/launch", json={"client_id": "app", "patient": "3"}).status_code == 401
    own = app.granted(browser.press(signed_in(browser, app, "patient", "patient/Patient.rs"), "Allow"))
    assert launch(smart, own, patient="3").status_code == 400
    assert launch(smart, own, patient="1").status_code == 201
    procedures = app.granted(browser.press(browser.see(app.url("patient/Procedure.rs")), "Allow"))
    assert launch(smart, procedures, patient="1").status_code == 403
