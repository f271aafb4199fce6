"""What a user can give an app: never more than the roles allow, and the rest is named."""

from __future__ import annotations

import pytest

from omop_fhir.auth.offer import make_offer
from omop_fhir.auth.role import seeded_roles
from omop_fhir.auth.scope import parse_scopes

ROLES = {role.name: role for role in seeded_roles()}
IN_CONTEXT = ("launch", "launch/patient", "launch/encounter", "fhirUser")


def offered(asked: str, *roles: str, known: tuple[str, ...] = IN_CONTEXT) -> tuple[str, list[tuple[str, str]]]:
    offer = make_offer(parse_scopes(asked), [ROLES[name] for name in roles], known)
    return str(offer.scopes), [(each.words, each.reason) for each in offer.refused]


@pytest.mark.parametrize(
    ("asked", "role", "given", "refused"),
    [
        ("openid patient/Procedure.rs", "Doctor", "openid patient/Procedure.rs", []),
        ("user/*.cruds", "Doctor", "user/*.cruds", []),
        ("user/Procedure.read", "Doctor", "user/Procedure.read", []),
        (
            "patient/Procedure.cruds",
            "Patient",
            "patient/Procedure.rs",
            [("Add, change and delete procedures of the chosen patient", "your role does not allow it")],
        ),
        (
            "user/Procedure.rs",
            "Receptionist",
            "",
            [("Read and search procedures that you may see yourself", "your role does not allow it")],
        ),
        (
            "user/*.rs",
            "Receptionist",
            "user/Patient.rs user/Encounter.rs user/Appointment.rs user/Coverage.rs user/RelatedPerson.rs "
            "user/Practitioner.rs user/PractitionerRole.rs user/Organization.rs user/Location.rs user/Schedule.rs user/Slot.rs",
            [("Read and search all records that you may see yourself", "your role allows it for some of them only")],
        ),
        ("user/Condition.c", "Nurse", "user/Condition.c", []),
    ],
)
def test_a_role_gives_what_it_has(asked: str, role: str, given: str, refused: list[tuple[str, str]]) -> None:
    assert offered(asked, role) == (given, refused)


def test_two_roles_give_what_either_has() -> None:
    given, refused = offered("user/Procedure.rs user/Appointment.d", "Receptionist", "Patient")
    assert (given, refused) == ("user/Procedure.rs user/Appointment.d", [])


def test_nobody_gives_what_there_is_not() -> None:
    given, refused = offered("launch launch/patient launch/encounter fhirUser patient/*.rs user/*.rs", "Doctor", known=())
    assert given == "user/*.rs"
    assert [reason for _, reason in refused] == [
        "the app was not started from a record",
        "no patient is chosen",
        "no visit is chosen",
        "your account is nobody in the medical record",
        "no patient is chosen",
    ]


def test_a_part_can_be_chosen_instead_of_the_whole() -> None:
    offer = make_offer(parse_scopes("patient/Condition.read patient/Procedure.rs"), [ROLES["Doctor"]], IN_CONTEXT)
    problems = "patient/Condition.rs?category=http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item"
    assert str(offer.chosen([problems])) == problems
    assert str(offer.chosen([problems, "patient/Condition.read"])) == problems, "who checks a part means the part"
    assert str(offer.chosen(["patient/Condition.read"])) == "patient/Condition.read"
    assert not offer.chosen([problems.replace("problem-list-item", "x"), problems.replace("Condition", "Procedure")])


def test_in_an_emergency_no_app_keeps_its_access() -> None:
    asked = parse_scopes("offline_access online_access patient/Patient.rs")
    offer = make_offer(asked, [ROLES["Nurse"]], IN_CONTEXT, emergency=True)
    assert str(offer.scopes) == "patient/Patient.rs"
    assert {each.reason for each in offer.refused} == {"access in an emergency is for a few minutes"}


def test_without_a_role_nothing_is_given() -> None:
    assert offered("patient/*.rs")[0] == ""


def test_only_what_was_offered_can_be_chosen() -> None:
    offer = make_offer(parse_scopes("openid patient/Patient.rs patient/Procedure.cruds"), [ROLES["Patient"]], IN_CONTEXT)
    chosen = offer.chosen(["patient/Procedure.rs", "patient/Procedure.cruds", "user/*.cruds", "offline_access", "openid"])
    assert str(chosen) == "openid patient/Procedure.rs"
    assert not offer.chosen([])


def test_a_search_that_there_is_not_is_not_given() -> None:
    asked = "patient/Observation.rs?category=laboratory patient/Observation.rs?colour=red patient/Condition.rs?_count=0"
    offer = make_offer(parse_scopes(asked), [ROLES["Doctor"]], IN_CONTEXT)
    assert str(offer.scopes) == "patient/Observation.rs?category=laboratory"
    assert [each.reason for each in offer.refused] == ["FHIR has no such search"] * 2
