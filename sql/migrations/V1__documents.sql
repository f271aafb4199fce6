-- What comes in through FHIR: each resource as it was sent, all its versions, the OMOP rows that it owns, and the index by
-- which it is found. Sources, targets and parameters are numbers made of their names (CRC-32, less 2^31).

-- Keys of resources made here, and of the rows that they own: far above an ETL's, and within 32 bits.
CREATE SEQUENCE ${schema}.key AS bigint MINVALUE 2000000000 MAXVALUE 2147483647;

CREATE TABLE ${schema}.document (
    document bigint PRIMARY KEY,
    source integer NOT NULL,            -- the mapping that reads and writes it
    key bigint NOT NULL,                -- of its row in the mapping's base table, or where that would be
    type text NOT NULL,
    id text NOT NULL,
    version integer NOT NULL,
    last_updated timestamptz NOT NULL,
    person bigint,                      -- whose it is
    content text,                       -- the resource, with id and meta; null: deleted
    fingerprint text,                   -- of the base table's row as it was written; null: it has none
    UNIQUE (type, id)
);
CREATE UNIQUE INDEX document_key ON ${schema}.document (source, key);
CREATE INDEX document_person ON ${schema}.document (person, source, key);
CREATE INDEX document_updated ON ${schema}.document (source, last_updated);

CREATE TABLE ${schema}.version (
    document bigint NOT NULL REFERENCES ${schema}.document,
    version integer NOT NULL,
    source integer NOT NULL,            -- the document's
    last_updated timestamptz NOT NULL,
    method text NOT NULL CHECK (method IN ('POST', 'PUT', 'PATCH', 'DELETE')),
    author text,
    person bigint,
    content text,                       -- null: deleted
    PRIMARY KEY (document, version)
);
CREATE INDEX version_updated ON ${schema}.version (source, last_updated, document, version);
CREATE INDEX version_person ON ${schema}.version (person, source, last_updated, document, version) WHERE person IS NOT NULL;

-- The OMOP rows that a document owns.
CREATE TABLE ${schema}.owned_row (
    document bigint NOT NULL REFERENCES ${schema}.document DEFERRABLE INITIALLY DEFERRED,
    "table" text NOT NULL,
    key bigint NOT NULL,                -- of death: the person's
    part text NOT NULL,                 -- which of several rows of the document
    columns jsonb NOT NULL,             -- what was written, as text
    fingerprint text NOT NULL,          -- of the whole row as it was written
    PRIMARY KEY (document, "table", part)
);
CREATE INDEX owned_row_key ON ${schema}.owned_row ("table", key);

CREATE TABLE ${schema}.token (
    document bigint NOT NULL REFERENCES ${schema}.document ON DELETE CASCADE,
    parameter integer NOT NULL,
    system text,
    code text,
    concept bigint,                     -- the concept that the coding means in the vocabulary
    text text                           -- display, or the text of a CodeableConcept
);
CREATE INDEX token_code ON ${schema}.token (parameter, code, document);
CREATE INDEX token_concept ON ${schema}.token (parameter, concept, document) WHERE concept IS NOT NULL;
CREATE INDEX token_document ON ${schema}.token (document, parameter);

CREATE TABLE ${schema}.string (
    document bigint NOT NULL REFERENCES ${schema}.document ON DELETE CASCADE,
    parameter integer NOT NULL,
    text text NOT NULL
);
CREATE INDEX string_document ON ${schema}.string (document, parameter);
CREATE INDEX string_text ON ${schema}.string (parameter, left(text, 200), document);

CREATE TABLE ${schema}.date (
    document bigint NOT NULL REFERENCES ${schema}.document ON DELETE CASCADE,
    parameter integer NOT NULL,
    low timestamp NOT NULL,             -- on the site's clock; -infinity and infinity: open
    high timestamp NOT NULL             -- the first instant after
);
CREATE INDEX date_document ON ${schema}.date (document, parameter);
CREATE INDEX date_low ON ${schema}.date (parameter, low, document);
CREATE INDEX date_high ON ${schema}.date (parameter, high, document);

CREATE TABLE ${schema}.quantity (
    document bigint NOT NULL REFERENCES ${schema}.document ON DELETE CASCADE,
    parameter integer NOT NULL,
    low numeric NOT NULL,
    high numeric NOT NULL,
    system text,
    code text,
    unit text
);
CREATE INDEX quantity_document ON ${schema}.quantity (document, parameter);
CREATE INDEX quantity_low ON ${schema}.quantity (parameter, low, document);

CREATE TABLE ${schema}.reference (
    document bigint NOT NULL REFERENCES ${schema}.document ON DELETE CASCADE,
    parameter integer NOT NULL,
    target integer,                     -- the source of what it refers to; null: nothing of this server
    key bigint,                         -- its key there
    type text,
    id text,
    url text                            -- of what lies elsewhere
);
CREATE INDEX reference_document ON ${schema}.reference (document, parameter);
CREATE INDEX reference_key ON ${schema}.reference (parameter, key, document);
CREATE INDEX reference_id ON ${schema}.reference (parameter, id, document);
CREATE INDEX reference_target ON ${schema}.reference (type, id);

CREATE TABLE ${schema}.uri (
    document bigint NOT NULL REFERENCES ${schema}.document ON DELETE CASCADE,
    parameter integer NOT NULL,
    uri text NOT NULL
);
CREATE INDEX uri_document ON ${schema}.uri (document, parameter);
CREATE INDEX uri_uri ON ${schema}.uri (parameter, uri, document);
