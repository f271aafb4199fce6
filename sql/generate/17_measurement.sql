-- measurement, observation (answers, the language of some persons, the races of persons of several), device_exposure.

INSERT INTO measurement (measurement_id, person_id, measurement_concept_id, measurement_date, measurement_datetime,
    measurement_time, measurement_type_concept_id, operator_concept_id, value_as_number, value_as_concept_id,
    unit_concept_id, range_low, range_high, provider_id, visit_occurrence_id, visit_detail_id, measurement_source_value,
    measurement_source_concept_id, unit_source_value, unit_source_concept_id, value_source_value, measurement_event_id,
    meas_event_field_concept_id)
SELECT id, person_id, m.concept_id, start_date, start_datetime,
    CASE WHEN clocked THEN to_char(start_datetime, 'HH24:MI:SS') END,
    (ARRAY[32856, 32817, 32836, 32827])[1 + pg_temp.upto(e.h, 1, 4)],
    CASE WHEN value IS NULL THEN NULL WHEN pg_temp.permille(e.h, 2, 20) THEN 4171756
        WHEN pg_temp.permille(e.h, 2, 40) THEN 4172704
         WHEN pg_temp.permille(e.h, 2, 50) THEN 4171754 WHEN pg_temp.permille(e.h, 2, 60) THEN 4171755
         WHEN pg_temp.permille(e.h, 2, 150) THEN 4172703 WHEN pg_temp.permille(e.h, 2, 300) THEN 0 END,
    value, CASE WHEN value IS NULL THEN 0 END, m.unit_concept_id,
    CASE WHEN pg_temp.permille(e.h, 4, 800) THEN m.range_low END, CASE WHEN pg_temp.permille(e.h, 4, 800)
        THEN m.range_high END,
    CASE WHEN NOT pg_temp.permille(e.h, 5, 300) THEN provider_id END,
    CASE WHEN NOT pg_temp.permille(e.h, 6, 60) THEN visit_occurrence_id END,
    CASE WHEN details > 0 AND pg_temp.permille(e.h, 7, 300) THEN visit_occurrence_id * 8 END,
    m.source_value, CASE WHEN pg_temp.permille(e.h, 8, 700) THEN m.source_concept_id ELSE 0 END, m.unit_source_value,
    CASE WHEN pg_temp.permille(e.h, 8, 300) THEN m.unit_concept_id END, CASE WHEN value IS NULL THEN 'done'
        ELSE value::text END, NULL, NULL
FROM (
    SELECT v.person_id, v.start_date, v.start_datetime, v.clocked, v.provider_id, v.visit_occurrence_id, v.details,
        v.visit_occurrence_id * 8 + i AS id, pg_temp.chance(9, v.visit_occurrence_id * 8 + i, seed) AS h
    FROM encounter v CROSS JOIN setting
    CROSS JOIN LATERAL generate_series(1, (ARRAY[0, 0, 1, 1, 2, 2, 3, 6])[1 + (pg_temp.roll(v.h, 15) / 512) % 8]) AS i
    OFFSET 0
) AS e
JOIN LATERAL (
    SELECT c.*, round(c.low + (c.high - c.low) * pg_temp.roll(e.h, 3) / 65536, 1) AS value FROM choice c
    WHERE c.kind = 'measurement' AND c.slot = pg_temp.roll(e.h, 0) / 32
) AS m ON true;

INSERT INTO observation (observation_id, person_id, observation_concept_id, observation_date, observation_datetime,
    observation_type_concept_id, value_as_number, value_as_string, value_as_concept_id, qualifier_concept_id,
    unit_concept_id, provider_id, visit_occurrence_id, visit_detail_id, observation_source_value,
    observation_source_concept_id, unit_source_value, qualifier_source_value, value_source_value, observation_event_id,
    obs_event_field_concept_id)
SELECT id, person_id, m.concept_id, start_date, start_datetime, (ARRAY[32817, 32827, 32862,
    38000280])[1 + pg_temp.upto(e.h, 1, 4)],
    round(m.low + (m.high - m.low) * pg_temp.roll(e.h, 3) / 65536, 0), m.text, CASE m.concept_id
        WHEN 43054909 THEN 42709996 ELSE 0 END, 0, NULL::int,
    provider_id, visit_occurrence_id, NULL::bigint, m.source_value, CASE WHEN m.plain
        AND pg_temp.permille(e.h, 8, 500) THEN 0 ELSE m.source_concept_id END,
    NULL, NULL, m.text, NULL::bigint, NULL::int
FROM (
    SELECT v.person_id, v.start_date, v.start_datetime, v.provider_id, v.visit_occurrence_id,
        v.visit_occurrence_id * 8 + 1 AS id, pg_temp.chance(10, v.visit_occurrence_id * 8, seed) AS h
    FROM encounter v CROSS JOIN setting WHERE pg_temp.permille(v.h, 3, 500)
    OFFSET 0
) AS e
JOIN choice m ON m.kind = 'observation' AND m.slot = pg_temp.roll(e.h, 0) / 32
UNION ALL
SELECT k * 256 + 4 + part, person_id, 4013886, start_date, NULL, 32817, NULL, NULL, race, NULL, NULL, NULL, NULL,
    NULL, 'race',
    0, NULL, NULL, NULL, NULL, NULL
FROM persona CROSS JOIN LATERAL (VALUES (0, 8527), (1, (ARRAY[8516, 8515, 8657, 38003579])[1 + pg_temp.upto(h, 3,
    4)])) AS races (part, race)
WHERE race_concept_id = 1546847
UNION ALL
SELECT k * 256 + 7, person_id, 40758030, start_date, NULL, 32817, NULL,
    CASE WHEN pg_temp.permille(h, 4, 150) THEN 'English' ELSE 'Español' END, CASE
        WHEN pg_temp.permille(h, 4, 150) THEN 4180186 ELSE 0 END,
    NULL, NULL, NULL, NULL, NULL, '54899-0', 40758030, NULL, NULL, NULL, NULL, NULL
FROM persona WHERE pg_temp.permille(h, 4, 300);

INSERT INTO device_exposure (device_exposure_id, person_id, device_concept_id, device_exposure_start_date,
    device_exposure_start_datetime, device_exposure_end_date, device_exposure_end_datetime, device_type_concept_id,
    unique_device_id, production_id, quantity, provider_id, visit_occurrence_id, visit_detail_id, device_source_value,
    device_source_concept_id, unit_concept_id, unit_source_value, unit_source_concept_id)
SELECT id, person_id, m.concept_id, start_date, start_datetime, CASE WHEN pg_temp.permille(e.h, 1, 200)
    THEN last_date END, NULL,
    32817, CASE WHEN pg_temp.permille(e.h, 2, 800) THEN '(01)00844588003288(17)251120(10)7654321D(21)' || id END,
    CASE WHEN pg_temp.permille(e.h, 3, 500) THEN '(10)7654321D' END, CASE WHEN pg_temp.permille(e.h, 4, 700)
        THEN 1 END, provider_id,
    visit_occurrence_id, NULL, m.source_value, m.source_concept_id, NULL, NULL, NULL
FROM (
    SELECT v.person_id, v.start_date, v.start_datetime, v.last_date, v.provider_id, v.visit_occurrence_id,
        v.visit_occurrence_id * 8 AS id, pg_temp.chance(11, v.visit_occurrence_id, seed) AS h
    FROM encounter v CROSS JOIN setting WHERE pg_temp.permille(v.h, 6, 20)
    OFFSET 0
) AS e
JOIN choice m ON m.kind = 'device' AND m.slot = pg_temp.roll(e.h, 0) / 32;
