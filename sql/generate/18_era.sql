-- condition_era and drug_era of every tenth person: one era from the first to the last record of a concept.

INSERT INTO condition_era (condition_era_id, person_id, condition_concept_id, condition_era_start_date,
    condition_era_end_date,
    condition_occurrence_count)
SELECT min(id), person_id, concept_id, min(start_date), max(start_date), count(*)
FROM (
    SELECT v.visit_occurrence_id AS id, v.person_id, v.start_date, m.concept_id
    FROM encounter v CROSS JOIN setting JOIN choice m ON m.kind = 'condition'
        AND m.slot = pg_temp.roll(pg_temp.chance(8, v.visit_occurrence_id * 8 + 1, seed), 0) / 32
    WHERE v.k % 10 = 0 AND (ARRAY[0, 0, 0, 1, 1, 1, 1, 2])[1 + (pg_temp.roll(v.h, 15) / 64) % 8] > 0
) AS found WHERE concept_id <> 0 GROUP BY person_id, concept_id;

INSERT INTO drug_era (drug_era_id, person_id, drug_concept_id, drug_era_start_date, drug_era_end_date,
    drug_exposure_count, gap_days)
SELECT min(id), person_id, ingredient, min(start_date), max(start_date), count(*), 0
FROM (
    SELECT v.visit_occurrence_id * 8 + c.rank AS id, v.person_id, v.start_date, c.ingredient
    FROM encounter v CROSS JOIN setting JOIN choice m ON m.kind = 'drug'
        AND m.slot = pg_temp.roll(pg_temp.chance(7, v.visit_occurrence_id * 8 + 1, seed), 0) / 32
    JOIN (
        SELECT a.descendant_concept_id AS drug, i.concept_id AS ingredient,
            row_number() OVER (PARTITION BY a.descendant_concept_id ORDER BY i.concept_id) AS rank
        FROM concept_ancestor a JOIN concept i ON i.concept_id = a.ancestor_concept_id
            AND i.concept_class_id = 'Ingredient'
    ) c ON c.drug = m.concept_id
    WHERE v.k % 10 = 0 AND (ARRAY[0, 0, 0, 1, 1, 1, 2, 3])[1 + (pg_temp.roll(v.h, 15) / 8) % 8] > 0
) AS found GROUP BY person_id, ingredient;
