-- brief

-- GET Procedure?code=http://snomed.info/sct|80146002
-- with indexed
-- $1 = 51
-- $2 = [4198190, 4209423]
SELECT ...
FROM (
  SELECT "procedure".*
  FROM (
    SELECT of_code.key FROM unnest($2::bigint[]) code(id) CROSS JOIN LATERAL (SELECT "procedure"."procedure_occurrence_id" AS key FROM "cdm"."procedure_occurrence" "procedure" WHERE "procedure"."procedure_concept_id" = code.id ORDER BY "procedure"."procedure_occurrence_id" LIMIT $1::bigint) of_code
    UNION
    SELECT of_code.key FROM unnest($2::bigint[]) code(id) CROSS JOIN LATERAL (SELECT "procedure"."procedure_occurrence_id" AS key FROM "cdm"."procedure_occurrence" "procedure" WHERE "procedure"."procedure_source_concept_id" = code.id ORDER BY "procedure"."procedure_occurrence_id" LIMIT $1::bigint) of_code
    ORDER BY key LIMIT $1::bigint
  ) found
  JOIN "cdm"."procedure_occurrence" "procedure" ON "procedure"."procedure_occurrence_id" = found.key
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $1::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?code=http://snomed.info/sct|80146002
-- with indexed
-- with after=procedure/15
-- $1 = 15
-- $2 = 51
-- $3 = [4198190, 4209423]
SELECT ...
FROM (
  SELECT "procedure".*
  FROM (
    SELECT of_code.key FROM unnest($3::bigint[]) code(id) CROSS JOIN LATERAL (SELECT "procedure"."procedure_occurrence_id" AS key FROM "cdm"."procedure_occurrence" "procedure" WHERE "procedure"."procedure_concept_id" = code.id AND "procedure"."procedure_occurrence_id" > $1::bigint ORDER BY "procedure"."procedure_occurrence_id" LIMIT $2::bigint) of_code
    UNION
    SELECT of_code.key FROM unnest($3::bigint[]) code(id) CROSS JOIN LATERAL (SELECT "procedure"."procedure_occurrence_id" AS key FROM "cdm"."procedure_occurrence" "procedure" WHERE "procedure"."procedure_source_concept_id" = code.id AND "procedure"."procedure_occurrence_id" > $1::bigint ORDER BY "procedure"."procedure_occurrence_id" LIMIT $2::bigint) of_code
    ORDER BY key LIMIT $2::bigint
  ) found
  JOIN "cdm"."procedure_occurrence" "procedure" ON "procedure"."procedure_occurrence_id" = found.key
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?code=http://snomed.info/sct|80146002
-- with indexed
-- with before=procedure/15
-- $1 = 15
-- $2 = 51
-- $3 = [4198190, 4209423]
SELECT ...
FROM (
  SELECT "procedure".*
  FROM (
    SELECT of_code.key FROM unnest($3::bigint[]) code(id) CROSS JOIN LATERAL (SELECT "procedure"."procedure_occurrence_id" AS key FROM "cdm"."procedure_occurrence" "procedure" WHERE "procedure"."procedure_concept_id" = code.id AND "procedure"."procedure_occurrence_id" < $1::bigint ORDER BY "procedure"."procedure_occurrence_id" DESC LIMIT $2::bigint) of_code
    UNION
    SELECT of_code.key FROM unnest($3::bigint[]) code(id) CROSS JOIN LATERAL (SELECT "procedure"."procedure_occurrence_id" AS key FROM "cdm"."procedure_occurrence" "procedure" WHERE "procedure"."procedure_source_concept_id" = code.id AND "procedure"."procedure_occurrence_id" < $1::bigint ORDER BY "procedure"."procedure_occurrence_id" DESC LIMIT $2::bigint) of_code
    ORDER BY key DESC LIMIT $2::bigint
  ) found
  JOIN "cdm"."procedure_occurrence" "procedure" ON "procedure"."procedure_occurrence_id" = found.key
  ORDER BY "procedure"."procedure_occurrence_id" DESC
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id" DESC

-- GET Procedure?code:below=http://snomed.info/sct|80146002
-- with indexed
-- $1 = 51
-- $2 = [4198190, 4209423]
-- $3 = ['SNOMED']
SELECT ...
FROM (
  SELECT "procedure".*
  FROM (
    SELECT of_code.key FROM (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (SELECT a.descendant_concept_id FROM "cdm"."concept_ancestor" a WHERE a.ancestor_concept_id = ANY ($2::bigint[]) UNION SELECT unnest($2::bigint[])) AND c.vocabulary_id = ANY ($3::text[])) code(id) CROSS JOIN LATERAL (SELECT "procedure"."procedure_occurrence_id" AS key FROM "cdm"."procedure_occurrence" "procedure" WHERE "procedure"."procedure_concept_id" = code.id ORDER BY "procedure"."procedure_occurrence_id" LIMIT $1::bigint) of_code
    UNION
    SELECT of_code.key FROM (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (SELECT a.descendant_concept_id FROM "cdm"."concept_ancestor" a WHERE a.ancestor_concept_id = ANY ($2::bigint[]) UNION SELECT unnest($2::bigint[])) AND c.vocabulary_id = ANY ($3::text[])) code(id) CROSS JOIN LATERAL (SELECT "procedure"."procedure_occurrence_id" AS key FROM "cdm"."procedure_occurrence" "procedure" WHERE "procedure"."procedure_source_concept_id" = code.id ORDER BY "procedure"."procedure_occurrence_id" LIMIT $1::bigint) of_code
    ORDER BY key LIMIT $1::bigint
  ) found
  JOIN "cdm"."procedure_occurrence" "procedure" ON "procedure"."procedure_occurrence_id" = found.key
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $1::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Condition?code:in=http://example.org/set
-- with indexed
-- $1 = 51
-- $2 = [4198190]
SELECT ...
FROM (
  SELECT "condition".*
  FROM (
    SELECT of_code.key FROM unnest($2::bigint[]) code(id) CROSS JOIN LATERAL (SELECT "condition"."condition_occurrence_id" AS key FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."condition_concept_id" = code.id ORDER BY "condition"."condition_occurrence_id" LIMIT $1::bigint) of_code
    UNION
    SELECT of_code.key FROM unnest($2::bigint[]) code(id) CROSS JOIN LATERAL (SELECT "condition"."condition_occurrence_id" AS key FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."condition_source_concept_id" = code.id ORDER BY "condition"."condition_occurrence_id" LIMIT $1::bigint) of_code
    ORDER BY key LIMIT $1::bigint
  ) found
  JOIN "cdm"."condition_occurrence" "condition" ON "condition"."condition_occurrence_id" = found.key
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $1::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Encounter?class=AMB
-- with indexed
-- with details
-- $1 = [9202, 581477, 32036, 581458, 38004193, 8782, 8756, 8940, 8883, 705159]
-- $2 = 51
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."visit_concept_id" = ANY ($1::bigint[])
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
  WHERE "detail"."visit_detail_concept_id" = ANY ($1::bigint[]) AND (SELECT count(*) FROM "branch0") < $2::bigint
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

-- GET Procedure?code=http://snomed.info/sct|80146002&date=2020-05-01
-- with indexed
-- $1 = [4198190, 4209423]
-- $2 = datetime.datetime(2020, 5, 1, 0, 0)
-- $3 = datetime.datetime(2020, 5, 2, 0, 0)
-- $4 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE (("procedure"."procedure_concept_id" = ANY ($1::bigint[]) OR "procedure"."procedure_source_concept_id" = ANY ($1::bigint[])) AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) >= $2::timestamp AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) < $3::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $3::timestamp)
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $4::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?code=http://snomed.info/sct|80146002
-- with indexed
-- with patient=7
-- $1 = 7
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

-- GET Procedure?code=http://snomed.info/sct|80146002&_sort=-date
-- with indexed
-- $1 = [4198190, 4209423]
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*, COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE ("procedure"."procedure_concept_id" = ANY ($1::bigint[]) OR "procedure"."procedure_source_concept_id" = ANY ($1::bigint[]))
  ORDER BY COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure".s0_ DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC

-- GET Procedure?code=http://snomed.info/sct|80146002
-- with indexed
-- with procedure_occurrence.procedure_concept_id=numeric
-- $1 = [4198190, 4209423]
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE (CASE WHEN abs("procedure"."procedure_concept_id") < 9e18 THEN "procedure"."procedure_concept_id"::bigint END = ANY ($1::bigint[]) OR "procedure"."procedure_source_concept_id" = ANY ($1::bigint[]))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"
