"""Narrative: plain XHTML passes, whatever acts does not."""

from __future__ import annotations

import pytest

from omop_fhir.validate.narrative import check_narrative

NAMESPACE = 'xmlns="http://www.w3.org/1999/xhtml"'


@pytest.mark.parametrize(
    "inner",
    [
        "text",
        '<p style="color: red" class="a">x</p><br/>',
        '<a href="https://example.org">x</a><a name="y">y</a><a href="#y">z</a><a href="Patient/1">p</a>',
        '<img src="#pic" alt="x"/>',
        '<img src="data:image/png;base64,AAAA" alt="x"/>',
        '<table border="1"><tbody><tr><td colspan="2">&#160;1 &lt; 2</td></tr></tbody></table>',
        "<!-- a comment -->x",
    ],
)
def test_allowed(inner: str) -> None:
    assert check_narrative(f"<div {NAMESPACE}>{inner}</div>") is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("<div>no namespace</div>", "txt-1"),
        (f"<p {NAMESPACE}>no div</p>", "txt-1"),
        (f"<div {NAMESPACE}>", "txt-1"),
        (f"<div {NAMESPACE}>&nbsp;</div>", "txt-1"),
        (f"<div {NAMESPACE}> <p/> </div>", "txt-2"),
        (f"<div {NAMESPACE}><script>alert(1)</script></div>", "txt-1"),
        (f"<div {NAMESPACE}><form/>x</div>", "txt-1"),
        (f"<div {NAMESPACE}><iframe src='x'/>x</div>", "txt-1"),
        (f"<div {NAMESPACE}><svg xmlns='http://www.w3.org/2000/svg'/>x</div>", "txt-1"),
        (f"<div {NAMESPACE} onclick='x()'>x</div>", "txt-1"),
        (f"<div {NAMESPACE}><a href='javascript:x()'>x</a></div>", "txt-1"),
        (f"<div {NAMESPACE}><a href='&#9;JavaScript&#10;:x()'>x</a></div>", "txt-1"),
        (f"<div {NAMESPACE}><a href='java&#10;script:x()'>x</a></div>", "txt-1"),
        (f"<div {NAMESPACE}><a href='data:text/html,x'>x</a></div>", "txt-1"),
        (f"<div {NAMESPACE}><p style='background: url(javascript:x)'>x</p></div>", "txt-1"),
        (f'<!DOCTYPE div [<!ENTITY a "b">]><div {NAMESPACE}>&a;</div>', "txt-1"),
        (f"<?php x?><div {NAMESPACE}>x</div>", "txt-1"),
    ],
)
def test_refused(text: str, key: str) -> None:
    problem = check_narrative(text)
    assert problem is not None
    assert problem.startswith(key)
