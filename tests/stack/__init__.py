"""The parts of a real deployment as processes of this machine: PostgreSQL with a replica, PgBouncer, Redis, workers."""
