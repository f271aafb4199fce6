-- Who the persons of this batch are, and their visits. Person k depends on (seed, k) alone.

TRUNCATE persona, encounter;

INSERT INTO persona
SELECT k, n, h,
    CASE WHEN n = 6 THEN 1099511627776 + k WHEN n = 7 THEN -k ELSE k END,
    birth, start_date, coalesce(death_date, release), death_date,
    CASE WHEN pg_temp.permille(h, 3, 500) THEN 1 + pg_temp.upto(h, 4, 6)
         WHEN pg_temp.permille(h, 3, 850) THEN 5 + pg_temp.upto(h, 4, 10)
         ELSE 12 + pg_temp.upto(h, 4, 16) END,
    CASE WHEN n = 9 THEN 0 WHEN n = 12 THEN 1546847 ELSE
        (ARRAY[8527, 8527, 8527, 8527, 8527, 8527, 8527, 8527, 8527, 8527, 8527, 8516, 8516, 8516, 8516, 8515, 8515,
            8657, 8557,
               38003574, 38003579, 38003581, 38003584, 38003585, 38003592, 38003613, 38003599, 38003614, 1546847,
                   8552, 0, 0]
        )[1 + pg_temp.upto(h, 5, 32)] END,
    CASE WHEN n = 15 THEN 7777777777 WHEN n = 33 THEN -1 WHEN n = 35 THEN -2 WHEN n > 100
        AND n <= 120 THEN 9000000000 + n - 100
         WHEN NOT pg_temp.permille(h, 6, 40) THEN 10000000 + (k - 1) / 2 END,
    CASE WHEN n = 16 THEN 7777777777 WHEN n = 33 THEN -1 WHEN n = 35 THEN -2 WHEN n > 100
        AND n <= 120 THEN 9000000000 + n - 100
         WHEN NOT pg_temp.permille(h, 7, 150) THEN 1 + k / 50 + pg_temp.upto(h, 8, 10) END,
    CASE WHEN n = 17 THEN 7777777777 WHEN n = 33 THEN -1 WHEN n = 35 THEN -2 WHEN n > 100
        AND n <= 120 THEN 9000000000 + n - 100
         WHEN NOT pg_temp.permille(h, 9, 100) THEN 1 + k / 500 + pg_temp.upto(h, 10, 4) END
FROM (
    SELECT k, n, h, birth, release, start_date,
        CASE WHEN pg_temp.permille(h, 1, CASE WHEN birth < DATE '1955-01-01' THEN 250 ELSE 15 END)
             THEN start_date + pg_temp.upto(h, 2, release - start_date) END AS death_date
    FROM (
        SELECT k, n, h, birth, release, greatest(birth, DATE '2010-01-01' + pg_temp.upto(h, 11, 1500)) AS start_date
        FROM (
            SELECT k, n, h, DATE '1928-01-01' + pg_temp.upto(h, 0, 34900) AS birth, release
            FROM (
                SELECT k, CASE WHEN awkward THEN (k % 200)::int END AS n, pg_temp.chance(1, k, seed) AS h, release
                FROM setting, generate_series(first, last) AS k OFFSET 0
            ) AS numbered
        ) AS born
    ) AS begun
) AS lived;
ANALYZE persona;

INSERT INTO encounter
SELECT k, j, h, person_id, k * 32 + j, v.concept_id,
    CASE WHEN v.plain THEN 0 ELSE v.source_concept_id END, v.source_value, v.inpatient, v.open, clocked,
    start_date,
    CASE WHEN clocked THEN start_date + clock WHEN pg_temp.permille(h, 6, 667) THEN start_date::timestamp END,
    v.end_date,
    CASE WHEN v.open THEN NULL
         WHEN clocked AND v.end_date = start_date THEN start_date + clock + pg_temp.upto(h, 7,
             230) * INTERVAL '1 minute'
         WHEN clocked THEN v.end_date + TIME '09:00' + pg_temp.upto(h, 7, 480) * INTERVAL '1 minute'
         WHEN pg_temp.permille(h, 6, 667) THEN v.end_date::timestamp END,
    last_date,
    CASE WHEN NOT pg_temp.permille(h, 8, 80) THEN 1 + k / 50 + pg_temp.upto(h, 9, 10) END,
    CASE WHEN NOT pg_temp.permille(h, 10, 60) THEN 1 + k / 500 + pg_temp.upto(h, 11, 4) END,
    CASE WHEN v.inpatient AND pg_temp.permille(h, 12, 300) THEN 2 WHEN pg_temp.permille(h, 12, 450) THEN 1 ELSE 0 END
FROM (
    SELECT k, j, h, person_id, last_date, release, death_date,
        first_date + ((last_date - first_date) * (j * 65536::bigint + pg_temp.roll(h,
            0)) / (visits * 65536::bigint))::int
            AS start_date,
        pg_temp.permille(h, 1, 600) AS clocked,
        TIME '07:00' + (pg_temp.upto(h, 2, 43200) * INTERVAL '1 second') AS clock
    FROM (
        SELECT p.k, j, pg_temp.chance(2, p.k * 32 + j, setting.seed) AS h, p.person_id, p.start_date AS first_date,
            p.end_date AS last_date, p.visits, p.death_date, setting.release
        FROM persona p CROSS JOIN setting CROSS JOIN LATERAL generate_series(0, p.visits - 1) AS j OFFSET 0
    ) AS counted
    OFFSET 0
) AS dated
JOIN LATERAL (
    SELECT m.*, stay.inpatient, stay.inpatient AND death_date IS NULL AND start_date + stay.days >= release AS open,
        least(start_date + stay.days, last_date) AS end_date
    FROM choice m CROSS JOIN LATERAL (
        SELECT m.concept_id IN (9201, 262, 8717, 42898160, 8546) AS inpatient,
            CASE WHEN m.concept_id IN (9201, 262, 8717, 42898160, 8546) THEN 1 + pg_temp.upto(h, 4, 12)
                ELSE 0 END AS days
    ) AS stay
    WHERE m.kind = 'visit' AND m.slot = pg_temp.roll(h, 5) / 32
) AS v ON true;
ANALYZE encounter;
