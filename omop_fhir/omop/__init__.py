"""The OMOP Common Data Model as data: tables, columns, vocabularies."""
