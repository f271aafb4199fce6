"""PostgreSQL as the server reaches it: connections, the hosts that hold one database, and which of them is asked."""
