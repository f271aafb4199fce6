-- Rows that an ETL brought and that were taken over as documents when they were first changed here.

ALTER TABLE ${schema}.document ADD COLUMN adopted bigint;  -- key of the row; null: the document came in through FHIR
CREATE INDEX document_adopted ON ${schema}.document (source, adopted) WHERE adopted IS NOT NULL;
