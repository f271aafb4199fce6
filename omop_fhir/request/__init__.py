"""URL, headers and bodies -> requests, parsed once into frozen dataclasses. Knows FHIR, not OMOP; no I/O."""
