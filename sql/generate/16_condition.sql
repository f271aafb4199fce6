-- condition_occurrence.

INSERT INTO condition_occurrence (condition_occurrence_id, person_id, condition_concept_id, condition_start_date,
    condition_start_datetime, condition_end_date, condition_end_datetime, condition_type_concept_id,
    condition_status_concept_id, stop_reason, provider_id, visit_occurrence_id, visit_detail_id, condition_source_value,
    condition_source_concept_id, condition_status_source_value)
SELECT id, person_id, m.concept_id, start_date, start_datetime, until,
    CASE WHEN until IS NOT NULL AND pg_temp.permille(e.h, 3, 500) THEN greatest(start_datetime,
        until + TIME '12:00') END,
    (ARRAY[32827, 32827, 32827, 32840, 32840, 32817, 32821, 32020])[1 + pg_temp.upto(e.h, 4, 8)],
    (ARRAY[32902, 32902, 32908, 32893, 32899, 32906, 0, NULL])[1 + pg_temp.upto(e.h, 5, 8)],
    CASE WHEN until IS NOT NULL AND pg_temp.permille(e.h, 6, 100) THEN 'resolved' END,
    CASE WHEN NOT pg_temp.permille(e.h, 7, 150) THEN provider_id END,
    CASE WHEN NOT pg_temp.permille(e.h, 8, 60) THEN visit_occurrence_id END,
    CASE WHEN details > 0 AND pg_temp.permille(e.h, 9, 300) THEN visit_occurrence_id * 8 END,
    CASE WHEN m.plain AND pg_temp.permille(e.h, 10, 50) THEN NULL ELSE m.source_value END,
    CASE WHEN m.plain AND pg_temp.permille(e.h, 10, 50) THEN NULL WHEN m.plain
        AND pg_temp.permille(e.h, 10, 300) THEN 0 ELSE m.source_concept_id END,
    (ARRAY['principal', 'principal', 'secondary', 'confirmed', 'preliminary', 'resolved', 'other',
        NULL])[1 + pg_temp.upto(e.h, 5, 8)]
FROM (
    SELECT *, CASE WHEN pg_temp.permille(h, 1, 400) THEN least(start_date + pg_temp.upto(h, 2, 60),
        last_date) END AS until
    FROM (
        SELECT v.person_id, v.start_date, v.start_datetime, v.last_date, v.provider_id, v.visit_occurrence_id,
            v.details,
            v.visit_occurrence_id * 8 + i AS id, pg_temp.chance(8, v.visit_occurrence_id * 8 + i, seed) AS h
        FROM encounter v CROSS JOIN setting
        CROSS JOIN LATERAL generate_series(1, (ARRAY[0, 0, 0, 1, 1, 1, 1, 2])[1 + (pg_temp.roll(v.h,
            15) / 64) % 8]) AS i
        OFFSET 0
    ) AS counted OFFSET 0
) AS e
JOIN choice m ON m.kind = 'condition' AND m.slot = pg_temp.roll(e.h, 0) / 32;
