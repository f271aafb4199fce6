#!/bin/bash
# One database server behind transaction pooling; DATABASE_HOST and POSTGRES_PASSWORD say which.
set -euo pipefail
umask 077
printf '"omop" "%s"\n' "$POSTGRES_PASSWORD" > /tmp/users
cat > /tmp/pgbouncer.ini <<INI
[databases]
omop = host=$DATABASE_HOST port=5432

[pgbouncer]
listen_addr = 0.0.0.0
listen_port = 6432
unix_socket_dir =
auth_type = scram-sha-256
auth_file = /tmp/users
pool_mode = transaction
max_client_conn = 500
default_pool_size = 40
max_prepared_statements = 500
server_login_retry = 1
query_wait_timeout = 10
INI
exec pgbouncer /tmp/pgbouncer.ini
