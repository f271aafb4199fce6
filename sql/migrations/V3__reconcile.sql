-- What `omop-fhir reconcile` goes by: whose a document was when it was written, and by which rules it is found.

ALTER TABLE ${schema}.document ADD COLUMN anchor text;     -- person_source_value of its person then
ALTER TABLE ${schema}.document ADD COLUMN rules integer;   -- parameters, zone, base URL and vocabulary of its entries
CREATE INDEX document_rules ON ${schema}.document (type, rules);
