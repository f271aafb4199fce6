-- brief

-- GET Encounter?patient=7
-- with care-site=3
-- $1 = 7
-- $2 = 3
-- $3 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE (EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = $1::bigint AND "person_1"."care_site_id" = $2::bigint) AND "visit"."person_id" = $1::bigint)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $3::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter
-- with care-site=3
-- $1 = 3
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "visit"."person_id" AND "person_1"."care_site_id" = $1::bigint)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter/7
-- with care-site=3
-- $1 = [7]
-- $2 = [None]
-- $3 = 3
SELECT wanted.ordinal, '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "visit"."visit_occurrence_id", "visit"."person_id", "visit"."visit_type_concept_id", "visit"."preceding_visit_occurrence_id", "visit"."visit_start_date"::text, "visit"."visit_start_datetime"::text, "visit"."visit_end_date"::text, "visit"."visit_end_datetime"::text, "visit"."visit_concept_id", "visit"."visit_source_concept_id", "visit"."visit_source_value"::text, "visit"."provider_id", "condition"."condition_occurrence_id", "condition"."condition_status_concept_id", "visit"."admitted_from_concept_id", "visit"."admitted_from_source_value"::text, "visit"."discharged_to_concept_id", "visit"."discharged_to_source_value"::text, "visit"."care_site_id"
FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[])) WITH ORDINALITY AS wanted(key, patient, ordinal)
JOIN "cdm"."visit_occurrence" "visit" ON "visit"."visit_occurrence_id" = wanted.key
WHERE (wanted.patient IS NULL OR "visit"."person_id" = wanted.patient) AND EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "visit"."person_id" AND "person_1"."care_site_id" = $3::bigint)

-- GET Encounter?date=ge2020
-- with care-site=3
-- with count
-- $1 = 3
-- $2 = datetime.datetime(2021, 1, 1, 0, 0)
-- $3 = datetime.datetime(2020, 1, 1, 0, 0)
SELECT (SELECT count(*) FROM "cdm"."visit_occurrence" "visit" WHERE (EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "visit"."person_id" AND "person_1"."care_site_id" = $1::bigint) AND ((CASE WHEN (COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) > $2::timestamp OR (COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) >= $3::timestamp AND COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) < $2::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp)))), '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text

-- GET Encounter?patient.organization=3
-- with care-site=3
-- $1 = 3
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "visit"."person_id" AND "person_1"."care_site_id" = $1::bigint)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?patient.organization=3&patient.gender=female
-- with care-site=3
-- $1 = 3
-- $2 = 8532
-- $3 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "visit"."person_id" AND ("person_1"."care_site_id" = $1::bigint AND "person_1"."gender_concept_id" = $2::bigint))
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $3::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?patient.organization=4
-- with care-site=3
-- $1 = 3
-- $2 = 4
-- $3 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "visit"."person_id" AND ("person_1"."care_site_id" = $1::bigint AND "person_1"."care_site_id" = $2::bigint))
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $3::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
