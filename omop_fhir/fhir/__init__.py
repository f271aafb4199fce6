"""FHIR R4 datatypes and definitions: facts of the standard, nothing of OMOP."""
