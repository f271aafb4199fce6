-- What real data holds and nobody expects: rows beside the ordinary ones, of persons chosen by n = k % 200.
-- Their keys are 9000000000 + 256 k + i, or -(256 k + i) where a rule says so. docs/generated-data.md lists the rules.

INSERT INTO visit_occurrence (visit_occurrence_id, person_id, visit_concept_id, visit_start_date, visit_start_datetime,
    visit_end_date, visit_end_datetime, visit_type_concept_id, provider_id, care_site_id, visit_source_value,
    visit_source_concept_id, admitted_from_concept_id, admitted_from_source_value, discharged_to_concept_id,
    discharged_to_source_value, preceding_visit_occurrence_id)
SELECT CASE n WHEN 47 THEN -(k * 256) ELSE 9000000000 + k * 256 END,
    CASE n WHEN 48 THEN 7777777777 ELSE person_id END,
    CASE n WHEN 41 THEN 9201 WHEN 43 THEN 0 WHEN 44 THEN 2000999999 ELSE 9202 END,
    CASE n WHEN 41 THEN release - 3 WHEN 49 THEN DATE '0001-01-01' ELSE start_date END,
    CASE n WHEN 41 THEN release - 3 + TIME '14:30' WHEN 42 THEN start_date + TIME '12:00' END,
    CASE n WHEN 41 THEN release WHEN 42 THEN start_date - 10 WHEN 46 THEN DATE '9999-12-31' ELSE start_date END,
    CASE n WHEN 42 THEN start_date - 10 + TIME '12:00' WHEN 46 THEN TIMESTAMP 'infinity' END,
    CASE n WHEN 43 THEN 0 ELSE 32827 END,
    CASE n WHEN 45 THEN 7777777777 END, CASE n WHEN 45 THEN 7777777777 END,
    odd, CASE n WHEN 44 THEN 2000999999 ELSE 0 END, 0, odd, CASE n WHEN 41 THEN 32220 ELSE 0 END, odd,
    CASE n WHEN 45 THEN 7777777777 END
FROM (SELECT p.*, left(o.text, 50) AS odd, release FROM persona p CROSS JOIN setting LEFT
    JOIN oddity o ON o.n = p.n - 100) AS p
WHERE n BETWEEN 41 AND 49 OR odd IS NOT NULL;

INSERT INTO procedure_occurrence (procedure_occurrence_id, person_id, procedure_concept_id, procedure_date,
    procedure_datetime, procedure_end_date, procedure_end_datetime, procedure_type_concept_id, modifier_concept_id,
        quantity,
    provider_id, visit_occurrence_id, visit_detail_id, procedure_source_value, procedure_source_concept_id,
    modifier_source_value)
SELECT CASE n WHEN 62 THEN -(k * 256) ELSE 9000000000 + k * 256 END,
    CASE n WHEN 56 THEN 7777777777 ELSE person_id END,
    CASE n WHEN 51 THEN 0 WHEN 52 THEN 0 WHEN 55 THEN 2000999999 WHEN 63 THEN 0 ELSE 4240345 END,
    CASE n WHEN 61 THEN DATE '0001-01-01' ELSE start_date END,
    CASE n WHEN 58 THEN start_date + TIME '10:00' WHEN 61 THEN TIMESTAMP '0001-01-01 00:00:01' END,
    CASE n WHEN 58 THEN start_date - 1 WHEN 59 THEN DATE 'infinity' WHEN 60 THEN DATE '0044-03-15 BC'
        WHEN 61 THEN DATE '9999-12-31' END,
    CASE n WHEN 58 THEN start_date - 1 + TIME '10:00' WHEN 59 THEN TIMESTAMP 'infinity'
        WHEN 60 THEN TIMESTAMP '0044-03-15 12:00 BC' END,
    CASE n WHEN 51 THEN 0 ELSE 32817 END, CASE n WHEN 55 THEN 2000999999 END, CASE n WHEN 58 THEN -1
        WHEN 59 THEN 2147483647 END,
    CASE n WHEN 57 THEN 7777777777 END, CASE n WHEN 57 THEN 7777777777 ELSE k * 32 END, CASE n
        WHEN 57 THEN 7777777777 END,
    CASE n WHEN 51 THEN 'OLD.17' WHEN 52 THEN 'no such code' WHEN 54 THEN '5880005' WHEN 55 THEN '?'
        WHEN 63 THEN '  X 12 ' ELSE odd END,
    CASE n WHEN 51 THEN 2000000003 WHEN 52 THEN 0 WHEN 54 THEN 4240345 WHEN 55 THEN 2000999999
        WHEN 63 THEN 2000000004 END, odd
FROM (SELECT p.*, left(o.text, 50) AS odd FROM persona p LEFT JOIN oddity o ON o.n = p.n - 100) AS p
WHERE n BETWEEN 51 AND 63 OR odd IS NOT NULL;

INSERT INTO drug_exposure (drug_exposure_id, person_id, drug_concept_id, drug_exposure_start_date,
    drug_exposure_start_datetime, drug_exposure_end_date, drug_exposure_end_datetime, verbatim_end_date,
    drug_type_concept_id, stop_reason, refills, quantity, days_supply, sig, route_concept_id, lot_number, provider_id,
    visit_occurrence_id, visit_detail_id, drug_source_value, drug_source_concept_id, route_source_value,
    dose_unit_source_value)
SELECT CASE n WHEN 66 THEN -(k * 256) ELSE 9000000000 + k * 256 END, CASE n WHEN 69 THEN 7777777777 ELSE person_id END,
    CASE n WHEN 68 THEN 0 WHEN 71 THEN 2000999999 ELSE 19080128 END, start_date, NULL,
    CASE n WHEN 67 THEN start_date - 30 WHEN 66 THEN DATE '9999-12-31' ELSE start_date END, NULL,
    CASE n WHEN 66 THEN DATE 'infinity' WHEN 67 THEN DATE '0044-03-15 BC' END,
    CASE n WHEN 68 THEN 0 WHEN 71 THEN 38000179 ELSE 32838 END, left(odd, 20), CASE n WHEN 70 THEN -1 END,
    CASE n WHEN 64 THEN 'NaN' WHEN 70 THEN -30 WHEN 71 THEN 0.000000001 WHEN 66 THEN 1e20 END, CASE n
        WHEN 70 THEN -30 END,
    CASE WHEN k = 65 THEN repeat('Take one tablet a day. 一日一錠。 ', 4000) WHEN n = 65 THEN repeat(E'line\n', 40)
        ELSE odd END,
    CASE n WHEN 68 THEN 0 WHEN 71 THEN 2000999999 END, odd, CASE n WHEN 69 THEN 7777777777 END, CASE n
        WHEN 69 THEN 7777777777 END,
    CASE n WHEN 69 THEN 7777777777 END, odd, CASE n WHEN 71 THEN 2000999999 ELSE 0 END, odd, odd
FROM (SELECT p.*, left(o.text, 50) AS odd FROM persona p LEFT JOIN oddity o ON o.n = p.n - 100) AS p
WHERE n BETWEEN 64 AND 71 OR odd IS NOT NULL;

INSERT INTO condition_occurrence (condition_occurrence_id, person_id, condition_concept_id, condition_start_date,
    condition_start_datetime, condition_end_date, condition_end_datetime, condition_type_concept_id,
    condition_status_concept_id, stop_reason, provider_id, visit_occurrence_id, visit_detail_id, condition_source_value,
    condition_source_concept_id, condition_status_source_value)
SELECT CASE n WHEN 78 THEN -(k * 256) ELSE 9000000000 + k * 256 END, CASE n WHEN 77 THEN 7777777777 ELSE person_id END,
    CASE n WHEN 72 THEN 0 WHEN 76 THEN 2000999999 ELSE 320128 END, start_date, NULL,
    CASE n WHEN 73 THEN DATE 'infinity' WHEN 74 THEN DATE '-infinity' WHEN 75 THEN DATE '0044-03-15 BC'
        WHEN 78 THEN start_date - 1 END,
    CASE n WHEN 73 THEN TIMESTAMP 'infinity' WHEN 74 THEN TIMESTAMP '-infinity' END,
    CASE n WHEN 72 THEN 0 ELSE 32840 END, CASE n WHEN 72 THEN 0 WHEN 76 THEN 2000999999 END, left(odd, 20),
    CASE n WHEN 77 THEN 7777777777 END, CASE n WHEN 77 THEN 7777777777 END, CASE n WHEN 77 THEN 7777777777 END, odd,
    CASE n WHEN 76 THEN 2000999999 ELSE 0 END, odd
FROM (SELECT p.*, left(o.text, 50) AS odd FROM persona p LEFT JOIN oddity o ON o.n = p.n - 100) AS p
WHERE n BETWEEN 72 AND 78 OR odd IS NOT NULL;

INSERT INTO measurement (measurement_id, person_id, measurement_concept_id, measurement_date,
    measurement_type_concept_id,
    operator_concept_id, value_as_number, value_as_concept_id, unit_concept_id, range_low, range_high,
        visit_occurrence_id,
    measurement_source_value, measurement_source_concept_id, unit_source_value, value_source_value)
SELECT 9000000000 + k * 256, CASE n WHEN 83 THEN 7777777777 ELSE person_id END, CASE n WHEN 81 THEN 0
    ELSE 3025315 END, start_date, 32856,
    CASE n WHEN 82 THEN 2000999999 END, CASE n WHEN 79 THEN 'NaN' WHEN 80 THEN 1e300 WHEN 81 THEN 1e-30 END,
    CASE n WHEN 82 THEN 2000999999 END, CASE n WHEN 82 THEN 2000999999 ELSE 9529 END, CASE n
        WHEN 80 THEN 10 END, CASE n WHEN 80 THEN 1 END,
    CASE n WHEN 83 THEN 7777777777 END, odd, CASE n WHEN 82 THEN 2000999999 ELSE 0 END, odd, odd
FROM (SELECT p.*, left(o.text, 50) AS odd FROM persona p LEFT JOIN oddity o ON o.n = p.n - 100) AS p
WHERE n BETWEEN 79 AND 83 OR odd IS NOT NULL;

INSERT INTO observation (observation_id, person_id, observation_concept_id, observation_date,
    observation_type_concept_id,
    value_as_number, value_as_string, value_as_concept_id, visit_occurrence_id, observation_source_value,
    observation_source_concept_id, unit_source_value, qualifier_source_value, value_source_value)
SELECT 9000000000 + k * 256, CASE n WHEN 86 THEN 7777777777 ELSE person_id END, CASE n WHEN 85 THEN 0
    ELSE 43054909 END, start_date, 32817,
    CASE n WHEN 85 THEN 'NaN'::numeric END, odd, CASE n WHEN 85 THEN 2000999999 END, CASE n
        WHEN 86 THEN 7777777777 END, odd, 0, odd, odd, odd
FROM (SELECT p.*, left(o.text, 50) AS odd FROM persona p LEFT JOIN oddity o ON o.n = p.n - 100) AS p
WHERE n BETWEEN 84 AND 86 OR odd IS NOT NULL;

INSERT INTO device_exposure (device_exposure_id, person_id, device_concept_id, device_exposure_start_date,
    device_exposure_end_date, device_type_concept_id, unique_device_id, production_id, quantity, device_source_value)
SELECT 9000000000 + k * 256, person_id, CASE n WHEN 87 THEN 0 ELSE 4217646 END, start_date,
    CASE n WHEN 87 THEN start_date - 1 END, 32817, CASE n WHEN 88 THEN repeat('9', 255) ELSE odd END, odd, CASE n
        WHEN 87 THEN -1 END, odd
FROM (SELECT p.*, left(o.text, 50) AS odd FROM persona p LEFT JOIN oddity o ON o.n = p.n - 100) AS p
WHERE n BETWEEN 87 AND 88 OR odd IS NOT NULL;

INSERT INTO death (person_id, death_date, death_datetime, death_type_concept_id, cause_concept_id, cause_source_value,
    cause_source_concept_id)
SELECT CASE n WHEN 90 THEN 7777777777 + k ELSE person_id END, on_date, at, type, 0, source, 0
FROM persona JOIN (VALUES
    (8, DATE '2023-11-02', TIMESTAMP '2023-11-02 04:05:06', 32817, 'ward'), (8, DATE '2023-11-03', NULL, 32815,
        'certificate'),
    (8, DATE '2023-11-02', NULL, NULL, 'registry'), (29, DATE '1901-01-01', NULL, 32817, 'before birth'), (90,
        DATE '2020-02-29', NULL, 0, 'nobody')
) AS deaths (rule, on_date, at, type, source) ON rule = n
UNION ALL
SELECT person_id, DATE '2023-12-24', NULL, 32817, 0, left(text, 50), 0 FROM persona
    JOIN oddity ON oddity.n = persona.n - 100;
