-- Who may do what: roles and accounts, clients, what was authorized, and the tokens of it.
-- Of passwords, secrets, codes, tokens and cookies only hashes are kept; private keys are encrypted by the server's secret.

CREATE TABLE ${schema}.role (
    name text PRIMARY KEY,
    description text NOT NULL,
    restriction text NOT NULL
        CHECK (restriction IN ('none', 'own-compartment', 'own-care-site', 'own-patients')),
    administers boolean NOT NULL DEFAULT false,
    breaks_glass boolean NOT NULL DEFAULT false
);

CREATE TABLE ${schema}.role_scope (
    role text NOT NULL REFERENCES ${schema}.role ON DELETE CASCADE,
    scope text NOT NULL,
    PRIMARY KEY (role, scope)
);

CREATE TABLE ${schema}.account (
    id uuid PRIMARY KEY,
    login text NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    fhir_user text,
    organization text,
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    disabled_at timestamptz
);
CREATE UNIQUE INDEX account_login ON ${schema}.account (lower(login));

CREATE TABLE ${schema}.account_role (
    account uuid NOT NULL REFERENCES ${schema}.account ON DELETE CASCADE,
    role text NOT NULL REFERENCES ${schema}.role,
    PRIMARY KEY (account, role)
);

CREATE TABLE ${schema}.login_throttle (
    login_hash bytea PRIMARY KEY,
    failures integer NOT NULL,
    last_failure timestamptz NOT NULL,
    locked_until timestamptz
);

CREATE TABLE ${schema}.client (
    id text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('public', 'secret', 'key')),
    secret_hash bytea,
    jwks jsonb,
    jwks_uri text,
    redirect_uris text[] NOT NULL DEFAULT '{}',
    launch_uri text,
    scope text NOT NULL,
    introspects boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    disabled_at timestamptz,
    CHECK ((kind = 'secret') = (secret_hash IS NOT NULL)),
    CHECK ((kind = 'key') = (jwks IS NOT NULL OR jwks_uri IS NOT NULL))
);

CREATE TABLE ${schema}.session (
    hash bytea PRIMARY KEY,
    account uuid NOT NULL REFERENCES ${schema}.account ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX session_account ON ${schema}.session (account);
CREATE INDEX session_expiry ON ${schema}.session (expires_at);

CREATE TABLE ${schema}.launch (
    hash bytea PRIMARY KEY,
    client text NOT NULL REFERENCES ${schema}.client ON DELETE CASCADE,
    account uuid REFERENCES ${schema}.account ON DELETE CASCADE,
    patient text,
    encounter text,
    need_patient_banner boolean NOT NULL,
    intent text,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX launch_expiry ON ${schema}.launch (expires_at);

-- What a user (or, for a backend service, nobody) granted a client: the family of its codes and tokens.
CREATE TABLE ${schema}.authorization (
    id uuid PRIMARY KEY,
    client text NOT NULL REFERENCES ${schema}.client ON DELETE CASCADE,
    account uuid REFERENCES ${schema}.account ON DELETE CASCADE,
    session bytea,
    scope text NOT NULL,
    patient text,
    encounter text,
    context jsonb NOT NULL DEFAULT '{}',
    nonce text,
    authenticated_at timestamptz,
    emergency text,
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_for text
);
CREATE INDEX authorization_client ON ${schema}.authorization (client);
CREATE INDEX authorization_account ON ${schema}.authorization (account);
CREATE INDEX authorization_expiry ON ${schema}.authorization (expires_at);

CREATE TABLE ${schema}.authorization_code (
    hash bytea PRIMARY KEY,
    "authorization" uuid NOT NULL REFERENCES ${schema}.authorization ON DELETE CASCADE,
    redirect_uri text NOT NULL,
    code_challenge text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX authorization_code_of ON ${schema}.authorization_code ("authorization");

CREATE TABLE ${schema}.refresh_token (
    hash bytea PRIMARY KEY,
    "authorization" uuid NOT NULL REFERENCES ${schema}.authorization ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX refresh_token_of ON ${schema}.refresh_token ("authorization");

CREATE TABLE ${schema}.signing_key (
    kid text PRIMARY KEY,
    algorithm text NOT NULL,
    private bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    signs_from timestamptz NOT NULL,
    retires_at timestamptz
);

-- Assertions of clients that were used: none is taken twice.
CREATE TABLE ${schema}.used_assertion (
    hash bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX used_assertion_expiry ON ${schema}.used_assertion (expires_at);

-- What workers must forget: an authorization by its id, or everything that they remember of tokens.
CREATE TABLE ${schema}.revocation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "authorization" uuid,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX revocation_at ON ${schema}.revocation (at);
