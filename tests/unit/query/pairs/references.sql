-- brief

-- GET Patient?general-practitioner=3
-- $1 = 3
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."provider_id" = $1::bigint
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?general-practitioner=https://fhir.example/fhir/Practitioner/3
-- $1 = 3
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."provider_id" = $1::bigint
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?general-practitioner=https://other.example/fhir/Practitioner/3
-- no statement: nothing can match

-- GET Patient?general-practitioner:missing=true
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."provider_id" IS NULL
  ORDER BY "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?organization=Organization/4
-- $1 = 4
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."care_site_id" = $1::bigint
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Procedure?subject:Patient=5
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

-- GET Procedure?subject=Group/5
-- no statement: nothing can match

-- GET Procedure?performer=3
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

-- GET Procedure?performer:missing=false
-- $1 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."provider_id" IS NOT NULL
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $1::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?encounter:missing=true
-- $1 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE (("procedure"."visit_occurrence_id" IS NOT NULL OR "procedure"."visit_detail_id" IS NOT NULL)) IS NOT TRUE
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $1::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Condition?patient=5&clinical-status=resolved
-- $1 = 5
-- $2 = 32906
-- $3 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE ("condition"."person_id" = $1::bigint AND ((CASE WHEN "condition"."condition_end_date" >= '0001-01-01' AND "condition"."condition_end_date" < '10000-01-01' THEN "condition"."condition_end_date" END)::timestamp IS NOT NULL OR (CASE WHEN "condition"."condition_end_datetime" >= '0001-01-01' AND "condition"."condition_end_datetime" < '10000-01-01' THEN "condition"."condition_end_datetime" END)::timestamp IS NOT NULL OR ((((CASE WHEN "condition"."condition_end_date" >= '0001-01-01' AND "condition"."condition_end_date" < '10000-01-01' THEN "condition"."condition_end_date" END)::timestamp IS NOT NULL OR (CASE WHEN "condition"."condition_end_datetime" >= '0001-01-01' AND "condition"."condition_end_datetime" < '10000-01-01' THEN "condition"."condition_end_datetime" END)::timestamp IS NOT NULL)) IS NOT TRUE AND "condition"."condition_status_concept_id" = $2::bigint)))
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $3::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?encounter=Encounter/9
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

-- GET Condition?asserter=3
-- $1 = 3
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE "condition"."provider_id" = $1::bigint
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?subject=Patient/5
-- $1 = 5
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE "condition"."person_id" = $1::bigint
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Encounter?participant=Practitioner/3
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

-- GET Encounter?practitioner=3
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

-- GET Encounter?location=4
-- $1 = 4
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."care_site_id" = $1::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?location:missing=true
-- $1 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."care_site_id" IS NULL
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $1::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?service-provider=4
-- $1 = 4
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."care_site_id" = $1::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?subject=5
-- $1 = 5
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $1::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?diagnosis=77
-- $1 = 77
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE EXISTS (SELECT FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id" AND "condition"."condition_occurrence_id" = $1::bigint)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?diagnosis:Condition=77,78
-- $1 = 77
-- $2 = 78
-- $3 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE (EXISTS (SELECT FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id" AND "condition"."condition_occurrence_id" = $1::bigint) OR EXISTS (SELECT FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id" AND "condition"."condition_occurrence_id" = $2::bigint))
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $3::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?diagnosis:missing=true
-- $1 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE (EXISTS (SELECT FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id" AND "condition"."condition_occurrence_id" IS NOT NULL)) IS NOT TRUE
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $1::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Location?organization=4
-- $1 = 4
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE "care_site"."care_site_id" = $1::bigint
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET MedicationStatement?context=Encounter/9
-- $1 = 9
-- $2 = 51
SELECT ...
FROM (
  SELECT "drug".*
  FROM "cdm"."drug_exposure" "drug"
  WHERE "drug"."visit_occurrence_id" = $1::bigint
  ORDER BY "drug"."drug_exposure_id"
  LIMIT $2::bigint
) "drug"
ORDER BY "drug"."drug_exposure_id"

-- GET MedicationStatement?source=Practitioner/3
-- $1 = 32865
-- $2 = 3
-- $3 = 51
SELECT ...
FROM (
  SELECT "drug".*
  FROM "cdm"."drug_exposure" "drug"
  WHERE ((("drug"."drug_type_concept_id" = $1::bigint AND "drug"."person_id" IS NOT NULL)) IS NOT TRUE AND "drug"."provider_id" = $2::bigint)
  ORDER BY "drug"."drug_exposure_id"
  LIMIT $3::bigint
) "drug"
ORDER BY "drug"."drug_exposure_id"

-- GET MedicationStatement?subject=5&context:missing=true
-- $1 = 5
-- $2 = 51
SELECT ...
FROM (
  SELECT "drug".*
  FROM "cdm"."drug_exposure" "drug"
  WHERE ("drug"."person_id" = $1::bigint AND (("drug"."visit_occurrence_id" IS NOT NULL OR "drug"."visit_detail_id" IS NOT NULL)) IS NOT TRUE)
  ORDER BY "drug"."drug_exposure_id"
  LIMIT $2::bigint
) "drug"
ORDER BY "drug"."drug_exposure_id"
