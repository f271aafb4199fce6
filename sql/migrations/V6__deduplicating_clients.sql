-- Clients that send the same again, such as interface engines: their plain creates give what has one of their identifiers already.

ALTER TABLE ${schema}.client ADD COLUMN deduplicates boolean NOT NULL DEFAULT false;
