-- GET Practitioner/3
-- $1 = [3]
-- $2 = [None]
SELECT wanted.ordinal, '"cdm"."provider"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "provider"."provider_id", "provider"."specialty_concept_id", "provider"."specialty_source_concept_id", "provider"."specialty_source_value"::text, "provider"."care_site_id", "provider"."npi"::text, "provider"."dea"::text, "provider"."provider_source_value"::text, "provider"."provider_name"::text, "provider"."gender_concept_id", "provider"."year_of_birth"
FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[])) WITH ORDINALITY AS wanted(key, patient, ordinal)
JOIN "cdm"."provider" "provider" ON "provider"."provider_id" = wanted.key
WHERE (wanted.patient IS NULL)

-- GET Practitioner?identifier=http://hl7.org/fhir/sid/us-npi%7C1
-- $1 = '1'
-- $2 = 51
SELECT 0 AS branch, '"cdm"."provider"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "provider"."provider_id", "provider"."specialty_concept_id", "provider"."specialty_source_concept_id", "provider"."specialty_source_value"::text, "provider"."care_site_id", "provider"."npi"::text, "provider"."dea"::text, "provider"."provider_source_value"::text, "provider"."provider_name"::text, "provider"."gender_concept_id", "provider"."year_of_birth"
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE "provider"."npi" = $1::text
  ORDER BY "provider"."provider_id"
  LIMIT $2::bigint
) "provider"
ORDER BY "provider"."provider_id"

-- GET Practitioner
-- with patient=5
-- $1 = 5
-- $2 = 32865
-- $3 = 51
SELECT 0 AS branch, '"cdm"."provider"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "provider"."provider_id", "provider"."specialty_concept_id", "provider"."specialty_source_concept_id", "provider"."specialty_source_value"::text, "provider"."care_site_id", "provider"."npi"::text, "provider"."dea"::text, "provider"."provider_source_value"::text, "provider"."provider_name"::text, "provider"."gender_concept_id", "provider"."year_of_birth"
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE "provider"."provider_id" IN (SELECT "condition_1"."provider_id" FROM "cdm"."condition_occurrence" "condition_1" WHERE "condition_1"."person_id" = $1::bigint UNION ALL SELECT "visit_2"."provider_id" FROM "cdm"."visit_occurrence" "visit_2" WHERE "visit_2"."person_id" = $1::bigint UNION ALL SELECT "drug_3"."provider_id" FROM "cdm"."drug_exposure" "drug_3" WHERE ("drug_3"."person_id" = $1::bigint AND (("drug_3"."drug_type_concept_id" = $2::bigint AND "drug_3"."person_id" IS NOT NULL)) IS NOT TRUE) UNION ALL SELECT "person_4"."provider_id" FROM "cdm"."person" "person_4" WHERE "person_4"."person_id" = $1::bigint UNION ALL SELECT "procedure_5"."provider_id" FROM "cdm"."procedure_occurrence" "procedure_5" WHERE "procedure_5"."person_id" = $1::bigint)
  ORDER BY "provider"."provider_id"
  LIMIT $3::bigint
) "provider"
ORDER BY "provider"."provider_id"

-- GET Organization?identifier=x
-- $1 = 'x'
-- $2 = 51
SELECT 0 AS branch, '"cdm"."care_site"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "care_site"."care_site_id", "care_site"."care_site_source_value"::text, "care_site"."place_of_service_concept_id", "care_site"."place_of_service_source_value"::text, "care_site"."care_site_name"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE "care_site"."care_site_source_value" = $1::text
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
ORDER BY "care_site"."care_site_id"

-- GET Location?identifier=x&organization=4
-- $1 = 'x'
-- $2 = 4
-- $3 = 51
SELECT 0 AS branch, '"cdm"."care_site"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "care_site"."care_site_id", "care_site"."care_site_source_value"::text, "care_site"."care_site_name"::text, "care_site"."place_of_service_concept_id", "care_site"."place_of_service_source_value"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."latitude"::text, "location"."longitude"::text
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE ("care_site"."care_site_source_value" = $1::text AND "care_site"."care_site_id" = $2::bigint)
  ORDER BY "care_site"."care_site_id"
  LIMIT $3::bigint
) "care_site"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
ORDER BY "care_site"."care_site_id"

-- GET Location
-- with location.latitude=absent
-- $1 = 51
SELECT 0 AS branch, '"cdm"."care_site"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "care_site"."care_site_id", "care_site"."care_site_source_value"::text, "care_site"."care_site_name"::text, "care_site"."place_of_service_concept_id", "care_site"."place_of_service_source_value"::text, "location"."address_1"::text, "location"."address_2"::text, "location"."city"::text, "location"."county"::text, "location"."state"::text, "location"."zip"::text, "location"."country_source_value"::text, "location"."country_concept_id", "location"."longitude"::text
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE TRUE
  ORDER BY "care_site"."care_site_id"
  LIMIT $1::bigint
) "care_site"
LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
ORDER BY "care_site"."care_site_id"
