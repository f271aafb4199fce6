-- brief

-- GET Patient?identifier=https://fhir.example/fhir/identifier/person_source_value%7CMRN-1
-- $1 = 'MRN-1'
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."person_source_value" = $1::text
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?identifier=%7CMRN-1
-- no statement: nothing can match

-- GET Patient?identifier=https://fhir.example/fhir/identifier/person_source_value%7C
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE (COALESCE(btrim("person"."person_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE
  ORDER BY "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?identifier=MRN%5C,1
-- $1 = 'MRN,1'
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."person_source_value" = $1::text
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?gender=http://hl7.org/fhir/administrative-gender%7Cmale
-- $1 = 8507
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."gender_concept_id" = $1::bigint
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?gender=http://example.org%7Cmale
-- no statement: nothing can match

-- GET Patient?gender:not=female
-- $1 = 8532
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE ("person"."gender_concept_id" = $1::bigint) IS NOT TRUE
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?gender:not=female,male
-- $1 = 8532
-- $2 = 8507
-- $3 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE (("person"."gender_concept_id" = $1::bigint OR "person"."gender_concept_id" = $2::bigint)) IS NOT TRUE
  ORDER BY "person"."person_id"
  LIMIT $3::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?gender:missing=true
-- $1 = [8507, 8532, 8551, 8521, 8570, 44814653, 4214687, 4215271]
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE (("person"."gender_concept_id" = ANY ($1::bigint[]) OR "person"."gender_concept_id" IS NULL OR ("person"."gender_concept_id" = ANY ($1::bigint[])) IS NOT TRUE)) IS NOT TRUE
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?deceased=true
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" AND COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) IS NOT NULL) AND COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) IS NOT NULL)
  ORDER BY "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?deceased=false
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
  WHERE (COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) IS NOT NULL) IS NOT TRUE
  ORDER BY "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?ethnicity=2135-2
-- $1 = 38003563
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."ethnicity_concept_id" = $1::bigint
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?race:missing=true
-- $1 = [8657, 8515, 8516, 8557, 8527, 8552, 38003574, 38003579, 38003581, 38003584, 38003585, 38003592, 38003613]
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE (("person"."race_concept_id" = ANY ($1::bigint[]) OR EXISTS (SELECT FROM "cdm"."observation" "race_observation" WHERE "race_observation"."person_id" = "person"."person_id" AND "person"."race_concept_id" IN (1546847) AND "race_observation"."observation_concept_id" IN (4013886) AND "race_observation"."value_as_concept_id" = ANY ($1::bigint[])))) IS NOT TRUE
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Practitioner?gender=female
-- $1 = 8532
-- $2 = 51
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE "provider"."gender_concept_id" = $1::bigint
  ORDER BY "provider"."provider_id"
  LIMIT $2::bigint
) "provider"
ORDER BY "provider"."provider_id"

-- GET Practitioner?identifier=https://fhir.example/fhir/identifier/provider_source_value%7C9
-- $1 = '9'
-- $2 = 51
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE "provider"."provider_source_value" = $1::text
  ORDER BY "provider"."provider_id"
  LIMIT $2::bigint
) "provider"
ORDER BY "provider"."provider_id"

-- GET Organization?type=80146002
-- $1 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE FALSE
  ORDER BY "care_site"."care_site_id"
  LIMIT $1::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Organization?type=http://snomed.info/sct%7C80146002
-- $1 = [4198190, 4209423]
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE "care_site"."place_of_service_concept_id" = ANY ($1::bigint[])
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Location?type=44950
-- $1 = 2109144
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE "care_site"."place_of_service_concept_id" = $1::bigint
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Location?type:text=Clinic
-- $1 = 'clinic%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE (EXISTS (SELECT FROM "cdm"."concept" c WHERE c.concept_id IN ("care_site"."place_of_service_concept_id") AND lower(regexp_replace(normalize(c.concept_name, NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR lower(regexp_replace(normalize("care_site"."place_of_service_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Condition?identifier=77
-- $1 = 77
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE "condition"."condition_occurrence_id" = $1::bigint
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?code=http://snomed.info/sct%7C80146002
-- $1 = [4198190, 4209423]
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE ("condition"."condition_concept_id" = ANY ($1::bigint[]) OR "condition"."condition_source_concept_id" = ANY ($1::bigint[]))
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?code=http://hl7.org/fhir/sid/icd-10-cm%7CI10
-- $1 = 35207668
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE ("condition"."condition_concept_id" = $1::bigint OR "condition"."condition_source_concept_id" = $1::bigint)
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?code:not=http://snomed.info/sct%7C80146002
-- $1 = [4198190, 4209423]
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE (("condition"."condition_concept_id" = ANY ($1::bigint[]) OR "condition"."condition_source_concept_id" = ANY ($1::bigint[]))) IS NOT TRUE
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?code:text=hyper
-- $1 = 'hyper%'
-- $2 = ['SNOMED', 'LOINC', 'RxNorm', 'UCUM', 'ICD10CM', 'ICD10', 'ICD9CM', 'ICD9Proc', 'ICD10PCS', 'CPT4', 'HCPCS', 'NDC', 'CVX', 'ATC', 'NDFRT', 'APC', 'ISBT128', 'CMS Place of Service', 'NUCC', 'UB04 Pt dis status', 'Revenue Code', 'SOPT', 'MedDRA', 'ICDO3', 'ICD10GM', 'OPS', 'dm+d', 'HGNC']
-- $3 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE (EXISTS (SELECT FROM "cdm"."concept" c WHERE c.concept_id IN ("condition"."condition_concept_id", "condition"."condition_source_concept_id") AND lower(regexp_replace(normalize(c.concept_name, NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR (lower(regexp_replace(normalize("condition"."condition_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text AND ("condition"."condition_source_value" = COALESCE((SELECT CASE WHEN c.vocabulary_id = ANY ($2::text[]) THEN btrim(c.concept_code) END FROM "cdm"."concept" c WHERE c.concept_id = NULLIF("condition"."condition_source_concept_id", 0)), (NULLIF("condition"."condition_source_concept_id", 0))::text)) IS NOT TRUE))
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $3::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?code:below=http://snomed.info/sct%7C80146002
-- $1 = [4198190, 4209423]
-- $2 = ['SNOMED']
-- $3 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE ("condition"."condition_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (SELECT a.descendant_concept_id FROM "cdm"."concept_ancestor" a WHERE a.ancestor_concept_id = ANY ($1::bigint[]) UNION SELECT unnest($1::bigint[])) AND c.vocabulary_id = ANY ($2::text[])) OR "condition"."condition_source_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (SELECT a.descendant_concept_id FROM "cdm"."concept_ancestor" a WHERE a.ancestor_concept_id = ANY ($1::bigint[]) UNION SELECT unnest($1::bigint[])) AND c.vocabulary_id = ANY ($2::text[])))
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $3::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?code:above=http://snomed.info/sct%7C80146002
-- $1 = [4198190, 4209423]
-- $2 = ['SNOMED']
-- $3 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE ("condition"."condition_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (SELECT a.ancestor_concept_id FROM "cdm"."concept_ancestor" a WHERE a.descendant_concept_id = ANY ($1::bigint[]) UNION SELECT unnest($1::bigint[])) AND c.vocabulary_id = ANY ($2::text[])) OR "condition"."condition_source_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (SELECT a.ancestor_concept_id FROM "cdm"."concept_ancestor" a WHERE a.descendant_concept_id = ANY ($1::bigint[]) UNION SELECT unnest($1::bigint[])) AND c.vocabulary_id = ANY ($2::text[])))
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $3::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?code:below=http://hl7.org/fhir/sid/icd-10-cm%7CI10
-- $1 = [35207668]
-- $2 = ['ICD10CM']
-- $3 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE ("condition"."condition_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (WITH RECURSIVE walk(id) AS (SELECT unnest($1::bigint[]) UNION SELECT r.concept_id_2 FROM walk JOIN "cdm"."concept_relationship" r ON r.concept_id_1 = walk.id AND r.relationship_id = 'Subsumes' AND r.invalid_reason IS NULL) SELECT id FROM walk) AND c.vocabulary_id = ANY ($2::text[])) OR "condition"."condition_source_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (WITH RECURSIVE walk(id) AS (SELECT unnest($1::bigint[]) UNION SELECT r.concept_id_2 FROM walk JOIN "cdm"."concept_relationship" r ON r.concept_id_1 = walk.id AND r.relationship_id = 'Subsumes' AND r.invalid_reason IS NULL) SELECT id FROM walk) AND c.vocabulary_id = ANY ($2::text[])))
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $3::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?code:below=http://hl7.org/fhir/sid/icd-10-cm%7CI10,http://snomed.info/sct%7C80146002
-- $1 = [35207668]
-- $2 = ['ICD10CM']
-- $3 = [4198190, 4209423]
-- $4 = ['SNOMED']
-- $5 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE (("condition"."condition_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (WITH RECURSIVE walk(id) AS (SELECT unnest($1::bigint[]) UNION SELECT r.concept_id_2 FROM walk JOIN "cdm"."concept_relationship" r ON r.concept_id_1 = walk.id AND r.relationship_id = 'Subsumes' AND r.invalid_reason IS NULL) SELECT id FROM walk) AND c.vocabulary_id = ANY ($2::text[])) OR "condition"."condition_source_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (WITH RECURSIVE walk(id) AS (SELECT unnest($1::bigint[]) UNION SELECT r.concept_id_2 FROM walk JOIN "cdm"."concept_relationship" r ON r.concept_id_1 = walk.id AND r.relationship_id = 'Subsumes' AND r.invalid_reason IS NULL) SELECT id FROM walk) AND c.vocabulary_id = ANY ($2::text[]))) OR ("condition"."condition_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (SELECT a.descendant_concept_id FROM "cdm"."concept_ancestor" a WHERE a.ancestor_concept_id = ANY ($3::bigint[]) UNION SELECT unnest($3::bigint[])) AND c.vocabulary_id = ANY ($4::text[])) OR "condition"."condition_source_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (SELECT a.descendant_concept_id FROM "cdm"."concept_ancestor" a WHERE a.ancestor_concept_id = ANY ($3::bigint[]) UNION SELECT unnest($3::bigint[])) AND c.vocabulary_id = ANY ($4::text[]))))
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $5::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?code:in=http://example.org/vs
-- $1 = 4198190
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE ("condition"."condition_concept_id" = $1::bigint OR "condition"."condition_source_concept_id" = $1::bigint)
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?code:not-in=http://example.org/vs
-- $1 = 4198190
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE (("condition"."condition_concept_id" = $1::bigint OR "condition"."condition_source_concept_id" = $1::bigint)) IS NOT TRUE
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?code:missing=true
-- no statement: nothing can match

-- GET Condition?code:missing=false
-- $1 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE TRUE
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $1::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?clinical-status=active
-- no statement: nothing can match

-- GET Condition?clinical-status:not=resolved
-- $1 = 32906
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE (((CASE WHEN "condition"."condition_end_date" >= '0001-01-01' AND "condition"."condition_end_date" < '10000-01-01' THEN "condition"."condition_end_date" END)::timestamp IS NOT NULL OR (CASE WHEN "condition"."condition_end_datetime" >= '0001-01-01' AND "condition"."condition_end_datetime" < '10000-01-01' THEN "condition"."condition_end_datetime" END)::timestamp IS NOT NULL OR ((((CASE WHEN "condition"."condition_end_date" >= '0001-01-01' AND "condition"."condition_end_date" < '10000-01-01' THEN "condition"."condition_end_date" END)::timestamp IS NOT NULL OR (CASE WHEN "condition"."condition_end_datetime" >= '0001-01-01' AND "condition"."condition_end_datetime" < '10000-01-01' THEN "condition"."condition_end_datetime" END)::timestamp IS NOT NULL)) IS NOT TRUE AND "condition"."condition_status_concept_id" = $1::bigint))) IS NOT TRUE
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?verification-status:missing=true
-- $1 = [32893, 32899]
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE ("condition"."condition_status_concept_id" = ANY ($1::bigint[])) IS NOT TRUE
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?category=http://terminology.hl7.org/CodeSystem/condition-category%7Cproblem-list-item
-- $1 = [32840, 38000245]
-- $2 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE "condition"."condition_type_concept_id" = ANY ($1::bigint[])
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Condition?category:not=encounter-diagnosis
-- $1 = 32827
-- $2 = [32840, 38000245, 32827]
-- $3 = 51
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE (("condition"."condition_type_concept_id" = $1::bigint OR "condition"."condition_type_concept_id" IS NULL OR ("condition"."condition_type_concept_id" = ANY ($2::bigint[])) IS NOT TRUE)) IS NOT TRUE
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $3::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Encounter?class:not=IMP
-- $1 = [9201, 262, 8717, 8971, 8920, 38004515]
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE ("visit"."visit_concept_id" = ANY ($1::bigint[])) IS NOT TRUE
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?class=http://terminology.hl7.org/CodeSystem/v3-ActCode%7CEMER
-- $1 = [9203, 8870]
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."visit_concept_id" = ANY ($1::bigint[])
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?type=http://snomed.info/sct%7C80146002
-- $1 = [4198190, 4209423]
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE ("visit"."visit_concept_id" = ANY ($1::bigint[]) OR "visit"."visit_source_concept_id" = ANY ($1::bigint[]))
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?type:text=Inpatient
-- $1 = 'inpatient%'
-- $2 = ['SNOMED', 'LOINC', 'RxNorm', 'UCUM', 'ICD10CM', 'ICD10', 'ICD9CM', 'ICD9Proc', 'ICD10PCS', 'CPT4', 'HCPCS', 'NDC', 'CVX', 'ATC', 'NDFRT', 'APC', 'ISBT128', 'CMS Place of Service', 'NUCC', 'UB04 Pt dis status', 'Revenue Code', 'SOPT', 'MedDRA', 'ICDO3', 'ICD10GM', 'OPS', 'dm+d', 'HGNC']
-- $3 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE (EXISTS (SELECT FROM "cdm"."concept" c WHERE c.concept_id IN ("visit"."visit_concept_id", "visit"."visit_source_concept_id") AND lower(regexp_replace(normalize(c.concept_name, NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR (lower(regexp_replace(normalize("visit"."visit_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text AND ("visit"."visit_source_value" = COALESCE((SELECT CASE WHEN c.vocabulary_id = ANY ($2::text[]) THEN btrim(c.concept_code) END FROM "cdm"."concept" c WHERE c.concept_id = NULLIF("visit"."visit_source_concept_id", 0)), (NULLIF("visit"."visit_source_concept_id", 0))::text)) IS NOT TRUE))
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $3::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?identifier=12
-- $1 = 12
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."visit_occurrence_id" = $1::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?status:not=finished
-- $1 = 32220
-- $2 = datetime.datetime(2024, 7, 1, 0, 0)
-- $3 = datetime.datetime(2024, 6, 30, 0, 0)
-- $4 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE ((("visit"."discharged_to_concept_id" = $1::bigint) IS NOT TRUE AND ((COALESCE((CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::date::timestamp, (CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::date::timestamp) IS NULL OR COALESCE((CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::date::timestamp, (CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::date::timestamp) >= $2::timestamp)) IS NOT TRUE AND ((COALESCE((CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::date::timestamp, (CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::date::timestamp) IS NULL OR COALESCE((CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::date::timestamp, (CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::date::timestamp) >= $3::timestamp)) IS NOT TRUE)) IS NOT TRUE
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $4::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?discharge-disposition=home
-- $1 = 8536
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."discharged_to_concept_id" = $1::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?discharge-disposition:missing=false
-- $1 = 0
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE ((("visit"."discharged_to_concept_id" IS NULL OR "visit"."discharged_to_concept_id" = $1::bigint) AND COALESCE(btrim("visit"."discharged_to_source_value", E' \t\r\n\u00a0'), '') = '')) IS NOT TRUE
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET MedicationStatement?code=http://www.nlm.nih.gov/research/umls/rxnorm%7C161
-- $1 = 1125315
-- $2 = 51
SELECT ...
FROM (
  SELECT "drug".*
  FROM "cdm"."drug_exposure" "drug"
  WHERE ("drug"."drug_concept_id" = $1::bigint OR "drug"."drug_source_concept_id" = $1::bigint)
  ORDER BY "drug"."drug_exposure_id"
  LIMIT $2::bigint
) "drug"
ORDER BY "drug"."drug_exposure_id"

-- GET MedicationStatement?code:in=http://example.org/vs&patient=5
-- $1 = 4198190
-- $2 = 5
-- $3 = 51
SELECT ...
FROM (
  SELECT "drug".*
  FROM "cdm"."drug_exposure" "drug"
  WHERE (("drug"."drug_concept_id" = $1::bigint OR "drug"."drug_source_concept_id" = $1::bigint) AND "drug"."person_id" = $2::bigint)
  ORDER BY "drug"."drug_exposure_id"
  LIMIT $3::bigint
) "drug"
ORDER BY "drug"."drug_exposure_id"

-- GET MedicationStatement?status=completed
-- $1 = datetime.datetime(2024, 7, 1, 0, 0)
-- $2 = datetime.datetime(2024, 6, 30, 0, 0)
-- $3 = 51
SELECT ...
FROM (
  SELECT "drug".*
  FROM "cdm"."drug_exposure" "drug"
  WHERE (((COALESCE(btrim("drug"."stop_reason", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE) IS NOT TRUE AND ((COALESCE((CASE WHEN "drug"."drug_exposure_start_date" >= '0001-01-01' AND "drug"."drug_exposure_start_date" < '10000-01-01' THEN "drug"."drug_exposure_start_date" END)::date::timestamp, (CASE WHEN "drug"."drug_exposure_start_datetime" >= '0001-01-01' AND "drug"."drug_exposure_start_datetime" < '10000-01-01' THEN "drug"."drug_exposure_start_datetime" END)::date::timestamp) IS NULL OR COALESCE((CASE WHEN "drug"."drug_exposure_start_date" >= '0001-01-01' AND "drug"."drug_exposure_start_date" < '10000-01-01' THEN "drug"."drug_exposure_start_date" END)::date::timestamp, (CASE WHEN "drug"."drug_exposure_start_datetime" >= '0001-01-01' AND "drug"."drug_exposure_start_datetime" < '10000-01-01' THEN "drug"."drug_exposure_start_datetime" END)::date::timestamp) >= $1::timestamp)) IS NOT TRUE AND ((COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::date::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::date::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::date::timestamp) IS NULL OR COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::date::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::date::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::date::timestamp) >= $2::timestamp)) IS NOT TRUE)
  ORDER BY "drug"."drug_exposure_id"
  LIMIT $3::bigint
) "drug"
ORDER BY "drug"."drug_exposure_id"

-- GET MedicationStatement?identifier=8
-- $1 = 8
-- $2 = 51
SELECT ...
FROM (
  SELECT "drug".*
  FROM "cdm"."drug_exposure" "drug"
  WHERE "drug"."drug_exposure_id" = $1::bigint
  ORDER BY "drug"."drug_exposure_id"
  LIMIT $2::bigint
) "drug"
ORDER BY "drug"."drug_exposure_id"

-- GET Procedure?identifier=https://fhir.example/fhir/identifier/procedure_occurrence_id%7C7
-- $1 = 7
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."procedure_occurrence_id" = $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?code=http://snomed.info/sct%7C
-- $1 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE (FALSE OR FALSE)
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $1::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?code:below=http://snomed.info/sct%7C80146002&date=ge2020
-- $1 = [4198190, 4209423]
-- $2 = ['SNOMED']
-- $3 = datetime.datetime(2021, 1, 1, 0, 0)
-- $4 = datetime.datetime(2020, 1, 1, 0, 0)
-- $5 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE (("procedure"."procedure_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (SELECT a.descendant_concept_id FROM "cdm"."concept_ancestor" a WHERE a.ancestor_concept_id = ANY ($1::bigint[]) UNION SELECT unnest($1::bigint[])) AND c.vocabulary_id = ANY ($2::text[])) OR "procedure"."procedure_source_concept_id" IN (SELECT c.concept_id FROM "cdm"."concept" c WHERE c.concept_id IN (SELECT a.descendant_concept_id FROM "cdm"."concept_ancestor" a WHERE a.ancestor_concept_id = ANY ($1::bigint[]) UNION SELECT unnest($1::bigint[])) AND c.vocabulary_id = ANY ($2::text[]))) AND ((CASE WHEN (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) > $3::timestamp OR (COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) >= $4::timestamp AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) < $3::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_end_date" >= '0001-01-01' AND "procedure"."procedure_end_date" < '10000-01-01' THEN "procedure"."procedure_end_date" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $3::timestamp)))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $5::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?code=http://snomed.info/sct%7C80146002&code=44950
-- $1 = [4198190, 4209423]
-- $2 = 2109144
-- $3 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE (("procedure"."procedure_concept_id" = ANY ($1::bigint[]) OR "procedure"."procedure_source_concept_id" = ANY ($1::bigint[])) AND ("procedure"."procedure_concept_id" = $2::bigint OR "procedure"."procedure_source_concept_id" = $2::bigint))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $3::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?status:not=completed
-- no statement: nothing can match
