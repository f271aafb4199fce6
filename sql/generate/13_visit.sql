-- visit_occurrence, and visit_detail: one that mirrors its visit, and intensive care within some stays.

INSERT INTO visit_occurrence (visit_occurrence_id, person_id, visit_concept_id, visit_start_date, visit_start_datetime,
    visit_end_date, visit_end_datetime, visit_type_concept_id, provider_id, care_site_id, visit_source_value,
    visit_source_concept_id, admitted_from_concept_id, admitted_from_source_value, discharged_to_concept_id,
    discharged_to_source_value, preceding_visit_occurrence_id)
SELECT visit_occurrence_id, person_id, visit_concept_id, start_date, start_datetime, end_date, end_datetime,
    CASE WHEN pg_temp.permille(h, 13, 700) THEN 32827 WHEN pg_temp.permille(h, 13, 900) THEN 32817 ELSE 44818517 END,
    provider_id, care_site_id,
    CASE WHEN pg_temp.permille(h, 14, 700) THEN regexp_replace(encode(substr(h, 1, 16), 'hex'),
        '(.{8})(.{4})(.{4})(.{4})(.{12})', '\1-\2-\3-\4-\5')
         ELSE visit_source_value END,
    visit_source_concept_id,
    CASE WHEN inpatient THEN (ARRAY[8870, 8940, 8863, 0])[1 + pg_temp.upto(h, 13, 4)] END,
    CASE WHEN inpatient THEN (ARRAY['ER', 'office', 'SNF', 'other'])[1 + pg_temp.upto(h, 13, 4)] END,
    CASE WHEN open THEN 32220 WHEN inpatient THEN (ARRAY[8536, 0, 8863, 8546])[1 + pg_temp.upto(h, 15, 4)] END,
    CASE WHEN open THEN '30' WHEN inpatient THEN (ARRAY['01', 'home', '03', '50'])[1 + pg_temp.upto(h, 15, 4)] END,
    CASE WHEN j > 0 THEN visit_occurrence_id - 1 END
FROM encounter;

INSERT INTO visit_detail (visit_detail_id, person_id, visit_detail_concept_id, visit_detail_start_date,
    visit_detail_start_datetime, visit_detail_end_date, visit_detail_end_datetime, visit_detail_type_concept_id,
        provider_id,
    care_site_id, visit_detail_source_value, visit_detail_source_concept_id, admitted_from_concept_id,
    admitted_from_source_value, discharged_to_source_value, discharged_to_concept_id, preceding_visit_detail_id,
    parent_visit_detail_id, visit_occurrence_id)
SELECT visit_occurrence_id * 8 + part, person_id, CASE part WHEN 0 THEN visit_concept_id ELSE 32037 END,
    start_date, CASE part WHEN 0 THEN start_datetime ELSE start_datetime + LEAST(INTERVAL '2 hours',
        end_datetime - start_datetime) END,
    CASE part WHEN 0 THEN end_date ELSE start_date + (end_date - start_date) / 2 END,
    CASE WHEN part = 0 THEN end_datetime
         WHEN end_date - start_date > 1 THEN start_date + (end_date - start_date) / 2 + TIME '08:30' ELSE NULL END,
    32827, provider_id, care_site_id, CASE part WHEN 0 THEN visit_source_value ELSE 'ICU' END, visit_source_concept_id,
    CASE part WHEN 1 THEN 0 END, NULL, CASE part WHEN 1 THEN 'ward' END, CASE WHEN part = 1 THEN 0
        WHEN open THEN 32220 END,
    NULL, CASE part WHEN 1 THEN visit_occurrence_id * 8 END, visit_occurrence_id
FROM encounter CROSS JOIN LATERAL generate_series(0, details - 1) AS part;
