-- brief

-- GET Encounter?discharge-disposition=home
-- with cdm=5.3
-- $1 = 8536
-- $2 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE "visit"."discharge_to_concept_id" = $1::bigint
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $2::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?date=2020
-- with cdm=5.3
-- $1 = datetime.datetime(2020, 1, 1, 0, 0)
-- $2 = datetime.datetime(2021, 1, 1, 0, 0)
-- $3 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE (COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) >= $1::timestamp AND COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) < $2::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $3::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Procedure?date=2020
-- with cdm=5.3
-- $1 = datetime.datetime(2020, 1, 1, 0, 0)
-- $2 = datetime.datetime(2021, 1, 1, 0, 0)
-- $3 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE (COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) >= $1::timestamp AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) < $2::timestamp AND (CASE WHEN COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp)
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $3::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?_sort=date
-- with cdm=5.3
-- $1 = 51
SELECT ...
FROM (
  SELECT "procedure".*, COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE TRUE
  ORDER BY COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) NULLS LAST, "procedure"."procedure_occurrence_id"
  LIMIT $1::bigint
) "procedure"
ORDER BY "procedure".s0_ NULLS LAST, "procedure"."procedure_occurrence_id"

-- GET MedicationStatement?effective=2020
-- with cdm=5.3
-- $1 = datetime.datetime(2020, 1, 1, 0, 0)
-- $2 = datetime.datetime(2021, 1, 1, 0, 0)
-- $3 = 51
SELECT ...
FROM (
  SELECT "drug".*
  FROM "cdm"."drug_exposure" "drug"
  WHERE (COALESCE((CASE WHEN "drug"."drug_exposure_start_datetime" >= '0001-01-01' AND "drug"."drug_exposure_start_datetime" < '10000-01-01' THEN "drug"."drug_exposure_start_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_start_date" >= '0001-01-01' AND "drug"."drug_exposure_start_date" < '10000-01-01' THEN "drug"."drug_exposure_start_date" END)::timestamp) >= $1::timestamp AND COALESCE((CASE WHEN "drug"."drug_exposure_start_datetime" >= '0001-01-01' AND "drug"."drug_exposure_start_datetime" < '10000-01-01' THEN "drug"."drug_exposure_start_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_start_date" >= '0001-01-01' AND "drug"."drug_exposure_start_date" < '10000-01-01' THEN "drug"."drug_exposure_start_date" END)::timestamp) < $2::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "drug"."drug_exposure_start_datetime" >= '0001-01-01' AND "drug"."drug_exposure_start_datetime" < '10000-01-01' THEN "drug"."drug_exposure_start_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_start_date" >= '0001-01-01' AND "drug"."drug_exposure_start_date" < '10000-01-01' THEN "drug"."drug_exposure_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "drug"."drug_exposure_start_datetime" >= '0001-01-01' AND "drug"."drug_exposure_start_datetime" < '10000-01-01' THEN "drug"."drug_exposure_start_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_start_date" >= '0001-01-01' AND "drug"."drug_exposure_start_date" < '10000-01-01' THEN "drug"."drug_exposure_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "drug"."verbatim_end_date" >= '0001-01-01' AND "drug"."verbatim_end_date" < '10000-01-01' THEN "drug"."verbatim_end_date" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_datetime" >= '0001-01-01' AND "drug"."drug_exposure_end_datetime" < '10000-01-01' THEN "drug"."drug_exposure_end_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_end_date" >= '0001-01-01' AND "drug"."drug_exposure_end_date" < '10000-01-01' THEN "drug"."drug_exposure_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp)
  ORDER BY "drug"."drug_exposure_id"
  LIMIT $3::bigint
) "drug"
ORDER BY "drug"."drug_exposure_id"

-- GET Patient?deceased=true
-- with no=death
-- refused: Patient cannot be searched by `deceased` here; possible are `_id`, `address`, `address-city`, `address-country`, `address-postalcode`, `address-state`, `birthdate`, `ethnicity`, `gender`, `general-practitioner`, `identifier`, `organization`, `race`

-- GET Patient?address-city=Berlin
-- with no=location
-- refused: Patient cannot be searched by `address-city` here; possible are `_id`, `birthdate`, `death-date`, `deceased`, `ethnicity`, `gender`, `general-practitioner`, `identifier`, `organization`, `race`

-- GET Procedure?code=http://snomed.info/sct%7C80146002
-- with no=concept
-- $1 = [4198190, 4209423]
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE ("procedure"."procedure_concept_id" = ANY ($1::bigint[]) OR "procedure"."procedure_source_concept_id" = ANY ($1::bigint[]))
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?code:text=hyper
-- with no=concept
-- $1 = 'hyper%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE (lower(regexp_replace(normalize("procedure"."procedure_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text AND ("procedure"."procedure_source_value" = (NULLIF("procedure"."procedure_source_concept_id", 0))::text) IS NOT TRUE)
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?patient.gender=female
-- with person.gender_concept_id=absent
-- $1 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE EXISTS (SELECT FROM "cdm"."person" "person_1" WHERE "person_1"."person_id" = "procedure"."person_id" AND FALSE)
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $1::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Procedure?patient=5
-- with procedure_occurrence.person_id=numeric
-- $1 = 5
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE CASE WHEN abs("procedure"."person_id") < 9e18 THEN "procedure"."person_id"::bigint END = $1::bigint
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Encounter?date=2020
-- with visit_occurrence.visit_start_datetime=timestamp with time zone
-- $1 = datetime.datetime(2020, 1, 1, 0, 0)
-- $2 = datetime.datetime(2021, 1, 1, 0, 0)
-- $3 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE (COALESCE((CASE WHEN ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') >= '0001-01-01' AND ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') < '10000-01-01' THEN ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) >= $1::timestamp AND COALESCE((CASE WHEN ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') >= '0001-01-01' AND ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') < '10000-01-01' THEN ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) < $2::timestamp AND (CASE WHEN (COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') >= '0001-01-01' AND ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') < '10000-01-01' THEN ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') >= '0001-01-01' AND ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') < '10000-01-01' THEN ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) + CASE COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "visit"."visit_end_datetime" >= '0001-01-01' AND "visit"."visit_end_datetime" < '10000-01-01' THEN "visit"."visit_end_datetime" END)::timestamp, (CASE WHEN "visit"."visit_end_date" >= '0001-01-01' AND "visit"."visit_end_date" < '10000-01-01' THEN "visit"."visit_end_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $3::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Encounter?length=60
-- with visit_occurrence.visit_start_datetime=timestamp with time zone
-- $1 = Decimal('59.500000')
-- $2 = Decimal('60.500000')
-- $3 = 51
SELECT ...
FROM (
  SELECT "visit".*
  FROM "cdm"."visit_occurrence" "visit"
  WHERE ((CASE WHEN ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') <> date_trunc('day', ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin')) AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - (("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) >= $1::numeric AND (CASE WHEN ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') <> date_trunc('day', ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin')) AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - (("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin') AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) < $2::numeric)
  ORDER BY "visit"."visit_occurrence_id"
  LIMIT $3::bigint
) "visit"
ORDER BY "visit"."visit_occurrence_id"

-- GET Procedure?date=2020-05
-- with procedure_occurrence.procedure_end_date=absent
-- $1 = datetime.datetime(2020, 5, 1, 0, 0)
-- $2 = datetime.datetime(2020, 6, 1, 0, 0)
-- $3 = 51
SELECT ...
FROM (
  SELECT "procedure".*
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE (COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) >= $1::timestamp AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) < $2::timestamp AND (CASE WHEN ((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp + CASE (CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp WHEN date_trunc('day', (CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp) THEN interval '1 day' WHEN date_trunc('second', (CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp) THEN interval '1 second' ELSE interval '1 microsecond' END) <= COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) THEN 'infinity'::timestamp WHEN COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) IS NOT NULL THEN COALESCE((COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END), 'infinity'::timestamp) ELSE (COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) + CASE COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) WHEN date_trunc('day', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 day' WHEN date_trunc('second', COALESCE((CASE WHEN "procedure"."procedure_end_datetime" >= '0001-01-01' AND "procedure"."procedure_end_datetime" < '10000-01-01' THEN "procedure"."procedure_end_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp)) THEN interval '1 second' ELSE interval '1 microsecond' END) END) <= $2::timestamp)
  ORDER BY "procedure"."procedure_occurrence_id"
  LIMIT $3::bigint
) "procedure"
ORDER BY "procedure"."procedure_occurrence_id"

-- GET Patient?birthdate=1980
-- with person.month_of_birth=absent
-- $1 = 19800101
-- $2 = 19810101
-- $3 = 1
-- $4 = 9999
-- $5 = 1980
-- $6 = 31
-- $7 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  WHERE ((CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN NULL::int BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, NULL::int::int, 1) + interval '1 month' - interval '1 day') THEN NULL::int * 100 + "person"."day_of_birth" ELSE NULL::int * 100 + 1 END ELSE 101 END END) >= $1::bigint AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN NULL::int BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, NULL::int::int, 1) + interval '1 month' - interval '1 day') THEN NULL::int * 100 + "person"."day_of_birth" ELSE NULL::int * 100 + 1 END ELSE 101 END END) < $2::bigint AND "person"."year_of_birth" >= $3::bigint AND "person"."year_of_birth" <= $4::bigint AND (("person"."year_of_birth" >= $3::bigint AND "person"."year_of_birth" <= $4::bigint AND ("person"."year_of_birth" > $5::bigint OR ("person"."year_of_birth" = $5::bigint AND ((FALSE AND FALSE AND FALSE) OR (FALSE AND "person"."day_of_birth" >= $3::bigint AND "person"."day_of_birth" <= $6::bigint AND "person"."day_of_birth" > $6::bigint)))))) IS NOT TRUE)
  ORDER BY "person"."person_id"
  LIMIT $7::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?_sort=birthdate
-- with person.day_of_birth=absent
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN NULL::int BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + NULL::int ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN NULL::int BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + NULL::int ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) NULLS LAST, "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person"."person_id"
