-- Relationships in both directions, the closure of the hierarchy with its levels, and the menu spread over its slots.

INSERT INTO concept_relationship (concept_id_1, concept_id_2, relationship_id, valid_start_date, valid_end_date,
    invalid_reason)
SELECT concept_id_1, concept_id_2, relationship_id, DATE '1970-01-01', DATE '2099-12-31', NULL FROM pair
UNION ALL
SELECT p.concept_id_2, p.concept_id_1, r.reverse_relationship_id, DATE '1970-01-01', DATE '2099-12-31', NULL
FROM pair p JOIN relationship r USING (relationship_id);

INSERT INTO concept_ancestor (ancestor_concept_id, descendant_concept_id, min_levels_of_separation,
    max_levels_of_separation)
WITH RECURSIVE edge AS (
    SELECT concept_id_1 AS child, concept_id_2 AS parent FROM pair
    WHERE relationship_id IN ('Is a', 'RxNorm has ing', 'RxNorm - ATC')
), path (ancestor, descendant, levels) AS (
    SELECT concept_id, concept_id, 0 FROM concept WHERE standard_concept IN ('S', 'C')
    UNION
    SELECT edge.parent, path.descendant, path.levels + 1 FROM path JOIN edge ON edge.child = path.ancestor
)
SELECT ancestor, descendant, min(levels), max(levels) FROM path
WHERE ancestor IN (SELECT concept_id FROM concept WHERE standard_concept IN ('S', 'C'))
GROUP BY ancestor, descendant;

INSERT INTO cdm_source (
    cdm_source_name, cdm_source_abbreviation, cdm_holder, source_description, source_documentation_reference,
    cdm_etl_reference, source_release_date, cdm_release_date, cdm_version, cdm_version_concept_id, vocabulary_version)
SELECT 'Generated population', 'GENERATED', 'omop-fhir', 'A made-up population; any likeness to a person is chance.',
    NULL, NULL, release, release, '5.4', 756265, 'demo subset'
FROM setting;

CREATE TEMP TABLE choice ON COMMIT DROP AS
WITH weighed AS (
    SELECT m.*, coalesce(m.weight, (2048 - t.taken) / t.sharers
        + CASE WHEN m.line = t.first_sharer THEN (2048 - t.taken) % t.sharers ELSE 0 END) AS slots
    FROM menu m JOIN (
        SELECT kind, sum(weight) AS taken, count(*) FILTER (WHERE weight IS NULL) AS sharers,
            min(line) FILTER (WHERE weight IS NULL) AS first_sharer
        FROM menu GROUP BY kind
    ) t USING (kind)
)
SELECT row_number() OVER (PARTITION BY w.kind ORDER BY w.line, s)::int - 1 AS slot, w.kind, w.concept_id,
    coalesce(w.source_concept_id, w.concept_id) AS source_concept_id, w.source_concept_id IS NULL AS plain,
    coalesce(w.source_value, c.concept_code) AS source_value, w.unit_concept_id, w.unit_source_value, w.low, w.high,
    w.range_low, w.range_high, w.text, w.route_concept_id, w.days, w.quantity, c.vocabulary_id
FROM weighed w CROSS JOIN generate_series(1, w.slots) s LEFT JOIN concept c ON c.concept_id = w.concept_id;
ANALYZE choice;
