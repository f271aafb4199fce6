-- GET Condition/3
-- $1 = [3]
-- $2 = [None]
SELECT wanted.ordinal, '"cdm"."condition_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "condition"."condition_occurrence_id", "condition"."person_id", "condition"."condition_type_concept_id", "condition"."condition_status_concept_id", "condition"."condition_status_source_value"::text, "condition"."stop_reason"::text, "condition"."condition_end_date"::text, "condition"."condition_end_datetime"::text, "condition"."condition_concept_id", "condition"."condition_source_concept_id", "condition"."condition_source_value"::text, "condition"."visit_occurrence_id", "condition"."visit_detail_id", "condition"."condition_start_datetime"::text, "condition"."condition_start_date"::text, "condition"."provider_id"
FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[])) WITH ORDINALITY AS wanted(key, patient, ordinal)
JOIN "cdm"."condition_occurrence" "condition" ON "condition"."condition_occurrence_id" = wanted.key
WHERE (wanted.patient IS NULL OR "condition"."person_id" = wanted.patient)

-- GET Condition?clinical-status=resolved
-- $1 = 32906
-- $2 = 51
SELECT 0 AS branch, '"cdm"."condition_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "condition"."condition_occurrence_id", "condition"."person_id", "condition"."condition_type_concept_id", "condition"."condition_status_concept_id", "condition"."condition_status_source_value"::text, "condition"."stop_reason"::text, "condition"."condition_end_date"::text, "condition"."condition_end_datetime"::text, "condition"."condition_concept_id", "condition"."condition_source_concept_id", "condition"."condition_source_value"::text, "condition"."visit_occurrence_id", "condition"."visit_detail_id", "condition"."condition_start_datetime"::text, "condition"."condition_start_date"::text, "condition"."provider_id"
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE ((CASE WHEN "condition"."condition_end_date" >= '0001-01-01' AND "condition"."condition_end_date" < '10000-01-01' THEN "condition"."condition_end_date" END)::timestamp IS NOT NULL OR (CASE WHEN "condition"."condition_end_datetime" >= '0001-01-01' AND "condition"."condition_end_datetime" < '10000-01-01' THEN "condition"."condition_end_datetime" END)::timestamp IS NOT NULL OR ((((CASE WHEN "condition"."condition_end_date" >= '0001-01-01' AND "condition"."condition_end_date" < '10000-01-01' THEN "condition"."condition_end_date" END)::timestamp IS NOT NULL OR (CASE WHEN "condition"."condition_end_datetime" >= '0001-01-01' AND "condition"."condition_end_datetime" < '10000-01-01' THEN "condition"."condition_end_datetime" END)::timestamp IS NOT NULL)) IS NOT TRUE AND "condition"."condition_status_concept_id" = $1::bigint))
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?category=encounter-diagnosis
-- $1 = 32827
-- $2 = [32840, 38000245, 32827]
-- $3 = 51
SELECT 0 AS branch, '"cdm"."condition_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "condition"."condition_occurrence_id", "condition"."person_id", "condition"."condition_type_concept_id", "condition"."condition_status_concept_id", "condition"."condition_status_source_value"::text, "condition"."stop_reason"::text, "condition"."condition_end_date"::text, "condition"."condition_end_datetime"::text, "condition"."condition_concept_id", "condition"."condition_source_concept_id", "condition"."condition_source_value"::text, "condition"."visit_occurrence_id", "condition"."visit_detail_id", "condition"."condition_start_datetime"::text, "condition"."condition_start_date"::text, "condition"."provider_id"
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE ("condition"."condition_type_concept_id" = $1::bigint OR "condition"."condition_type_concept_id" IS NULL OR ("condition"."condition_type_concept_id" = ANY ($2::bigint[])) IS NOT TRUE)
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $3::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?onset-date=le2020
-- $1 = datetime.datetime(2020, 1, 1, 0, 0)
-- $2 = datetime.datetime(2021, 1, 1, 0, 0)
-- $3 = 51
SELECT 0 AS branch, '"cdm"."condition_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "condition"."condition_occurrence_id", "condition"."person_id", "condition"."condition_type_concept_id", "condition"."condition_status_concept_id", "condition"."condition_status_source_value"::text, "condition"."stop_reason"::text, "condition"."condition_end_date"::text, "condition"."condition_end_datetime"::text, "condition"."condition_concept_id", "condition"."condition_source_concept_id", "condition"."condition_source_value"::text, "condition"."visit_occurrence_id", "condition"."visit_detail_id", "condition"."condition_start_datetime"::text, "condition"."condition_start_date"::text, "condition"."provider_id"
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE (COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp) < $1::timestamp OR (COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp) >= $1::timestamp AND COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp) < $2::timestamp AND (COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp) + CASE COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= $2::timestamp))
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $3::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?verification-status=confirmed
-- $1 = 32893
-- $2 = 51
SELECT 0 AS branch, '"cdm"."condition_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "condition"."condition_occurrence_id", "condition"."person_id", "condition"."condition_type_concept_id", "condition"."condition_status_concept_id", "condition"."condition_status_source_value"::text, "condition"."stop_reason"::text, "condition"."condition_end_date"::text, "condition"."condition_end_datetime"::text, "condition"."condition_concept_id", "condition"."condition_source_concept_id", "condition"."condition_source_value"::text, "condition"."visit_occurrence_id", "condition"."visit_detail_id", "condition"."condition_start_datetime"::text, "condition"."condition_start_date"::text, "condition"."provider_id"
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE "condition"."condition_status_concept_id" = $1::bigint
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"
