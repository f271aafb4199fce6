"""The SMART Python client (fhirclient) without a browser: standalone and EHR launch, reads, refresh."""

from __future__ import annotations

from typing import Any

import pytest

from .browser import Browser, Left, Page
from .conftest import PASSWORD, REDIRECT, App, Smart
from .test_launch import launch, visit_of
from .test_pages import signed_in

client = pytest.importorskip("fhirclient.client", reason="the package fhirclient is not installed")
patient = pytest.importorskip("fhirclient.models.patient")
procedure = pytest.importorskip("fhirclient.models.procedure")
encounter = pytest.importorskip("fhirclient.models.encounter")

SCOPE = "openid fhirUser offline_access patient/Patient.rs patient/Procedure.rs patient/Encounter.rs"


def client_of(smart: Smart, **given: str) -> Any:
    """The client of the registered app."""
    settings = {"app_id": "app", "api_base": smart.served.base, "redirect_uri": REDIRECT, "scope": SCOPE}
    return client.FHIRClient(settings=settings | given)


def finish(made: Any, browser: Browser, page: Page) -> None:
    """Allow, and have the client take what comes back."""
    left = browser.press(page, "Allow")
    assert isinstance(left, Left)
    made.handle_callback(left.url)
    assert made.ready


def test_it_launches_alone_reads_and_refreshes(smart: Smart, browser: Browser) -> None:
    made = client_of(smart)
    page = browser.sign_in(browser.see(made.authorize_url), "doctor", PASSWORD)
    assert isinstance(page, Page)
    chosen = browser.press(page, "Patient 3 ")
    assert isinstance(chosen, Page)
    finish(made, browser, chosen)
    assert (made.patient_id, made.patient.id, made.patient.gender) == ("3", "3", "female")
    found = [*procedure.Procedure.where(struct={"patient": "3", "_count": "2"}).perform_resources_iter(made.server)]
    assert {each.subject.reference for each in found} == {"Patient/3"}
    assert len(found) > 2
    before = made.server.auth.access_token
    assert made.reauthorize()
    assert made.server.auth.access_token != before
    assert patient.Patient.read("3", made.server).id == "3"


def test_it_is_launched_by_an_ehr(smart: Smart, browser: Browser) -> None:
    ehr = App(smart, "other", "https://other.example.org/back")
    token = ehr.granted(browser.press(signed_in(browser, ehr, "doctor", "user/*.rs"), "Allow"))
    visit = visit_of(smart, "3")
    made = client_of(smart, launch_token=launch(smart, token, encounter=visit).json()["launch"])
    finish(made, browser, browser.see(made.authorize_url))
    assert (made.patient_id, made.launch_context["encounter"]) == ("3", visit)
    assert encounter.Encounter.read(visit, made.server).subject.reference == "Patient/3"
