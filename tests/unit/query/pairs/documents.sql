-- brief

-- GET Patient/7
-- with documents
-- $1 = [7]
-- $2 = [None]
SELECT wanted.ordinal, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[])) WITH ORDINALITY AS wanted(key, patient, ordinal)
JOIN "cdm"."person" "person" ON "person"."person_id" = wanted.key
WHERE (wanted.patient IS NULL OR "person"."person_id" = wanted.patient)

-- GET Patient/2000000007
-- with documents
-- $1 = '2000000007'
-- $2 = -1696933909
-- $3 = 2
SELECT ...
FROM (
  SELECT "document".*
  FROM "omop_fhir"."document" "document"
  WHERE "document"."id" = $1::text AND ("document"."source" = $2::bigint AND "document"."content" IS NOT NULL)
  ORDER BY "document"."key"
  LIMIT $3::bigint
) "document"
ORDER BY "document"."key"

-- GET Encounter?patient=7
-- with documents
-- $1 = 7
-- $2 = 2000000000
-- $3 = 2147483647
-- $4 = 51
-- $5 = '7'
-- $6 = -372102710
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $1::bigint AND ("visit"."visit_occurrence_id" < $2::bigint OR "visit"."visit_occurrence_id" > $3::bigint)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $4::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "document".*
  FROM "omop_fhir"."document" "document"
  WHERE EXISTS (SELECT FROM "omop_fhir"."reference" "index:patient" WHERE "index:patient"."document" = "document"."document" AND "index:patient"."parameter" IN (-631498038) AND "index:patient"."id" = $5::text) AND ("document"."source" = $6::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $4::bigint
  ORDER BY "document"."key"
  LIMIT $4::bigint
) "document"
ORDER BY "document"."key"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $4::bigint

-- GET Encounter?patient=2000000007
-- with documents
-- $1 = 2000000007
-- $2 = 2000000000
-- $3 = 2147483647
-- $4 = 51
-- $5 = '2000000007'
-- $6 = -372102710
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $1::bigint AND ("visit"."visit_occurrence_id" < $2::bigint OR "visit"."visit_occurrence_id" > $3::bigint)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $4::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "document".*
  FROM "omop_fhir"."document" "document"
  WHERE EXISTS (SELECT FROM "omop_fhir"."reference" "index:patient" WHERE "index:patient"."document" = "document"."document" AND "index:patient"."parameter" IN (-631498038) AND "index:patient"."id" = $5::text) AND ("document"."source" = $6::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $4::bigint
  ORDER BY "document"."key"
  LIMIT $4::bigint
) "document"
ORDER BY "document"."key"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $4::bigint

-- GET Encounter?patient=7
-- with adopted
-- $1 = 7
-- $2 = 2000000000
-- $3 = 2147483647
-- $4 = 51
-- $5 = '7'
-- $6 = -372102710
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $1::bigint AND ("visit"."visit_occurrence_id" < $2::bigint OR "visit"."visit_occurrence_id" > $3::bigint) AND NOT EXISTS (SELECT FROM "omop_fhir"."document" own_ WHERE own_.source = -372102710 AND own_.adopted = "visit"."visit_occurrence_id")
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $4::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "document".*
  FROM "omop_fhir"."document" "document"
  WHERE EXISTS (SELECT FROM "omop_fhir"."reference" "index:patient" WHERE "index:patient"."document" = "document"."document" AND "index:patient"."parameter" IN (-631498038) AND "index:patient"."id" = $5::text) AND ("document"."source" = $6::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $4::bigint
  ORDER BY "document"."key"
  LIMIT $4::bigint
) "document"
ORDER BY "document"."key"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $4::bigint

-- GET Encounter?patient=7
-- with documents
-- with care-site=3
-- $1 = 7
-- $2 = 3
-- $3 = 2000000000
-- $4 = 2147483647
-- $5 = 51
-- $6 = '3'
-- $7 = -1696933909
-- $8 = '7'
-- $9 = -372102710
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE (EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = $1::bigint AND "person_1"."care_site_id" = $2::bigint AND ("person_1"."person_id" < $3::bigint OR "person_1"."person_id" > $4::bigint)) AND "visit"."person_id" = $1::bigint) AND ("visit"."visit_occurrence_id" < $3::bigint OR "visit"."visit_occurrence_id" > $4::bigint)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $5::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "document".*
  FROM "omop_fhir"."document" "document"
  WHERE ((EXISTS (SELECT FROM "cdm"."person" "person_3" WHERE "person_3"."person_id" = "document"."person" AND "person_3"."care_site_id" = $2::bigint AND ("person_3"."person_id" < $3::bigint OR "person_3"."person_id" > $4::bigint)) OR EXISTS (SELECT FROM "omop_fhir"."document" "document_4" WHERE "document_4"."key" = "document"."person" AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:organization_4" WHERE "index:organization_4"."document" = "document_4"."document" AND "index:organization_4"."parameter" IN (-635188920) AND "index:organization_4"."id" = $6::text) AND ("document_4"."source" = $7::bigint AND "document_4"."content" IS NOT NULL))) AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:patient" WHERE "index:patient"."document" = "document"."document" AND "index:patient"."parameter" IN (-631498038) AND "index:patient"."id" = $8::text)) AND ("document"."source" = $9::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $5::bigint
  ORDER BY "document"."key"
  LIMIT $5::bigint
) "document"
ORDER BY "document"."key"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $5::bigint

-- GET Encounter?patient=2000000007
-- with documents
-- with care-site=3
-- $1 = 2000000007
-- $2 = '3'
-- $3 = -1696933909
-- $4 = 2000000000
-- $5 = 2147483647
-- $6 = 51
-- $7 = 3
-- $8 = '2000000007'
-- $9 = -372102710
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE (EXISTS (SELECT FROM "omop_fhir"."document" "document_2" WHERE "document_2"."key" = $1::bigint AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:organization_2" WHERE "index:organization_2"."document" = "document_2"."document" AND "index:organization_2"."parameter" IN (-635188920) AND "index:organization_2"."id" = $2::text) AND ("document_2"."source" = $3::bigint AND "document_2"."content" IS NOT NULL)) AND "visit"."person_id" = $1::bigint) AND ("visit"."visit_occurrence_id" < $4::bigint OR "visit"."visit_occurrence_id" > $5::bigint)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $6::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "document".*
  FROM "omop_fhir"."document" "document"
  WHERE ((EXISTS (SELECT FROM "cdm"."person" "person_3" WHERE "person_3"."person_id" = "document"."person" AND "person_3"."care_site_id" = $7::bigint AND ("person_3"."person_id" < $4::bigint OR "person_3"."person_id" > $5::bigint)) OR EXISTS (SELECT FROM "omop_fhir"."document" "document_4" WHERE "document_4"."key" = "document"."person" AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:organization_4" WHERE "index:organization_4"."document" = "document_4"."document" AND "index:organization_4"."parameter" IN (-635188920) AND "index:organization_4"."id" = $2::text) AND ("document_4"."source" = $3::bigint AND "document_4"."content" IS NOT NULL))) AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:patient" WHERE "index:patient"."document" = "document"."document" AND "index:patient"."parameter" IN (-631498038) AND "index:patient"."id" = $8::text)) AND ("document"."source" = $9::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $6::bigint
  ORDER BY "document"."key"
  LIMIT $6::bigint
) "document"
ORDER BY "document"."key"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $6::bigint

-- GET Encounter?patient=7
-- with adopted
-- with care-site=3
-- $1 = 7
-- $2 = 3
-- $3 = 2000000000
-- $4 = 2147483647
-- $5 = '3'
-- $6 = -1696933909
-- $7 = 51
-- $8 = '7'
-- $9 = -372102710
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE ((EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = $1::bigint AND "person_1"."care_site_id" = $2::bigint AND ("person_1"."person_id" < $3::bigint OR "person_1"."person_id" > $4::bigint) AND NOT EXISTS (SELECT FROM "omop_fhir"."document" own_ WHERE own_.source = -1696933909 AND own_.adopted = "person_1"."person_id")) OR EXISTS (SELECT FROM "omop_fhir"."document" "document_2" WHERE "document_2"."key" = $1::bigint AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:organization_2" WHERE "index:organization_2"."document" = "document_2"."document" AND "index:organization_2"."parameter" IN (-635188920) AND "index:organization_2"."id" = $5::text) AND ("document_2"."source" = $6::bigint AND "document_2"."content" IS NOT NULL))) AND "visit"."person_id" = $1::bigint) AND ("visit"."visit_occurrence_id" < $3::bigint OR "visit"."visit_occurrence_id" > $4::bigint) AND NOT EXISTS (SELECT FROM "omop_fhir"."document" own_ WHERE own_.source = -372102710 AND own_.adopted = "visit"."visit_occurrence_id")
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $7::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "document".*
  FROM "omop_fhir"."document" "document"
  WHERE ((EXISTS (SELECT FROM "cdm"."person" "person_3" WHERE "person_3"."person_id" = "document"."person" AND "person_3"."care_site_id" = $2::bigint AND ("person_3"."person_id" < $3::bigint OR "person_3"."person_id" > $4::bigint) AND NOT EXISTS (SELECT FROM "omop_fhir"."document" own_ WHERE own_.source = -1696933909 AND own_.adopted = "person_3"."person_id")) OR EXISTS (SELECT FROM "omop_fhir"."document" "document_4" WHERE "document_4"."key" = "document"."person" AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:organization_4" WHERE "index:organization_4"."document" = "document_4"."document" AND "index:organization_4"."parameter" IN (-635188920) AND "index:organization_4"."id" = $5::text) AND ("document_4"."source" = $6::bigint AND "document_4"."content" IS NOT NULL))) AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:patient" WHERE "index:patient"."document" = "document"."document" AND "index:patient"."parameter" IN (-631498038) AND "index:patient"."id" = $8::text)) AND ("document"."source" = $9::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $7::bigint
  ORDER BY "document"."key"
  LIMIT $7::bigint
) "document"
ORDER BY "document"."key"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $7::bigint

-- GET Encounter
-- with documents
-- with patient=7
-- $1 = 7
-- $2 = 2000000000
-- $3 = 2147483647
-- $4 = 51
-- $5 = -372102710
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $1::bigint AND ("visit"."visit_occurrence_id" < $2::bigint OR "visit"."visit_occurrence_id" > $3::bigint)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $4::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "document".*
  FROM "omop_fhir"."document" "document"
  WHERE "document"."person" = $1::bigint AND ("document"."source" = $5::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $4::bigint
  ORDER BY "document"."key"
  LIMIT $4::bigint
) "document"
ORDER BY "document"."key"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $4::bigint

-- GET Encounter
-- with documents
-- with patient=2000000007
-- $1 = 2000000007
-- $2 = 2000000000
-- $3 = 2147483647
-- $4 = 51
-- $5 = -372102710
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $1::bigint AND ("visit"."visit_occurrence_id" < $2::bigint OR "visit"."visit_occurrence_id" > $3::bigint)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $4::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "document".*
  FROM "omop_fhir"."document" "document"
  WHERE "document"."person" = $1::bigint AND ("document"."source" = $5::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $4::bigint
  ORDER BY "document"."key"
  LIMIT $4::bigint
) "document"
ORDER BY "document"."key"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $4::bigint

-- GET Encounter?patient.organization=3
-- with documents
-- with care-site=3
-- $1 = 3
-- $2 = 2000000000
-- $3 = 2147483647
-- $4 = 51
-- $5 = '3'
-- $6 = -1696933909
-- $7 = -372102710
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT DISTINCT ON (rows_."visit_occurrence_id") rows_.* FROM (
    (SELECT "visit".*
    FROM "cdm"."visit_occurrence" "visit"
    WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "visit"."person_id" AND "person_1"."care_site_id" = $1::bigint AND ("person_1"."person_id" < $2::bigint OR "person_1"."person_id" > $3::bigint)) AND ("visit"."visit_occurrence_id" < $2::bigint OR "visit"."visit_occurrence_id" > $3::bigint)
    ORDER BY "visit"."visit_occurrence_id"
    LIMIT $4::bigint)
    UNION ALL
    (SELECT "visit".*
    FROM "cdm"."visit_occurrence" "visit"
    WHERE EXISTS (SELECT FROM "omop_fhir"."document" "document_2" WHERE "document_2"."key" = "visit"."person_id" AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:organization_2" WHERE "index:organization_2"."document" = "document_2"."document" AND "index:organization_2"."parameter" IN (-635188920) AND "index:organization_2"."id" = $5::text) AND ("document_2"."source" = $6::bigint AND "document_2"."content" IS NOT NULL)) AND ("visit"."visit_occurrence_id" < $2::bigint OR "visit"."visit_occurrence_id" > $3::bigint)
    ORDER BY "visit"."visit_occurrence_id"
    LIMIT $4::bigint)
  ) rows_
  ORDER BY rows_."visit_occurrence_id"
  LIMIT $4::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT DISTINCT ON (rows_."key") rows_.* FROM (
    (SELECT "document".*
    FROM "omop_fhir"."document" "document"
    WHERE (EXISTS (SELECT FROM "cdm"."person" "person_3" WHERE "person_3"."person_id" = "document"."person" AND "person_3"."care_site_id" = $1::bigint AND ("person_3"."person_id" < $2::bigint OR "person_3"."person_id" > $3::bigint)) AND (EXISTS (SELECT FROM "omop_fhir"."reference" "index:patient:Patient:" WHERE "index:patient:Patient:"."document" = "document"."document" AND "index:patient:Patient:"."parameter" IN (-631498038) AND "index:patient:Patient:"."target" IN (-1696933909) AND EXISTS (SELECT FROM "cdm"."person" "person_4" WHERE "person_4"."person_id" = "index:patient:Patient:"."key" AND "person_4"."care_site_id" = $1::bigint AND ("person_4"."person_id" < $2::bigint OR "person_4"."person_id" > $3::bigint))) OR EXISTS (SELECT FROM "omop_fhir"."reference" "index:patient:Patient:" WHERE "index:patient:Patient:"."document" = "document"."document" AND "index:patient:Patient:"."parameter" IN (-631498038) AND "index:patient:Patient:"."target" IN (-1696933909) AND EXISTS (SELECT FROM "omop_fhir"."document" "document_5" WHERE "document_5"."key" = "index:patient:Patient:"."key" AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:organization_5" WHERE "index:organization_5"."document" = "document_5"."document" AND "index:organization_5"."parameter" IN (-635188920) AND "index:organization_5"."id" = $5::text) AND ("document_5"."source" = $6::bigint AND "document_5"."content" IS NOT NULL))))) AND ("document"."source" = $7::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $4::bigint
    ORDER BY "document"."key"
    LIMIT $4::bigint)
    UNION ALL
    (SELECT "document".*
    FROM "omop_fhir"."document" "document"
    WHERE (EXISTS (SELECT FROM "omop_fhir"."document" "document_6" WHERE "document_6"."key" = "document"."person" AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:organization_6" WHERE "index:organization_6"."document" = "document_6"."document" AND "index:organization_6"."parameter" IN (-635188920) AND "index:organization_6"."id" = $5::text) AND ("document_6"."source" = $6::bigint AND "document_6"."content" IS NOT NULL)) AND (EXISTS (SELECT FROM "omop_fhir"."reference" "index:patient:Patient:" WHERE "index:patient:Patient:"."document" = "document"."document" AND "index:patient:Patient:"."parameter" IN (-631498038) AND "index:patient:Patient:"."target" IN (-1696933909) AND EXISTS (SELECT FROM "cdm"."person" "person_7" WHERE "person_7"."person_id" = "index:patient:Patient:"."key" AND "person_7"."care_site_id" = $1::bigint AND ("person_7"."person_id" < $2::bigint OR "person_7"."person_id" > $3::bigint))) OR EXISTS (SELECT FROM "omop_fhir"."reference" "index:patient:Patient:" WHERE "index:patient:Patient:"."document" = "document"."document" AND "index:patient:Patient:"."parameter" IN (-631498038) AND "index:patient:Patient:"."target" IN (-1696933909) AND EXISTS (SELECT FROM "omop_fhir"."document" "document_8" WHERE "document_8"."key" = "index:patient:Patient:"."key" AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:organization_8" WHERE "index:organization_8"."document" = "document_8"."document" AND "index:organization_8"."parameter" IN (-635188920) AND "index:organization_8"."id" = $5::text) AND ("document_8"."source" = $6::bigint AND "document_8"."content" IS NOT NULL))))) AND ("document"."source" = $7::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $4::bigint
    ORDER BY "document"."key"
    LIMIT $4::bigint)
  ) rows_
  ORDER BY rows_."key"
  LIMIT $4::bigint
) "document"
ORDER BY "document"."key"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $4::bigint

-- GET Patient?name=Ada&_has:Encounter:patient:date=2020
-- with documents
-- $1 = datetime.datetime(2020, 1, 1, 0, 0)
-- $2 = datetime.datetime(2021, 1, 1, 0, 0)
-- $3 = 2000000000
-- $4 = 2147483647
-- $5 = 'ada%'
-- $6 = -1696933909
-- $7 = 51
-- $8 = -372102710
SELECT ... FROM (
(SELECT 1 AS branch, '"omop_fhir"."document"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, NULL::integer AS c0_, NULL::integer AS c1_, NULL::text AS c2_, NULL::integer[] AS c3_, NULL::integer AS c4_, NULL::text AS c5_, NULL::integer AS c6_, NULL::integer AS c7_, NULL::text AS c8_, NULL::integer AS c9_, NULL::integer AS c10_, NULL::integer AS c11_, NULL::integer AS c12_, NULL::text AS c13_, NULL::integer AS c14_, NULL::text AS c15_, NULL::integer AS c16_, NULL::integer AS c17_, NULL::integer AS c18_, NULL::text AS c19_, NULL::text AS c20_, NULL::text AS c21_, NULL::text AS c22_, NULL::text AS c23_, NULL::text AS c24_, NULL::text AS c25_, NULL::text AS c26_, NULL::text AS c27_, NULL::text AS c28_, NULL::integer AS c29_, NULL::text AS c30_, NULL::text AS c31_, NULL::integer AS c32_, NULL::integer AS c33_, "document"."key" AS c34_, "document"."id"::text AS c35_, "document"."version" AS c36_, "document"."content"::text AS c37_, "document"."fingerprint"::text AS c38_, md5("row"::text) AS c39_, "document"."person" AS c40_, EXISTS (SELECT FROM "omop_fhir"."owned_row" own_ WHERE own_.document = "document".document AND (own_."table" <> 'person' OR own_.key <> "document".key))::text AS c41_, (CASE WHEN "document".anchor IS NULL OR "document".person BETWEEN 2000000000 AND 2147483647 THEN TRUE ELSE "document".anchor IS NOT DISTINCT FROM (SELECT min(p_.person_source_value) FROM "cdm"."person" p_ WHERE p_.person_id = "document".person) OR EXISTS (SELECT FROM "omop_fhir"."document" p_ WHERE p_.adopted = "document".person AND p_.type = 'Patient') END)::text AS c42_, "document"."key" AS key_
FROM (
  SELECT DISTINCT ON (rows_."key") rows_.* FROM (
    (SELECT "document".*
    FROM "omop_fhir"."document" "document"
    WHERE (EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."person_id" = "document"."key" AND (COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) >= $1::timestamp AND COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) < $2::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp) AND ("visit_1"."visit_occurrence_id" < $3::bigint OR "visit_1"."visit_occurrence_id" > $4::bigint)) AND EXISTS (SELECT FROM "omop_fhir"."string" "index:name" WHERE "index:name"."document" = "document"."document" AND "index:name"."parameter" IN (-1959714487) AND lower(regexp_replace(normalize("index:name"."text", NFKD), '[̀-ͯ]', '', 'g')) LIKE $5::text)) AND ("document"."source" = $6::bigint AND "document"."content" IS NOT NULL)
    ORDER BY "document"."key"
    LIMIT $7::bigint)
    UNION ALL
    (SELECT "document".*
    FROM "omop_fhir"."document" "document"
    WHERE ("document"."key" IN (SELECT "index:patient:Patient:_2"."key" FROM "omop_fhir"."document" "document_2" CROSS JOIN "omop_fhir"."reference" "index:patient:Patient:_2" WHERE EXISTS (SELECT FROM "omop_fhir"."document" "document_3" WHERE "document_3"."key" = "document_2"."key" AND EXISTS (SELECT FROM "omop_fhir"."date" "index:date_3" WHERE "index:date_3"."document" = "document_3"."document" AND "index:date_3"."parameter" IN (985716664) AND ("index:date_3"."low" >= $1::timestamp AND "index:date_3"."low" < $2::timestamp AND "index:date_3"."high" <= $2::timestamp)) AND ("document_3"."source" = $8::bigint AND "document_3"."content" IS NOT NULL)) AND ("document_2"."source" = $8::bigint AND "document_2"."content" IS NOT NULL) AND "index:patient:Patient:_2"."document" = "document_2"."document" AND "index:patient:Patient:_2"."parameter" IN (-631498038) AND "index:patient:Patient:_2"."target" IN (-1696933909)) AND EXISTS (SELECT FROM "omop_fhir"."string" "index:name" WHERE "index:name"."document" = "document"."document" AND "index:name"."parameter" IN (-1959714487) AND lower(regexp_replace(normalize("index:name"."text", NFKD), '[̀-ͯ]', '', 'g')) LIKE $5::text)) AND ("document"."source" = $6::bigint AND "document"."content" IS NOT NULL)
    ORDER BY "document"."key"
    LIMIT $7::bigint)
  ) rows_
  ORDER BY rows_."key"
  LIMIT $7::bigint
) "document"
ORDER BY "document"."key")
) page
ORDER BY branch, key_
LIMIT $7::bigint

-- GET Patient?_id=7,2000000007
-- with documents
-- $1 = 7
-- $2 = 2000000007
-- $3 = 2000000000
-- $4 = 2147483647
-- $5 = 51
-- $6 = '7'
-- $7 = '2000000007'
-- $8 = -1696933909
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE ("person"."person_id" = $1::bigint OR "person"."person_id" = $2::bigint) AND ("person"."person_id" < $3::bigint OR "person"."person_id" > $4::bigint)
  ORDER BY "person"."person_id"
  LIMIT $5::bigint
) "person"
ORDER BY "person"."person_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "document".*
  FROM "omop_fhir"."document" "document"
  WHERE ("document"."id" = $6::text OR "document"."id" = $7::text) AND ("document"."source" = $8::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $5::bigint
  ORDER BY "document"."key"
  LIMIT $5::bigint
) "document"
ORDER BY "document"."key"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $5::bigint

-- GET Practitioner
-- with documents
-- with patient=7
-- $1 = 7
-- $2 = 2000000000
-- $3 = 2147483647
-- $4 = 1037469763
-- $5 = -372102710
-- $6 = 32865
-- $7 = -397771177
-- $8 = -1696933909
-- $9 = 473742367
-- $10 = 51
-- $11 = -1758315332
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE "provider"."provider_id" IN (SELECT "condition_1"."provider_id" FROM "cdm"."condition_occurrence" "condition_1" WHERE "condition_1"."person_id" = $1::bigint AND ("condition_1"."condition_occurrence_id" < $2::bigint OR "condition_1"."condition_occurrence_id" > $3::bigint) UNION ALL SELECT "index:asserter:Practitioner:_2"."key" FROM "omop_fhir"."document" "document_2" CROSS JOIN "omop_fhir"."reference" "index:asserter:Practitioner:_2" WHERE "document_2"."person" = $1::bigint AND ("document_2"."source" = $4::bigint AND "document_2"."content" IS NOT NULL) AND "index:asserter:Practitioner:_2"."document" = "document_2"."document" AND "index:asserter:Practitioner:_2"."parameter" IN (1360046206) AND "index:asserter:Practitioner:_2"."target" IN (-1758315332) UNION ALL SELECT "index:evidence-detail:Practitioner:_3"."key" FROM "omop_fhir"."document" "document_3" CROSS JOIN "omop_fhir"."reference" "index:evidence-detail:Practitioner:_3" WHERE "document_3"."person" = $1::bigint AND ("document_3"."source" = $4::bigint AND "document_3"."content" IS NOT NULL) AND "index:evidence-detail:Practitioner:_3"."document" = "document_3"."document" AND "index:evidence-detail:Practitioner:_3"."parameter" IN (852831957) AND "index:evidence-detail:Practitioner:_3"."target" IN (-1758315332) UNION ALL SELECT "visit_4"."provider_id" FROM "cdm"."visit_occurrence" "visit_4" WHERE "visit_4"."person_id" = $1::bigint AND ("visit_4"."visit_occurrence_id" < $2::bigint OR "visit_4"."visit_occurrence_id" > $3::bigint) UNION ALL SELECT "index:participant:Practitioner:_5"."key" FROM "omop_fhir"."document" "document_5" CROSS JOIN "omop_fhir"."reference" "index:participant:Practitioner:_5" WHERE "document_5"."person" = $1::bigint AND ("document_5"."source" = $5::bigint AND "document_5"."content" IS NOT NULL) AND "index:participant:Practitioner:_5"."document" = "document_5"."document" AND "index:participant:Practitioner:_5"."parameter" IN (-849094652) AND "index:participant:Practitioner:_5"."target" IN (-1758315332) UNION ALL SELECT "index:practitioner:Practitioner:_6"."key" FROM "omop_fhir"."document" "document_6" CROSS JOIN "omop_fhir"."reference" "index:practitioner:Practitioner:_6" WHERE "document_6"."person" = $1::bigint AND ("document_6"."source" = $5::bigint AND "document_6"."content" IS NOT NULL) AND "index:practitioner:Practitioner:_6"."document" = "document_6"."document" AND "index:practitioner:Practitioner:_6"."parameter" IN (-92986140) AND "index:practitioner:Practitioner:_6"."target" IN (-1758315332) UNION ALL SELECT "drug_7"."provider_id" FROM "cdm"."drug_exposure" "drug_7" WHERE ("drug_7"."person_id" = $1::bigint AND (("drug_7"."drug_type_concept_id" = $6::bigint AND "drug_7"."person_id" IS NOT NULL)) IS NOT TRUE) AND ("drug_7"."drug_exposure_id" < $2::bigint OR "drug_7"."drug_exposure_id" > $3::bigint) UNION ALL SELECT "index:source:Practitioner:_8"."key" FROM "omop_fhir"."document" "document_8" CROSS JOIN "omop_fhir"."reference" "index:source:Practitioner:_8" WHERE "document_8"."person" = $1::bigint AND ("document_8"."source" = $7::bigint AND "document_8"."content" IS NOT NULL) AND "index:source:Practitioner:_8"."document" = "document_8"."document" AND "index:source:Practitioner:_8"."parameter" IN (1285915495) AND "index:source:Practitioner:_8"."target" IN (-1758315332) UNION ALL SELECT "person_9"."provider_id" FROM "cdm"."person" "person_9" WHERE "person_9"."person_id" = $1::bigint AND ("person_9"."person_id" < $2::bigint OR "person_9"."person_id" > $3::bigint) UNION ALL SELECT "index:general-practitioner:Practitioner:_10"."key" FROM "omop_fhir"."document" "document_10" CROSS JOIN "omop_fhir"."reference" "index:general-practitioner:Practitioner:_10" WHERE "document_10"."person" = $1::bigint AND ("document_10"."source" = $8::bigint AND "document_10"."content" IS NOT NULL) AND "index:general-practitioner:Practitioner:_10"."document" = "document_10"."document" AND "index:general-practitioner:Practitioner:_10"."parameter" IN (425506367) AND "index:general-practitioner:Practitioner:_10"."target" IN (-1758315332) UNION ALL SELECT "procedure_11"."provider_id" FROM "cdm"."procedure_occurrence" "procedure_11" WHERE "procedure_11"."person_id" = $1::bigint AND ("procedure_11"."procedure_occurrence_id" < $2::bigint OR "procedure_11"."procedure_occurrence_id" > $3::bigint) UNION ALL SELECT "index:performer:Practitioner:_12"."key" FROM "omop_fhir"."document" "document_12" CROSS JOIN "omop_fhir"."reference" "index:performer:Practitioner:_12" WHERE "document_12"."person" = $1::bigint AND ("document_12"."source" = $9::bigint AND "document_12"."content" IS NOT NULL) AND "index:performer:Practitioner:_12"."document" = "document_12"."document" AND "index:performer:Practitioner:_12"."parameter" IN (1733132754) AND "index:performer:Practitioner:_12"."target" IN (-1758315332)) AND ("provider"."provider_id" < $2::bigint OR "provider"."provider_id" > $3::bigint)
  ORDER BY "provider"."provider_id"
  LIMIT $10::bigint
) "provider"
ORDER BY "provider"."provider_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "document".*
  FROM "omop_fhir"."document" "document"
  WHERE "document"."key" IN (SELECT "condition_13"."provider_id" FROM "cdm"."condition_occurrence" "condition_13" WHERE "condition_13"."person_id" = $1::bigint AND ("condition_13"."condition_occurrence_id" < $2::bigint OR "condition_13"."condition_occurrence_id" > $3::bigint) UNION ALL SELECT "index:asserter:Practitioner:_14"."key" FROM "omop_fhir"."document" "document_14" CROSS JOIN "omop_fhir"."reference" "index:asserter:Practitioner:_14" WHERE "document_14"."person" = $1::bigint AND ("document_14"."source" = $4::bigint AND "document_14"."content" IS NOT NULL) AND "index:asserter:Practitioner:_14"."document" = "document_14"."document" AND "index:asserter:Practitioner:_14"."parameter" IN (1360046206) AND "index:asserter:Practitioner:_14"."target" IN (-1758315332) UNION ALL SELECT "index:evidence-detail:Practitioner:_15"."key" FROM "omop_fhir"."document" "document_15" CROSS JOIN "omop_fhir"."reference" "index:evidence-detail:Practitioner:_15" WHERE "document_15"."person" = $1::bigint AND ("document_15"."source" = $4::bigint AND "document_15"."content" IS NOT NULL) AND "index:evidence-detail:Practitioner:_15"."document" = "document_15"."document" AND "index:evidence-detail:Practitioner:_15"."parameter" IN (852831957) AND "index:evidence-detail:Practitioner:_15"."target" IN (-1758315332) UNION ALL SELECT "visit_16"."provider_id" FROM "cdm"."visit_occurrence" "visit_16" WHERE "visit_16"."person_id" = $1::bigint AND ("visit_16"."visit_occurrence_id" < $2::bigint OR "visit_16"."visit_occurrence_id" > $3::bigint) UNION ALL SELECT "index:participant:Practitioner:_17"."key" FROM "omop_fhir"."document" "document_17" CROSS JOIN "omop_fhir"."reference" "index:participant:Practitioner:_17" WHERE "document_17"."person" = $1::bigint AND ("document_17"."source" = $5::bigint AND "document_17"."content" IS NOT NULL) AND "index:participant:Practitioner:_17"."document" = "document_17"."document" AND "index:participant:Practitioner:_17"."parameter" IN (-849094652) AND "index:participant:Practitioner:_17"."target" IN (-1758315332) UNION ALL SELECT "index:practitioner:Practitioner:_18"."key" FROM "omop_fhir"."document" "document_18" CROSS JOIN "omop_fhir"."reference" "index:practitioner:Practitioner:_18" WHERE "document_18"."person" = $1::bigint AND ("document_18"."source" = $5::bigint AND "document_18"."content" IS NOT NULL) AND "index:practitioner:Practitioner:_18"."document" = "document_18"."document" AND "index:practitioner:Practitioner:_18"."parameter" IN (-92986140) AND "index:practitioner:Practitioner:_18"."target" IN (-1758315332) UNION ALL SELECT "drug_19"."provider_id" FROM "cdm"."drug_exposure" "drug_19" WHERE ("drug_19"."person_id" = $1::bigint AND (("drug_19"."drug_type_concept_id" = $6::bigint AND "drug_19"."person_id" IS NOT NULL)) IS NOT TRUE) AND ("drug_19"."drug_exposure_id" < $2::bigint OR "drug_19"."drug_exposure_id" > $3::bigint) UNION ALL SELECT "index:source:Practitioner:_20"."key" FROM "omop_fhir"."document" "document_20" CROSS JOIN "omop_fhir"."reference" "index:source:Practitioner:_20" WHERE "document_20"."person" = $1::bigint AND ("document_20"."source" = $7::bigint AND "document_20"."content" IS NOT NULL) AND "index:source:Practitioner:_20"."document" = "document_20"."document" AND "index:source:Practitioner:_20"."parameter" IN (1285915495) AND "index:source:Practitioner:_20"."target" IN (-1758315332) UNION ALL SELECT "person_21"."provider_id" FROM "cdm"."person" "person_21" WHERE "person_21"."person_id" = $1::bigint AND ("person_21"."person_id" < $2::bigint OR "person_21"."person_id" > $3::bigint) UNION ALL SELECT "index:general-practitioner:Practitioner:_22"."key" FROM "omop_fhir"."document" "document_22" CROSS JOIN "omop_fhir"."reference" "index:general-practitioner:Practitioner:_22" WHERE "document_22"."person" = $1::bigint AND ("document_22"."source" = $8::bigint AND "document_22"."content" IS NOT NULL) AND "index:general-practitioner:Practitioner:_22"."document" = "document_22"."document" AND "index:general-practitioner:Practitioner:_22"."parameter" IN (425506367) AND "index:general-practitioner:Practitioner:_22"."target" IN (-1758315332) UNION ALL SELECT "procedure_23"."provider_id" FROM "cdm"."procedure_occurrence" "procedure_23" WHERE "procedure_23"."person_id" = $1::bigint AND ("procedure_23"."procedure_occurrence_id" < $2::bigint OR "procedure_23"."procedure_occurrence_id" > $3::bigint) UNION ALL SELECT "index:performer:Practitioner:_24"."key" FROM "omop_fhir"."document" "document_24" CROSS JOIN "omop_fhir"."reference" "index:performer:Practitioner:_24" WHERE "document_24"."person" = $1::bigint AND ("document_24"."source" = $9::bigint AND "document_24"."content" IS NOT NULL) AND "index:performer:Practitioner:_24"."document" = "document_24"."document" AND "index:performer:Practitioner:_24"."parameter" IN (1733132754) AND "index:performer:Practitioner:_24"."target" IN (-1758315332)) AND ("document"."source" = $11::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $10::bigint
  ORDER BY "document"."key"
  LIMIT $10::bigint
) "document"
ORDER BY "document"."key"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $10::bigint

-- GET Procedure?_include=Procedure:performer
-- with documents
-- with care-site=3
-- with keys=procedure/7,8
-- $1 = [7, 8]
-- $2 = 3
-- $3 = 2000000000
-- $4 = 2147483647
-- $5 = '3'
-- $6 = -1696933909
-- $7 = 1001
-- $8 = -1758315332
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE "provider"."provider_id" IN (SELECT "procedure_1"."provider_id" FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."procedure_occurrence_id" = ANY ($1::bigint[]) AND (EXISTS (SELECT FROM "cdm"."person" "person_2" WHERE "person_2"."person_id" = "procedure_1"."person_id" AND "person_2"."care_site_id" = $2::bigint AND ("person_2"."person_id" < $3::bigint OR "person_2"."person_id" > $4::bigint)) OR EXISTS (SELECT FROM "omop_fhir"."document" "document_3" WHERE "document_3"."key" = "procedure_1"."person_id" AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:organization_3" WHERE "index:organization_3"."document" = "document_3"."document" AND "index:organization_3"."parameter" IN (-635188920) AND "index:organization_3"."id" = $5::text) AND ("document_3"."source" = $6::bigint AND "document_3"."content" IS NOT NULL))) AND ("procedure_1"."procedure_occurrence_id" < $3::bigint OR "procedure_1"."procedure_occurrence_id" > $4::bigint)) AND ("provider"."provider_id" < $3::bigint OR "provider"."provider_id" > $4::bigint)
  ORDER BY "provider"."provider_id"
  LIMIT $7::bigint
) "provider"
ORDER BY "provider"."provider_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "document".*
  FROM "omop_fhir"."document" "document"
  WHERE "document"."key" IN (SELECT "procedure_4"."provider_id" FROM "cdm"."procedure_occurrence" "procedure_4" WHERE "procedure_4"."procedure_occurrence_id" = ANY ($1::bigint[]) AND (EXISTS (SELECT FROM "cdm"."person" "person_5" WHERE "person_5"."person_id" = "procedure_4"."person_id" AND "person_5"."care_site_id" = $2::bigint AND ("person_5"."person_id" < $3::bigint OR "person_5"."person_id" > $4::bigint)) OR EXISTS (SELECT FROM "omop_fhir"."document" "document_6" WHERE "document_6"."key" = "procedure_4"."person_id" AND EXISTS (SELECT FROM "omop_fhir"."reference" "index:organization_6" WHERE "index:organization_6"."document" = "document_6"."document" AND "index:organization_6"."parameter" IN (-635188920) AND "index:organization_6"."id" = $5::text) AND ("document_6"."source" = $6::bigint AND "document_6"."content" IS NOT NULL))) AND ("procedure_4"."procedure_occurrence_id" < $3::bigint OR "procedure_4"."procedure_occurrence_id" > $4::bigint)) AND ("document"."source" = $8::bigint AND "document"."content" IS NOT NULL) AND (SELECT count(*) FROM "branch0") < $7::bigint
  ORDER BY "document"."key"
  LIMIT $7::bigint
) "document"
ORDER BY "document"."key"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $7::bigint

-- GET Condition?code=http://snomed.info/sct|80146002&_sort=-onset-date
-- with documents
-- $1 = [4198190, 4209423]
-- $2 = 2000000000
-- $3 = 2147483647
-- $4 = 51
-- $5 = '80146002'
-- $6 = 'http://snomed.info/sct'
-- $7 = 1037469763
SELECT ... FROM (
(SELECT 0 AS branch, '"cdm"."condition_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "condition".s0_ AS s0_, "condition"."condition_occurrence_id" AS c0_, "condition"."person_id" AS c1_, "condition"."condition_type_concept_id" AS c2_, "condition"."condition_status_concept_id" AS c3_, "condition"."condition_status_source_value"::text AS c4_, "condition"."stop_reason"::text AS c5_, "condition"."condition_end_date"::text AS c6_, "condition"."condition_end_datetime"::text AS c7_, "condition"."condition_concept_id" AS c8_, "condition"."condition_source_concept_id" AS c9_, "condition"."condition_source_value"::text AS c10_, "condition"."visit_occurrence_id" AS c11_, "condition"."visit_detail_id" AS c12_, "condition"."condition_start_datetime"::text AS c13_, "condition"."condition_start_date"::text AS c14_, "condition"."provider_id" AS c15_, NULL::bigint AS c16_, NULL::text AS c17_, NULL::integer AS c18_, NULL::text AS c19_, NULL::text AS c20_, NULL::text AS c21_, NULL::bigint AS c22_, NULL::text AS c23_, NULL::text AS c24_, "condition"."condition_occurrence_id" AS key_
FROM (
  SELECT "condition".*, COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp) AS s0_
  FROM "cdm"."condition_occurrence" "condition"
  WHERE ("condition"."condition_concept_id" = ANY ($1::bigint[]) OR "condition"."condition_source_concept_id" = ANY ($1::bigint[])) AND ("condition"."condition_occurrence_id" < $2::bigint OR "condition"."condition_occurrence_id" > $3::bigint)
  ORDER BY COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp) DESC NULLS LAST, "condition"."condition_occurrence_id" DESC
  LIMIT $4::bigint
) "condition"
ORDER BY "condition".s0_ DESC NULLS LAST, "condition"."condition_occurrence_id" DESC)
UNION ALL
(SELECT 1 AS branch, '"omop_fhir"."document"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "document".s0_ AS s0_, NULL::integer AS c0_, NULL::integer AS c1_, NULL::integer AS c2_, NULL::integer AS c3_, NULL::text AS c4_, NULL::text AS c5_, NULL::text AS c6_, NULL::text AS c7_, NULL::integer AS c8_, NULL::integer AS c9_, NULL::text AS c10_, NULL::integer AS c11_, NULL::integer AS c12_, NULL::text AS c13_, NULL::text AS c14_, NULL::integer AS c15_, "document"."key" AS c16_, "document"."id"::text AS c17_, "document"."version" AS c18_, "document"."content"::text AS c19_, "document"."fingerprint"::text AS c20_, md5("row"::text) AS c21_, "document"."person" AS c22_, EXISTS (SELECT FROM "omop_fhir"."owned_row" own_ WHERE own_.document = "document".document AND (own_."table" <> 'condition_occurrence' OR own_.key <> "document".key))::text AS c23_, (CASE WHEN "document".anchor IS NULL OR "document".person BETWEEN 2000000000 AND 2147483647 THEN TRUE ELSE "document".anchor IS NOT DISTINCT FROM (SELECT min(p_.person_source_value) FROM "cdm"."person" p_ WHERE p_.person_id = "document".person) OR EXISTS (SELECT FROM "omop_fhir"."document" p_ WHERE p_.adopted = "document".person AND p_.type = 'Patient') END)::text AS c24_, "document"."key" AS key_
FROM (
  SELECT "document".*, (SELECT max("index:onset-date"."low") FROM "omop_fhir"."date" "index:onset-date" WHERE "index:onset-date"."document" = "document"."document" AND "index:onset-date"."parameter" IN (-668781546)) AS s0_
  FROM "omop_fhir"."document" "document"
  WHERE EXISTS (SELECT FROM "omop_fhir"."token" "index:code" WHERE "index:code"."document" = "document"."document" AND "index:code"."parameter" IN (1278727198) AND ("index:code"."code" = $5::text AND "index:code"."system" = $6::text)) AND ("document"."source" = $7::bigint AND "document"."content" IS NOT NULL)
  ORDER BY (SELECT max("index:onset-date"."low") FROM "omop_fhir"."date" "index:onset-date" WHERE "index:onset-date"."document" = "document"."document" AND "index:onset-date"."parameter" IN (-668781546)) DESC NULLS LAST, "document"."key" DESC
  LIMIT $4::bigint
) "document"
ORDER BY "document".s0_ DESC NULLS LAST, "document"."key" DESC)
) page
ORDER BY page.s0_ DESC NULLS LAST, branch, key_ DESC
LIMIT $4::bigint
