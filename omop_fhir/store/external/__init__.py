"""Another issuer: its configuration, its keys, and access by its tokens."""
