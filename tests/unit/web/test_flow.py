"""A flow goes through the browser as sealed JSON, and comes back as it was."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.auth.authorization_request import AuthorizationRequest
from omop_fhir.web.authorize.flow import Flow

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
MAYBE = st.none() | TEXT
REQUESTS = st.builds(
    AuthorizationRequest, client=TEXT, redirect_uri=TEXT, scope=TEXT, state=TEXT, code_challenge=TEXT, launch=MAYBE, nonce=MAYBE,
    prompt=MAYBE,
)  # fmt: skip
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
FLOWS = st.builds(Flow, REQUESTS, st.booleans(), MAYBE, MAYBE, TEXTS, st.none() | TEXTS)


@given(FLOWS)
def test_what_was_sealed_comes_back(flow: Flow) -> None:
    back = Flow.from_json(orjson.loads(orjson.dumps(flow.to_json())))
    assert (back, hash(back)) == (flow, hash(flow))
