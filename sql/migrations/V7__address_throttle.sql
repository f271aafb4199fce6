-- Failed sign-ins by address, for all workers together: each adds to the time until which the address is remembered.

CREATE TABLE ${schema}.address_throttle (
    address text PRIMARY KEY,
    forgotten_at timestamptz NOT NULL
);
