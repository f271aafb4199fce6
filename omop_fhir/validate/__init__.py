"""Is this resource valid R4? The only door to JSON Schema validators of resources and fhir.resources."""
