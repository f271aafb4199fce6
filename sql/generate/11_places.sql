-- Homes (one for two neighbours), care sites with their addresses, providers. A batch adds those that its persons can
-- refer to: person k sees providers from k / 50 and care sites from k / 500 on.

INSERT INTO location (location_id, address_1, address_2, city, state, zip, county, location_source_value,
    country_concept_id, country_source_value, latitude, longitude)
SELECT id, pg_temp.upto(h, 0, 9900) + 1 || ' ' || (ARRAY['Main St', 'Oak Avenue', 'Elm St', 'Harbor Rd', 'Calle Peñón',
        'Rue de l''Église', 'Straße am Park', 'Ulica Łąkowa', 'Nørregade', 'Mill Lane'])[1 + pg_temp.upto(h, 1, 10)],
    CASE WHEN pg_temp.permille(h, 2, 150) THEN 'Apt ' || 1 + pg_temp.upto(h, 3, 400) END,
    t.city, t.state, CASE WHEN n < 8 AND pg_temp.permille(h, 4, 100) THEN t.zip || lpad(pg_temp.upto(h, 5,
        9999)::text, 4, '0') ELSE t.zip END,
    t.county, CASE WHEN pg_temp.permille(h, 6, 500) THEN 'LOC' || id END,
    CASE WHEN pg_temp.permille(h, 7, 500) THEN t.country_concept_id END, CASE
        WHEN pg_temp.permille(h, 7, 500) THEN t.country END,
    CASE WHEN pg_temp.permille(h, 8, 200) THEN t.latitude + pg_temp.upto(h, 9, 999) / 10000.0 END,
    CASE WHEN pg_temp.permille(h, 8, 200) THEN t.longitude + pg_temp.upto(h, 10, 999) / 10000.0 END
FROM (
    SELECT id, pg_temp.chance(3, id, seed) AS h FROM (
        SELECT 10000000 + (k - 1) / 2 AS id, seed FROM setting, generate_series(first, last) k WHERE k % 2 = 1
        UNION ALL
        SELECT site, seed FROM setting, generate_series(CASE WHEN first = 1 THEN 1
            ELSE (first - 1) / 500 + 5 END, last / 500 + 4) site
    ) AS ids OFFSET 0
) AS hashed
JOIN (VALUES
    (0, 'Boston', 'MA', '02118', 'Suffolk', 'USA', 0, 42.3364, -71.0728), (1, 'Springfield', 'MA', '01103',
        'Hampden', 'USA', 0, 42.1015, -72.5898),
    (2, 'Newark', 'NJ', '07102', 'Essex', 'USA', 0, 40.7357, -74.1724), (3, 'Trenton', 'NJ', '08608', 'Mercer',
        'USA', 0, 40.2171, -74.7429),
    (4, 'Albany', 'NY', '12207', 'Albany', 'USA', 0, 42.6526, -73.7562), (5, 'San José', 'CA', '95112',
        'Santa Clara', 'USA', 0, 37.3382, -121.8863),
    (6, 'St. John''s', 'AZ', '85936', 'Apache', 'USA', 0, 34.5059, -109.3609), (7, 'Cañon City', 'CO', '81212',
        'Fremont', 'USA', 0, 38.4410, -105.2424),
    (8, 'Odense', NULL, '5000', NULL, 'Danmark', 4330435, 55.4038, 10.4024), (9, 'Leeds', NULL, 'LS1 4AP', NULL,
        'UK', 4072900, 53.8008, -1.5491)
) AS t (n, city, state, zip, county, country, country_concept_id, latitude, longitude)
    ON t.n = CASE WHEN pg_temp.permille(hashed.h, 11, 20) THEN 8 + pg_temp.upto(hashed.h, 12, 2)
        ELSE pg_temp.upto(hashed.h, 13, 8) END;

INSERT INTO care_site (care_site_id, care_site_name, place_of_service_concept_id, location_id, care_site_source_value,
    place_of_service_source_value)
SELECT id, (ARRAY['Harbor Medical Center', 'Saint Agnes Hospital', 'Hôpital Général', 'Riverside Clinic',
    'Klinik für Innere Medizin',
        'Family Practice at the Mill'])[1 + pg_temp.upto(h, 0, 6)] || ' ' || id,
    (ARRAY[8717, 8756, 8940, 8870, 8782, 8863, 0])[1 + pg_temp.upto(h, 1, 7)], CASE
        WHEN NOT pg_temp.permille(h, 2, 100) THEN id END,
    'CS-' || id, (ARRAY['21', '22', '11', '23', '20', '31', NULL])[1 + pg_temp.upto(h, 1, 7)]
FROM (
    SELECT id, pg_temp.chance(4, id, seed) AS h
    FROM setting, generate_series(CASE WHEN first = 1 THEN 1 ELSE (first - 1) / 500 + 5 END,
        last / 500 + 4) AS id OFFSET 0
) AS hashed;

INSERT INTO provider (provider_id, provider_name, npi, dea, specialty_concept_id, care_site_id, year_of_birth,
    gender_concept_id, provider_source_value, specialty_source_value, specialty_source_concept_id, gender_source_value,
    gender_source_concept_id)
SELECT id, CASE WHEN NOT pg_temp.permille(h, 0, 30) THEN
        (ARRAY['María', 'Søren', 'Nguyễn Thị', 'Zoë', 'Anne-Marie', 'John', 'Mary', 'Łukasz', '美咲', 'Олена',
            'Ahmed', 'Siobhán']
        )[1 + pg_temp.upto(h, 1, 12)] || ' ' ||
        (ARRAY['García Márquez', 'Kierkegaard', 'O''Brien', 'van der Berg', 'Smith', 'Jones', '佐藤', 'Шевченко',
            'Žižek', 'Müller', 'de la Cruz', 'Lee']
        )[1 + pg_temp.upto(h, 2, 12)] || CASE WHEN pg_temp.permille(h, 3, 400) THEN ', MD' ELSE '' END END,
    CASE WHEN NOT pg_temp.permille(h, 4, 150) THEN '9' || lpad(id::text, 9, '0') END,
    CASE WHEN pg_temp.permille(h, 5, 300) THEN 'ZZ' || lpad(id::text, 7, '0') END,
    (ARRAY[38004446, 38004451, 38004453, 38004456, 0])[1 + pg_temp.upto(h, 6, 5)], 1 + id / 10,
        1945 + pg_temp.upto(h, 7, 50),
    (ARRAY[8507, 8532, 0])[1 + pg_temp.upto(h, 8, 3)], 'PR-' || id,
    (ARRAY['01', '06', '08', '11', 'Heilpraktiker'])[1 + pg_temp.upto(h, 6, 5)],
    (ARRAY[38004446, 38004451, 38004453, 38004456, 0])[1 + pg_temp.upto(h, 6, 5)], (ARRAY['M', 'F',
        NULL])[1 + pg_temp.upto(h, 8, 3)], 0
FROM (
    SELECT id, pg_temp.chance(5, id, seed) AS h
    FROM setting, generate_series(CASE WHEN first = 1 THEN 1 ELSE (first - 1) / 50 + 11 END,
        last / 50 + 10) AS id OFFSET 0
) AS hashed;
