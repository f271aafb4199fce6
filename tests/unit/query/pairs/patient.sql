-- GET Patient/5
-- $1 = [5]
-- $2 = [None]
SELECT wanted.ordinal, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[])) WITH ORDINALITY AS wanted(key, patient, ordinal)
JOIN "cdm"."person" "person" ON "person"."person_id" = wanted.key
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
WHERE (wanted.patient IS NULL OR "person"."person_id" = wanted.patient)

-- GET Patient/5
-- with patient=5
-- $1 = [5]
-- $2 = [5]
SELECT wanted.ordinal, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[])) WITH ORDINALITY AS wanted(key, patient, ordinal)
JOIN "cdm"."person" "person" ON "person"."person_id" = wanted.key
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
WHERE (wanted.patient IS NULL OR "person"."person_id" = wanted.patient)

-- GET Patient
-- $1 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY "person"."person_id"
  LIMIT $1::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY "person"."person_id"

-- GET Patient?_id=5
-- $1 = 5
-- $2 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."person_id" = $1::bigint
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY "person"."person_id"

-- GET Patient?_id=5,-6,x
-- $1 = 5
-- $2 = -6
-- $3 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE ("person"."person_id" = $1::bigint OR "person"."person_id" = $2::bigint)
  ORDER BY "person"."person_id"
  LIMIT $3::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY "person"."person_id"

-- GET Patient?_id=05
-- no statement: nothing can match

-- GET Patient?identifier=MRN-1
-- $1 = 'MRN-1'
-- $2 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."person_source_value" = $1::text
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY "person"."person_id"

-- GET Patient?identifier=https://fhir.example/fhir/identifier/person_id%7C5
-- $1 = 5
-- $2 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE (((COALESCE(btrim("person"."person_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE) IS NOT TRUE AND "person"."person_id" = $1::bigint)
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY "person"."person_id"

-- GET Patient?gender=female&birthdate=1980
-- $1 = 8532
-- $2 = 19800101
-- $3 = 19810101
-- $4 = 1
-- $5 = 9999
-- $6 = 1980
-- $7 = 12
-- $8 = 31
-- $9 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE ("person"."gender_concept_id" = $1::bigint AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) >= $2::bigint AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) < $3::bigint AND "person"."year_of_birth" >= $4::bigint AND "person"."year_of_birth" <= $5::bigint AND (("person"."year_of_birth" >= $4::bigint AND "person"."year_of_birth" <= $5::bigint AND ("person"."year_of_birth" > $6::bigint OR ("person"."year_of_birth" = $6::bigint AND (("person"."month_of_birth" >= $4::bigint AND "person"."month_of_birth" <= $7::bigint AND "person"."month_of_birth" > $7::bigint) OR ("person"."month_of_birth" = $7::bigint AND "person"."day_of_birth" >= $4::bigint AND "person"."day_of_birth" <= $8::bigint AND "person"."day_of_birth" > $8::bigint)))))) IS NOT TRUE)
  ORDER BY "person"."person_id"
  LIMIT $9::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY "person"."person_id"

-- GET Patient?gender=unknown
-- $1 = [8551, 44814653, 4214687]
-- $2 = [8507, 8532, 8551, 8521, 8570, 44814653, 4214687, 4215271]
-- $3 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE ("person"."gender_concept_id" = ANY ($1::bigint[]) OR "person"."gender_concept_id" IS NULL OR ("person"."gender_concept_id" = ANY ($2::bigint[])) IS NOT TRUE)
  ORDER BY "person"."person_id"
  LIMIT $3::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY "person"."person_id"

-- GET Patient?birthdate=ge1980-02-15
-- $1 = 1
-- $2 = 9999
-- $3 = 1980
-- $4 = 12
-- $5 = 2
-- $6 = 29
-- $7 = 15
-- $8 = 19800215
-- $9 = 19800216
-- $10 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE (("person"."year_of_birth" >= $1::bigint AND "person"."year_of_birth" <= $2::bigint AND ("person"."year_of_birth" > $3::bigint OR ("person"."year_of_birth" = $3::bigint AND (("person"."month_of_birth" >= $1::bigint AND "person"."month_of_birth" <= $4::bigint AND "person"."month_of_birth" > $5::bigint) OR ("person"."month_of_birth" = $5::bigint AND "person"."day_of_birth" >= $1::bigint AND "person"."day_of_birth" <= $6::bigint AND "person"."day_of_birth" > $7::bigint) OR ("person"."month_of_birth" = $5::bigint AND ("person"."day_of_birth" IS NULL OR "person"."day_of_birth" < $1::bigint OR "person"."day_of_birth" > $6::bigint)) OR "person"."month_of_birth" IS NULL OR "person"."month_of_birth" < $1::bigint OR "person"."month_of_birth" > $4::bigint)))) OR ((CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) >= $8::bigint AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) < $9::bigint AND "person"."year_of_birth" >= $1::bigint AND "person"."year_of_birth" <= $2::bigint AND (("person"."year_of_birth" >= $1::bigint AND "person"."year_of_birth" <= $2::bigint AND ("person"."year_of_birth" > $3::bigint OR ("person"."year_of_birth" = $3::bigint AND (("person"."month_of_birth" >= $1::bigint AND "person"."month_of_birth" <= $4::bigint AND "person"."month_of_birth" > $5::bigint) OR ("person"."month_of_birth" = $5::bigint AND "person"."day_of_birth" >= $1::bigint AND "person"."day_of_birth" <= $6::bigint AND "person"."day_of_birth" > $7::bigint) OR ("person"."month_of_birth" = $5::bigint AND ("person"."day_of_birth" IS NULL OR "person"."day_of_birth" < $1::bigint OR "person"."day_of_birth" > $6::bigint)) OR "person"."month_of_birth" IS NULL OR "person"."month_of_birth" < $1::bigint OR "person"."month_of_birth" > $4::bigint))))) IS NOT TRUE))
  ORDER BY "person"."person_id"
  LIMIT $10::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY "person"."person_id"

-- GET Patient?death-date=gt2020-01-01T10:00:00Z
-- $1 = datetime.datetime(2019, 12, 31, 11, 0, 1)
-- $2 = datetime.datetime(2020, 1, 1, 11, 0, 1)
-- $3 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" AND (COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) > $1::timestamp AND (COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) + CASE COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) > $2::timestamp)) AND COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) > $1::timestamp AND (COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) + CASE COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) > $2::timestamp)
  ORDER BY "person"."person_id"
  LIMIT $3::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY "person"."person_id"

-- GET Patient?race=2028-9
-- $1 = [8515, 38003574, 38003579, 38003581, 38003584, 38003585, 38003592]
-- $2 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE ("person"."race_concept_id" = ANY ($1::bigint[]) OR EXISTS (SELECT FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886) AND "race_observation"."value_as_concept_id" = ANY ($1::bigint[])))
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY "person"."person_id"

-- GET Patient
-- with patient=5
-- $1 = 5
-- $2 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."person_id" = $1::bigint
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY "person"."person_id"

-- GET Patient
-- with person.person_id=numeric
-- $1 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, CASE WHEN abs("person"."person_id") < 9e18 THEN "person"."person_id"::bigint END, "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."month_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY CASE WHEN abs("person"."person_id") < 9e18 THEN "person"."person_id"::bigint END
  LIMIT $1::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = CASE WHEN abs("person"."person_id") < 9e18 THEN "person"."person_id"::bigint END ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = CASE WHEN abs("person"."person_id") < 9e18 THEN "person"."person_id"::bigint END AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY CASE WHEN abs("person"."person_id") < 9e18 THEN "person"."person_id"::bigint END

-- GET Patient
-- with person.month_of_birth=absent
-- $1 = 51
SELECT 0 AS branch, '"cdm"."person"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "person"."person_id", "person"."race_concept_id", "person"."race_source_value"::text, "race_observation"."value_as_concept_id", "person"."ethnicity_concept_id", "person"."ethnicity_source_value"::text, "person"."gender_concept_id", "person"."gender_source_concept_id", "person"."gender_source_value"::text, "person"."race_source_concept_id", "person"."ethnicity_source_concept_id", "death"."cause_concept_id", "death"."cause_source_concept_id", "death"."cause_source_value"::text, "death"."death_type_concept_id", "person"."person_source_value"::text, "person"."year_of_birth", "person"."day_of_birth", "person"."birth_datetime"::text, "death"."death_datetime"::text, "death"."death_date"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text, "person"."provider_id", "person"."care_site_id"
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY "person"."person_id"
  LIMIT $1::bigint
) "person"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
LEFT JOIN LATERAL (SELECT array_agg("race_observation"."value_as_concept_id" ORDER BY "race_observation"."observation_id") AS "value_as_concept_id" FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886)) "race_observation" ON TRUE
ORDER BY "person"."person_id"
