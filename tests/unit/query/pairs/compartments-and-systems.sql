-- brief

-- GET Patient/5/Procedure
-- $1 = 5
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Patient/5/Procedure?code=http://snomed.info/sct%7C80146002
-- $1 = 5
-- $2 = [4198190, 4209423]
-- $3 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE ("procedure"."person_id" = $1::bigint AND ("procedure"."procedure_concept_id" = ANY ($2::bigint[]) OR "procedure"."procedure_source_concept_id" = ANY ($2::bigint[])))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $3::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Patient/5/Condition?_sort=-onset-date
-- $1 = 5
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*, COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp) AS s0_
  FROM "cdm"."condition_occurrence" "condition"
  WHERE "condition"."person_id" = $1::bigint
  ORDER BY COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp) DESC NULLS LAST, "condition"."condition_occurrence_id" DESC
  LIMIT $2::bigint
) "condition"
ORDER BY "condition".s0_ DESC NULLS LAST, "condition"."condition_occurrence_id" DESC

-- GET Patient/5/MedicationStatement
-- $1 = 5
-- $2 = 51
SELECT ...
FROM (
  SELECT "drug".*
  FROM "cdm"."drug_exposure" "drug"
  WHERE "drug"."person_id" = $1::bigint
  ORDER BY "drug"."drug_exposure_id"
  LIMIT $2::bigint
) "drug"
ORDER BY "drug"."drug_exposure_id"

-- GET Patient/5/Procedure
-- with patient=5
-- $1 = 5
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Patient/5/Procedure
-- with patient=6
-- $1 = 5
-- $2 = 6
-- $3 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE ("procedure"."person_id" = $1::bigint AND "procedure"."person_id" = $2::bigint)
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $3::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Patient/5/*?_type=Condition,Procedure
-- $1 = 5
-- $2 = 51
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE "condition"."person_id" = $1::bigint
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $1::bigint AND (SELECT count(*) FROM "branch0") < $2::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET Encounter/9/Procedure
-- $1 = 9
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."visit_occurrence_id" = $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Encounter/9/Condition
-- $1 = 9
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE "condition"."visit_occurrence_id" = $1::bigint
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Encounter/detail-9/Procedure
-- with details
-- $1 = 9
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE (("procedure"."visit_occurrence_id" IS NOT NULL) IS NOT TRUE AND "procedure"."visit_detail_id" = $1::bigint)
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Practitioner/3/Encounter
-- $1 = 3
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."provider_id" = $1::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Practitioner/3/Procedure
-- $1 = 3
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."provider_id" = $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Patient/5/$everything?_type=Patient,Procedure
-- $1 = 5
-- $2 = 51
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."person_id" = $1::bigint
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $1::bigint AND (SELECT count(*) FROM "branch0") < $2::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET Patient/5/$everything?_type=Procedure&start=2020-01-01&end=2020-12-31
-- $1 = 5
-- $2 = datetime.datetime(2020, 1, 2, 0, 0)
-- $3 = datetime.datetime(2020, 1, 1, 0, 0)
-- $4 = datetime.datetime(2020, 12, 31, 0, 0)
-- $5 = datetime.datetime(2021, 1, 1, 0, 0)
-- $6 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE ("procedure"."person_id" = $1::bigint AND ((CASE WHEN (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) > $2::timestamp OR (COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) >= $3::timestamp AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) < $2::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp)) AND (COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) < $4::timestamp OR (COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) IS NULL AND (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) IS NOT NULL) OR (COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) >= $4::timestamp AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) < $5::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $5::timestamp)))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $6::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Patient/5/$everything?_type=Practitioner
-- $1 = 5
-- $2 = 32865
-- $3 = 51
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE "provider"."provider_id" IN (SELECT "person_1"."provider_id" FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = $1::bigint UNION ALL SELECT "condition_2"."provider_id" FROM "cdm"."condition_occurrence" "condition_2" WHERE "condition_2"."person_id" = $1::bigint UNION ALL SELECT "visit_3"."provider_id" FROM "cdm"."visit_occurrence" "visit_3" WHERE "visit_3"."person_id" = $1::bigint UNION ALL SELECT "drug_4"."provider_id" FROM "cdm"."drug_exposure" "drug_4" WHERE ("drug_4"."person_id" = $1::bigint AND (("drug_4"."drug_type_concept_id" = $2::bigint AND "drug_4"."person_id" IS NOT NULL)) IS NOT TRUE) UNION ALL SELECT "procedure_5"."provider_id" FROM "cdm"."procedure_occurrence" "procedure_5" WHERE "procedure_5"."person_id" = $1::bigint)
  ORDER BY "provider"."provider_id"
  LIMIT $3::bigint
) "provider"
ORDER BY "provider"."provider_id"

-- GET Patient/5/$everything?_type=Organization,Location&start=2020
-- $1 = 5
-- $2 = datetime.datetime(2021, 1, 1, 0, 0)
-- $3 = datetime.datetime(2020, 1, 1, 0, 0)
-- $4 = 51
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE "care_site"."care_site_id" IN (SELECT "visit_1"."care_site_id" FROM "cdm"."visit_occurrence" "visit_1" WHERE ("visit_1"."person_id" = $1::bigint AND ((CASE WHEN (COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) > $2::timestamp OR (COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) >= $3::timestamp AND COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) < $2::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp))))
  ORDER BY "care_site"."care_site_id"
  LIMIT $4::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE "care_site"."care_site_id" IN (SELECT "person_2"."care_site_id" FROM "cdm"."person" "person_2" WHERE "person_2"."person_id" = $1::bigint UNION ALL SELECT "visit_3"."care_site_id" FROM "cdm"."visit_occurrence" "visit_3" WHERE ("visit_3"."person_id" = $1::bigint AND ((CASE WHEN (COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "visit_3"."visit_start_datetime" >= '0001-01-01' AND "visit_3"."visit_start_datetime" < '10000-01-01' THEN "visit_3"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_start_date" >= '0001-01-01' AND "visit_3"."visit_start_date" < '10000-01-01' THEN "visit_3"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "visit_3"."visit_start_datetime" >= '0001-01-01' AND "visit_3"."visit_start_datetime" < '10000-01-01' THEN "visit_3"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_start_date" >= '0001-01-01' AND "visit_3"."visit_start_date" < '10000-01-01' THEN "visit_3"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) > $2::timestamp OR (COALESCE((CASE WHEN "visit_3"."visit_start_datetime" >= '0001-01-01' AND "visit_3"."visit_start_datetime" < '10000-01-01' THEN "visit_3"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_start_date" >= '0001-01-01' AND "visit_3"."visit_start_date" < '10000-01-01' THEN "visit_3"."visit_start_date" END)::timestamp) >= $3::timestamp AND COALESCE((CASE WHEN "visit_3"."visit_start_datetime" >= '0001-01-01' AND "visit_3"."visit_start_datetime" < '10000-01-01' THEN "visit_3"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_start_date" >= '0001-01-01' AND "visit_3"."visit_start_date" < '10000-01-01' THEN "visit_3"."visit_start_date" END)::timestamp) < $2::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "visit_3"."visit_start_datetime" >= '0001-01-01' AND "visit_3"."visit_start_datetime" < '10000-01-01' THEN "visit_3"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_start_date" >= '0001-01-01' AND "visit_3"."visit_start_date" < '10000-01-01' THEN "visit_3"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "visit_3"."visit_start_datetime" >= '0001-01-01' AND "visit_3"."visit_start_datetime" < '10000-01-01' THEN "visit_3"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_start_date" >= '0001-01-01' AND "visit_3"."visit_start_date" < '10000-01-01' THEN "visit_3"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_3"."visit_end_datetime" >= '0001-01-01' AND "visit_3"."visit_end_datetime" < '10000-01-01' THEN "visit_3"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_3"."visit_end_date" >= '0001-01-01' AND "visit_3"."visit_end_date" < '10000-01-01' THEN "visit_3"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp)))) AND (SELECT count(*) FROM "branch0") < $4::bigint
  ORDER BY "care_site"."care_site_id"
  LIMIT $4::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $4::bigint

-- GET Patient/5/$everything?_type=Procedure
-- with after=procedure/7
-- $1 = 7
-- $2 = 5
-- $3 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $2::bigint AND "procedure"."procedure_occurrence_id" > $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $3::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Patient/$everything?_type=Patient,Condition
-- $1 = 51
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person"."person_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE "condition"."person_id" IS NOT NULL AND (SELECT count(*) FROM "branch0") < $1::bigint
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $1::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $1::bigint

-- GET Patient/$everything?_type=Procedure
-- with patient=5
-- $1 = 5
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE ("procedure"."person_id" IS NOT NULL AND "procedure"."person_id" = $1::bigint)
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET ?_type=Patient,Procedure
-- $1 = 51
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person"."person_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE TRUE AND (SELECT count(*) FROM "branch0") < $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $1::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $1::bigint

-- GET ?_type=Patient,Procedure&_id=5
-- $1 = 5
-- $2 = 51
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."person_id" = $1::bigint
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."procedure_occurrence_id" = $1::bigint AND (SELECT count(*) FROM "branch0") < $2::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET ?_type=Patient,Procedure
-- with after=patient/5
-- $1 = 5
-- $2 = 51
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE TRUE AND "person"."person_id" > $1::bigint
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE TRUE AND (SELECT count(*) FROM "branch0") < $2::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET ?_type=Patient,Procedure
-- with after=procedure/7
-- $1 = 7
-- $2 = 51
SELECT ... FROM (
(SELECT 1 AS branch, '"cdm"."procedure_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, NULL::integer AS c0_, NULL::integer AS c1_, NULL::text AS c2_, NULL::integer[] AS c3_, NULL::integer AS c4_, NULL::text AS c5_, NULL::integer AS c6_, NULL::integer AS c7_, NULL::text AS c8_, NULL::integer AS c9_, NULL::integer AS c10_, NULL::integer AS c11_, NULL::integer AS c12_, NULL::text AS c13_, NULL::integer AS c14_, NULL::text AS c15_, NULL::integer AS c16_, NULL::integer AS c17_, NULL::integer AS c18_, NULL::text AS c19_, NULL::text AS c20_, NULL::text AS c21_, NULL::text AS c22_, NULL::text AS c23_, NULL::text AS c24_, NULL::text AS c25_, NULL::text AS c26_, NULL::text AS c27_, NULL::text AS c28_, NULL::integer AS c29_, NULL::text AS c30_, NULL::text AS c31_, NULL::integer AS c32_, NULL::integer AS c33_, "procedure"."procedure_occurrence_id" AS c34_, "procedure"."person_id" AS c35_, "procedure"."procedure_type_concept_id" AS c36_, "procedure"."modifier_concept_id" AS c37_, "procedure"."modifier_source_value"::text AS c38_, "procedure"."quantity" AS c39_, "procedure"."procedure_concept_id" AS c40_, "procedure"."procedure_source_concept_id" AS c41_, "procedure"."procedure_source_value"::text AS c42_, "procedure"."visit_occurrence_id" AS c43_, "procedure"."visit_detail_id" AS c44_, "procedure"."procedure_datetime"::text AS c45_, "procedure"."procedure_date"::text AS c46_, "procedure"."procedure_end_datetime"::text AS c47_, "procedure"."procedure_end_date"::text AS c48_, "procedure"."provider_id" AS c49_, "procedure"."procedure_occurrence_id" AS key_
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE TRUE AND "procedure"."procedure_occurrence_id" > $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id")
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET ?_type=Patient,Procedure
-- with before=procedure/7
-- $1 = 7
-- $2 = 51
WITH "branch1" AS (
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE TRUE AND "procedure"."procedure_occurrence_id" < $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id" DESC
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id" DESC
),
"branch0" AS (
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE TRUE AND (SELECT count(*) FROM "branch1") < $2::bigint
  ORDER BY "person"."person_id" DESC
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id" DESC
)
SELECT ... FROM (
SELECT * FROM "branch1"
UNION ALL
SELECT * FROM "branch0"
) page
ORDER BY branch DESC, key_ DESC
LIMIT $2::bigint

-- GET ?_type=Condition,Procedure&_sort=_id
-- $1 = 51
SELECT ... FROM (
(SELECT 0 AS branch, '"cdm"."condition_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "condition".s0_ AS s0_, "condition"."condition_occurrence_id" AS c0_, "condition"."person_id" AS c1_, "condition"."condition_type_concept_id" AS c2_, "condition"."condition_status_concept_id" AS c3_, "condition"."condition_status_source_value"::text AS c4_, "condition"."stop_reason"::text AS c5_, "condition"."condition_end_date"::text AS c6_, "condition"."condition_end_datetime"::text AS c7_, "condition"."condition_concept_id" AS c8_, "condition"."condition_source_concept_id" AS c9_, "condition"."condition_source_value"::text AS c10_, "condition"."visit_occurrence_id" AS c11_, "condition"."visit_detail_id" AS c12_, "condition"."condition_start_datetime"::text AS c13_, "condition"."condition_start_date"::text AS c14_, "condition"."provider_id" AS c15_, NULL::integer AS c16_, NULL::integer AS c17_, NULL::integer AS c18_, NULL::integer AS c19_, NULL::text AS c20_, NULL::integer AS c21_, NULL::integer AS c22_, NULL::integer AS c23_, NULL::text AS c24_, NULL::integer AS c25_, NULL::integer AS c26_, NULL::text AS c27_, NULL::text AS c28_, NULL::text AS c29_, NULL::text AS c30_, NULL::integer AS c31_, "condition"."condition_occurrence_id" AS key_
FROM (
  SELECT "condition".*, "condition"."condition_occurrence_id" AS s0_
  FROM "cdm"."condition_occurrence" "condition"
  WHERE TRUE
  ORDER BY "condition"."condition_occurrence_id" NULLS LAST, "condition"."condition_occurrence_id"
  LIMIT $1::bigint
) "condition"
ORDER BY "condition".s0_ NULLS LAST, "condition"."condition_occurrence_id")
UNION ALL
(SELECT 1 AS branch, '"cdm"."procedure_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "procedure".s0_ AS s0_, NULL::integer AS c0_, NULL::integer AS c1_, NULL::integer AS c2_, NULL::integer AS c3_, NULL::text AS c4_, NULL::text AS c5_, NULL::text AS c6_, NULL::text AS c7_, NULL::integer AS c8_, NULL::integer AS c9_, NULL::text AS c10_, NULL::integer AS c11_, NULL::integer AS c12_, NULL::text AS c13_, NULL::text AS c14_, NULL::integer AS c15_, "procedure"."procedure_occurrence_id" AS c16_, "procedure"."person_id" AS c17_, "procedure"."procedure_type_concept_id" AS c18_, "procedure"."modifier_concept_id" AS c19_, "procedure"."modifier_source_value"::text AS c20_, "procedure"."quantity" AS c21_, "procedure"."procedure_concept_id" AS c22_, "procedure"."procedure_source_concept_id" AS c23_, "procedure"."procedure_source_value"::text AS c24_, "procedure"."visit_occurrence_id" AS c25_, "procedure"."visit_detail_id" AS c26_, "procedure"."procedure_datetime"::text AS c27_, "procedure"."procedure_date"::text AS c28_, "procedure"."procedure_end_datetime"::text AS c29_, "procedure"."procedure_end_date"::text AS c30_, "procedure"."provider_id" AS c31_, "procedure"."procedure_occurrence_id" AS key_
FROM (
  SELECT "procedure".*, "procedure"."procedure_occurrence_id" AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE TRUE
  ORDER BY "procedure"."procedure_occurrence_id" NULLS LAST, "procedure"."procedure_occurrence_id"
  LIMIT $1::bigint
) "procedure"
ORDER BY "procedure".s0_ NULLS LAST, "procedure"."procedure_occurrence_id")
) page
ORDER BY page.s0_ NULLS LAST, branch, key_
LIMIT $1::bigint

-- GET ?_type=Procedure,Encounter&patient=5&_sort=-date
-- $1 = 5
-- $2 = 51
SELECT ... FROM (
(SELECT 0 AS branch, '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "visit".s0_ AS s0_, "visit"."visit_occurrence_id" AS c0_, "visit"."person_id" AS c1_, "visit"."visit_type_concept_id" AS c2_, "visit"."preceding_visit_occurrence_id" AS c3_, "visit"."visit_start_date"::text AS c4_, "visit"."visit_start_datetime"::text AS c5_, "visit"."visit_end_date"::text AS c6_, "visit"."visit_end_datetime"::text AS c7_, "visit"."visit_concept_id" AS c8_, "visit"."visit_source_concept_id" AS c9_, "visit"."visit_source_value"::text AS c10_, "visit"."provider_id" AS c11_, "condition"."condition_occurrence_id" AS c12_, "condition"."condition_status_concept_id" AS c13_, "visit"."admitted_from_concept_id" AS c14_, "visit"."admitted_from_source_value"::text AS c15_, "visit"."discharged_to_concept_id" AS c16_, "visit"."discharged_to_source_value"::text AS c17_, "visit"."care_site_id" AS c18_, NULL::integer AS c19_, NULL::integer AS c20_, NULL::integer AS c21_, NULL::integer AS c22_, NULL::text AS c23_, NULL::integer AS c24_, NULL::integer AS c25_, NULL::integer AS c26_, NULL::text AS c27_, NULL::integer AS c28_, NULL::integer AS c29_, NULL::text AS c30_, NULL::text AS c31_, NULL::text AS c32_, NULL::text AS c33_, NULL::integer AS c34_, "visit"."visit_occurrence_id" AS key_
FROM (
  SELECT "visit".*, COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $1::bigint
  ORDER BY COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) DESC NULLS LAST, "visit"."visit_occurrence_id" DESC
  LIMIT $2::bigint
) "visit"
ORDER BY "visit".s0_ DESC NULLS LAST, "visit"."visit_occurrence_id" DESC)
UNION ALL
(SELECT 1 AS branch, '"cdm"."procedure_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "procedure".s0_ AS s0_, NULL::integer AS c0_, NULL::integer AS c1_, NULL::integer AS c2_, NULL::integer AS c3_, NULL::text AS c4_, NULL::text AS c5_, NULL::text AS c6_, NULL::text AS c7_, NULL::integer AS c8_, NULL::integer AS c9_, NULL::text AS c10_, NULL::integer AS c11_, NULL::integer[] AS c12_, NULL::integer[] AS c13_, NULL::integer AS c14_, NULL::text AS c15_, NULL::integer AS c16_, NULL::text AS c17_, NULL::integer AS c18_, "procedure"."procedure_occurrence_id" AS c19_, "procedure"."person_id" AS c20_, "procedure"."procedure_type_concept_id" AS c21_, "procedure"."modifier_concept_id" AS c22_, "procedure"."modifier_source_value"::text AS c23_, "procedure"."quantity" AS c24_, "procedure"."procedure_concept_id" AS c25_, "procedure"."procedure_source_concept_id" AS c26_, "procedure"."procedure_source_value"::text AS c27_, "procedure"."visit_occurrence_id" AS c28_, "procedure"."visit_detail_id" AS c29_, "procedure"."procedure_datetime"::text AS c30_, "procedure"."procedure_date"::text AS c31_, "procedure"."procedure_end_datetime"::text AS c32_, "procedure"."procedure_end_date"::text AS c33_, "procedure"."provider_id" AS c34_, "procedure"."procedure_occurrence_id" AS key_
FROM (
  SELECT "procedure".*, COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $1::bigint
  ORDER BY COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure".s0_ DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC)
) page
ORDER BY page.s0_ DESC NULLS LAST, branch, key_ DESC
LIMIT $2::bigint

-- GET ?_type=Procedure,Encounter&patient=5&_sort=-date
-- with after=encounter/9/2020-05-01 10:00:00
-- $1 = datetime.datetime(2020, 5, 1, 10, 0)
-- $2 = 9
-- $3 = 5
-- $4 = 51
SELECT ... FROM (
(WITH "part0_0" AS (
  SELECT "visit".*, COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $3::bigint AND COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) = $1::timestamp AND "visit"."visit_occurrence_id" < $2::bigint
  ORDER BY COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) DESC NULLS LAST, "visit"."visit_occurrence_id" DESC
  LIMIT $4::bigint
),
"part0_1" AS (
  SELECT "visit".*, COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $3::bigint AND COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) < $1::timestamp AND (SELECT count(*) FROM "part0_0") < $4::bigint
  ORDER BY COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) DESC NULLS LAST, "visit"."visit_occurrence_id" DESC
  LIMIT $4::bigint
),
"part0_2" AS (
  SELECT "visit".*, COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $3::bigint AND COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) IS NULL AND (SELECT count(*) FROM "part0_0") + (SELECT count(*) FROM "part0_1") < $4::bigint
  ORDER BY COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) DESC NULLS LAST, "visit"."visit_occurrence_id" DESC
  LIMIT $4::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1" UNION ALL SELECT * FROM "part0_2") rows_ ORDER BY rows_.s0_ DESC NULLS LAST, rows_."visit_occurrence_id" DESC LIMIT $4::bigint
) "visit"
ORDER BY "visit".s0_ DESC NULLS LAST, "visit"."visit_occurrence_id" DESC)
UNION ALL
(WITH "part1_0" AS (
  SELECT "procedure".*, COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $3::bigint AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) = $1::timestamp
  ORDER BY COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC
  LIMIT $4::bigint
),
"part1_1" AS (
  SELECT "procedure".*, COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $3::bigint AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) < $1::timestamp AND (SELECT count(*) FROM "part1_0") < $4::bigint
  ORDER BY COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC
  LIMIT $4::bigint
),
"part1_2" AS (
  SELECT "procedure".*, COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $3::bigint AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) IS NULL AND (SELECT count(*) FROM "part1_0") + (SELECT count(*) FROM "part1_1") < $4::bigint
  ORDER BY COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC
  LIMIT $4::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part1_0" UNION ALL SELECT * FROM "part1_1" UNION ALL SELECT * FROM "part1_2") rows_ ORDER BY rows_.s0_ DESC NULLS LAST, rows_."procedure_occurrence_id" DESC LIMIT $4::bigint
) "procedure"
ORDER BY "procedure".s0_ DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC)
) page
ORDER BY page.s0_ DESC NULLS LAST, branch, key_ DESC
LIMIT $4::bigint
