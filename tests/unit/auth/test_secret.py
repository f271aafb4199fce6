"""Secrets, sealed values, passwords, keys and PKCE."""

from __future__ import annotations

from time import time

import pytest

from omop_fhir.auth import secret as secrets
from omop_fhir.auth.oauth_error import OAuthError
from omop_fhir.auth.password import hash_password, is_password, new_password
from omop_fhir.auth.pkce import check_challenge, check_verifier
from omop_fhir.auth.secret import Sealer, digest, is_secret, new_secret
from omop_fhir.auth.signing import KeyRing, SigningKey, new_signing_key, opened_key
from omop_fhir.errors import Invalid

SEALER = Sealer("a secret", "tests")


class TestSealer:
    def test_what_was_sealed_is_opened(self) -> None:
        sealed = SEALER.seal({"a": [1, "ü"]}, 60, "bound")
        assert SEALER.open(sealed, "bound") == {"a": [1, "ü"]}
        assert "ü" not in sealed
        assert sealed != SEALER.seal({"a": [1, "ü"]}, 60, "bound")

    @pytest.mark.parametrize("sealer", [Sealer("a secret", "others"), Sealer("another", "tests")])
    def test_for_another_purpose_or_by_another_secret_it_is_not(self, sealer: Sealer) -> None:
        with pytest.raises(Invalid):
            sealer.open(SEALER.seal("x", 60))

    def test_of_several_secrets_the_first_seals_and_each_opens(self) -> None:
        old, new, both = (Sealer(secret, "tests") for secret in ("old one", "new one", "new one\n old one \n"))
        assert both.open(old.seal("x", 60)) == both.open(new.seal("x", 60)) == "x"
        assert new.open(both.seal("x", 60)) == "x"
        with pytest.raises(Invalid):
            old.open(both.seal("x", 60))

    def test_nor_for_who_it_is_not_bound_to(self) -> None:
        with pytest.raises(Invalid):
            SEALER.open(SEALER.seal("x", 60, "one"), "another")

    @pytest.mark.parametrize("text", ["", "x", "ü", "A" * 100, "=", "a" * 5])
    def test_nor_is_what_was_not_sealed(self, text: str) -> None:
        with pytest.raises(Invalid):
            SEALER.open(text)

    def test_every_character_counts(self) -> None:
        sealed = SEALER.seal("x", 60)
        for place in range(0, len(sealed) - 1, 7):
            changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
            with pytest.raises(Invalid):
                SEALER.open(changed)

    def test_it_grows_old(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sealed = SEALER.seal("x", 60)
        monkeypatch.setattr(secrets, "time", lambda: time() + 61)
        with pytest.raises(Invalid, match="too long"):
            SEALER.open(sealed)


def test_a_secret_is_known_by_its_digest() -> None:
    secret = new_secret()
    assert is_secret(secret, digest(secret))
    assert not is_secret(secret + "x", digest(secret))
    assert len(secret) == 43


class TestPasswords:
    def test_one_is_known_by_its_hash(self) -> None:
        password = new_password()
        kept = hash_password(password)
        assert is_password(password, kept)
        assert not is_password(password + "x", kept)
        assert kept.startswith("$argon2id$")
        assert hash_password(password) != kept

    @pytest.mark.parametrize("given", ["", "x" * 11, "x" * 257])
    def test_its_length_is_bounded(self, given: str) -> None:
        with pytest.raises(Invalid):
            hash_password(given)

    @pytest.mark.parametrize("kept", [None, "", "x", "$argon2id$v=19$"])
    def test_what_is_no_hash_is_nobodys(self, kept: str | None) -> None:
        assert not is_password("a password of some length", kept)


class TestPkce:
    """The pair is of RFC 7636, appendix B."""

    VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    def test_a_verifier_fits(self) -> None:
        check_verifier(self.VERIFIER, check_challenge(self.CHALLENGE, "S256"))

    @pytest.mark.parametrize("verifier", [None, "", CHALLENGE, "x" * 42, "x" * 129, VERIFIER[:-1] + "ü", VERIFIER + " "])
    def test_another_does_not(self, verifier: str | None) -> None:
        with pytest.raises(OAuthError):
            check_verifier(verifier, self.CHALLENGE)

    @pytest.mark.parametrize(
        ("challenge", "method"),
        [(None, "S256"), (CHALLENGE, "plain"), (CHALLENGE, None), (CHALLENGE, "s256"), ("x", "S256"), (CHALLENGE + "=", "S256")],
    )
    def test_a_challenge_that_is_none(self, challenge: str | None, method: str | None) -> None:
        with pytest.raises(OAuthError):
            check_challenge(challenge, method)


class TestKeys:
    KEY = new_signing_key(100.0)

    def test_one_is_opened_by_the_secret_that_sealed_it(self) -> None:
        sealed = self.KEY.sealed(SEALER)
        opened = opened_key(self.KEY.kid, sealed, 100.0, None, SEALER)
        assert opened.public() == self.KEY.public()
        for kid, sealer in ((self.KEY.kid, Sealer("another", "tests")), ("another", SEALER)):
            with pytest.raises(Invalid):
                opened_key(kid, sealed, 100.0, None, sealer)

    def test_a_public_key_has_no_private_part(self) -> None:
        assert set(self.KEY.public()) == {"kty", "n", "e", "kid", "use", "alg"}

    def test_the_newest_that_may_signs_and_all_but_the_retired_verify(self) -> None:
        old = SigningKey("old", self.KEY.key, 0, 500)
        ring = KeyRing([old, self.KEY])
        assert [ring.signing(now).kid for now in (50, 100, 600)] == ["old", self.KEY.kid, self.KEY.kid]
        assert ring.verifying("old", 499) is old
        assert ring.verifying("old", 500) is None
        assert [len(ring.jwks(now)["keys"]) for now in (50, 500)] == [2, 1]
        with pytest.raises(LookupError):
            KeyRing([old]).signing(500)

    @pytest.mark.parametrize("kid", [None, 5, [], "another", ""])
    def test_a_kid_that_is_none(self, kid: object) -> None:
        assert KeyRing([self.KEY]).verifying(kid, 200) is None
