-- person, observation_period, death.

INSERT INTO person (person_id, gender_concept_id, year_of_birth, month_of_birth, day_of_birth, birth_datetime,
    race_concept_id, ethnicity_concept_id, location_id, provider_id, care_site_id, person_source_value,
    gender_source_value, gender_source_concept_id, race_source_value, race_source_concept_id, ethnicity_source_value,
    ethnicity_source_concept_id)
SELECT person_id, gender,
    CASE n WHEN 28 THEN 1 WHEN 30 THEN 2031 ELSE extract(year FROM birth)::int END,
    CASE WHEN n IN (1, 32) THEN NULL WHEN n = 3 THEN 2 WHEN n = 4 THEN 4 WHEN n = 31 THEN 13
         ELSE extract(month FROM birth)::int END,
    CASE WHEN n IN (1, 2) THEN NULL WHEN n = 3 THEN 30 WHEN n = 4 THEN 31 WHEN n = 34 THEN 0
         ELSE extract(day FROM birth)::int END,
    CASE WHEN n BETWEEN 1 AND 4 OR n BETWEEN 28 AND 34 THEN NULL
         WHEN n = 5 THEN birth + TIME '23:59:59.999999'
         WHEN pg_temp.permille(h, 12, 50) THEN birth + TIME '00:00' + pg_temp.upto(h, 13, 1440) * INTERVAL '1 minute'
         WHEN pg_temp.permille(h, 12, 700) THEN birth::timestamp END,
    race_concept_id,
    CASE WHEN n = 9 THEN 0 ELSE (ARRAY[38003564, 38003564, 38003564, 38003564, 38003564, 38003563, 38003563,
        0])[1 + pg_temp.upto(h, 14, 8)] END,
    location_id, provider_id, care_site_id,
    CASE WHEN n = 13 THEN NULL WHEN n = 14 THEN 'DUPLICATE' WHEN n > 100 AND odd IS NOT NULL THEN odd
        ELSE 'MRN' || lpad(k::text, 9, '0') END,
    CASE WHEN n > 100 AND odd IS NOT NULL THEN odd ELSE CASE gender WHEN 8507 THEN 'M' WHEN 8532 THEN 'F'
        WHEN 8551 THEN 'U' WHEN 8521 THEN 'O' END END,
    CASE WHEN pg_temp.permille(h, 15, 500) THEN 0 END,
    CASE WHEN n > 100 AND odd IS NOT NULL THEN odd
         WHEN race_concept_id IN (1546847, 0) THEN CASE WHEN pg_temp.permille(h, 15, 500) THEN 'mixed / métis' END
         ELSE (SELECT lower(concept_name) FROM concept WHERE concept_id = race_concept_id) END,
    CASE WHEN n = 9 OR pg_temp.permille(h, 15, 500) THEN 0 END,
    CASE WHEN n > 100 AND odd IS NOT NULL THEN odd WHEN pg_temp.permille(h, 14, 625) THEN 'nonhispanic' END,
    CASE WHEN pg_temp.permille(h, 15, 500) THEN 0 END
FROM (
    SELECT p.*, (SELECT left(text, 50) FROM oddity WHERE oddity.n = p.n - 100) AS odd,
        CASE n WHEN 9 THEN 0 WHEN 10 THEN 8551 WHEN 11 THEN 8521 WHEN 18 THEN 2000999999
            ELSE CASE WHEN pg_temp.permille(h, 15, 490) THEN 8507 ELSE 8532 END END AS gender
    FROM persona p OFFSET 0
) AS told;

INSERT INTO observation_period (observation_period_id, person_id, observation_period_start_date,
    observation_period_end_date,
    period_type_concept_id)
SELECT k, person_id, start_date, end_date, (ARRAY[32817, 32827, 32810])[1 + pg_temp.upto(h, 15, 3)] FROM persona;

INSERT INTO death (person_id, death_date, death_datetime, death_type_concept_id, cause_concept_id, cause_source_value,
    cause_source_concept_id)
SELECT person_id, death_date,
    CASE WHEN pg_temp.permille(h, 12, 300) THEN death_date + TIME '00:01' + pg_temp.upto(h, 13,
        1430) * INTERVAL '1 minute'
         WHEN pg_temp.permille(h, 12, 600) THEN death_date::timestamp END,
    (ARRAY[32815, 32817, 32885, NULL])[1 + pg_temp.upto(h, 14, 4)],
    (ARRAY[317576, 255848, 132797, 0, NULL])[1 + pg_temp.upto(h, 15, 5)],
    (ARRAY['I25.1', 'J18.9', 'A41.9', 'unknown', NULL])[1 + pg_temp.upto(h, 15, 5)], CASE
        WHEN pg_temp.permille(h, 15, 800) THEN 0 END
FROM persona WHERE death_date IS NOT NULL;
