-- brief

-- GET Procedure
-- with after=procedure/7
-- $1 = 7
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE TRUE AND "procedure"."procedure_occurrence_id" > $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure
-- with before=procedure/7
-- $1 = 7
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE TRUE AND "procedure"."procedure_occurrence_id" < $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id" DESC
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id" DESC

-- GET Patient?gender=female
-- with after=patient/5
-- $1 = 5
-- $2 = 8532
-- $3 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."gender_concept_id" = $2::bigint AND "person"."person_id" > $1::bigint
  ORDER BY "person"."person_id"
  LIMIT $3::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Encounter
-- with details
-- $1 = 51
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $1::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "detail".*
  FROM "cdm"."visit_detail" "detail"
  WHERE TRUE AND (SELECT count(*) FROM "branch0") < $1::bigint
  ORDER BY "detail"."visit_detail_id"
  LIMIT $1::bigint
) "detail"
ORDER BY "detail"."visit_detail_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $1::bigint

-- GET Encounter
-- with details
-- with after=encounter/9
-- $1 = 9
-- $2 = 51
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE AND "visit"."visit_occurrence_id" > $1::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "detail".*
  FROM "cdm"."visit_detail" "detail"
  WHERE TRUE AND (SELECT count(*) FROM "branch0") < $2::bigint
  ORDER BY "detail"."visit_detail_id"
  LIMIT $2::bigint
) "detail"
ORDER BY "detail"."visit_detail_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET Encounter
-- with details
-- with before=encounter-visit-detail/9
-- $1 = 9
-- $2 = 51
WITH "branch1" AS (
SELECT ...
FROM (
  SELECT "detail".*
  FROM "cdm"."visit_detail" "detail"
  WHERE TRUE AND "detail"."visit_detail_id" < $1::bigint
  ORDER BY "detail"."visit_detail_id" DESC
  LIMIT $2::bigint
) "detail"
ORDER BY "detail"."visit_detail_id" DESC
),
"branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE AND (SELECT count(*) FROM "branch1") < $2::bigint
  ORDER BY "visit"."visit_occurrence_id" DESC
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id" DESC
)
SELECT ... FROM (
SELECT * FROM "branch1"
UNION ALL
SELECT * FROM "branch0"
) page
ORDER BY branch DESC, key_ DESC
LIMIT $2::bigint

-- GET Patient?gender=female
-- with count
-- $1 = 8532
SELECT (SELECT count(*) FROM "cdm"."person" "person" WHERE "person"."gender_concept_id" = $1::bigint), '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text

-- GET Procedure?patient=5
-- with count
-- $1 = 5
SELECT (SELECT count(*) FROM "cdm"."procedure_occurrence" "procedure" WHERE "procedure"."person_id" = $1::bigint), '"cdm"."procedure_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text

-- GET Procedure?patient.gender=female
-- with count
-- $1 = 8532
SELECT (SELECT count(*) FROM "cdm"."procedure_occurrence" "procedure" WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "procedure"."person_id" AND "person_1"."gender_concept_id" = $1::bigint)), '"cdm"."procedure_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text

-- GET Encounter?date=2020
-- with details
-- with count
-- $1 = datetime.datetime(2020, 1, 1, 0, 0)
-- $2 = datetime.datetime(2021, 1, 1, 0, 0)
SELECT (SELECT count(*) FROM "cdm"."visit_occurrence" "visit" WHERE (COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) >= $1::timestamp AND COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) < $2::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp)) + (SELECT count(*) FROM "cdm"."visit_detail" "detail" WHERE (COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) >= $1::timestamp AND COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) < $2::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "detail"."visit_detail_end_datetime" >= '0001-01-01' AND "detail"."visit_detail_end_datetime" < '10000-01-01' THEN "detail"."visit_detail_end_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_end_date" >= '0001-01-01' AND "detail"."visit_detail_end_date" < '10000-01-01' THEN "detail"."visit_detail_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "detail"."visit_detail_end_datetime" >= '0001-01-01' AND "detail"."visit_detail_end_datetime" < '10000-01-01' THEN "detail"."visit_detail_end_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_end_date" >= '0001-01-01' AND "detail"."visit_detail_end_date" < '10000-01-01' THEN "detail"."visit_detail_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "detail"."visit_detail_end_datetime" >= '0001-01-01' AND "detail"."visit_detail_end_datetime" < '10000-01-01' THEN "detail"."visit_detail_end_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_end_date" >= '0001-01-01' AND "detail"."visit_detail_end_date" < '10000-01-01' THEN "detail"."visit_detail_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "detail"."visit_detail_end_datetime" >= '0001-01-01' AND "detail"."visit_detail_end_datetime" < '10000-01-01' THEN "detail"."visit_detail_end_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_end_date" >= '0001-01-01' AND "detail"."visit_detail_end_date" < '10000-01-01' THEN "detail"."visit_detail_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "detail"."visit_detail_end_datetime" >= '0001-01-01' AND "detail"."visit_detail_end_datetime" < '10000-01-01' THEN "detail"."visit_detail_end_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_end_date" >= '0001-01-01' AND "detail"."visit_detail_end_date" < '10000-01-01' THEN "detail"."visit_detail_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "detail"."visit_detail_end_datetime" >= '0001-01-01' AND "detail"."visit_detail_end_datetime" < '10000-01-01' THEN "detail"."visit_detail_end_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_end_date" >= '0001-01-01' AND "detail"."visit_detail_end_date" < '10000-01-01' THEN "detail"."visit_detail_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "detail"."visit_detail_end_datetime" >= '0001-01-01' AND "detail"."visit_detail_end_datetime" < '10000-01-01' THEN "detail"."visit_detail_end_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_end_date" >= '0001-01-01' AND "detail"."visit_detail_end_date" < '10000-01-01' THEN "detail"."visit_detail_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "detail"."visit_detail_end_datetime" >= '0001-01-01' AND "detail"."visit_detail_end_datetime" < '10000-01-01' THEN "detail"."visit_detail_end_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_end_date" >= '0001-01-01' AND "detail"."visit_detail_end_date" < '10000-01-01' THEN "detail"."visit_detail_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "detail"."visit_detail_end_datetime" >= '0001-01-01' AND "detail"."visit_detail_end_datetime" < '10000-01-01' THEN "detail"."visit_detail_end_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_end_date" >= '0001-01-01' AND "detail"."visit_detail_end_date" < '10000-01-01' THEN "detail"."visit_detail_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "detail"."visit_detail_end_datetime" >= '0001-01-01' AND "detail"."visit_detail_end_datetime" < '10000-01-01' THEN "detail"."visit_detail_end_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_end_date" >= '0001-01-01' AND "detail"."visit_detail_end_date" < '10000-01-01' THEN "detail"."visit_detail_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "detail"."visit_detail_end_datetime" >= '0001-01-01' AND "detail"."visit_detail_end_datetime" < '10000-01-01' THEN "detail"."visit_detail_end_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_end_date" >= '0001-01-01' AND "detail"."visit_detail_end_date" < '10000-01-01' THEN "detail"."visit_detail_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "detail"."visit_detail_end_datetime" >= '0001-01-01' AND "detail"."visit_detail_end_datetime" < '10000-01-01' THEN "detail"."visit_detail_end_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_end_date" >= '0001-01-01' AND "detail"."visit_detail_end_date" < '10000-01-01' THEN "detail"."visit_detail_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp)), '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text, '"cdm"."visit_detail"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text

-- GET ?_type=Patient,Procedure
-- with count
SELECT (SELECT count(*) FROM "cdm"."person" "person" WHERE TRUE) + (SELECT count(*) FROM "cdm"."procedure_occurrence" "procedure" WHERE TRUE), '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text, '"cdm"."procedure_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text
