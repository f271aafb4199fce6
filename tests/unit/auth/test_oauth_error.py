"""Errors of OAuth: the status, the headers and the body of the answer."""

from __future__ import annotations

import pytest

from omop_fhir.auth.oauth_error import OAuthError, Replayed, invalid_client, invalid_grant, invalid_request
from omop_fhir.web.audited import outcome_of

BASIC = {"WWW-Authenticate": 'Basic realm="omop-fhir"'}


@pytest.mark.parametrize(
    ("error", "status", "headers"),
    [
        (invalid_client("x"), 401, BASIC),
        (Replayed("x", "invalid_client", 401), 401, BASIC),
        (Replayed("x"), 400, {}),
        (invalid_grant("x"), 400, {}),
        (invalid_request("x"), 400, {}),
    ],
)
def test_the_status_is_the_one_of_the_error_for_the_answer_and_the_audit(
    error: OAuthError, status: int, headers: dict[str, str]
) -> None:
    assert (error.status, error.headers, outcome_of(error)) == (status, headers, ("refused", str(status)))


def test_a_description_holds_what_rfc_6749_allows() -> None:
    assert invalid_grant('"é"\\').body() == {"error": "invalid_grant", "error_description": "''''"}
