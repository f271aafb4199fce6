"""What a user can give an app, and what of the things asked for not, with the reason in words.

The scopes asked for, the user's roles and the context enter; an `Offer` leaves. Nothing is rejected: an empty offer says why.
https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#obtain-authorization-code
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass, replace

from ..fhir.search_parameters import search_parameter
from .grants import ALL_TYPES
from .plain_words import in_words
from .role import Role, allowed_scopes
from .scope import NOTHING, Scope, Scopes, reduced

_NOT_ALLOWED = "your role does not allow it"
_IN_PART = "your role allows it for some of them only"
_NO_PATIENT = "no patient is chosen"
_NO_SEARCH = "FHIR has no such search"
_NOT_SERVED = "this server has no such records"
_NOT_REGISTERED = "the app is not registered for it"
_PARTLY_REGISTERED = "the app is registered for some of them only"
_NO_USER = "that is for services that run without a user"
_WITHOUT = {
    "launch": "the app was not started from a record",
    "launch/patient": _NO_PATIENT,
    "launch/encounter": "no visit is chosen",
    "fhirUser": "your account is nobody in the medical record",
}

_CONDITION = "http://terminology.hl7.org/CodeSystem/condition-category"
_OBSERVATION = "http://terminology.hl7.org/CodeSystem/observation-category"
_US_CORE = "http://hl7.org/fhir/us/core/CodeSystem"
_CATEGORIES = {
    "Condition": {
        f"{_CONDITION}|problem-list-item": "the problem list",
        f"{_CONDITION}|encounter-diagnosis": "diagnoses of visits",
        f"{_US_CORE}/condition-category|health-concern": "health concerns",
    },
    "Observation": {
        f"{_OBSERVATION}|vital-signs": "vital signs",
        f"{_OBSERVATION}|laboratory": "laboratory results",
        f"{_OBSERVATION}|social-history": "social history",
        f"{_OBSERVATION}|survey": "answers to questionnaires",
        f"{_US_CORE}/us-core-category|sdoh": "living conditions",
    },
}
"""https://github.com/onc-healthit/onc-certification-g10-test-kit (Granular Scope Selection)"""
_LASTING = dict.fromkeys(("offline_access", "online_access"), "access in an emergency is for a few minutes")
_REASONS = {**_WITHOUT, **_LASTING}


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked for and cannot be given, in plain words, and why."""

    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class Offer:
    """The scopes that may be given, and what is refused."""

    scopes: Scopes
    refused: tuple[Refused, ...] = ()

    def chosen(self, texts: Collection[str]) -> Scopes:
        """Those of the offered scopes that are among the texts, or parts of them, which then count instead of the whole.

        What was not offered is never among them. The patient is known to whoever gets the records of the patient; of two ways to
        keep the access the shorter counts.
        """
        wholes = {each: [part for part in parts_of(each) if str(part) in texts] for each in self.scopes.resources}
        chosen = ((each, parts) for each, parts in wholes.items() if parts or str(each) in texts)
        resources = reduced(scope for each, parts in chosen for scope in parts or [each])
        words = {word for word in self.scopes.words if word in texts} - self.implied
        if any(each.level == "patient" for each in resources):
            words |= self.implied
        if self.is_shorter_possible and "online_access" in words:
            words.discard("offline_access")
        return Scopes(resources, tuple(word for word in self.scopes.words if word in words))

    @property
    def implied(self) -> frozenset[str]:
        """The words that come with the records of a patient and cannot be refused beside them."""
        return frozenset(self.scopes.words) & {"launch/patient"} if "patient" in self.scopes.levels() else frozenset()

    @property
    def is_shorter_possible(self) -> bool:
        """May the app keep its access beyond the sign-in, or, if the user wants, no longer than that?"""
        return {"offline_access", "online_access"} <= set(self.scopes.words)


def parts_of(scope: Scope) -> dict[Scope, str]:
    """What may be given instead of a whole scope, in words: one category, which ONC's certification wants of these types."""
    categories = _CATEGORIES.get(scope.type, {}) if not scope.query else {}
    return {replace(scope, query=(("category", code),), version_1=False): words for code, words in categories.items()}


def make_offer(
    asked: Scopes,
    roles: Collection[Role],
    known: Collection[str],
    served: Container[str],
    *,
    withheld: Scopes = NOTHING,
    emergency: bool = False,
) -> Offer:
    """What may be given; `known` are those of the words about context (launch..., fhirUser) that there is an answer to.

    `served` are the resource types that there are, `withheld` is what the app wanted beyond what it is registered for. Scopes
    of a patient's level are offered only where a patient is known (`launch/patient` in `known`). In an `emergency` no app keeps
    its access.
    """
    given = allowed_scopes(asked, roles)
    absent = _WITHOUT.keys() - set(known) | (_LASTING.keys() if emergency else set())
    words = tuple(word for word in given.words if word not in absent)
    missing = (word for word in asked.words if word not in words)
    resources = (each for each in given.resources if _is_search(each) and _is_served(each, served))
    given = replace(given, resources=tuple(resources))
    if "launch/patient" not in known:
        given = given.of(("user",))
    refused = (
        *(Refused(in_words(word), _REASONS.get(word, _NOT_ALLOWED)) for word in missing),
        *_refused(asked, given, known, served),
        *_withheld(withheld, asked),
    )
    return Offer(replace(given, words=words), refused)


def _withheld(withheld: Scopes, asked: Scopes) -> Iterator[Refused]:
    """What no user can give this app."""
    for word in withheld.words:
        yield Refused(in_words(word), _NOT_REGISTERED)
    for scope in withheld.resources:
        if scope.level == "system":
            yield Refused(in_words(scope), _NO_USER)
        else:
            yield Refused(in_words(scope), _PARTLY_REGISTERED if _is_met(scope, asked) else _NOT_REGISTERED)


def _refused(asked: Scopes, given: Scopes, known: Collection[str], served: Container[str]) -> Iterator[Refused]:
    """What is left of each resource scope without what is given."""
    for scope in asked.resources:
        if scope.level == "patient" and "launch/patient" not in known:
            yield Refused(in_words(scope), _NO_PATIENT)
            continue
        if not _is_search(scope):
            yield Refused(in_words(scope), _NO_SEARCH)
            continue
        if not _is_served(scope, served):
            yield Refused(in_words(scope), _NOT_SERVED)
            continue
        for left in Scopes((scope,)).beyond(given).resources:
            yield Refused(in_words(left), _IN_PART if _is_met(left, given) else _NOT_ALLOWED)


def _is_search(scope: Scope) -> bool:
    """Is all that a granular scope names a search parameter of its type? Else it would open nothing."""
    return all(search_parameter(scope.type, name.partition(":")[0]) for name, _ in scope.query)


def _is_served(scope: Scope, served: Container[str]) -> bool:
    return scope.type == ALL_TYPES or scope.type in served


def _is_met(scope: Scope, given: Scopes) -> bool:
    """Is some of it given?"""
    return any(scope.meet(each) for each in given.resources if each.level == scope.level)
