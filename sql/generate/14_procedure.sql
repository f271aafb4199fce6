-- procedure_occurrence. Every tenth person's keys lie above all others, and only there does the code LATE-1 occur: a
-- query for it in order of keys must pass everything else first.

INSERT INTO procedure_occurrence (procedure_occurrence_id, person_id, procedure_concept_id, procedure_date,
    procedure_datetime, procedure_end_date, procedure_end_datetime, procedure_type_concept_id, modifier_concept_id,
        quantity,
    provider_id, visit_occurrence_id, visit_detail_id, procedure_source_value, procedure_source_concept_id,
    modifier_source_value)
SELECT CASE WHEN k % 10 = 9 THEN 1073741824 ELSE 0 END + id, person_id, CASE WHEN late THEN 2000000005
    ELSE m.concept_id END,
    on_date, at, CASE WHEN lasts THEN on_date WHEN pg_temp.permille(e.h, 3, 400) THEN end_date END,
    CASE WHEN lasts THEN at + (10 + pg_temp.upto(e.h, 4, 200)) * INTERVAL '1 minute' END,
    (ARRAY[32817, 32817, 32827, 38000275])[1 + pg_temp.upto(e.h, 5, 4)],
    CASE WHEN pg_temp.permille(e.h, 6, 60) THEN 2000000008 WHEN pg_temp.permille(e.h, 6, 120) THEN 2000000009
         WHEN pg_temp.permille(e.h, 6, 150) THEN 2000000010 WHEN pg_temp.permille(e.h, 6, 500) THEN 0 END,
    CASE WHEN pg_temp.permille(e.h, 7, 250) THEN 1 WHEN pg_temp.permille(e.h, 7, 350) THEN 2 + pg_temp.upto(e.h, 8, 4)
         WHEN pg_temp.permille(e.h, 7, 400) THEN 0 END,
    CASE WHEN NOT pg_temp.permille(e.h, 9, 150) THEN provider_id END,
    CASE WHEN NOT pg_temp.permille(e.h, 10, 30) THEN visit_occurrence_id END,
    CASE WHEN details > 0 AND pg_temp.permille(e.h, 11, 500) THEN visit_occurrence_id * 8 END,
    CASE WHEN late THEN 'LATE-1' WHEN m.plain AND pg_temp.permille(e.h, 12, 50) THEN NULL ELSE m.source_value END,
    CASE WHEN late THEN 2000000005 WHEN m.plain AND pg_temp.permille(e.h, 12, 50) THEN NULL
         WHEN m.plain AND pg_temp.permille(e.h, 12, 300) THEN 0 ELSE m.source_concept_id END,
    CASE WHEN pg_temp.permille(e.h, 6, 60) THEN 'LT' WHEN pg_temp.permille(e.h, 6, 120) THEN 'RT'
         WHEN pg_temp.permille(e.h, 6, 150) THEN '58' END
FROM (
    SELECT *, start_date + pg_temp.upto(h, 1, end_date - start_date + 1) AS on_date,
        CASE WHEN clocked AND end_date = start_date THEN start_datetime + pg_temp.upto(h, 2, 10) * INTERVAL '1 minute'
             WHEN clocked THEN start_date + pg_temp.upto(h, 1,
                 end_date - start_date + 1) + TIME '08:00' + pg_temp.upto(h, 2, 700) * INTERVAL '1 minute'
             WHEN pg_temp.permille(h, 13, 600) THEN (start_date + pg_temp.upto(h, 1,
                 end_date - start_date + 1))::timestamp END AS at,
        clocked AND pg_temp.permille(h, 3, 300) AS lasts, k % 10 = 9 AND pg_temp.permille(h, 14, 20) AS late
    FROM (
        SELECT v.k, v.person_id, v.start_date, v.end_date, v.start_datetime, v.clocked, v.provider_id,
            v.visit_occurrence_id,
            v.details, v.visit_occurrence_id * 8 + i AS id, pg_temp.chance(6, v.visit_occurrence_id * 8 + i, seed) AS h
        FROM encounter v CROSS JOIN setting CROSS JOIN LATERAL generate_series(1, (ARRAY[0, 1, 1, 1, 2, 2, 3,
            4])[1 + pg_temp.roll(v.h, 15) % 8]) AS i
        OFFSET 0
    ) AS counted OFFSET 0
) AS e
JOIN choice m ON m.kind = 'procedure' AND m.slot = pg_temp.roll(e.h, 0) / 32;
