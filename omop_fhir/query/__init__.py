"""Plan -> `Statement(text, args)`; pure. Values are always bound; identifiers come from checked mappings alone."""
