"""Options of a server that believes the access tokens of another issuer."""

from __future__ import annotations

from pathlib import Path

import click

from ..auth.external_token import ALGORITHMS
from .options import DEFAULTS, option

ISSUER = (
    option("--issuer", "URL of another authorization server, whose access tokens are believed."),
    option("--audience", "What its tokens must be for, one of these if several; the FHIR base URL if none.", multiple=True),
    option("--token-algorithm", "How they may be signed; may be given several times.", setting="token_algorithms", multiple=True,
           type=click.Choice(ALGORITHMS), default=ALGORITHMS),
    option("--scope-claim", "Claim with the scopes.", default=DEFAULTS.scope_claim),
    option("--scope-form", "How the claim writes them; dotted: patient.all.read.", type=click.Choice(["smart", "dotted"]),
           default=DEFAULTS.scope_form),
    option("--patient-claim", "Claim with the patient in context.", default=DEFAULTS.patient_claim),
    option("--user-claim", "Claim with who the user is in FHIR.", default=DEFAULTS.user_claim),
    option("--roles-claim", "Claim with the user's roles, such as realm_access.roles; without it tokens tell none."),
    option("--organization-claim", "Claim with the Organization that the user works for."),
    option("--default-role", "Role of a user whose token names none that is known; may be given several times.", multiple=True),
    option("--roles-file", "File of the roles, in TOML; the shipped ones if not given.",
           type=click.Path(path_type=Path, dir_okay=False)),
    option("--introspection-client", "Ask the issuer what its tokens say, as this client."),
    option("--introspection-secret-file", "File with that client's secret.", type=click.Path(path_type=Path, dir_okay=False)),
    option("--introspection-url", "Where to ask; as the issuer's configuration says if not given."),
)
