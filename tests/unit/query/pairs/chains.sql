-- brief

-- GET Procedure?patient.gender=female
-- $1 = 8532
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "procedure"."person_id" AND "person_1"."gender_concept_id" = $1::bigint)
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?subject:Patient.birthdate=lt1950&code=http://snomed.info/sct%7C80146002
-- $1 = 19500101
-- $2 = [4198190, 4209423]
-- $3 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE (EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "procedure"."person_id" AND (CASE WHEN "person_1"."year_of_birth" BETWEEN 1 AND 9999 THEN "person_1"."year_of_birth"::bigint * 10000 + CASE WHEN "person_1"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person_1"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person_1"."year_of_birth"::int, "person_1"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person_1"."month_of_birth" * 100 + "person_1"."day_of_birth" ELSE "person_1"."month_of_birth" * 100 + 1 END ELSE 101 END END) < $1::bigint) AND ("procedure"."procedure_concept_id" = ANY ($2::bigint[]) OR "procedure"."procedure_source_concept_id" = ANY ($2::bigint[])))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $3::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?patient.identifier=MRN-1
-- $1 = 'MRN-1'
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "procedure"."person_id" AND "person_1"."person_source_value" = $1::text)
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?patient.address-city=Berlin
-- $1 = 'berlin%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location_1" WHERE "location_1"."location_id" = "person_1"."location_id" LIMIT 1) "location_1" ON TRUE WHERE "person_1"."person_id" = "procedure"."person_id" AND (EXISTS (SELECT FROM "cdm"."location" "location_1" WHERE "location_1"."location_id" = "person_1"."location_id" AND ((COALESCE(btrim("location_1"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location_1"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location_1"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location_1"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?patient.deceased=true
-- $1 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death_1" WHERE "death_1"."person_id" = "person_1"."person_id" ORDER BY "death_1"."death_date", "death_1"."death_datetime" LIMIT 1) "death_1" ON TRUE WHERE "person_1"."person_id" = "procedure"."person_id" AND (EXISTS (SELECT FROM "cdm"."death" "death_1" WHERE "death_1"."person_id" = "person_1"."person_id" AND COALESCE((CASE WHEN "death_1"."death_datetime" >= '0001-01-01' AND "death_1"."death_datetime" < '10000-01-01' THEN "death_1"."death_datetime" END)::timestamp, (CASE WHEN "death_1"."death_date" >= '0001-01-01' AND "death_1"."death_date" < '10000-01-01' THEN "death_1"."death_date" END)::timestamp) IS NOT NULL) AND COALESCE((CASE WHEN "death_1"."death_datetime" >= '0001-01-01' AND "death_1"."death_datetime" < '10000-01-01' THEN "death_1"."death_datetime" END)::timestamp, (CASE WHEN "death_1"."death_date" >= '0001-01-01' AND "death_1"."death_date" < '10000-01-01' THEN "death_1"."death_date" END)::timestamp) IS NOT NULL))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $1::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?encounter.class=IMP
-- $1 = [9201, 262, 8717, 8971, 8920, 38004515]
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."visit_occurrence_id" = "procedure"."visit_occurrence_id" AND "visit_1"."visit_concept_id" = ANY ($1::bigint[]))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?encounter.date=ge2020
-- $1 = datetime.datetime(2021, 1, 1, 0, 0)
-- $2 = datetime.datetime(2020, 1, 1, 0, 0)
-- $3 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."visit_occurrence_id" = "procedure"."visit_occurrence_id" AND ((CASE WHEN (COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) > $1::timestamp OR (COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) >= $2::timestamp AND COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) < $1::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $1::timestamp)))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $3::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?encounter.practitioner.name=smi
-- $1 = 'smi%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."visit_occurrence_id" = "procedure"."visit_occurrence_id" AND EXISTS (SELECT FROM "cdm"."provider" "provider_2" WHERE "provider_2"."provider_id" = "visit_1"."provider_id" AND ((COALESCE(btrim("provider_2"."provider_name", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("provider_2"."provider_name", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?encounter.location.address-city=Berlin
-- $1 = 'berlin%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."visit_occurrence_id" = "procedure"."visit_occurrence_id" AND EXISTS (SELECT FROM "cdm"."care_site" "care_site_2" LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location_2" WHERE "location_2"."location_id" = "care_site_2"."location_id" LIMIT 1) "location_2" ON TRUE WHERE "care_site_2"."care_site_id" = "visit_1"."care_site_id" AND (EXISTS (SELECT FROM "cdm"."location" "location_2" WHERE "location_2"."location_id" = "care_site_2"."location_id" AND ((COALESCE(btrim("location_2"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location_2"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location_2"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location_2"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?encounter.diagnosis.code=http://snomed.info/sct%7C80146002
-- $1 = [4198190, 4209423]
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."visit_occurrence_id" = "procedure"."visit_occurrence_id" AND EXISTS (SELECT FROM "cdm"."condition_occurrence" "condition_1" WHERE "condition_1"."visit_occurrence_id" = "visit_1"."visit_occurrence_id" AND "condition_1"."person_id" = "visit_1"."person_id" AND EXISTS (SELECT FROM "cdm"."condition_occurrence" "condition_2" WHERE "condition_2"."condition_occurrence_id" = "condition_1"."condition_occurrence_id" AND ("condition_2"."condition_concept_id" = ANY ($1::bigint[]) OR "condition_2"."condition_source_concept_id" = ANY ($1::bigint[])))))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?patient.general-practitioner.identifier=1
-- $1 = '1'
-- $2 = 1
-- $3 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "procedure"."person_id" AND EXISTS (SELECT FROM "cdm"."provider" "provider_2" WHERE "provider_2"."provider_id" = "person_1"."provider_id" AND ("provider_2"."npi" = $1::text OR "provider_2"."dea" = $1::text OR "provider_2"."provider_source_value" = $1::text OR (((COALESCE(btrim("provider_2"."provider_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE) IS NOT TRUE AND "provider_2"."provider_id" = $2::bigint))))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $3::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?patient.gender:not=female
-- $1 = 8532
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "procedure"."person_id" AND ("person_1"."gender_concept_id" = $1::bigint) IS NOT TRUE)
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?patient.gender=female
-- with patient=5
-- $1 = 5
-- $2 = 8532
-- $3 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE ("procedure"."person_id" = $1::bigint AND EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = $1::bigint AND ("person_1"."person_id" = $1::bigint AND "person_1"."gender_concept_id" = $2::bigint)))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $3::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?performer.name=smi
-- with patient=5
-- $1 = 5
-- $2 = 32865
-- $3 = 'smi%'
-- $4 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE ("procedure"."person_id" = $1::bigint AND EXISTS (SELECT FROM "cdm"."provider" "provider_1" WHERE "provider_1"."provider_id" = "procedure"."provider_id" AND ("provider_1"."provider_id" IN (SELECT "condition_2"."provider_id" FROM "cdm"."condition_occurrence" "condition_2" WHERE "condition_2"."person_id" = $1::bigint UNION ALL SELECT "visit_3"."provider_id" FROM "cdm"."visit_occurrence" "visit_3" WHERE "visit_3"."person_id" = $1::bigint UNION ALL SELECT "drug_4"."provider_id" FROM "cdm"."drug_exposure" "drug_4" WHERE ("drug_4"."person_id" = $1::bigint AND (("drug_4"."drug_type_concept_id" = $2::bigint AND "drug_4"."person_id" IS NOT NULL)) IS NOT TRUE) UNION ALL SELECT "person_5"."provider_id" FROM "cdm"."person" "person_5" WHERE "person_5"."person_id" = $1::bigint UNION ALL SELECT "procedure_6"."provider_id" FROM "cdm"."procedure_occurrence" "procedure_6" WHERE "procedure_6"."person_id" = $1::bigint) AND (COALESCE(btrim("provider_1"."provider_name", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("provider_1"."provider_name", NFKD), '[̀-ͯ]', '', 'g')) LIKE $3::text)))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $4::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?encounter.class=IMP
-- with details
-- $1 = [9201, 262, 8717, 8971, 8920, 38004515]
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE (EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."visit_occurrence_id" = "procedure"."visit_occurrence_id" AND "visit_1"."visit_concept_id" = ANY ($1::bigint[])) OR ("procedure"."visit_occurrence_id" IS NULL AND EXISTS (SELECT FROM "cdm"."visit_detail" "detail_2" WHERE "detail_2"."visit_detail_id" = "procedure"."visit_detail_id" AND "detail_2"."visit_detail_concept_id" = ANY ($1::bigint[]))))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Condition?encounter.status=finished
-- $1 = 32220
-- $2 = datetime.datetime(2024, 7, 1, 0, 0)
-- $3 = datetime.datetime(2024, 6, 30, 0, 0)
-- $4 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."visit_occurrence_id" = "condition"."visit_occurrence_id" AND (("visit_1"."discharged_to_concept_id" = $1::bigint) IS NOT TRUE AND ((COALESCE((CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::date::timestamp, (CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::date::timestamp) IS NULL OR COALESCE((CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::date::timestamp, (CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::date::timestamp) >= $2::timestamp)) IS NOT TRUE AND ((COALESCE((CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::date::timestamp, (CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::date::timestamp) IS NULL OR COALESCE((CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::date::timestamp, (CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::date::timestamp) >= $3::timestamp)) IS NOT TRUE))
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $4::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET MedicationStatement?context.length=gt60
-- $1 = Decimal('60.000000')
-- $2 = 51
SELECT ...
FROM (
  SELECT "drug".*
  FROM "cdm"."drug_exposure" "drug"
  WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."visit_occurrence_id" = "drug"."visit_occurrence_id" AND (CASE WHEN "visit_1"."visit_start_datetime" <> date_trunc('day', "visit_1"."visit_start_datetime") AND "visit_1"."visit_end_datetime" <> date_trunc('day', "visit_1"."visit_end_datetime") AND "visit_1"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= "visit_1"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit_1"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - ("visit_1"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) > $1::numeric)
  ORDER BY "drug"."drug_exposure_id"
  LIMIT $2::bigint
) "drug"
ORDER BY "drug"."drug_exposure_id"

-- GET MedicationStatement?patient._id=5
-- $1 = 5
-- $2 = 51
SELECT ...
FROM (
  SELECT "drug".*
  FROM "cdm"."drug_exposure" "drug"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "drug"."person_id" AND "person_1"."person_id" = $1::bigint)
  ORDER BY "drug"."drug_exposure_id"
  LIMIT $2::bigint
) "drug"
ORDER BY "drug"."drug_exposure_id"

-- GET Encounter?part-of.class=IMP
-- with details
-- $1 = [9201, 262, 8717, 8971, 8920, 38004515]
-- $2 = 51
SELECT ... FROM (
(SELECT 1 AS branch, '"cdm"."visit_detail"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, NULL::integer AS c0_, NULL::integer AS c1_, NULL::integer AS c2_, NULL::integer AS c3_, NULL::text AS c4_, NULL::text AS c5_, NULL::text AS c6_, NULL::text AS c7_, NULL::integer AS c8_, NULL::integer AS c9_, NULL::text AS c10_, NULL::integer AS c11_, NULL::integer[] AS c12_, NULL::integer[] AS c13_, NULL::integer AS c14_, NULL::text AS c15_, NULL::integer AS c16_, NULL::text AS c17_, NULL::integer AS c18_, "detail"."visit_detail_id" AS c19_, "detail"."person_id" AS c20_, "detail"."visit_detail_type_concept_id" AS c21_, "detail"."preceding_visit_detail_id" AS c22_, "detail"."visit_detail_start_date"::text AS c23_, "detail"."visit_detail_start_datetime"::text AS c24_, "detail"."visit_detail_end_date"::text AS c25_, "detail"."visit_detail_end_datetime"::text AS c26_, "detail"."visit_detail_concept_id" AS c27_, "detail"."visit_detail_source_concept_id" AS c28_, "detail"."visit_detail_source_value"::text AS c29_, "detail"."provider_id" AS c30_, "detail"."admitted_from_concept_id" AS c31_, "detail"."admitted_from_source_value"::text AS c32_, "detail"."discharged_to_concept_id" AS c33_, "detail"."discharged_to_source_value"::text AS c34_, "detail"."care_site_id" AS c35_, "detail"."parent_visit_detail_id" AS c36_, "detail"."visit_occurrence_id" AS c37_, "detail"."visit_detail_id" AS key_
FROM (
  SELECT "detail".*
  FROM "cdm"."visit_detail" "detail"
  WHERE (EXISTS (SELECT FROM "cdm"."visit_detail" "detail_1" WHERE "detail_1"."visit_detail_id" = "detail"."parent_visit_detail_id" AND "detail_1"."visit_detail_concept_id" = ANY ($1::bigint[])) OR ("detail"."parent_visit_detail_id" IS NULL AND EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_2" WHERE "visit_2"."visit_occurrence_id" = "detail"."visit_occurrence_id" AND "visit_2"."visit_concept_id" = ANY ($1::bigint[]))))
  ORDER BY "detail"."visit_detail_id"
  LIMIT $2::bigint
) "detail"
ORDER BY "detail"."visit_detail_id")
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET Encounter?service-provider.name=charit%C3%A9
-- $1 = 'charite%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE EXISTS (SELECT FROM "cdm"."care_site" "care_site_1" WHERE "care_site_1"."care_site_id" = "visit"."care_site_id" AND ((COALESCE(btrim("care_site_1"."care_site_name", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("care_site_1"."care_site_name", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text))
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Patient?organization.type=44950
-- $1 = 2109144
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE EXISTS (SELECT FROM "cdm"."care_site" "care_site_1" WHERE "care_site_1"."care_site_id" = "person"."care_site_id" AND "care_site_1"."place_of_service_concept_id" = $1::bigint)
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?_has:Procedure:patient:code=http://snomed.info/sct%7C80146002
-- $1 = [4198190, 4209423]
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE EXISTS (SELECT FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."person_id" = "person"."person_id" AND ("procedure_1"."procedure_concept_id" = ANY ($1::bigint[]) OR "procedure_1"."procedure_source_concept_id" = ANY ($1::bigint[])))
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?_has:Procedure:patient:date=ge2020&gender=female
-- $1 = datetime.datetime(2021, 1, 1, 0, 0)
-- $2 = datetime.datetime(2020, 1, 1, 0, 0)
-- $3 = 8532
-- $4 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE (EXISTS (SELECT FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."person_id" = "person"."person_id" AND ((CASE WHEN (COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) > $1::timestamp OR (COALESCE((CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) >= $2::timestamp AND COALESCE((CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) < $1::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure_1"."procedure_end_datetime" >= '0001-01-01' AND "procedure_1"."procedure_end_datetime" < '10000-01-01' THEN "procedure_1"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_end_date" >= '0001-01-01' AND "procedure_1"."procedure_end_date" < '10000-01-01' THEN "procedure_1"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure_1"."procedure_datetime" >= '0001-01-01' AND "procedure_1"."procedure_datetime" < '10000-01-01' THEN "procedure_1"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure_1"."procedure_date" >= '0001-01-01' AND "procedure_1"."procedure_date" < '10000-01-01' THEN "procedure_1"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $1::timestamp))) AND "person"."gender_concept_id" = $3::bigint)
  ORDER BY "person"."person_id"
  LIMIT $4::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?_has:Condition:subject:code:below=http://snomed.info/sct%7C80146002
-- $1 = [4198190, 4209423]
-- $2 = ['SNOMED']
-- $3 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE EXISTS (SELECT FROM "cdm"."condition_occurrence" "condition_1" WHERE "condition_1"."person_id" = "person"."person_id" AND ("condition_1"."condition_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (SELECT a.descendant_concept_id FROM "cdm"."concept_ancestor" a WHERE a.ancestor_concept_id = ANY ($1::bigint[]) UNION SELECT unnest($1::bigint[])) AND c.vocabulary_id = ANY ($2::text[])) OR "condition_1"."condition_source_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (SELECT a.descendant_concept_id FROM "cdm"."concept_ancestor" a WHERE a.ancestor_concept_id = ANY ($1::bigint[]) UNION SELECT unnest($1::bigint[])) AND c.vocabulary_id = ANY ($2::text[]))))
  ORDER BY "person"."person_id"
  LIMIT $3::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?_has:Encounter:patient:class=IMP
-- with details
-- $1 = [9201, 262, 8717, 8971, 8920, 38004515]
-- $2 = 51
SELECT ...
FROM (
  SELECT DISTINCT ON (rows_."person_id") rows_.* FROM (
    (SELECT "person".*
    FROM "cdm"."person" "person"
    WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."person_id" = "person"."person_id" AND "visit_1"."visit_concept_id" = ANY ($1::bigint[]))
    ORDER BY "person"."person_id"
    LIMIT $2::bigint)
    UNION ALL
    (SELECT "person".*
    FROM "cdm"."person" "person"
    WHERE EXISTS (SELECT FROM "cdm"."visit_detail" "detail_2" WHERE "detail_2"."person_id" = "person"."person_id" AND "detail_2"."visit_detail_concept_id" = ANY ($1::bigint[]))
    ORDER BY "person"."person_id"
    LIMIT $2::bigint)
  ) rows_
  ORDER BY rows_."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?_has:Encounter:patient:_has:Procedure:encounter:code=http://snomed.info/sct%7C80146002
-- $1 = [4198190, 4209423]
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."person_id" = "person"."person_id" AND EXISTS (SELECT FROM "cdm"."procedure_occurrence" "procedure_2" WHERE "procedure_2"."visit_occurrence_id" = "visit_1"."visit_occurrence_id" AND ("procedure_2"."procedure_concept_id" = ANY ($1::bigint[]) OR "procedure_2"."procedure_source_concept_id" = ANY ($1::bigint[]))))
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?_has:Procedure:patient:encounter.class=IMP
-- $1 = [9201, 262, 8717, 8971, 8920, 38004515]
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE EXISTS (SELECT FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."person_id" = "person"."person_id" AND EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_2" WHERE "visit_2"."visit_occurrence_id" = "procedure_1"."visit_occurrence_id" AND "visit_2"."visit_concept_id" = ANY ($1::bigint[])))
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?_has:Procedure:patient:code=http://snomed.info/sct%7C80146002
-- with patient=5
-- $1 = 5
-- $2 = [4198190, 4209423]
-- $3 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE ("person"."person_id" = $1::bigint AND EXISTS (SELECT FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."person_id" = $1::bigint AND ("procedure_1"."person_id" = $1::bigint AND ("procedure_1"."procedure_concept_id" = ANY ($2::bigint[]) OR "procedure_1"."procedure_source_concept_id" = ANY ($2::bigint[])))))
  ORDER BY "person"."person_id"
  LIMIT $3::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Encounter?_has:Procedure:encounter:status=completed
-- $1 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE EXISTS (SELECT FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND TRUE)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $1::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?_has:MedicationStatement:context:code=http://www.nlm.nih.gov/research/umls/rxnorm%7C161
-- $1 = 1125315
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE EXISTS (SELECT FROM "cdm"."drug_exposure" "drug_1" WHERE "drug_1"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND ("drug_1"."drug_concept_id" = $1::bigint OR "drug_1"."drug_source_concept_id" = $1::bigint))
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Condition?_has:Encounter:diagnosis:class=IMP
-- $1 = [9201, 262, 8717, 8971, 8920, 38004515]
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE "condition"."condition_occurrence_id" IN (SELECT "condition_1"."condition_occurrence_id" FROM "cdm"."visit_occurrence" "visit_1" CROSS JOIN "cdm"."condition_occurrence" "condition_1" WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_2" WHERE "visit_2"."visit_occurrence_id" = "visit_1"."visit_occurrence_id" AND "visit_2"."visit_concept_id" = ANY ($1::bigint[])) AND "condition_1"."visit_occurrence_id" = "visit_1"."visit_occurrence_id" AND "condition_1"."person_id" = "visit_1"."person_id")
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Practitioner?_has:Patient:general-practitioner:gender=female
-- $1 = 8532
-- $2 = 51
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."provider_id" = "provider"."provider_id" AND "person_1"."gender_concept_id" = $1::bigint)
  ORDER BY "provider"."provider_id"
  LIMIT $2::bigint
) "provider"
ORDER BY "provider"."provider_id"

-- GET Practitioner?_has:Encounter:practitioner:patient.gender=male
-- $1 = 8507
-- $2 = 51
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."provider_id" = "provider"."provider_id" AND EXISTS (SELECT FROM "cdm"."person" "person_2" WHERE "person_2"."person_id" = "visit_1"."person_id" AND "person_2"."gender_concept_id" = $1::bigint))
  ORDER BY "provider"."provider_id"
  LIMIT $2::bigint
) "provider"
ORDER BY "provider"."provider_id"

-- GET Organization?_has:Encounter:service-provider:date=2020
-- $1 = datetime.datetime(2020, 1, 1, 0, 0)
-- $2 = datetime.datetime(2021, 1, 1, 0, 0)
-- $3 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."care_site_id" = "care_site"."care_site_id" AND (COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) >= $1::timestamp AND COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) < $2::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "visit_1"."visit_start_datetime" >= '0001-01-01' AND "visit_1"."visit_start_datetime" < '10000-01-01' THEN "visit_1"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_start_date" >= '0001-01-01' AND "visit_1"."visit_start_date" < '10000-01-01' THEN "visit_1"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit_1"."visit_end_datetime" >= '0001-01-01' AND "visit_1"."visit_end_datetime" < '10000-01-01' THEN "visit_1"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit_1"."visit_end_date" >= '0001-01-01' AND "visit_1"."visit_end_date" < '10000-01-01' THEN "visit_1"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp))
  ORDER BY "care_site"."care_site_id"
  LIMIT $3::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Location?_has:Encounter:location:class=IMP
-- $1 = [9201, 262, 8717, 8971, 8920, 38004515]
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE EXISTS (SELECT FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."care_site_id" = "care_site"."care_site_id" AND "visit_1"."visit_concept_id" = ANY ($1::bigint[]))
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Procedure?patient._has:Condition:patient:code=http://snomed.info/sct%7C80146002
-- $1 = [4198190, 4209423]
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "procedure"."person_id" AND EXISTS (SELECT FROM "cdm"."condition_occurrence" "condition_2" WHERE "condition_2"."person_id" = "person_1"."person_id" AND ("condition_2"."condition_concept_id" = ANY ($1::bigint[]) OR "condition_2"."condition_source_concept_id" = ANY ($1::bigint[]))))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"
