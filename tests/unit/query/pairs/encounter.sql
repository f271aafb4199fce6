-- GET Encounter/9
-- $1 = [9]
-- $2 = [None]
SELECT wanted.ordinal, '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "visit"."visit_occurrence_id", "visit"."person_id", "visit"."visit_type_concept_id", "visit"."preceding_visit_occurrence_id", "visit"."visit_start_date"::text, "visit"."visit_start_datetime"::text, "visit"."visit_end_date"::text, "visit"."visit_end_datetime"::text, "visit"."visit_concept_id", "visit"."visit_source_concept_id", "visit"."visit_source_value"::text, "visit"."provider_id", "condition"."condition_occurrence_id", "condition"."condition_status_concept_id", "visit"."admitted_from_concept_id", "visit"."admitted_from_source_value"::text, "visit"."discharged_to_concept_id", "visit"."discharged_to_source_value"::text, "visit"."care_site_id"
FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[])) WITH ORDINALITY AS wanted(key, patient, ordinal)
JOIN "cdm"."visit_occurrence" "visit" ON "visit"."visit_occurrence_id" = wanted.key
LEFT JOIN LATERAL (SELECT array_agg("condition"."condition_occurrence_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_occurrence_id", array_agg("condition"."condition_status_concept_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_status_concept_id" FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id") "condition" ON TRUE
WHERE (wanted.patient IS NULL OR "visit"."person_id" = wanted.patient)

-- GET Encounter/detail-9
-- with details
-- $1 = [9]
-- $2 = [None]
SELECT wanted.ordinal, '"cdm"."visit_detail"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "detail"."visit_detail_id", "detail"."person_id", "detail"."visit_detail_type_concept_id", "detail"."preceding_visit_detail_id", "detail"."visit_detail_start_date"::text, "detail"."visit_detail_start_datetime"::text, "detail"."visit_detail_end_date"::text, "detail"."visit_detail_end_datetime"::text, "detail"."visit_detail_concept_id", "detail"."visit_detail_source_concept_id", "detail"."visit_detail_source_value"::text, "detail"."provider_id", "detail"."admitted_from_concept_id", "detail"."admitted_from_source_value"::text, "detail"."discharged_to_concept_id", "detail"."discharged_to_source_value"::text, "detail"."care_site_id", "detail"."parent_visit_detail_id", "detail"."visit_occurrence_id"
FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[])) WITH ORDINALITY AS wanted(key, patient, ordinal)
JOIN "cdm"."visit_detail" "detail" ON "detail"."visit_detail_id" = wanted.key
WHERE (wanted.patient IS NULL OR "detail"."person_id" = wanted.patient)

-- GET Encounter?patient=5
-- with details
-- $1 = 5
-- $2 = 51
WITH "branch0" AS (
SELECT 0 AS branch, '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "visit"."visit_occurrence_id" AS c0_, "visit"."person_id" AS c1_, "visit"."visit_type_concept_id" AS c2_, "visit"."preceding_visit_occurrence_id" AS c3_, "visit"."visit_start_date"::text AS c4_, "visit"."visit_start_datetime"::text AS c5_, "visit"."visit_end_date"::text AS c6_, "visit"."visit_end_datetime"::text AS c7_, "visit"."visit_concept_id" AS c8_, "visit"."visit_source_concept_id" AS c9_, "visit"."visit_source_value"::text AS c10_, "visit"."provider_id" AS c11_, "condition"."condition_occurrence_id" AS c12_, "condition"."condition_status_concept_id" AS c13_, "visit"."admitted_from_concept_id" AS c14_, "visit"."admitted_from_source_value"::text AS c15_, "visit"."discharged_to_concept_id" AS c16_, "visit"."discharged_to_source_value"::text AS c17_, "visit"."care_site_id" AS c18_, NULL::integer AS c19_, NULL::integer AS c20_, NULL::integer AS c21_, NULL::integer AS c22_, NULL::text AS c23_, NULL::text AS c24_, NULL::text AS c25_, NULL::text AS c26_, NULL::integer AS c27_, NULL::integer AS c28_, NULL::text AS c29_, NULL::integer AS c30_, NULL::integer AS c31_, NULL::text AS c32_, NULL::integer AS c33_, NULL::text AS c34_, NULL::integer AS c35_, NULL::integer AS c36_, NULL::integer AS c37_, "visit"."visit_occurrence_id" AS key_
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $1::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
LEFT JOIN LATERAL (SELECT array_agg("condition"."condition_occurrence_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_occurrence_id", array_agg("condition"."condition_status_concept_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_status_concept_id" FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id") "condition" ON TRUE
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT 1 AS branch, '"cdm"."visit_detail"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, NULL::integer AS c0_, NULL::integer AS c1_, NULL::integer AS c2_, NULL::integer AS c3_, NULL::text AS c4_, NULL::text AS c5_, NULL::text AS c6_, NULL::text AS c7_, NULL::integer AS c8_, NULL::integer AS c9_, NULL::text AS c10_, NULL::integer AS c11_, NULL::integer[] AS c12_, NULL::integer[] AS c13_, NULL::integer AS c14_, NULL::text AS c15_, NULL::integer AS c16_, NULL::text AS c17_, NULL::integer AS c18_, "detail"."visit_detail_id" AS c19_, "detail"."person_id" AS c20_, "detail"."visit_detail_type_concept_id" AS c21_, "detail"."preceding_visit_detail_id" AS c22_, "detail"."visit_detail_start_date"::text AS c23_, "detail"."visit_detail_start_datetime"::text AS c24_, "detail"."visit_detail_end_date"::text AS c25_, "detail"."visit_detail_end_datetime"::text AS c26_, "detail"."visit_detail_concept_id" AS c27_, "detail"."visit_detail_source_concept_id" AS c28_, "detail"."visit_detail_source_value"::text AS c29_, "detail"."provider_id" AS c30_, "detail"."admitted_from_concept_id" AS c31_, "detail"."admitted_from_source_value"::text AS c32_, "detail"."discharged_to_concept_id" AS c33_, "detail"."discharged_to_source_value"::text AS c34_, "detail"."care_site_id" AS c35_, "detail"."parent_visit_detail_id" AS c36_, "detail"."visit_occurrence_id" AS c37_, "detail"."visit_detail_id" AS key_
FROM (
  SELECT "detail".*
  FROM "cdm"."visit_detail" "detail"
  WHERE "detail"."person_id" = $1::bigint AND (SELECT count(*) FROM "branch0") < $2::bigint
  ORDER BY "detail"."visit_detail_id"
  LIMIT $2::bigint
) "detail"
ORDER BY "detail"."visit_detail_id"
)
SELECT branch, identity, c0_, c1_, c2_, c3_, c4_, c5_, c6_, c7_, c8_, c9_, c10_, c11_, c12_, c13_, c14_, c15_, c16_, c17_, c18_, c19_, c20_, c21_, c22_, c23_, c24_, c25_, c26_, c27_, c28_, c29_, c30_, c31_, c32_, c33_, c34_, c35_, c36_, c37_ FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET Encounter?patient=5
-- with details
-- with after=encounter-visit-detail/15
-- $1 = 15
-- $2 = 5
-- $3 = 51
SELECT branch, identity, c0_, c1_, c2_, c3_, c4_, c5_, c6_, c7_, c8_, c9_, c10_, c11_, c12_, c13_, c14_, c15_, c16_, c17_, c18_, c19_, c20_, c21_, c22_, c23_, c24_, c25_, c26_, c27_, c28_, c29_, c30_, c31_, c32_, c33_, c34_, c35_, c36_, c37_ FROM (
(SELECT 1 AS branch, '"cdm"."visit_detail"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, NULL::integer AS c0_, NULL::integer AS c1_, NULL::integer AS c2_, NULL::integer AS c3_, NULL::text AS c4_, NULL::text AS c5_, NULL::text AS c6_, NULL::text AS c7_, NULL::integer AS c8_, NULL::integer AS c9_, NULL::text AS c10_, NULL::integer AS c11_, NULL::integer[] AS c12_, NULL::integer[] AS c13_, NULL::integer AS c14_, NULL::text AS c15_, NULL::integer AS c16_, NULL::text AS c17_, NULL::integer AS c18_, "detail"."visit_detail_id" AS c19_, "detail"."person_id" AS c20_, "detail"."visit_detail_type_concept_id" AS c21_, "detail"."preceding_visit_detail_id" AS c22_, "detail"."visit_detail_start_date"::text AS c23_, "detail"."visit_detail_start_datetime"::text AS c24_, "detail"."visit_detail_end_date"::text AS c25_, "detail"."visit_detail_end_datetime"::text AS c26_, "detail"."visit_detail_concept_id" AS c27_, "detail"."visit_detail_source_concept_id" AS c28_, "detail"."visit_detail_source_value"::text AS c29_, "detail"."provider_id" AS c30_, "detail"."admitted_from_concept_id" AS c31_, "detail"."admitted_from_source_value"::text AS c32_, "detail"."discharged_to_concept_id" AS c33_, "detail"."discharged_to_source_value"::text AS c34_, "detail"."care_site_id" AS c35_, "detail"."parent_visit_detail_id" AS c36_, "detail"."visit_occurrence_id" AS c37_, "detail"."visit_detail_id" AS key_
FROM (
  SELECT "detail".*
  FROM "cdm"."visit_detail" "detail"
  WHERE "detail"."person_id" = $2::bigint AND "detail"."visit_detail_id" > $1::bigint
  ORDER BY "detail"."visit_detail_id"
  LIMIT $3::bigint
) "detail"
ORDER BY "detail"."visit_detail_id")
) page
ORDER BY branch, key_
LIMIT $3::bigint

-- GET Encounter?class=AMB
-- $1 = [9202, 581477, 32036, 581458, 38004193, 8782, 8756, 8940, 8883, 705159]
-- $2 = 51
SELECT 0 AS branch, '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "visit"."visit_occurrence_id", "visit"."person_id", "visit"."visit_type_concept_id", "visit"."preceding_visit_occurrence_id", "visit"."visit_start_date"::text, "visit"."visit_start_datetime"::text, "visit"."visit_end_date"::text, "visit"."visit_end_datetime"::text, "visit"."visit_concept_id", "visit"."visit_source_concept_id", "visit"."visit_source_value"::text, "visit"."provider_id", "condition"."condition_occurrence_id", "condition"."condition_status_concept_id", "visit"."admitted_from_concept_id", "visit"."admitted_from_source_value"::text, "visit"."discharged_to_concept_id", "visit"."discharged_to_source_value"::text, "visit"."care_site_id"
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."visit_concept_id" = ANY ($1::bigint[])
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
LEFT JOIN LATERAL (SELECT array_agg("condition"."condition_occurrence_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_occurrence_id", array_agg("condition"."condition_status_concept_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_status_concept_id" FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id") "condition" ON TRUE
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?class=UNK
-- $1 = [9201, 9202, 9203, 262, 42898160, 581476, 581478, 722455, 5083, 32037, 581477, 32036, 581458, 38004193, 8870, 8782, 8756, 8940, 8717, 8971, 8920, 8676, 8863, 8546, 8536, 8883, 38004515, 705159]
-- $2 = 51
SELECT 0 AS branch, '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "visit"."visit_occurrence_id", "visit"."person_id", "visit"."visit_type_concept_id", "visit"."preceding_visit_occurrence_id", "visit"."visit_start_date"::text, "visit"."visit_start_datetime"::text, "visit"."visit_end_date"::text, "visit"."visit_end_datetime"::text, "visit"."visit_concept_id", "visit"."visit_source_concept_id", "visit"."visit_source_value"::text, "visit"."provider_id", "condition"."condition_occurrence_id", "condition"."condition_status_concept_id", "visit"."admitted_from_concept_id", "visit"."admitted_from_source_value"::text, "visit"."discharged_to_concept_id", "visit"."discharged_to_source_value"::text, "visit"."care_site_id"
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE ("visit"."visit_concept_id" IS NULL OR ("visit"."visit_concept_id" = ANY ($1::bigint[])) IS NOT TRUE)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
LEFT JOIN LATERAL (SELECT array_agg("condition"."condition_occurrence_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_occurrence_id", array_agg("condition"."condition_status_concept_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_status_concept_id" FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id") "condition" ON TRUE
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?status=in-progress
-- $1 = 32220
-- $2 = datetime.datetime(2024, 6, 30, 0, 0)
-- $3 = datetime.datetime(2024, 7, 1, 0, 0)
-- $4 = 51
SELECT 0 AS branch, '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "visit"."visit_occurrence_id", "visit"."person_id", "visit"."visit_type_concept_id", "visit"."preceding_visit_occurrence_id", "visit"."visit_start_date"::text, "visit"."visit_start_datetime"::text, "visit"."visit_end_date"::text, "visit"."visit_end_datetime"::text, "visit"."visit_concept_id", "visit"."visit_source_concept_id", "visit"."visit_source_value"::text, "visit"."provider_id", "condition"."condition_occurrence_id", "condition"."condition_status_concept_id", "visit"."admitted_from_concept_id", "visit"."admitted_from_source_value"::text, "visit"."discharged_to_concept_id", "visit"."discharged_to_source_value"::text, "visit"."care_site_id"
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE ("visit"."discharged_to_concept_id" = $1::bigint OR ((COALESCE((CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::date::timestamp, (CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::date::timestamp) IS NULL OR COALESCE((CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::date::timestamp, (CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::date::timestamp) >= $2::timestamp) AND ("visit"."discharged_to_concept_id" = $1::bigint) IS NOT TRUE AND ((COALESCE((CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::date::timestamp, (CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::date::timestamp) IS NULL OR COALESCE((CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::date::timestamp, (CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::date::timestamp) >= $3::timestamp)) IS NOT TRUE))
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $4::bigint
) "visit"
LEFT JOIN LATERAL (SELECT array_agg("condition"."condition_occurrence_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_occurrence_id", array_agg("condition"."condition_status_concept_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_status_concept_id" FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id") "condition" ON TRUE
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?date=sa2020-01-01
-- $1 = datetime.datetime(2020, 1, 2, 0, 0)
-- $2 = 51
SELECT 0 AS branch, '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "visit"."visit_occurrence_id", "visit"."person_id", "visit"."visit_type_concept_id", "visit"."preceding_visit_occurrence_id", "visit"."visit_start_date"::text, "visit"."visit_start_datetime"::text, "visit"."visit_end_date"::text, "visit"."visit_end_datetime"::text, "visit"."visit_concept_id", "visit"."visit_source_concept_id", "visit"."visit_source_value"::text, "visit"."provider_id", "condition"."condition_occurrence_id", "condition"."condition_status_concept_id", "visit"."admitted_from_concept_id", "visit"."admitted_from_source_value"::text, "visit"."discharged_to_concept_id", "visit"."discharged_to_source_value"::text, "visit"."care_site_id"
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) >= $1::timestamp
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
LEFT JOIN LATERAL (SELECT array_agg("condition"."condition_occurrence_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_occurrence_id", array_agg("condition"."condition_status_concept_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_status_concept_id" FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id") "condition" ON TRUE
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?patient=5
-- with cdm=5.3
-- $1 = 5
-- $2 = 51
SELECT 0 AS branch, '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "visit"."visit_occurrence_id", "visit"."person_id", "visit"."visit_type_concept_id", "visit"."preceding_visit_occurrence_id", "visit"."visit_start_date"::text, "visit"."visit_start_datetime"::text, "visit"."visit_end_date"::text, "visit"."visit_end_datetime"::text, "visit"."visit_concept_id", "visit"."visit_source_concept_id", "visit"."visit_source_value"::text, "visit"."provider_id", "condition"."condition_occurrence_id", "condition"."condition_status_concept_id", "visit"."admitting_source_concept_id", "visit"."admitting_source_value"::text, "visit"."discharge_to_concept_id", "visit"."discharge_to_source_value"::text, "visit"."care_site_id"
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $1::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
LEFT JOIN LATERAL (SELECT array_agg("condition"."condition_occurrence_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_occurrence_id", array_agg("condition"."condition_status_concept_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_status_concept_id" FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id") "condition" ON TRUE
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?part-of=9
-- with details
-- $1 = 9
-- $2 = 51
SELECT branch, identity, c0_, c1_, c2_, c3_, c4_, c5_, c6_, c7_, c8_, c9_, c10_, c11_, c12_, c13_, c14_, c15_, c16_, c17_, c18_, c19_, c20_, c21_, c22_, c23_, c24_, c25_, c26_, c27_, c28_, c29_, c30_, c31_, c32_, c33_, c34_, c35_, c36_, c37_ FROM (
(SELECT 1 AS branch, '"cdm"."visit_detail"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, NULL::integer AS c0_, NULL::integer AS c1_, NULL::integer AS c2_, NULL::integer AS c3_, NULL::text AS c4_, NULL::text AS c5_, NULL::text AS c6_, NULL::text AS c7_, NULL::integer AS c8_, NULL::integer AS c9_, NULL::text AS c10_, NULL::integer AS c11_, NULL::integer[] AS c12_, NULL::integer[] AS c13_, NULL::integer AS c14_, NULL::text AS c15_, NULL::integer AS c16_, NULL::text AS c17_, NULL::integer AS c18_, "detail"."visit_detail_id" AS c19_, "detail"."person_id" AS c20_, "detail"."visit_detail_type_concept_id" AS c21_, "detail"."preceding_visit_detail_id" AS c22_, "detail"."visit_detail_start_date"::text AS c23_, "detail"."visit_detail_start_datetime"::text AS c24_, "detail"."visit_detail_end_date"::text AS c25_, "detail"."visit_detail_end_datetime"::text AS c26_, "detail"."visit_detail_concept_id" AS c27_, "detail"."visit_detail_source_concept_id" AS c28_, "detail"."visit_detail_source_value"::text AS c29_, "detail"."provider_id" AS c30_, "detail"."admitted_from_concept_id" AS c31_, "detail"."admitted_from_source_value"::text AS c32_, "detail"."discharged_to_concept_id" AS c33_, "detail"."discharged_to_source_value"::text AS c34_, "detail"."care_site_id" AS c35_, "detail"."parent_visit_detail_id" AS c36_, "detail"."visit_occurrence_id" AS c37_, "detail"."visit_detail_id" AS key_
FROM (
  SELECT "detail".*
  FROM "cdm"."visit_detail" "detail"
  WHERE (("detail"."parent_visit_detail_id" IS NOT NULL) IS NOT TRUE AND "detail"."visit_occurrence_id" = $1::bigint)
  ORDER BY "detail"."visit_detail_id"
  LIMIT $2::bigint
) "detail"
ORDER BY "detail"."visit_detail_id")
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET Encounter?location=4&service-provider=Organization/4
-- $1 = 4
-- $2 = 51
SELECT 0 AS branch, '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "visit"."visit_occurrence_id", "visit"."person_id", "visit"."visit_type_concept_id", "visit"."preceding_visit_occurrence_id", "visit"."visit_start_date"::text, "visit"."visit_start_datetime"::text, "visit"."visit_end_date"::text, "visit"."visit_end_datetime"::text, "visit"."visit_concept_id", "visit"."visit_source_concept_id", "visit"."visit_source_value"::text, "visit"."provider_id", "condition"."condition_occurrence_id", "condition"."condition_status_concept_id", "visit"."admitted_from_concept_id", "visit"."admitted_from_source_value"::text, "visit"."discharged_to_concept_id", "visit"."discharged_to_source_value"::text, "visit"."care_site_id"
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."care_site_id" = $1::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
LEFT JOIN LATERAL (SELECT array_agg("condition"."condition_occurrence_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_occurrence_id", array_agg("condition"."condition_status_concept_id" ORDER BY "condition"."condition_occurrence_id") AS "condition_status_concept_id" FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id") "condition" ON TRUE
ORDER BY "visit"."visit_occurrence_id"
