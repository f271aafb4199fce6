"""The only door to PostgreSQL and Redis."""
