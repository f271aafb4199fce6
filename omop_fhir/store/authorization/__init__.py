"""Accounts, clients, sessions, and what was authorized: the tables of `V2__authorization.sql`, one noun a file.

`store.Authorization` has them all. Statements bind their values; of what opens a door only hashes are kept.
"""
