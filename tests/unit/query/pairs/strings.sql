-- brief

-- GET Patient?address=Berlin
-- $1 = 'berlin%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" AND (((COALESCE(btrim("location"."address_1", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_1", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."address_2", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_2", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."county", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."county", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."zip", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."country_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text))) AND (((COALESCE(btrim("location"."address_1", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_1", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."address_2", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_2", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."county", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."county", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."zip", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."country_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)))
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?address:exact=Berlin
-- $1 = 'Berlin'
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" AND (((COALESCE(btrim("location"."address_1", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."address_1" = $1::text) OR ((COALESCE(btrim("location"."address_2", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."address_2" = $1::text) OR ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."city" = $1::text) OR ((COALESCE(btrim("location"."county", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."county" = $1::text) OR ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."state" = $1::text) OR ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."zip" = $1::text) OR ((COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."country_source_value" = $1::text))) AND (((COALESCE(btrim("location"."address_1", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."address_1" = $1::text) OR ((COALESCE(btrim("location"."address_2", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."address_2" = $1::text) OR ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."city" = $1::text) OR ((COALESCE(btrim("location"."county", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."county" = $1::text) OR ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."state" = $1::text) OR ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."zip" = $1::text) OR ((COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."country_source_value" = $1::text)))
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?address:contains=erli
-- $1 = '%erli%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" AND (((COALESCE(btrim("location"."address_1", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_1", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."address_2", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_2", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."county", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."county", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."zip", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."country_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text))) AND (((COALESCE(btrim("location"."address_1", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_1", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."address_2", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_2", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."county", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."county", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."zip", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."country_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)))
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?address-city=berl
-- $1 = 'berl%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" AND ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?address-city=Berl%25n_
-- $1 = 'berl\\%n\\_%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" AND ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?address-city=M%C3%BCnchen,Berlin
-- $1 = 'munchen%'
-- $2 = 'berlin%'
-- $3 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE ((EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" AND ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" AND ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $2::text)) AND (COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $2::text))
  ORDER BY "person"."person_id"
  LIMIT $3::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?address-city:exact=Berlin
-- $1 = 'Berlin'
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" AND ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."city" = $1::text)) AND (COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."city" = $1::text)
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?address-city:contains=lin
-- $1 = '%lin%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" AND ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?address-city:missing=true
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = ''
  ORDER BY "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?address-state=BE
-- $1 = 'be%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" AND ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?address-postalcode=10115
-- $1 = '10115%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" AND ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."zip", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."zip", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Patient?address-country=Germany
-- $1 = 'germany%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" AND ((COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."country_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."country_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person"."person_id"

-- GET Practitioner?name=smi
-- $1 = 'smi%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE ((COALESCE(btrim("provider"."provider_name", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("provider"."provider_name", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "provider"."provider_id"
  LIMIT $2::bigint
) "provider"
ORDER BY "provider"."provider_id"

-- GET Practitioner?name:exact=Smith
-- $1 = 'Smith'
-- $2 = 51
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE ((COALESCE(btrim("provider"."provider_name", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "provider"."provider_name" = $1::text)
  ORDER BY "provider"."provider_id"
  LIMIT $2::bigint
) "provider"
ORDER BY "provider"."provider_id"

-- GET Practitioner?name:missing=true
-- $1 = 51
SELECT ...
FROM (
  SELECT "provider".*
  FROM "cdm"."provider" "provider"
  WHERE COALESCE(btrim("provider"."provider_name", E' \t\r\n\u00a0'), '') = ''
  ORDER BY "provider"."provider_id"
  LIMIT $1::bigint
) "provider"
ORDER BY "provider"."provider_id"

-- GET Organization?name=charit%C3%A9
-- $1 = 'charite%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE ((COALESCE(btrim("care_site"."care_site_name", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("care_site"."care_site_name", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Organization?name:contains=hospital
-- $1 = '%hospital%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE ((COALESCE(btrim("care_site"."care_site_name", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("care_site"."care_site_name", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Organization?address=Main
-- $1 = 'main%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" AND (((COALESCE(btrim("location"."address_1", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_1", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."address_2", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_2", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."county", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."county", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."zip", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."country_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text))) AND (((COALESCE(btrim("location"."address_1", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_1", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."address_2", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_2", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."county", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."county", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."zip", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."country_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)))
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Organization?address-city=berlin
-- $1 = 'berlin%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" AND ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Organization?address-state=BE
-- $1 = 'be%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" AND ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Organization?address-postalcode:exact=10115
-- $1 = '10115'
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" AND ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."zip" = $1::text)) AND (COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND "location"."zip" = $1::text)
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Organization?address-country=DE
-- $1 = 'de%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" AND ((COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."country_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."country_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Location?name=ward
-- $1 = 'ward%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  WHERE ((COALESCE(btrim("care_site"."care_site_name", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("care_site"."care_site_name", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Location?address=Main&name:contains=ward
-- $1 = 'main%'
-- $2 = '%ward%'
-- $3 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" AND (((COALESCE(btrim("location"."address_1", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_1", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."address_2", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_2", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."county", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."county", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."zip", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."country_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text))) AND (((COALESCE(btrim("location"."address_1", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_1", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."address_2", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."address_2", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."county", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."county", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."zip", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text) OR ((COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."country_source_value", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("care_site"."care_site_name", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("care_site"."care_site_name", NFKD), '[̀-ͯ]', '', 'g')) LIKE $2::text)
  ORDER BY "care_site"."care_site_id"
  LIMIT $3::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Location?address-city=berlin
-- $1 = 'berlin%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" AND ((COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."city", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."city", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Location?address-state=BE
-- $1 = 'be%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" AND ((COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."state", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."state", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Location?address-postalcode=1
-- $1 = '1%'
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (EXISTS (SELECT FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" AND ((COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."zip", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)) AND (COALESCE(btrim("location"."zip", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE AND lower(regexp_replace(normalize("location"."zip", NFKD), '[̀-ͯ]', '', 'g')) LIKE $1::text)
  ORDER BY "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"

-- GET Location?address-country:missing=false
-- $1 = 51
SELECT ...
FROM (
  SELECT "care_site".*
  FROM "cdm"."care_site" "care_site"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "care_site"."location_id" LIMIT 1) "location" ON TRUE
  WHERE (COALESCE(btrim("location"."country_source_value", E' \t\r\n\u00a0'), '') = '') IS NOT TRUE
  ORDER BY "care_site"."care_site_id"
  LIMIT $1::bigint
) "care_site"
ORDER BY "care_site"."care_site_id"
