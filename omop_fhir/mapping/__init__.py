"""Mapping files: how OMOP rows become FHIR resources and back. The only door to YAML."""
