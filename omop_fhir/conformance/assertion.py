"""The assertions of TestScripts: one function for each kind.

What enters: an assertion, the memory of the run, the profiles that are known. What leaves: what was seen, in words.
What is rejected: `Failed` where the assertion does not hold, `Skipped` where it cannot be tried, `Broken` where it
means nothing. https://hl7.org/fhir/R4/testscript-definitions.html#TestScript.setup.action.assert
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from . import operators
from .exchange import Answer, Exchange, Message
from .fhirpath import PathError, as_text, evaluate
from .fhirpath import holds as is_true
from .media import matches
from .memory import Memory
from .path import values_at
from .profiles.library import Library, UnknownProfile
from .script import Assertion
from .verdict import Broken, Failed, Skipped

RESPONSES = {
    "okay": "200", "created": "201", "noContent": "204", "notModified": "304", "bad": "400", "forbidden": "403",
    "notFound": "404", "methodNotAllowed": "405", "conflict": "409", "gone": "410", "preconditionFailed": "412",
    "unprocessable": "422",
}  # fmt: skip
"""https://hl7.org/fhir/R4/valueset-assert-response-code-types.html"""
SHOWN = 200


class Judge:
    """Judges the assertions of one script."""

    def __init__(self, memory: Memory, library: Library, profiles: dict[str, str]) -> None:
        self.memory = memory
        self.library = library
        self.profiles = profiles

    def judge(self, assertion: Assertion) -> str:
        """What was seen where all that the assertion says holds. Raises Failed, Skipped, Broken."""
        kinds = [kind for kind in KINDS if kind in assertion.element and not _is_part(kind, assertion)]
        if not kinds:
            raise Skipped(assertion.get("description") or "the assertion asserts nothing that TestScripts of R4 know")
        try:
            return "; ".join(KINDS[kind](self, assertion) for kind in kinds)
        except PathError as error:
            raise Broken(str(error)) from None

    def message(self, assertion: Assertion) -> Message:
        """What the assertion looks at: the source that it names, else the last request or answer."""
        return self.memory.message(assertion.get("sourceId"), assertion.get("direction"))

    def resource(self, assertion: Assertion) -> Any:
        """The resource that the assertion looks at."""
        found = self.memory.resource(assertion.get("sourceId"), assertion.get("direction"))
        if not isinstance(found, dict):
            raise Failed(f"{_place(assertion)} holds no resource")
        return found

    def answer(self) -> Answer:
        message = self.memory.message(None)
        if not isinstance(message, Answer):
            raise Broken("there is no answer")
        return message

    def exchange(self) -> Exchange:
        if self.memory.last is None:
            raise Broken("nothing was sent before")
        return self.memory.last

    def text(self, assertion: Assertion, name: str) -> str | None:
        """A string element with variables filled in."""
        value = assertion.get(name)
        return None if value is None else self.memory.text(value)


def _is_part(kind: str, assertion: Assertion) -> bool:
    """Whether what would be a kind of its own only tells what an expression or a path is compared with."""
    return kind == "compareToSourceId" and ("expression" in assertion.element or "path" in assertion.element)


def _place(assertion: Assertion) -> str:
    return assertion.get("sourceId") or f"the {assertion.get('direction') or 'response'}"


def compare(what: str, seen: Sequence[str], operator: str, wanted: str | None) -> str:
    """What was seen, if it fulfils the operator. Raises Failed, Broken."""
    shown = f"{what} is {_shown(seen)}"
    if not operators.holds(seen, operator, wanted):
        raise Failed(f"{shown}, expected: {operators.described(operator, wanted)}")
    return shown


def _shown(values: Sequence[str]) -> str:
    if not values:
        return "not there"
    text = ", ".join(values)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


# The answer and the request


def _response(judge: Judge, assertion: Assertion) -> str:
    word = assertion.get("response") or ""
    wanted = RESPONSES.get(word)
    if wanted is None:
        raise Broken(f"{word!r} is not a response code of R4's TestScript")
    return compare("the status", [str(judge.answer().status)], assertion.get("operator") or "equals", wanted)


def _response_code(judge: Judge, assertion: Assertion) -> str:
    operator = assertion.get("operator") or "equals"
    return compare("the status", [str(judge.answer().status)], operator, judge.text(assertion, "responseCode"))


def _content_type(judge: Judge, assertion: Assertion) -> str:
    seen, wanted = judge.message(assertion).content_type, judge.text(assertion, "contentType") or ""
    operator = assertion.get("operator") or "equals"
    if operator not in ("equals", "notEquals"):
        return compare("Content-Type", [seen] if seen else [], operator, wanted)
    if matches(seen, wanted) != (operator == "equals"):
        raise Failed(f"Content-Type is {seen or 'not there'}, expected: {operator} {wanted}")
    return f"Content-Type is {seen}"


def _header(judge: Judge, assertion: Assertion) -> str:
    name = assertion.get("headerField") or ""
    seen, wanted = judge.message(assertion).header(name), judge.text(assertion, "value")
    operator = assertion.get("operator") or ("notEmpty" if wanted is None else "equals")
    return compare(f"the header {name}", [] if seen is None else [seen], operator, wanted)


def _method(judge: Judge, assertion: Assertion) -> str:
    seen, wanted = judge.exchange().request.method.lower(), assertion.get("requestMethod")
    return compare("the method", [seen], assertion.get("operator") or "equals", wanted)


def _request_url(judge: Judge, assertion: Assertion) -> str:
    seen, wanted = judge.exchange().request.url, judge.text(assertion, "requestURL")
    return compare("the URL", [seen], assertion.get("operator") or "equals", wanted)


# The resource


def _resource(judge: Judge, assertion: Assertion) -> str:
    seen = judge.resource(assertion).get("resourceType")
    operator = assertion.get("operator") or "equals"
    return compare("the resource type", [str(seen)], operator, assertion.get("resource"))


def _expression(judge: Judge, assertion: Assertion) -> str:
    expression = judge.text(assertion, "expression") or ""
    values = evaluate(judge.resource(assertion), expression)
    operator = assertion.get("operator")
    if assertion.get("compareToSourceId") is not None:
        return _compared(judge, assertion, f"{expression}", [as_text(value) for value in values])
    if operator == "eval" or (operator is None and assertion.get("value") is None):
        if not is_true(values):
            raise Failed(f"{expression} is {_shown([as_text(value) for value in values])}, expected: true")
        return f"{expression} is true"
    return compare(expression, [as_text(value) for value in values], operator or "equals", judge.text(assertion, "value"))


def _path(judge: Judge, assertion: Assertion) -> str:
    path = judge.text(assertion, "path") or ""
    values = values_at(judge.resource(assertion), path)
    if assertion.get("compareToSourceId") is not None:
        return _compared(judge, assertion, path, values)
    wanted = judge.text(assertion, "value")
    operator = assertion.get("operator") or ("notEmpty" if wanted is None else "equals")
    return compare(path, _first(values, operator), operator, wanted)


def _first(values: Sequence[str], operator: str) -> Sequence[str]:
    """The string value of a set of nodes is that of its first node (XPath 1.0 §4.2)."""
    return values[:1] if operator in ("equals", "notEquals", "in", "notIn", "greaterThan", "lessThan") else values


# Two resources


def _compare_only(judge: Judge, assertion: Assertion) -> str:
    """Without expression or path of its own, an assertion looks at both resources with the same one."""
    expression, path = judge.text(assertion, "compareToSourceExpression"), judge.text(assertion, "compareToSourcePath")
    resource = judge.resource(assertion)
    if expression is not None:
        return _compared(judge, assertion, expression, [as_text(value) for value in evaluate(resource, expression)])
    return _compared(judge, assertion, path or "", values_at(resource, path or ""))


def _compared(judge: Judge, assertion: Assertion, what: str, seen: Sequence[str]) -> str:
    source = assertion.get("compareToSourceId") or ""
    other = judge.memory.resource(source)
    if not isinstance(other, dict):
        raise Broken(f"{source} holds no resource")
    wanted = _other(judge, assertion, other)
    operator = assertion.get("operator") or "equals"
    if operator in ("equals", "notEquals"):
        if (list(seen) == list(wanted)) != (operator == "equals"):
            raise Failed(f"{what} is {_shown(seen)}, expected: {operator} {_shown(wanted)}, as in {source}")
        return f"{what} is {_shown(seen)}, in {source} {_shown(wanted)}"
    return compare(what, seen, operator, ",".join(wanted))


def _other(judge: Judge, assertion: Assertion, other: Any) -> list[str]:
    expression = judge.text(assertion, "compareToSourceExpression")
    if expression is not None:
        return [as_text(value) for value in evaluate(other, expression)]
    path = judge.text(assertion, "compareToSourcePath")
    if path is None:
        raise Broken("compareToSourceId needs compareToSourceExpression or compareToSourcePath")
    return values_at(other, path)


def _minimum(judge: Judge, assertion: Assertion) -> str:
    id = assertion.get("minimumId") or ""
    missing = lacking(judge.memory.resource(id), judge.resource(assertion))
    if missing is not None:
        raise Failed(f"what {id} has is not there: {missing}")
    return f"all that {id} has is there"


def lacking(minimum: Any, seen: Any, place: str = "") -> str | None:
    """The first place of `minimum` that `seen` does not hold, None if there is none.

    Of a list each item must be among those seen, each once, in whatever order.
    """
    if isinstance(minimum, dict):
        if not isinstance(seen, dict):
            return place or "the resource"
        found = (lacking(value, seen.get(key), f"{place}.{key}".lstrip(".")) for key, value in minimum.items())
        return next((each for each in found if each is not None), None)
    if isinstance(minimum, list):
        return _lacking_item(minimum, seen if isinstance(seen, list) else [], place)
    return None if minimum == seen and isinstance(minimum, bool) == isinstance(seen, bool) else place


def _lacking_item(minimum: list[Any], seen: list[Any], place: str) -> str | None:
    left = list(seen)
    for index, item in enumerate(minimum):
        found = next((n for n, other in enumerate(left) if lacking(item, other) is None), None)
        if found is None:
            return f"{place}[{index}]"
        del left[found]
    return None


def _navigation(judge: Judge, assertion: Assertion) -> str:
    if assertion.element["navigationLinks"] is False:
        raise Skipped("navigationLinks is false: nothing to check")
    bundle = judge.resource(assertion)
    if bundle.get("resourceType") != "Bundle":
        raise Failed(f"a {bundle.get('resourceType')} has no navigation links")
    links = [(row.get("relation"), row.get("url")) for row in bundle.get("link", ())]
    problem = _navigation_problem(bundle, links)
    if problem is not None:
        raise Failed(problem)
    return f"the links are {', '.join(str(relation) for relation, _ in links)}"


def _navigation_problem(bundle: Any, links: list[tuple[Any, Any]]) -> str | None:
    """Links are well formed, each relation is there once, `self` is there, and a page that is not all has a way on."""
    names = [relation for relation, _ in links]
    if "self" not in names:
        return "the Bundle has no self link"
    if len(set(names)) < len(names):
        return f"a relation is there twice: {', '.join(map(str, names))}"
    wrong = [url for _, url in links if not isinstance(url, str) or not (urlsplit(url).scheme or url.startswith(("/", "?")))]
    if wrong:
        return f"the link {wrong[0]!r} leads nowhere"
    matched = [e for e in bundle.get("entry", ()) if (e.get("search") or {}).get("mode", "match") == "match"]
    on_its_way = {"next", "previous", "prev"} & set(names)
    if isinstance(bundle.get("total"), int) and bundle["total"] > len(matched) > 0 and not on_its_way:
        return f"{len(matched)} of {bundle['total']} entries are here, and no link leads to the others"
    return None


def _profile(judge: Judge, assertion: Assertion) -> str:
    id = assertion.get("validateProfileId") or ""
    canonical = judge.profiles.get(id)
    if canonical is None:
        raise Broken(f"the script has no profile {id!r}")
    try:
        found = judge.library.check(judge.resource(assertion), canonical)
    except UnknownProfile as error:
        raise Skipped(str(error)) from None
    if found.errors:
        raise Failed("; ".join(f"{issue.expression}: {issue.diagnostics}" for issue in found.errors[:5]))
    unchecked = f"; not checked: {', '.join(found.unchecked)}" if found.unchecked else ""
    return f"it is valid against {canonical}{unchecked}"


KINDS: dict[str, Callable[[Judge, Assertion], str]] = {
    "response": _response,
    "responseCode": _response_code,
    "contentType": _content_type,
    "headerField": _header,
    "requestMethod": _method,
    "requestURL": _request_url,
    "resource": _resource,
    "expression": _expression,
    "path": _path,
    "minimumId": _minimum,
    "navigationLinks": _navigation,
    "validateProfileId": _profile,
    "compareToSourceId": _compare_only,
}
