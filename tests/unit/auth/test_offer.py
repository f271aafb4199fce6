"""What a user can give an app: never more than the roles allow, and the rest is named."""

from __future__ import annotations

import pytest

from omop_fhir.auth.offer import make_offer
from omop_fhir.auth.role import seeded_roles
from omop_fhir.auth.scope import parse_scopes

ROLES = {role.name: role for role in seeded_roles()}
SERVED = {scope.type for role in ROLES.values() for scope in role.scopes} | {"Procedure", "Observation"}
IN_CONTEXT = ("launch", "launch/patient", "launch/encounter", "fhirUser")


def offered(asked: str, *roles: str, known: tuple[str, ...] = IN_CONTEXT) -> tuple[str, list[tuple[str, str]]]:
    offer = make_offer(parse_scopes(asked), [ROLES[name] for name in roles], known, SERVED)
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
    offer = make_offer(parse_scopes("patient/Condition.read patient/Procedure.rs"), [ROLES["Doctor"]], IN_CONTEXT, SERVED)
    problems = "patient/Condition.rs?category=http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item"
    assert str(offer.chosen([problems])) == problems
    assert str(offer.chosen([problems, "patient/Condition.read"])) == problems, "who checks a part means the part"
    assert str(offer.chosen(["patient/Condition.read"])) == "patient/Condition.read"
    assert not offer.chosen([problems.replace("problem-list-item", "x"), problems.replace("Condition", "Procedure")])


def test_in_an_emergency_no_app_keeps_its_access() -> None:
    asked = parse_scopes("offline_access online_access patient/Patient.rs")
    offer = make_offer(asked, [ROLES["Nurse"]], IN_CONTEXT, SERVED, emergency=True)
    assert str(offer.scopes) == "patient/Patient.rs"
    assert {each.reason for each in offer.refused} == {"access in an emergency is for a few minutes"}


def test_without_a_role_nothing_is_given() -> None:
    assert offered("patient/*.rs")[0] == ""


def test_only_what_was_offered_can_be_chosen() -> None:
    offer = make_offer(parse_scopes("openid patient/Patient.rs patient/Procedure.cruds"), [ROLES["Patient"]], IN_CONTEXT, SERVED)
    chosen = offer.chosen(["patient/Procedure.rs", "patient/Procedure.cruds", "user/*.cruds", "offline_access", "openid"])
    assert str(chosen) == "openid patient/Procedure.rs"
    assert not offer.chosen([])


def test_a_search_that_there_is_not_is_not_given() -> None:
    asked = "patient/Observation.rs?category=laboratory patient/Observation.rs?colour=red patient/Condition.rs?_count=0"
    offer = make_offer(parse_scopes(asked), [ROLES["Doctor"]], IN_CONTEXT, SERVED)
    assert str(offer.scopes) == "patient/Observation.rs?category=laboratory"
    assert [each.reason for each in offer.refused] == ["FHIR has no such search"] * 2


def test_types_that_are_not_served_are_not_given() -> None:
    asked = parse_scopes("patient/Patient.rs patient/Immunization.rs user/*.rs")
    offer = make_offer(asked, [ROLES["Receptionist"]], IN_CONTEXT, {"Patient", "Location"})
    assert str(offer.scopes) == "patient/Patient.rs user/Patient.rs user/Location.rs"
    assert [(each.words, each.reason) for each in offer.refused] == [
        ("Read and search immunizations of the chosen patient", "this server has no such records"),
        ("Read and search all records that you may see yourself", "your role allows it for some of them only"),
    ]


def test_the_patient_comes_with_the_records_of_the_patient() -> None:
    offer = make_offer(parse_scopes("openid launch/patient patient/Patient.rs"), [ROLES["Doctor"]], IN_CONTEXT, SERVED)
    assert str(offer.chosen(["patient/Patient.rs"])) == "launch/patient patient/Patient.rs"
    assert str(offer.chosen(["openid", "launch/patient"])) == "openid"
    offer = make_offer(parse_scopes("launch/patient user/Patient.rs"), [ROLES["Doctor"]], IN_CONTEXT, SERVED)
    assert str(offer.chosen(["user/Patient.rs"])) == "user/Patient.rs"
    assert str(offer.chosen(["launch/patient", "user/Patient.rs"])) == "launch/patient user/Patient.rs"


def test_of_two_ways_to_keep_the_access_one_is_given() -> None:
    offer = make_offer(parse_scopes("offline_access online_access"), [ROLES["Doctor"]], IN_CONTEXT, SERVED)
    assert str(offer.chosen(["offline_access"])) == "offline_access"
    assert str(offer.chosen(["offline_access", "online_access"])) == "online_access"
