"""HTTP: one file per FHIR interaction. The only place that knows Starlette."""
