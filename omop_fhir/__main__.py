"""`python -m omop_fhir`."""

from .cli import main

main()
