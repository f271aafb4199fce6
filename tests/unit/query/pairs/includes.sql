-- brief

-- GET Procedure?_include=Procedure:patient
-- with keys=procedure/7,8
-- $1 = [7, 8]
-- $2 = 1001
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."person_id" IN (SELECT "procedure_1"."person_id" FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."procedure_occurrence_id" = ANY ($1::bigint[]) AND TRUE)
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Procedure?_include=Procedure:patient
-- with keys=procedure/7
-- with patient=5
-- $1 = 5
-- $2 = [7]
-- $3 = 1001
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE ("person"."person_id" = $1::bigint AND "person"."person_id" IN (SELECT "procedure_1"."person_id" FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."procedure_occurrence_id" = ANY ($2::bigint[]) AND TRUE))
  ORDER BY "person"."person_id"
  LIMIT $3::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Procedure?_include=Procedure:encounter
-- with keys=procedure/7,8
-- with details
-- $1 = [7, 8]
-- $2 = 1001
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."visit_occurrence_id" IN (SELECT "procedure_1"."visit_occurrence_id" FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."procedure_occurrence_id" = ANY ($1::bigint[]) AND TRUE)
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
  WHERE "detail"."visit_detail_id" IN (SELECT "procedure_2"."visit_detail_id" FROM "cdm"."procedure_occurrence" "procedure_2" WHERE "procedure_2"."procedure_occurrence_id" = ANY ($1::bigint[]) AND "procedure_2"."visit_occurrence_id" IS NULL) AND (SELECT count(*) FROM "branch0") < $2::bigint
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

-- GET Procedure?_include=Procedure:patient&_include=Procedure:performer
-- with keys=procedure/7,8
-- $1 = [7, 8]
-- $2 = 1001
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."person_id" IN (SELECT "procedure_1"."person_id" FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."procedure_occurrence_id" = ANY ($1::bigint[]) AND TRUE)
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE "provider"."provider_id" IN (SELECT "procedure_2"."provider_id" FROM "cdm"."procedure_occurrence" "procedure_2" WHERE "procedure_2"."procedure_occurrence_id" = ANY ($1::bigint[]) AND TRUE) AND (SELECT count(*) FROM "branch0") < $2::bigint
  ORDER BY "provider"."provider_id"
  LIMIT $2::bigint
) "provider"
ORDER BY "provider"."provider_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET Procedure?_include=Procedure:performer
-- with keys=procedure/7
-- with patient=5
-- $1 = [7]
-- $2 = 5
-- $3 = 1001
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE "provider"."provider_id" IN (SELECT "procedure_1"."provider_id" FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."procedure_occurrence_id" = ANY ($1::bigint[]) AND "procedure_1"."person_id" = $2::bigint)
  ORDER BY "provider"."provider_id"
  LIMIT $3::bigint
) "provider"
ORDER BY "provider"."provider_id"

-- GET Procedure?_include=*
-- with keys=procedure/7,8
-- $1 = [7, 8]
-- $2 = 1001
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."visit_occurrence_id" IN (SELECT "procedure_1"."visit_occurrence_id" FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."procedure_occurrence_id" = ANY ($1::bigint[]) AND TRUE)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."person_id" IN (SELECT "procedure_2"."person_id" FROM "cdm"."procedure_occurrence" "procedure_2" WHERE "procedure_2"."procedure_occurrence_id" = ANY ($1::bigint[]) AND TRUE) AND (SELECT count(*) FROM "branch0") < $2::bigint
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"
),
"branch2" AS (
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE "provider"."provider_id" IN (SELECT "procedure_3"."provider_id" FROM "cdm"."procedure_occurrence" "procedure_3" WHERE "procedure_3"."procedure_occurrence_id" = ANY ($1::bigint[]) AND TRUE) AND (SELECT count(*) FROM "branch0") + (SELECT count(*) FROM "branch1") < $2::bigint
  ORDER BY "provider"."provider_id"
  LIMIT $2::bigint
) "provider"
ORDER BY "provider"."provider_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
UNION ALL
SELECT * FROM "branch2"
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET Procedure?_include=Procedure:subject:Patient
-- with keys=procedure/7
-- $1 = [7]
-- $2 = 1001
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."person_id" IN (SELECT "procedure_1"."person_id" FROM "cdm"."procedure_occurrence" "procedure_1" WHERE "procedure_1"."procedure_occurrence_id" = ANY ($1::bigint[]) AND TRUE)
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Encounter?_include=Encounter:diagnosis
-- with keys=encounter/9
-- $1 = [9]
-- $2 = 1001
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE "condition"."condition_occurrence_id" IN (SELECT "condition_1"."condition_occurrence_id" FROM "cdm"."visit_occurrence" "visit_1" CROSS JOIN "cdm"."condition_occurrence" "condition_1" WHERE "visit_1"."visit_occurrence_id" = ANY ($1::bigint[]) AND TRUE AND "condition_1"."visit_occurrence_id" = "visit_1"."visit_occurrence_id" AND "condition_1"."person_id" = "visit_1"."person_id")
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"

-- GET Encounter?_include=Encounter:location&_include=Encounter:service-provider
-- with keys=encounter/9
-- $1 = [9]
-- $2 = 1001
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE "care_site"."care_site_id" IN (SELECT "visit_1"."care_site_id" FROM "cdm"."visit_occurrence" "visit_1" WHERE "visit_1"."visit_occurrence_id" = ANY ($1::bigint[]) AND TRUE)
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE "care_site"."care_site_id" IN (SELECT "visit_2"."care_site_id" FROM "cdm"."visit_occurrence" "visit_2" WHERE "visit_2"."visit_occurrence_id" = ANY ($1::bigint[]) AND TRUE) AND (SELECT count(*) FROM "branch0") < $2::bigint
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET Encounter?_include=Encounter:part-of
-- with keys=encounter-visit-detail/9
-- with details
-- $1 = [9]
-- $2 = 1001
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "detail".*
  FROM "cdm"."visit_detail" "detail"
  WHERE "detail"."visit_detail_id" IN (SELECT "detail_1"."parent_visit_detail_id" FROM "cdm"."visit_detail" "detail_1" WHERE "detail_1"."visit_detail_id" = ANY ($1::bigint[]) AND TRUE)
  ORDER BY "detail"."visit_detail_id"
  LIMIT $2::bigint
) "detail"
ORDER BY "detail"."visit_detail_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."visit_occurrence_id" IN (SELECT "detail_2"."visit_occurrence_id" FROM "cdm"."visit_detail" "detail_2" WHERE "detail_2"."visit_detail_id" = ANY ($1::bigint[]) AND "detail_2"."parent_visit_detail_id" IS NULL) AND (SELECT count(*) FROM "branch0") < $2::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET Patient?_revinclude=Procedure:patient
-- with keys=patient/5,6
-- $1 = [5, 6]
-- $2 = 1001
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = ANY ($1::bigint[])
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Patient?_revinclude=Procedure:patient&_revinclude=Condition:patient
-- with keys=patient/5
-- $1 = 5
-- $2 = 1001
WITH "branch0" AS (
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"
),
"branch1" AS (
SELECT ...
FROM (
  SELECT "condition".*
  FROM "cdm"."condition_occurrence" "condition"
  WHERE "condition"."person_id" = $1::bigint AND (SELECT count(*) FROM "branch0") < $2::bigint
  ORDER BY "condition"."condition_occurrence_id"
  LIMIT $2::bigint
) "condition"
ORDER BY "condition"."condition_occurrence_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET Patient?_revinclude=*
-- with keys=patient/5
-- $1 = 5
-- $2 = 1001
-- $3 = 32865
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
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."person_id" = $1::bigint AND (SELECT count(*) FROM "branch0") < $2::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"
),
"branch2" AS (
SELECT ...
FROM (
  SELECT "drug".*
  FROM "cdm"."drug_exposure" "drug"
  WHERE ("drug"."person_id" = $1::bigint OR ("drug"."drug_type_concept_id" = $3::bigint AND "drug"."person_id" = $1::bigint)) AND (SELECT count(*) FROM "branch0") + (SELECT count(*) FROM "branch1") < $2::bigint
  ORDER BY "drug"."drug_exposure_id"
  LIMIT $2::bigint
) "drug"
ORDER BY "drug"."drug_exposure_id"
),
"branch3" AS (
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $1::bigint AND (SELECT count(*) FROM "branch0") + (SELECT count(*) FROM "branch1") + (SELECT count(*) FROM "branch2") < $2::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"
)
SELECT ... FROM (
SELECT * FROM "branch0"
UNION ALL
SELECT * FROM "branch1"
UNION ALL
SELECT * FROM "branch2"
UNION ALL
SELECT * FROM "branch3"
) page
ORDER BY branch, key_
LIMIT $2::bigint

-- GET Condition?_revinclude=Encounter:diagnosis
-- with keys=condition/77
-- $1 = 77
-- $2 = 1001
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE EXISTS (SELECT FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id" AND "condition"."condition_occurrence_id" = $1::bigint)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Practitioner?_revinclude=Patient:general-practitioner
-- with keys=practitioner/3
-- $1 = 3
-- $2 = 1001
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE "person"."provider_id" = $1::bigint
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Encounter?_revinclude:iterate=Procedure:encounter&_include:iterate=Procedure:performer
-- with keys=encounter/9
-- $1 = 9
-- $2 = 1001
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."visit_occurrence_id" = $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"
