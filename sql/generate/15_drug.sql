-- drug_exposure.

INSERT INTO drug_exposure (drug_exposure_id, person_id, drug_concept_id, drug_exposure_start_date,
    drug_exposure_start_datetime, drug_exposure_end_date, drug_exposure_end_datetime, verbatim_end_date,
    drug_type_concept_id, stop_reason, refills, quantity, days_supply, sig, route_concept_id, lot_number, provider_id,
    visit_occurrence_id, visit_detail_id, drug_source_value, drug_source_concept_id, route_source_value,
    dose_unit_source_value)
SELECT id, person_id, m.concept_id, start_date, start_datetime, until,
    CASE WHEN start_datetime IS NOT NULL AND pg_temp.permille(e.h, 2, 500)
         THEN greatest(start_datetime, until + CASE WHEN clocked THEN TIME '23:59' ELSE TIME '00:00' END) END,
    CASE WHEN pg_temp.permille(e.h, 3, 200) THEN least(until, start_date + pg_temp.upto(e.h, 4, m.days)) END,
    (ARRAY[32838, 32838, 32838, 32833, 32839, 32817, 32830, 32865, 32825, 32818, 32869, 32857, 38000177, 581452,
        32810, 32827])[1 + pg_temp.upto(e.h, 5, 16)],
    CASE WHEN pg_temp.permille(e.h, 6, 40) THEN (ARRAY['side effects', 'no longer needed', 'patient''s wish',
        'Übelkeit'])[1 + pg_temp.upto(e.h, 7, 4)] END,
    CASE WHEN pg_temp.permille(e.h, 8, 400) THEN pg_temp.upto(e.h, 9, 6) END,
    CASE WHEN pg_temp.permille(e.h, 9, 900) THEN m.quantity WHEN pg_temp.permille(e.h, 9, 930) THEN 0 END,
    CASE WHEN NOT pg_temp.permille(e.h, 10, 80) THEN m.days END,
    CASE WHEN NOT pg_temp.permille(e.h, 11, 150) THEN m.text END,
    CASE WHEN pg_temp.permille(e.h, 12, 800) THEN m.route_concept_id END,
    CASE WHEN m.vocabulary_id = 'CVX' THEN 'LOT' || pg_temp.upto(e.h, 13, 9999)
        WHEN pg_temp.permille(e.h, 13, 50) THEN '0' END,
    CASE WHEN NOT pg_temp.permille(e.h, 14, 150) THEN provider_id END,
    CASE WHEN NOT pg_temp.permille(e.h, 15, 60) THEN visit_occurrence_id END,
    CASE WHEN details > 0 AND pg_temp.permille(e.h, 1, 500) THEN visit_occurrence_id * 8 END,
    CASE WHEN m.plain AND pg_temp.permille(e.h, 12, 50) THEN NULL ELSE m.source_value END,
    CASE WHEN m.plain AND pg_temp.permille(e.h, 12, 50) THEN NULL WHEN m.plain
        AND pg_temp.permille(e.h, 12, 300) THEN 0 ELSE m.source_concept_id END,
    CASE WHEN pg_temp.permille(e.h, 12, 600) THEN CASE m.route_concept_id WHEN 4132161 THEN 'PO'
        WHEN 4302612 THEN 'IM' WHEN 4142048 THEN 'SQ' WHEN 4171047 THEN 'IV' END END,
    CASE WHEN pg_temp.permille(e.h, 8, 200) THEN 'mg' END
FROM (
    SELECT v.person_id, v.start_date, v.start_datetime, v.clocked, v.last_date, v.provider_id,
        v.visit_occurrence_id, v.details,
        v.visit_occurrence_id * 8 + i AS id, pg_temp.chance(7, v.visit_occurrence_id * 8 + i, seed) AS h
    FROM encounter v CROSS JOIN setting
    CROSS JOIN LATERAL generate_series(1, (ARRAY[0, 0, 0, 1, 1, 1, 2, 3])[1 + (pg_temp.roll(v.h, 15) / 8) % 8]) AS i
    OFFSET 0
) AS e
JOIN LATERAL (
    SELECT c.*, least(e.start_date + greatest(c.days, 1) - 1, e.last_date) AS until FROM choice c
    WHERE c.kind = 'drug' AND c.slot = pg_temp.roll(e.h, 0) / 32
) AS m ON true;
