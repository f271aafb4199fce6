"""omop-fhir: an HL7 FHIR R4 (4.0.1) facade over an existing OMOP CDM on PostgreSQL."""

from importlib.metadata import version

__version__ = version("omop-fhir")
FHIR_VERSION = "4.0.1"
