"""Accounts, clients, sessions, and what was authorized, one noun a file.

`store.AuthorizationStore` has them all. Statements bind their values; of what opens a door only hashes are kept.
"""
