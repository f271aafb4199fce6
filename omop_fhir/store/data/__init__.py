"""A CDM filled: from files, or with made-up persons."""
