"""Roles: what a user's token may do is what scopes and roles have in common, for whose resources the restriction says."""

from __future__ import annotations

import pytest

from omop_fhir.auth.grants import ALL_LETTERS, READING, Permission
from omop_fhir.auth.role import (
    Person,
    Role,
    allowed_scopes,
    lacking,
    parse_roles,
    role_scope,
    seeded_roles,
    system_permissions,
    user_permissions,
)
from omop_fhir.auth.scope import InvalidScope, parse_scopes
from omop_fhir.errors import ConfigurationError

ROLES = {role.name: role for role in seeded_roles()}
WRITING = frozenset("cu")
NURSE = Person("Practitioner/7", "3")


def permissions(scope: str, role: str, person: Person = NURSE, patient: int | None = None, **given: bool) -> set[Permission]:
    return set(user_permissions(parse_scopes(scope), [ROLES[role]], person, patient, **given))


class TestIntersection:
    def test_a_doctor_gets_what_was_asked_for(self) -> None:
        assert permissions("user/*.rs", "Doctor") == {Permission("*", READING)}
        assert permissions("user/*.cruds", "Doctor") == {Permission("*", ALL_LETTERS)}
        assert permissions("patient/*.rs", "Doctor", patient=5) == {Permission("*", READING, 5)}

    def test_a_role_takes_what_it_lacks(self) -> None:
        assert permissions("user/Observation.cruds", "Admin") == {Permission("Observation", READING)}
        assert permissions("user/*.cruds", "Patient", Person("Patient/5")) == {Permission("*", READING, among=(("_id", "5"),))}
        assert permissions("user/Procedure.rs", "Pharmacist") == set()

    def test_wildcards_meet_types(self) -> None:
        found = permissions("user/*.rs", "Receptionist")
        assert {each.type for each in found} >= {"Patient", "Appointment", "Coverage"}
        assert not {each.type for each in found} & {"*", "Observation", "Condition"}
        assert {each.letters for each in found} == {READING}

    def test_several_roles_add_up(self) -> None:
        both = user_permissions(parse_scopes("user/*.rs"), [ROLES["Pharmacist"], ROLES["Doctor"]], NURSE, None)
        assert Permission("*", READING) in both

    def test_no_role_is_nothing(self) -> None:
        assert user_permissions(parse_scopes("user/*.cruds patient/*.cruds"), [], NURSE, 5) == ()

    def test_a_query_goes_along(self) -> None:
        (found,) = permissions("patient/Observation.rs?category=laboratory", "Doctor", patient=5)
        assert found == Permission("Observation", READING, 5, query=(("category", "laboratory"),))

    @pytest.mark.parametrize("scope", ["patient/*.cruds", "system/*.cruds", "openid launch/patient"])
    def test_what_means_nothing_gives_nothing(self, scope: str) -> None:
        """A patient's scope without a patient, the system's for a user, words."""
        assert permissions(scope, "Doctor") == set()


class TestRestrictions:
    def test_the_own_compartment(self) -> None:
        own = Person("Patient/5")
        assert permissions("patient/*.rs", "Patient", own, 5) == {Permission("*", READING, 5)}
        assert permissions("user/*.rs", "Patient", own) == {Permission("*", READING, among=(("_id", "5"),))}
        assert permissions("patient/*.rs", "Patient", own, 6) == {Permission("*", READING, 6, (("_id", "5"),))}

    def test_the_own_care_site(self) -> None:
        (found,) = permissions("user/Condition.rs", "Nurse")
        assert found == Permission("Condition", READING, among=(("organization", "3"),))

    def test_the_own_patients(self) -> None:
        role = Role("GP", "", (role_scope("*.rs"),), "own-patients")
        (found,) = user_permissions(parse_scopes("user/*.rs"), [role], NURSE, None)
        assert found.among == (("general-practitioner", "Practitioner/7"),)
        assert user_permissions(parse_scopes("user/*.rs"), [role], Person("Patient/7"), None) == ()

    @pytest.mark.parametrize(
        ("role", "person"), [("Patient", Person()), ("Patient", Person("Practitioner/5")), ("Nurse", Person("Practitioner/5"))]
    )
    def test_who_lacks_what_it_needs_sees_nothing(self, role: str, person: Person) -> None:
        assert permissions("user/*.rs patient/*.rs", role, person, 5) == set()
        assert lacking(ROLES[role], person)

    @pytest.mark.parametrize("user", [None, "Patient/5", "PractitionerRole/7"])
    def test_patients_of_ones_own_are_those_of_a_practitioner(self, user: str | None) -> None:
        role = Role("GP", "", (role_scope("*.rs"),), "own-patients")
        assert user_permissions(parse_scopes("user/*.rs"), [role], Person(user), 5) == ()
        assert lacking(role, Person(user)) == "a Practitioner as its --fhir-user"
        assert lacking(role, NURSE) is None

    def test_who_has_it_lacks_nothing(self) -> None:
        assert lacking(ROLES["Patient"], Person("Patient/5")) is None
        assert lacking(ROLES["Nurse"], NURSE) is None
        assert lacking(ROLES["Doctor"], Person()) is None


class TestEmergency:
    def test_the_restriction_is_set_aside_for_one_patient(self) -> None:
        (found,) = permissions("user/Condition.rs", "Nurse", patient=5, emergency=True)
        assert found == Permission("Condition", READING, 5)

    def test_without_a_patient_it_stands(self) -> None:
        assert permissions("user/Condition.rs", "Nurse", emergency=True) == permissions("user/Condition.rs", "Nurse")

    def test_a_role_that_may_not_break_it_does_not(self) -> None:
        found = permissions("user/*.rs", "Receptionist", patient=5, emergency=True)
        assert found == permissions("user/*.rs", "Receptionist", patient=5)


class TestOffered:
    def test_scopes_are_cut_to_the_roles(self) -> None:
        left = allowed_scopes(parse_scopes("openid patient/*.cruds user/Observation.cruds"), [ROLES["Admin"]])
        assert str(left) == "openid patient/*.rs user/Observation.rs"

    def test_administering_is_for_administrators(self) -> None:
        assert "administer" in allowed_scopes(parse_scopes("administer user/*.rs"), [ROLES["Admin"]])
        assert "administer" not in allowed_scopes(parse_scopes("administer user/*.rs"), [ROLES["Doctor"]])

    def test_the_system_is_for_no_user(self) -> None:
        assert not allowed_scopes(parse_scopes("system/*.rs"), [ROLES["Doctor"]])


def test_a_service_has_its_system_scopes_alone() -> None:
    found = system_permissions(parse_scopes("system/Patient.rs?gender=female user/*.cruds patient/*.rs"))
    assert found == (Permission("Patient", READING, query=(("gender", "female"),)),)


@pytest.mark.parametrize(
    "text",
    [
        "[X]\nscopes = ['*.rs']\nrestriction = 'none'",
        "[X]\ndescription = ''\nscopes = ['*.sr']\nrestriction = 'none'",
        "[X]\ndescription = ''\nscopes = ['*.rs']\nrestriction = 'some'",
        "[X]\ndescription = ''\nscopes = 5\nrestriction = 'none'",
        "[X",
    ],
)
def test_a_mistake_in_the_file_is_told(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_roles(text)


@pytest.mark.parametrize("text", ["Patient", "user/Patient.rs", "", "*.", "Patient.sr"])
def test_what_is_no_scope_of_a_role(text: str) -> None:
    with pytest.raises(InvalidScope):
        role_scope(text)
