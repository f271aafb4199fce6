"""From an app's request to its token by the pages, as people go: they sign in, choose a patient, allow or deny, take back."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from joserfc import jws

from omop_fhir.auth.client import new_client
from omop_fhir.auth.role import Person
from tests.integration.http.conftest import rows

from .browser import Browser, Left, Page
from .conftest import PASSWORD, REDIRECT, App, Smart


def signed_in(browser: Browser, app: App, login: str, scope: str = "launch/patient patient/*.rs", **other: str) -> Page:
    """The page after signing in for an app."""
    page = browser.sign_in(browser.see(app.url(scope, **other)), login, PASSWORD)
    assert isinstance(page, Page), page
    return page


def consenting(browser: Browser, app: App, login: str, patient: str, scope: str, **other: str) -> Page:
    """The consent page about a patient."""
    page = browser.press(signed_in(browser, app, login, scope, **other), f"Patient {patient} ")
    assert isinstance(page, Page), page
    return page


def test_a_doctor_chooses_a_patient_and_the_app_gets_that_one(browser: Browser, app: App) -> None:
    page = browser.see(app.url("openid fhirUser launch/patient patient/Patient.rs patient/Procedure.rs"))
    assert page.status == 200
    assert "To continue to Growth chart" in page.text
    assert "you are taken to app.example.org" in page.text
    picker = browser.sign_in(page, "doctor", PASSWORD)
    assert isinstance(picker, Page)
    assert "Signed in as Ada Doctor" in picker.text
    consent = browser.press(picker, "Patient 3 ")
    assert isinstance(consent, Page)
    assert "Patient 3" in consent.text
    token = app.granted(browser.press(consent, "Allow"))
    assert (token["patient"], token["need_patient_banner"]) == ("3", True)
    assert token["scope"].split() == ["openid", "fhirUser", "launch/patient", "patient/Patient.rs", "patient/Procedure.rs"]
    assert app.read(token, "Patient/3").status_code == 200
    assert app.read(token, "Patient/4").status_code == 404
    assert app.read(token, "Condition?patient=3").status_code == 403


def test_whoever_signed_in_can_be_read(browser: Browser, app: App, smart: Smart) -> None:
    consent = consenting(browser, app, "doctor", "3", "openid fhirUser launch/patient patient/Procedure.rs")
    token = app.granted(browser.press(consent, "Allow"))
    claims = json.loads(jws.extract_compact(token["id_token"].encode()).payload)
    assert claims["fhirUser"] == f"{smart.served.base}/Practitioner/1"
    answer = app.read(token, "Practitioner/1")
    assert (answer.status_code, answer.json()["id"]) == (200, "1")
    assert app.read(token, "Practitioner/2").status_code in (403, 404)


def test_each_scope_can_be_refused(browser: Browser, app: App) -> None:
    scope = "openid launch/patient offline_access patient/Patient.rs patient/Procedure.rs patient/Condition.rs"
    page = consenting(browser, app, "doctor", "3", scope)
    assert [value for name, value in page.form("Allow").fields if name == "scope"] == [
        "patient/Patient.rs", "patient/Procedure.rs", "patient/Condition.rs", "openid", "offline_access",
    ]  # fmt: skip
    token = app.granted(browser.press(page, "Allow", without=("patient/Condition.rs", "offline_access", "openid")))
    assert token["scope"] == "launch/patient patient/Patient.rs patient/Procedure.rs"
    assert "refresh_token" not in token
    assert "id_token" not in token
    assert app.read(token, "Condition?patient=3").status_code == 403


def test_a_category_can_be_given_instead_of_all(browser: Browser, app: App) -> None:
    """ONC's g(10) wants it of Condition and Observation (Inferno: `g10_smart_granular_scope_selection`)."""
    page = consenting(browser, app, "doctor", "3", "launch/patient patient/Condition.rs")
    assert "Or only some of them" in page.text
    whole = "patient/Condition.rs"
    part = f"{whole}?category=http://terminology.hl7.org/CodeSystem/condition-category|encounter-diagnosis"
    token = app.granted(browser.press(page, "Allow", without=(whole,), scope=part))
    assert token["scope"] == f"launch/patient {part}"
    found = app.read(token, "Condition?patient=3").json()["entry"]
    assert {each["resource"]["category"][0]["coding"][0]["code"] for each in found} == {"encounter-diagnosis"}
    assert "entry" not in app.read(token, "Condition?patient=3&category=problem-list-item").json()


def test_who_refuses_everything_is_asked_again(browser: Browser, app: App) -> None:
    page = consenting(browser, app, "doctor", "3", "launch/patient patient/Patient.rs")
    again = browser.press(page, "Allow", without=("patient/Patient.rs",))
    assert isinstance(again, Page)
    assert again.status == 400
    assert "Choose at least one of them, or deny." in again.text


def test_denying_tells_the_app(browser: Browser, app: App, smart: Smart) -> None:
    page = consenting(browser, app, "doctor", "3", "launch/patient patient/Patient.rs")
    left = browser.press(page, "Deny")
    assert isinstance(left, Left)
    assert left.url.startswith(f"{REDIRECT}?")
    assert left.query == {
        "error": "access_denied",
        "error_description": "the user did not allow it",
        "state": app.state,
        "iss": smart.root,
    }


@pytest.mark.parametrize("at", ["sign in", "patient"])
def test_one_can_turn_back_at_every_page(browser: Browser, app: App, at: str) -> None:
    page = browser.see(app.url()) if at == "sign in" else signed_in(browser, app, "doctor")
    left = browser.press(page, "Cancel")
    assert isinstance(left, Left)
    assert left.query["error"] == "access_denied"


def test_another_patient_can_be_chosen(browser: Browser, app: App) -> None:
    page = consenting(browser, app, "doctor", "3", "launch/patient patient/Patient.rs")
    picker = browser.press(page, "Choose another")
    assert isinstance(picker, Page)
    token = app.granted(browser.press(browser.press(picker, "Patient 4 "), "Allow"))  # type: ignore[arg-type]
    assert token["patient"] == "4"


def test_who_is_chosen_comes_with_the_records_and_is_refused_with_them(browser: Browser, app: App) -> None:
    page = consenting(browser, app, "doctor", "3", "openid launch/patient patient/Patient.rs user/Procedure.rs")
    assert "Know which patient is chosen (comes with the records of the chosen patient) launch/patient" in page.text
    assert "launch/patient" not in checked(page)
    token = app.granted(browser.press(page, "Allow", without=("patient/Patient.rs",)))
    assert token["scope"] == "openid user/Procedure.rs"
    assert "patient" not in token
    page = browser.press(browser.see(app.url("launch/patient user/Procedure.rs")), "Patient 3 ")
    assert checked(page) == ["user/Procedure.rs", "launch/patient"]
    token = app.granted(browser.press(page, "Allow", without=("launch/patient",)))  # type: ignore[arg-type]
    assert "patient" not in token


def test_what_nobody_can_give_is_listed_with_the_reason(smart: Smart, browser: Browser) -> None:
    narrow = new_client("narrow", "Narrow app", "public", "openid patient/*.rs user/Patient.rs", [REDIRECT])
    smart.keep(lambda store: store.clients.register(narrow))
    asked = "openid fhirUser patient/*.cruds patient/Immunization.rs user/*.rs user/Condition.rs system/*.rs"
    page = consenting(browser, App(smart, "narrow"), "doctor", "3", asked)
    listed = re.findall(r"<li>([^<]*: (?:the|this|that|your)[^<]*)</li>", page.html)
    assert listed == [
        "Know who you are in the medical record: the app is not registered for it",
        "Add, change and delete all records of the chosen patient: the app is not registered for it",
        "Read and search all records that you may see yourself: the app is registered for some of them only",
        "Read and search conditions that you may see yourself: the app is not registered for it",
        "Read and search all records of all patients: that is for services that run without a user",
    ]
    page = browser.press(browser.see(App(smart).url("patient/Patient.rs patient/Immunization.rs")), "Patient 3 ")
    assert checked(page) == ["patient/Patient.rs"]
    assert "Read and search immunizations of the chosen patient: this server has no such records" in page.text  # type: ignore[union-attr]


def test_an_app_keeps_its_access_in_one_of_two_ways(browser: Browser, app: App) -> None:
    scope = "launch/patient offline_access online_access patient/Patient.rs"
    page = consenting(browser, app, "doctor", "3", scope)
    assert checked(page) == ["patient/Patient.rs", "offline_access"]
    assert "Or not for so long" in page.text
    assert app.granted(browser.press(page, "Allow"))["scope"] == "launch/patient offline_access patient/Patient.rs"
    page = browser.press(browser.see(app.url(scope)), "Patient 3 ")
    assert isinstance(page, Page)
    form = page.form("Allow")
    token = app.granted(browser.send(form.action, [*form.fields, ("scope", "online_access"), ("decision", "allow")]))
    assert token["scope"] == "launch/patient online_access patient/Patient.rs"


def checked(page: Page | Left) -> list[str]:
    """The scopes whose boxes are checked."""
    assert isinstance(page, Page), page
    return [value for name, value in page.form("Allow").fields if name == "scope"]


def test_what_was_unchecked_stays_so_while_another_patient_is_chosen(browser: Browser, app: App) -> None:
    scope = "openid launch/patient patient/Patient.rs patient/Condition.rs patient/Procedure.rs"
    page = consenting(browser, app, "doctor", "3", scope)
    part = "patient/Condition.rs?category=http://terminology.hl7.org/CodeSystem/condition-category|encounter-diagnosis"
    picker = browser.press(page, "Choose another", without=("patient/Procedure.rs", "patient/Condition.rs", "openid"), scope=part)
    assert isinstance(picker, Page)
    picker = browser.press(picker, "Search", identifier="4")
    assert isinstance(picker, Page)
    assert checked(browser.press(picker, "Patient 4 ")) == [part]


def test_the_button_that_enter_presses_decides_nothing_and_loses_nothing(browser: Browser, app: App) -> None:
    """https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#implicit-submission"""
    page = consenting(browser, app, "doctor", "3", "openid launch/patient patient/Patient.rs patient/Procedure.rs")
    first = next(iter(page.form("Allow").buttons))
    after = browser.press(page, first, without=("patient/Procedure.rs", "openid"))
    assert isinstance(after, Page)
    assert "What may Growth chart do? " in after.text
    assert "Patient 3" in after.text
    assert "patient/Patient.rs" in checked(after)
    assert not {"patient/Procedure.rs", "openid"} & {*checked(after)}


@pytest.mark.parametrize("at", ["patient", "consent"])
def test_who_is_somebody_else_signs_out_and_the_request_goes_on(smart: Smart, browser: Browser, app: App, at: str) -> None:
    scope = "openid launch/patient patient/*.cruds user/*.rs"
    page = signed_in(browser, app, "doctor", scope, nonce="n-1", prompt="login")
    page = browser.press(page, "Patient 3 ") if at == "consent" else page  # type: ignore[assignment]
    assert "Not Ada Doctor? Sign out and sign in as yourself" in page.text
    foreign = browser.post(page.form("Sign out").action, [*page.form("Sign out").fields], origin="https://evil.example")
    assert foreign.status_code == 403
    secret = {**browser.http.cookies}
    after = browser.press(page, "Sign out")
    assert isinstance(after, Page)
    assert "To continue to Growth chart" in after.text
    assert "Signed in as" not in after.text
    left_over = httpx.get(f"{smart.root}/auth/account", cookies=secret)
    assert "Password" in left_over.text, "the session itself has ended"
    picker = browser.sign_in(after, "nurse", PASSWORD)
    assert isinstance(picker, Page)
    consent = browser.press(picker, next(text for text in picker.buttons() if text.startswith("Patient ")))
    token = app.granted(browser.press(consent, "Allow"))  # type: ignore[arg-type]
    assert json.loads(jws.extract_compact(token["id_token"].encode()).payload)["nonce"] == "n-1"


def test_what_a_role_does_not_allow_is_shown_as_not_given(browser: Browser, app: App) -> None:
    page = signed_in(browser, app, "desk", "user/Patient.cruds user/Procedure.rs")
    assert "Add, read, change and search" in page.text
    assert "Asked for and not given" in page.text
    assert "your role does not allow it" in page.text
    assert [value for name, value in page.form("Allow").fields if name == "scope"] == ["user/Patient.crus"]
    assert app.granted(browser.press(page, "Allow"))["scope"] == "user/Patient.crus"


def test_to_administer_is_asked_for_by_itself(browser: Browser, app: App, smart: Smart) -> None:
    page = signed_in(browser, app, "admin", "administer user/*.rs")
    assert "Administer this server Register apps, and read who looked at what" in page.text
    assert "Keep its access" not in page.text
    assert app.granted(browser.press(page, "Allow"))["scope"] == "administer user/*.rs"
    page = signed_in(smart.browser(), app, "doctor", "administer user/*.rs")
    assert "Register apps, and read who looked at what: your role does not allow it" in page.text


def test_a_patient_needs_no_choice_and_has_none(browser: Browser, app: App) -> None:
    page = signed_in(browser, app, "patient", "launch/patient patient/*.rs")
    assert "Patient 1" in page.text
    assert "Choose another" not in page.text
    token = app.granted(browser.press(page, "Allow"))
    assert token["patient"] == "1"
    assert app.read(token, "Patient/3").status_code == 404


def test_patients_are_found_by_identifier_id_and_birth_date(browser: Browser, app: App) -> None:
    page = signed_in(browser, app, "doctor")

    def found(**typed: str) -> list[str]:
        answer = browser.press(page, "Search", **typed)
        assert isinstance(answer, Page)
        return [re.match(r"Patient (\S+)", text)[1] for text in answer.buttons() if text.startswith("Patient")]  # type: ignore[index]

    assert (found()[:3], len(found()), [id for id in found() if id.startswith("-")]) == (["1", "2", "3"], 10, [])
    assert found(identifier="Patient -7") == found(identifier="-7") == found(identifier="MRN000000007") == ["-7"]
    assert found(identifier="Patient/5") == ["5"]
    assert found(identifier="MRN000000005") == found(identifier="mrn000000005") == ["5"]
    assert found(identifier="5") == ["5"]
    assert found(birthdate="1968-02") == ["3"]
    assert found(birthdate="1968-02", identifier="MRN000000003") == ["3"]
    assert found(birthdate="1968-02", identifier="MRN000000005") == []


def test_persons_with_negative_keys_come_last(smart: Smart, browser: Browser, app: App) -> None:
    born = rows(smart.served.database, "SELECT DISTINCT year_of_birth FROM cdm.person WHERE person_id = -7")[0][0]
    page = browser.press(signed_in(browser, app, "doctor"), "Search", birthdate=str(born))
    assert isinstance(page, Page)
    texts = [text for text in page.buttons() if text.startswith("Patient ")]
    assert texts[-1].startswith("Patient -7 ")
    assert f"{len(texts)} found" in page.text


def test_a_patient_with_a_name_is_found_by_it(browser: Browser, app: App, smart: Smart) -> None:
    token = app.granted(browser.press(signed_in(browser, app, "doctor", "user/Patient.cruds"), "Allow"))
    before = browser.see(app.url())
    assert "No names are known here: search by date of birth, identifier or id." in before.text
    assert 'name="name"' not in before.html
    person = {"resourceType": "Patient", "gender": "female", "birthDate": "1970-01-01"}
    person["name"] = [{"family": "Müller <i>", "given": ["Ann"]}, {"use": "official", "text": "Dr. Ann Müller <i>"}]
    headers = {"authorization": f"Bearer {token['access_token']}", "content-type": "application/fhir+json"}
    assert httpx.post(f"{smart.served.base}/Patient", json=person, headers=headers).status_code == 201
    page = browser.see(app.url())
    assert "No names are known" not in page.text
    page = browser.press(page, "Search", name="müller  ann")
    assert isinstance(page, Page)
    assert any(text.startswith("Dr. Ann Müller <i> female, born 1970-01-01") for text in page.buttons())
    assert "<i>" not in page.html


def test_a_birth_date_that_is_none_is_told(browser: Browser, app: App) -> None:
    page = browser.press(signed_in(browser, app, "doctor"), "Search", birthdate="yesterday")
    assert isinstance(page, Page)
    assert page.status == 400
    assert page.text.count("Write the date of birth as 1980-04-21.") == 1
    assert 'aria-invalid="true" aria-describedby="birthdate-fault"' in page.html
    assert " found" not in page.text


def test_whoever_is_signed_in_need_not_sign_in_again(browser: Browser, app: App) -> None:
    signed_in(browser, app, "doctor")
    assert "Choose a patient" in browser.see(app.url()).text
    assert "Sign in" in browser.see(app.url(prompt="login")).buttons()
    assert "Choose a patient" in signed_in(browser, app, "desk", prompt="login").text
    assert "Signed in as Rita Desk" in browser.see(app.url()).text


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"aud": "https://other.example.org/fhir"}, "invalid_request"),  # Inferno: `g10_smart_invalid_aud`
        ({"aud": ""}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"scope": "system/*.rs"}, "invalid_scope"),
        ({"scope": "launch patient/*.rs", "launch": "nobody's"}, "invalid_request"),  # `g10_smart_invalid_launch_param`
    ],
    ids=str,
)
def test_a_request_that_is_wrong_goes_back_to_the_app(
    browser: Browser, app: App, given: dict[str, str], error: str
) -> None:
    signed_in(browser, app, "patient")
    left = browser.open(app.url(given.pop("scope", "launch/patient patient/*.rs"), **given))
    assert isinstance(left, Left)
    assert left.url.startswith(f"{REDIRECT}?")
    assert left.query["error"] == error
    assert left.query.get("state") == (None if "state" in given else app.state)


@pytest.mark.parametrize(
    ("prompt", "login", "error"),
    [
        ("none", None, "login_required"),
        ("none", "doctor", "consent_required"),
        ("none login", None, "invalid_request"),
        ("sometimes", None, "invalid_request"),
    ],
)
def test_an_app_may_ask_without_pages(browser: Browser, app: App, prompt: str, login: str | None, error: str) -> None:
    if login:
        signed_in(browser, app, login)
    left = browser.open(app.url(prompt=prompt))
    assert isinstance(left, Left)
    assert (left.query["error"], left.query["state"]) == (error, app.state)


def test_a_request_may_come_as_a_form(browser: Browser, app: App) -> None:
    page = browser.send("/auth/authorize", [*app.parameters().items()], origin="https://app.example.org")
    assert isinstance(page, Page)
    assert "To continue to Growth chart" in page.text


def test_an_app_on_a_phone_gets_its_code(browser: Browser, smart: Smart) -> None:
    app = App(smart, "native", "org.example.app:/back")
    page = consenting(browser, app, "doctor", "3", "launch/patient patient/Patient.rs")
    assert "form-action 'self' org.example.app:;" in page.answer.headers["content-security-policy"]
    assert app.granted(browser.press(page, "Allow"))["patient"] == "3"


def test_access_without_the_user_ends_with_the_session(browser: Browser, app: App) -> None:
    def grant(scope: str) -> dict[str, Any]:
        page = browser.see(app.url(scope))
        page = browser.sign_in(page, "doctor", PASSWORD) if "Password" in page.text else page  # type: ignore[assignment]
        return app.granted(browser.press(browser.press(page, "Patient 3 "), "Allow"))  # type: ignore[arg-type]

    online = grant("launch/patient online_access patient/Patient.rs")
    offline = grant("launch/patient offline_access patient/Patient.rs")
    account = browser.see("/auth/account")
    assert "go on when you sign out, until you take it back here" in account.text
    after = browser.press(account, "Sign out everywhere")
    assert isinstance(after, Page)
    assert "You are signed out on this device and on all others." in after.text
    assert "Other apps that you let in still have access. To take it back, sign in again" in after.text
    assert "Password" in browser.see("/auth/account").text
    assert app.read(online, "Patient/3").status_code == 401
    assert app.read(offline, "Patient/3").status_code == 200


def test_what_was_granted_can_be_taken_back(smart: Smart, browser: Browser) -> None:
    app = App(smart)
    token = app.granted(browser.press(signed_in(browser, app, "patient", "offline_access patient/Patient.rs"), "Allow"))
    account = browser.see("/auth/account")
    assert "Growth chart" in account.text
    assert "Read and search" in account.text
    after = browser.press(account, "Take back")
    assert isinstance(after, Page)
    assert "Taken back" in after.text
    assert app.read(token, "Patient/1").status_code == 401
    refreshed = httpx.post(
        f"{smart.root}/auth/token",
        data={"grant_type": "refresh_token", "refresh_token": token["refresh_token"], "client_id": "app"},
    )
    assert (refreshed.status_code, refreshed.json()["error"]) == (400, "invalid_grant")


def test_signing_out_tells_of_apps_that_go_on_only_where_some_do(smart: Smart, browser: Browser) -> None:
    """A fresh account."""
    smart.keep(lambda store: store.accounts.create("alone", "Al One", PASSWORD, ["Doctor"], Person("Practitioner/1")))
    app = App(smart)
    for scope, told in (("user/Patient.rs", False), ("offline_access user/Patient.rs", True)):
        app.granted(browser.press(signed_in(browser, app, "alone", scope), "Allow"))
        after = browser.press(browser.see("/auth/account"), "Sign out")
        assert isinstance(after, Page)
        assert "You are signed out on this device." in after.text
        assert ("still have access" in after.text) == told


def test_what_is_taken_back_has_a_name_of_its_own(smart: Smart, browser: Browser) -> None:
    app = App(smart)
    app.granted(browser.press(consenting(browser, app, "admin", "3", "user/Procedure.rs patient/Patient.rs"), "Allow"))
    for _ in range(2):  # twice the same, at once
        app.granted(browser.press(browser.see(app.url("user/Condition.rs")), "Allow"))
    names = re.findall('aria-label="(Take back [^"]+)"', browser.see("/auth/account").html)
    assert len({*names}) == len(names) >= 3
    assert any(re.search(r"Growth chart may do, since 20\S+ \S+ UTC, patient 3: Read and search", name) for name in names)


def test_whoever_is_signed_in_is_not_asked_to_sign_in(browser: Browser, app: App) -> None:
    signed_in(browser, app, "doctor")
    page = browser.see("/auth/sign-in")
    assert "Ada Doctor" in page.text
    assert "Password" not in page.text


def test_a_search_tells_in_the_title_what_it_found(browser: Browser, app: App) -> None:
    page = signed_in(browser, app, "doctor")
    assert "<title>Choose a patient" in page.html
    told = (({"identifier": "5"}, "1 found"), ({"identifier": "nobody"}, "0 found"), ({"birthdate": "19"}, "Not searched"))
    for typed, title in told:
        answer = browser.press(page, "Search", **typed)
        assert isinstance(answer, Page)
        assert f"<title>{title}: Choose a patient" in answer.html


def test_an_emergency_needs_a_reason_and_somebody_who_is_meant(browser: Browser, app: App) -> None:
    page = signed_in(browser, app, "nurse")
    blank = browser.press(page, "Find in an emergency", identifier="3", reason=" ")
    assert isinstance(blank, Page)
    assert (blank.status, "Without a reason there is no access." in blank.text) == (400, True)
    vague = browser.press(page, "Find in an emergency", reason="unconscious")
    assert isinstance(vague, Page)
    assert vague.status == 400
    assert "In an emergency give the identifier" in vague.text
    for answer in (blank, vague):
        assert "No patient is here" not in answer.text
        assert not [text for text in answer.buttons() if text.startswith("Patient ")]


def test_an_address_that_is_none_is_a_page_for_a_browser(browser: Browser) -> None:
    page = Page(browser.http.get("/auth/nope", headers={"accept": "text/html,*/*;q=0.8"}))
    assert (page.status, "There is no such page" in page.text) == (404, True)
    assert browser.http.get("/auth/nope").json()["resourceType"] == "OperationOutcome"


def test_the_home_page_has_one_heading_above_all(browser: Browser) -> None:
    assert browser.see("/").html.count("<h1>") == 1
