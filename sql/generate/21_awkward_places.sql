-- Places and providers that persons with n = 33 refer to, and one of each for every odd text; the same in every database.

INSERT INTO location (location_id, address_1, address_2, city, state, zip, county, location_source_value,
    country_concept_id,
    country_source_value, latitude, longitude)
SELECT -1, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, 0, NULL::text,
    NULL::numeric, NULL::numeric
UNION ALL SELECT -2, repeat('A', 50), repeat('B', 50), repeat('C', 50), 'ZZ', '123456789', repeat('D', 20),
    repeat('E', 50), 2000999999, repeat('F', 80), 91, -181
UNION ALL SELECT 9000000000 + n, left(text, 50), left(text, 50), left(text, 50), left(text, 2), left(text, 9),
    left(text, 20), left(text, 50),
    0, text, 'NaN', 0 FROM oddity;

INSERT INTO care_site (care_site_id, care_site_name, place_of_service_concept_id, location_id, care_site_source_value,
    place_of_service_source_value)
SELECT -1, NULL, NULL, NULL, NULL, NULL
UNION ALL SELECT -2, 'Site of no address', 0, 7777777777, NULL, NULL
UNION ALL SELECT 9000000000 + n, text, 2000999999, 9000000000 + n, left(text, 50), left(text, 50) FROM oddity;

INSERT INTO provider (provider_id, provider_name, npi, dea, specialty_concept_id, care_site_id, year_of_birth,
    gender_concept_id, provider_source_value, specialty_source_value, specialty_source_concept_id, gender_source_value,
    gender_source_concept_id)
SELECT -1, NULL, NULL, NULL, NULL, NULL, NULL::int, NULL, NULL, NULL, NULL, NULL, NULL
UNION ALL SELECT -2, 'Dangling, D.', '', '', 2000999999, 7777777777, 0, 8521, '', '', 2000999999, '', 2000999999
UNION ALL SELECT 9000000000 + n, text, left(text, 20), left(text, 20), 0, 9000000000 + n, 1970, 8551, left(text,
    50), left(text, 50), 0, left(text, 50), 0 FROM oddity;
