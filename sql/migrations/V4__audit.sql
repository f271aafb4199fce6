-- What was done, by whom and to whose data. Rows are added and never changed; only `omop-fhir retention` takes old ones away,
-- and leaves a checkpoint. An event is one JSON object, from which all other columns follow, so that none can be altered alone.

CREATE TABLE ${schema}.audit_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event jsonb NOT NULL,
    recorded timestamp NOT NULL             -- in UTC
        GENERATED ALWAYS AS (timezone('UTC', to_timestamp((event ->> 'at')::bigint / 1000.0))) STORED,
    kind text NOT NULL GENERATED ALWAYS AS (event ->> 'kind') STORED,
    outcome text NOT NULL GENERATED ALWAYS AS (event ->> 'outcome') STORED,
    client text GENERATED ALWAYS AS (event ->> 'client') STORED,
    account text GENERATED ALWAYS AS (event ->> 'account') STORED,
    fhir_user text GENERATED ALWAYS AS (event ->> 'user') STORED,
    "authorization" text GENERATED ALWAYS AS (event ->> 'authorization') STORED,
    address text GENERATED ALWAYS AS (event ->> 'address') STORED,
    what text[] GENERATED ALWAYS AS (string_to_array(event ->> 'what', ' ')) STORED
);
CREATE INDEX audit_event_recorded ON ${schema}.audit_event (recorded DESC NULLS LAST);
CREATE INDEX audit_event_user ON ${schema}.audit_event (fhir_user, recorded DESC NULLS LAST) WHERE fhir_user IS NOT NULL;
CREATE INDEX audit_event_what ON ${schema}.audit_event USING gin (what);

-- Each worker that ever wrote events, with the name of the key that its seals are made with; null: with none.
CREATE TABLE ${schema}.audit_chain (
    chain bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    worker text NOT NULL,
    key text,
    started_at timestamptz NOT NULL DEFAULT current_timestamp
);

-- A seal is made over the events that a worker wrote together, the seal before it, and now and then the newest seals of others.
CREATE TABLE ${schema}.audit_seal (
    chain bigint NOT NULL,
    number bigint NOT NULL,
    at bigint NOT NULL,                     -- milliseconds since 1970
    events bigint[] NOT NULL,
    digests bytea NOT NULL,                 -- SHA-256 of each event, 32 bytes each
    anchors jsonb NOT NULL DEFAULT '[]',    -- [chain, number, hash] of others
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (chain, number)
);
CREATE INDEX audit_seal_at ON ${schema}.audit_seal (at);

-- Events that were committed with a write and whose seal is still to be made.
CREATE TABLE ${schema}.audit_unsealed (
    id bigint PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Seals `first` to `last` of a chain that retention took away with their events.
CREATE TABLE ${schema}.audit_checkpoint (
    chain bigint NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    events bigint NOT NULL,                 -- how many
    at bigint NOT NULL,
    previous bytea NOT NULL,                -- what the first seal followed
    hash bytea NOT NULL,                    -- of the last seal
    mark bytea NOT NULL,                    -- over all of the row
    PRIMARY KEY (chain, first)
);

-- Patients whose data no retention takes away.
CREATE TABLE ${schema}.legal_hold (
    patient text PRIMARY KEY,               -- id of the Patient
    reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT current_timestamp
);

CREATE FUNCTION ${schema}.audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('omop_fhir.retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'rows of % are not changed or taken away', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON ${schema}.audit_event FOR EACH ROW EXECUTE FUNCTION ${schema}.audit_keep();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON ${schema}.audit_event EXECUTE FUNCTION ${schema}.audit_keep();
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON ${schema}.audit_chain FOR EACH ROW EXECUTE FUNCTION ${schema}.audit_keep();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON ${schema}.audit_chain EXECUTE FUNCTION ${schema}.audit_keep();
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON ${schema}.audit_seal FOR EACH ROW EXECUTE FUNCTION ${schema}.audit_keep();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON ${schema}.audit_seal EXECUTE FUNCTION ${schema}.audit_keep();
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON ${schema}.audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION ${schema}.audit_keep();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON ${schema}.audit_checkpoint EXECUTE FUNCTION ${schema}.audit_keep();
