-- brief

-- GET Patient?_sort=birthdate
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) NULLS LAST, "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person"."person_id"

-- GET Patient?_sort=-birthdate
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $1::bigint
) "person"
ORDER BY "person".s0_ DESC NULLS LAST, "person"."person_id" DESC

-- GET Patient?_sort=birthdate
-- with after=patient/5/19800215
-- $1 = 19800215
-- $2 = 5
-- $3 = 51
WITH "part0_0" AS (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) = $1::bigint AND "person"."person_id" > $2::bigint
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) NULLS LAST, "person"."person_id"
  LIMIT $3::bigint
),
"part0_1" AS (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) > $1::bigint AND (SELECT count(*) FROM "part0_0") < $3::bigint
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) NULLS LAST, "person"."person_id"
  LIMIT $3::bigint
),
"part0_2" AS (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) IS NULL AND (SELECT count(*) FROM "part0_0") + (SELECT count(*) FROM "part0_1") < $3::bigint
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) NULLS LAST, "person"."person_id"
  LIMIT $3::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1" UNION ALL SELECT * FROM "part0_2") rows_ ORDER BY rows_.s0_ NULLS LAST, rows_."person_id" LIMIT $3::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person"."person_id"

-- GET Patient?_sort=birthdate
-- with before=patient/5/19800215
-- $1 = 19800215
-- $2 = 5
-- $3 = 51
WITH "part0_0" AS (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) = $1::bigint AND "person"."person_id" < $2::bigint
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS FIRST, "person"."person_id" DESC
  LIMIT $3::bigint
),
"part0_1" AS (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) < $1::bigint AND (SELECT count(*) FROM "part0_0") < $3::bigint
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS FIRST, "person"."person_id" DESC
  LIMIT $3::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1") rows_ ORDER BY rows_.s0_ DESC NULLS FIRST, rows_."person_id" DESC LIMIT $3::bigint
) "person"
ORDER BY "person".s0_ DESC NULLS FIRST, "person"."person_id" DESC

-- GET Patient?_sort=-birthdate
-- with after=patient/5/19800215
-- $1 = 19800215
-- $2 = 5
-- $3 = 51
WITH "part0_0" AS (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) = $1::bigint AND "person"."person_id" < $2::bigint
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $3::bigint
),
"part0_1" AS (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) < $1::bigint AND (SELECT count(*) FROM "part0_0") < $3::bigint
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $3::bigint
),
"part0_2" AS (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) IS NULL AND (SELECT count(*) FROM "part0_0") + (SELECT count(*) FROM "part0_1") < $3::bigint
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $3::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1" UNION ALL SELECT * FROM "part0_2") rows_ ORDER BY rows_.s0_ DESC NULLS LAST, rows_."person_id" DESC LIMIT $3::bigint
) "person"
ORDER BY "person".s0_ DESC NULLS LAST, "person"."person_id" DESC

-- GET Patient?_sort=birthdate
-- with after=patient/5/
-- $1 = 5
-- $2 = 51
SELECT ...
FROM (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) IS NULL AND "person"."person_id" > $1::bigint
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) NULLS LAST, "person"."person_id"
  LIMIT $2::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person"."person_id"

-- GET Patient?_sort=birthdate
-- with before=patient/5/
-- $1 = 5
-- $2 = 51
WITH "part0_0" AS (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) IS NULL AND "person"."person_id" < $1::bigint
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS FIRST, "person"."person_id" DESC
  LIMIT $2::bigint
),
"part0_1" AS (
  SELECT "person".*, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) IS NOT NULL AND (SELECT count(*) FROM "part0_0") < $2::bigint
  ORDER BY (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS FIRST, "person"."person_id" DESC
  LIMIT $2::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1") rows_ ORDER BY rows_.s0_ DESC NULLS FIRST, rows_."person_id" DESC LIMIT $2::bigint
) "person"
ORDER BY "person".s0_ DESC NULLS FIRST, "person"."person_id" DESC

-- GET Patient?_sort=gender,-birthdate
-- $1 = [8507, 8521, 8532, 8551, 8570, 4214687, 4215271, 44814653]
-- $2 = ['male', 'other', 'female', 'unknown', 'other', 'unknown', 'other', 'unknown']
-- $3 = 'unknown'
-- $4 = 51
SELECT ...
FROM (
  SELECT "person".*, COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" AS s0_, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s1_
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" NULLS LAST, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $4::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person".s1_ DESC NULLS LAST, "person"."person_id" DESC

-- GET Patient?_sort=gender,-birthdate
-- with after=patient/5/female/19800215
-- $1 = [8507, 8521, 8532, 8551, 8570, 4214687, 4215271, 44814653]
-- $2 = ['male', 'other', 'female', 'unknown', 'other', 'unknown', 'other', 'unknown']
-- $3 = 'unknown'
-- $4 = 'female'
-- $5 = 19800215
-- $6 = 5
-- $7 = 51
WITH "part0_0" AS (
  SELECT "person".*, COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" AS s0_, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s1_
  FROM "cdm"."person" "person"
  WHERE TRUE AND COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" = $4::text AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) = $5::bigint AND "person"."person_id" < $6::bigint
  ORDER BY COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" NULLS LAST, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $7::bigint
),
"part0_1" AS (
  SELECT "person".*, COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" AS s0_, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s1_
  FROM "cdm"."person" "person"
  WHERE TRUE AND COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" = $4::text AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) < $5::bigint AND (SELECT count(*) FROM "part0_0") < $7::bigint
  ORDER BY COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" NULLS LAST, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $7::bigint
),
"part0_2" AS (
  SELECT "person".*, COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" AS s0_, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s1_
  FROM "cdm"."person" "person"
  WHERE TRUE AND COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" = $4::text AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) IS NULL AND (SELECT count(*) FROM "part0_0") + (SELECT count(*) FROM "part0_1") < $7::bigint
  ORDER BY COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" NULLS LAST, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $7::bigint
),
"part0_3" AS (
  SELECT "person".*, COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" AS s0_, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s1_
  FROM "cdm"."person" "person"
  WHERE TRUE AND COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" > $4::text AND (SELECT count(*) FROM "part0_0") + (SELECT count(*) FROM "part0_1") + (SELECT count(*) FROM "part0_2") < $7::bigint
  ORDER BY COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" NULLS LAST, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $7::bigint
),
"part0_4" AS (
  SELECT "person".*, COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" AS s0_, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s1_
  FROM "cdm"."person" "person"
  WHERE TRUE AND COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" IS NULL AND (SELECT count(*) FROM "part0_0") + (SELECT count(*) FROM "part0_1") + (SELECT count(*) FROM "part0_2") + (SELECT count(*) FROM "part0_3") < $7::bigint
  ORDER BY COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" NULLS LAST, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $7::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1" UNION ALL SELECT * FROM "part0_2" UNION ALL SELECT * FROM "part0_3" UNION ALL SELECT * FROM "part0_4") rows_ ORDER BY rows_.s0_ NULLS LAST, rows_.s1_ DESC NULLS LAST, rows_."person_id" DESC LIMIT $7::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person".s1_ DESC NULLS LAST, "person"."person_id" DESC

-- GET Patient?_sort=gender,-birthdate
-- with before=patient/5/female/19800215
-- $1 = [8507, 8521, 8532, 8551, 8570, 4214687, 4215271, 44814653]
-- $2 = ['male', 'other', 'female', 'unknown', 'other', 'unknown', 'other', 'unknown']
-- $3 = 'unknown'
-- $4 = 'female'
-- $5 = 19800215
-- $6 = 5
-- $7 = 51
WITH "part0_0" AS (
  SELECT "person".*, COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" AS s0_, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s1_
  FROM "cdm"."person" "person"
  WHERE TRUE AND COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" = $4::text AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) = $5::bigint AND "person"."person_id" > $6::bigint
  ORDER BY COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" DESC NULLS FIRST, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) NULLS FIRST, "person"."person_id"
  LIMIT $7::bigint
),
"part0_1" AS (
  SELECT "person".*, COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" AS s0_, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s1_
  FROM "cdm"."person" "person"
  WHERE TRUE AND COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" = $4::text AND (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) > $5::bigint AND (SELECT count(*) FROM "part0_0") < $7::bigint
  ORDER BY COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" DESC NULLS FIRST, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) NULLS FIRST, "person"."person_id"
  LIMIT $7::bigint
),
"part0_2" AS (
  SELECT "person".*, COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" AS s0_, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) AS s1_
  FROM "cdm"."person" "person"
  WHERE TRUE AND COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" < $4::text AND (SELECT count(*) FROM "part0_0") + (SELECT count(*) FROM "part0_1") < $7::bigint
  ORDER BY COALESCE(($2::text[])[array_position($1::bigint[], "person"."gender_concept_id"::bigint)], $3::text)::text COLLATE "C" DESC NULLS FIRST, (CASE WHEN "person"."year_of_birth" BETWEEN 1 AND 9999 THEN "person"."year_of_birth"::bigint * 10000 + CASE WHEN "person"."month_of_birth" BETWEEN 1 AND 12 THEN CASE WHEN "person"."day_of_birth" BETWEEN 1 AND extract(day FROM make_date("person"."year_of_birth"::int, "person"."month_of_birth"::int, 1) + interval '1 month' - interval '1 day') THEN "person"."month_of_birth" * 100 + "person"."day_of_birth" ELSE "person"."month_of_birth" * 100 + 1 END ELSE 101 END END) NULLS FIRST, "person"."person_id"
  LIMIT $7::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1" UNION ALL SELECT * FROM "part0_2") rows_ ORDER BY rows_.s0_ DESC NULLS FIRST, rows_.s1_ NULLS FIRST, rows_."person_id" LIMIT $7::bigint
) "person"
ORDER BY "person".s0_ DESC NULLS FIRST, "person".s1_ NULLS FIRST, "person"."person_id"

-- GET Patient?_sort=_id
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*, "person"."person_id" AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY "person"."person_id" NULLS LAST, "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person"."person_id"

-- GET Patient?_sort=-_id
-- with after=patient/5/5
-- $1 = 5
-- $2 = 51
WITH "part0_0" AS (
  SELECT "person".*, "person"."person_id" AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND "person"."person_id" = $1::bigint AND "person"."person_id" < $1::bigint
  ORDER BY "person"."person_id" DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $2::bigint
),
"part0_1" AS (
  SELECT "person".*, "person"."person_id" AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND "person"."person_id" < $1::bigint AND (SELECT count(*) FROM "part0_0") < $2::bigint
  ORDER BY "person"."person_id" DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $2::bigint
),
"part0_2" AS (
  SELECT "person".*, "person"."person_id" AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE AND "person"."person_id" IS NULL AND (SELECT count(*) FROM "part0_0") + (SELECT count(*) FROM "part0_1") < $2::bigint
  ORDER BY "person"."person_id" DESC NULLS LAST, "person"."person_id" DESC
  LIMIT $2::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1" UNION ALL SELECT * FROM "part0_2") rows_ ORDER BY rows_.s0_ DESC NULLS LAST, rows_."person_id" DESC LIMIT $2::bigint
) "person"
ORDER BY "person".s0_ DESC NULLS LAST, "person"."person_id" DESC

-- GET Patient?_sort=death-date
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*, COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) AS s0_
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
  WHERE TRUE
  ORDER BY COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) NULLS LAST, "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person"."person_id"

-- GET Patient?_sort=deceased
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*, COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) AS s0_
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death" WHERE "death"."person_id" = "person"."person_id" ORDER BY "death"."death_date", "death"."death_datetime" LIMIT 1) "death" ON TRUE
  WHERE TRUE
  ORDER BY COALESCE((CASE WHEN "death"."death_datetime" >= '0001-01-01' AND "death"."death_datetime" < '10000-01-01' THEN "death"."death_datetime" END)::timestamp, (CASE WHEN "death"."death_date" >= '0001-01-01' AND "death"."death_date" < '10000-01-01' THEN "death"."death_date" END)::timestamp) NULLS LAST, "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person"."person_id"

-- GET Patient?_sort=address-city
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*, CASE WHEN btrim("location"."city", E' \t\r\n\u00a0') <> '' THEN "location"."city" END::text COLLATE "C" AS s0_
  FROM "cdm"."person" "person"
  LEFT JOIN LATERAL (SELECT * FROM "cdm"."location" "location" WHERE "location"."location_id" = "person"."location_id" LIMIT 1) "location" ON TRUE
  WHERE TRUE
  ORDER BY CASE WHEN btrim("location"."city", E' \t\r\n\u00a0') <> '' THEN "location"."city" END::text COLLATE "C" NULLS LAST, "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person"."person_id"

-- GET Patient?_sort=identifier
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*, COALESCE((CASE WHEN btrim("person"."person_source_value", E' \t\r\n\u00a0') <> '' THEN "person"."person_source_value" END)::text, ("person"."person_id")::text)::text COLLATE "C" AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY COALESCE((CASE WHEN btrim("person"."person_source_value", E' \t\r\n\u00a0') <> '' THEN "person"."person_source_value" END)::text, ("person"."person_id")::text)::text COLLATE "C" NULLS LAST, "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person"."person_id"

-- GET Patient?_sort=race
-- $1 = [8657, 8515, 8516, 8557, 8527, 8552, 38003574, 38003579, 38003581, 38003584, 38003585, 38003592, 38003613]
-- $2 = ['1002-5', '2028-9', '2054-5', '2076-8', '2106-3', 'UNK', '2029-7', '2034-7', '2036-2', '2039-6', '2040-4', '2047-9', '2500-7']
-- $3 = 51
SELECT ...
FROM (
  SELECT "person".*, ($2::text[])[array_position($1::bigint[], "person"."race_concept_id"::bigint)]::text COLLATE "C" AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY ($2::text[])[array_position($1::bigint[], "person"."race_concept_id"::bigint)]::text COLLATE "C" NULLS LAST, "person"."person_id"
  LIMIT $3::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person"."person_id"

-- GET Patient?_sort=general-practitioner
-- $1 = 51
SELECT ...
FROM (
  SELECT "person".*, "person"."provider_id" AS s0_
  FROM "cdm"."person" "person"
  WHERE TRUE
  ORDER BY "person"."provider_id" NULLS LAST, "person"."person_id"
  LIMIT $1::bigint
) "person"
ORDER BY "person".s0_ NULLS LAST, "person"."person_id"

-- GET Practitioner?_sort=name
-- $1 = 51
SELECT ...
FROM (
  SELECT "provider".*, CASE WHEN btrim("provider"."provider_name", E' \t\r\n\u00a0') <> '' THEN "provider"."provider_name" END::text COLLATE "C" AS s0_
  FROM "cdm"."provider" "provider"
  WHERE TRUE
  ORDER BY CASE WHEN btrim("provider"."provider_name", E' \t\r\n\u00a0') <> '' THEN "provider"."provider_name" END::text COLLATE "C" NULLS LAST, "provider"."provider_id"
  LIMIT $1::bigint
) "provider"
ORDER BY "provider".s0_ NULLS LAST, "provider"."provider_id"

-- GET Organization?_sort=-name
-- with after=organization/4/Charit%C3%A9
-- $1 = 'Charit%C3%A9'
-- $2 = 4
-- $3 = 51
WITH "part0_0" AS (
  SELECT "care_site".*, CASE WHEN btrim("care_site"."care_site_name", E' \t\r\n\u00a0') <> '' THEN "care_site"."care_site_name" END::text COLLATE "C" AS s0_
  FROM "cdm"."care_site" "care_site"
  WHERE TRUE AND CASE WHEN btrim("care_site"."care_site_name", E' \t\r\n\u00a0') <> '' THEN "care_site"."care_site_name" END::text COLLATE "C" = $1::text AND "care_site"."care_site_id" < $2::bigint
  ORDER BY CASE WHEN btrim("care_site"."care_site_name", E' \t\r\n\u00a0') <> '' THEN "care_site"."care_site_name" END::text COLLATE "C" DESC NULLS LAST, "care_site"."care_site_id" DESC
  LIMIT $3::bigint
),
"part0_1" AS (
  SELECT "care_site".*, CASE WHEN btrim("care_site"."care_site_name", E' \t\r\n\u00a0') <> '' THEN "care_site"."care_site_name" END::text COLLATE "C" AS s0_
  FROM "cdm"."care_site" "care_site"
  WHERE TRUE AND CASE WHEN btrim("care_site"."care_site_name", E' \t\r\n\u00a0') <> '' THEN "care_site"."care_site_name" END::text COLLATE "C" < $1::text AND (SELECT count(*) FROM "part0_0") < $3::bigint
  ORDER BY CASE WHEN btrim("care_site"."care_site_name", E' \t\r\n\u00a0') <> '' THEN "care_site"."care_site_name" END::text COLLATE "C" DESC NULLS LAST, "care_site"."care_site_id" DESC
  LIMIT $3::bigint
),
"part0_2" AS (
  SELECT "care_site".*, CASE WHEN btrim("care_site"."care_site_name", E' \t\r\n\u00a0') <> '' THEN "care_site"."care_site_name" END::text COLLATE "C" AS s0_
  FROM "cdm"."care_site" "care_site"
  WHERE TRUE AND CASE WHEN btrim("care_site"."care_site_name", E' \t\r\n\u00a0') <> '' THEN "care_site"."care_site_name" END::text COLLATE "C" IS NULL AND (SELECT count(*) FROM "part0_0") + (SELECT count(*) FROM "part0_1") < $3::bigint
  ORDER BY CASE WHEN btrim("care_site"."care_site_name", E' \t\r\n\u00a0') <> '' THEN "care_site"."care_site_name" END::text COLLATE "C" DESC NULLS LAST, "care_site"."care_site_id" DESC
  LIMIT $3::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1" UNION ALL SELECT * FROM "part0_2") rows_ ORDER BY rows_.s0_ DESC NULLS LAST, rows_."care_site_id" DESC LIMIT $3::bigint
) "care_site"
ORDER BY "care_site".s0_ DESC NULLS LAST, "care_site"."care_site_id" DESC

-- GET Location?_sort=type
-- $1 = ['SNOMED', 'LOINC', 'RxNorm', 'UCUM', 'ICD10CM', 'ICD10', 'ICD9CM', 'ICD9Proc', 'ICD10PCS', 'CPT4', 'HCPCS', 'NDC', 'CVX', 'ATC', 'NDFRT', 'APC', 'ISBT128', 'CMS Place of Service', 'NUCC', 'UB04 Pt dis status', 'Revenue Code', 'SOPT', 'MedDRA', 'ICDO3', 'ICD10GM', 'OPS', 'dm+d', 'HGNC']
-- $2 = 51
SELECT ...
FROM (
  SELECT "care_site".*, COALESCE((SELECT CASE WHEN c.vocabulary_id = ANY ($1::text[]) THEN btrim(c.concept_code) END FROM "cdm"."concept" c WHERE c.concept_id = NULLIF("care_site"."place_of_service_concept_id", 0)), (NULLIF("care_site"."place_of_service_concept_id", 0))::text)::text COLLATE "C" AS s0_
  FROM "cdm"."care_site" "care_site"
  WHERE TRUE
  ORDER BY COALESCE((SELECT CASE WHEN c.vocabulary_id = ANY ($1::text[]) THEN btrim(c.concept_code) END FROM "cdm"."concept" c WHERE c.concept_id = NULLIF("care_site"."place_of_service_concept_id", 0)), (NULLIF("care_site"."place_of_service_concept_id", 0))::text)::text COLLATE "C" NULLS LAST, "care_site"."care_site_id"
  LIMIT $2::bigint
) "care_site"
ORDER BY "care_site".s0_ NULLS LAST, "care_site"."care_site_id"

-- GET Procedure?_sort=date
-- $1 = 51
SELECT ...
FROM (
  SELECT "procedure".*, COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE TRUE
  ORDER BY COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) NULLS LAST, "procedure"."procedure_occurrence_id"
  LIMIT $1::bigint
) "procedure"
ORDER BY "procedure".s0_ NULLS LAST, "procedure"."procedure_occurrence_id"

-- GET Procedure?_sort=-date&patient=5
-- $1 = 5
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*, COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $1::bigint
  ORDER BY COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure".s0_ DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC

-- GET Procedure?_sort=-date&patient=5
-- with after=procedure/7/2020-05-01 10:00:00
-- $1 = datetime.datetime(2020, 5, 1, 10, 0)
-- $2 = 7
-- $3 = 5
-- $4 = 51
WITH "part0_0" AS (
  SELECT "procedure".*, COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $3::bigint AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) = $1::timestamp AND "procedure"."procedure_occurrence_id" < $2::bigint
  ORDER BY COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC
  LIMIT $4::bigint
),
"part0_1" AS (
  SELECT "procedure".*, COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $3::bigint AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) < $1::timestamp AND (SELECT count(*) FROM "part0_0") < $4::bigint
  ORDER BY COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC
  LIMIT $4::bigint
),
"part0_2" AS (
  SELECT "procedure".*, COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE "procedure"."person_id" = $3::bigint AND COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) IS NULL AND (SELECT count(*) FROM "part0_0") + (SELECT count(*) FROM "part0_1") < $4::bigint
  ORDER BY COALESCE((CASE WHEN "procedure"."procedure_datetime" >= '0001-01-01' AND "procedure"."procedure_datetime" < '10000-01-01' THEN "procedure"."procedure_datetime" END)::timestamp, (CASE WHEN "procedure"."procedure_date" >= '0001-01-01' AND "procedure"."procedure_date" < '10000-01-01' THEN "procedure"."procedure_date" END)::timestamp) DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC
  LIMIT $4::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1" UNION ALL SELECT * FROM "part0_2") rows_ ORDER BY rows_.s0_ DESC NULLS LAST, rows_."procedure_occurrence_id" DESC LIMIT $4::bigint
) "procedure"
ORDER BY "procedure".s0_ DESC NULLS LAST, "procedure"."procedure_occurrence_id" DESC

-- GET Procedure?_sort=code
-- $1 = ['SNOMED', 'LOINC', 'RxNorm', 'UCUM', 'ICD10CM', 'ICD10', 'ICD9CM', 'ICD9Proc', 'ICD10PCS', 'CPT4', 'HCPCS', 'NDC', 'CVX', 'ATC', 'NDFRT', 'APC', 'ISBT128', 'CMS Place of Service', 'NUCC', 'UB04 Pt dis status', 'Revenue Code', 'SOPT', 'MedDRA', 'ICDO3', 'ICD10GM', 'OPS', 'dm+d', 'HGNC']
-- $2 = 51
SELECT ...
FROM (
  SELECT "procedure".*, COALESCE((SELECT CASE WHEN c.vocabulary_id = ANY ($1::text[]) THEN btrim(c.concept_code) END FROM "cdm"."concept" c WHERE c.concept_id = COALESCE(NULLIF("procedure"."procedure_concept_id", 0), NULLIF("procedure"."procedure_source_concept_id", 0))), (COALESCE(NULLIF("procedure"."procedure_concept_id", 0), NULLIF("procedure"."procedure_source_concept_id", 0)))::text)::text COLLATE "C" AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE TRUE
  ORDER BY COALESCE((SELECT CASE WHEN c.vocabulary_id = ANY ($1::text[]) THEN btrim(c.concept_code) END FROM "cdm"."concept" c WHERE c.concept_id = COALESCE(NULLIF("procedure"."procedure_concept_id", 0), NULLIF("procedure"."procedure_source_concept_id", 0))), (COALESCE(NULLIF("procedure"."procedure_concept_id", 0), NULLIF("procedure"."procedure_source_concept_id", 0)))::text)::text COLLATE "C" NULLS LAST, "procedure"."procedure_occurrence_id"
  LIMIT $2::bigint
) "procedure"
ORDER BY "procedure".s0_ NULLS LAST, "procedure"."procedure_occurrence_id"

-- GET Procedure?_sort=status
-- $1 = 51
SELECT ...
FROM (
  SELECT "procedure".*, NULL::bigint AS s0_
  FROM "cdm"."procedure_occurrence" "procedure"
  WHERE TRUE
  ORDER BY NULL::bigint NULLS LAST, "procedure"."procedure_occurrence_id"
  LIMIT $1::bigint
) "procedure"
ORDER BY "procedure".s0_ NULLS LAST, "procedure"."procedure_occurrence_id"

-- GET Encounter?_sort=date
-- with details
-- $1 = 51
SELECT ... FROM (
(SELECT 0 AS branch, '"cdm"."visit_occurrence"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "visit".s0_ AS s0_, "visit"."visit_occurrence_id" AS c0_, "visit"."person_id" AS c1_, "visit"."visit_type_concept_id" AS c2_, "visit"."preceding_visit_occurrence_id" AS c3_, "visit"."visit_start_date"::text AS c4_, "visit"."visit_start_datetime"::text AS c5_, "visit"."visit_end_date"::text AS c6_, "visit"."visit_end_datetime"::text AS c7_, "visit"."visit_concept_id" AS c8_, "visit"."visit_source_concept_id" AS c9_, "visit"."visit_source_value"::text AS c10_, "visit"."provider_id" AS c11_, "condition"."condition_occurrence_id" AS c12_, "condition"."condition_status_concept_id" AS c13_, "visit"."admitted_from_concept_id" AS c14_, "visit"."admitted_from_source_value"::text AS c15_, "visit"."discharged_to_concept_id" AS c16_, "visit"."discharged_to_source_value"::text AS c17_, "visit"."care_site_id" AS c18_, NULL::integer AS c19_, NULL::integer AS c20_, NULL::integer AS c21_, NULL::integer AS c22_, NULL::text AS c23_, NULL::text AS c24_, NULL::text AS c25_, NULL::text AS c26_, NULL::integer AS c27_, NULL::integer AS c28_, NULL::text AS c29_, NULL::integer AS c30_, NULL::integer AS c31_, NULL::text AS c32_, NULL::integer AS c33_, NULL::text AS c34_, NULL::integer AS c35_, NULL::integer AS c36_, NULL::integer AS c37_, "visit"."visit_occurrence_id" AS key_
FROM (
  SELECT "visit".*, COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE
  ORDER BY COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) NULLS LAST, "visit"."visit_occurrence_id"
  LIMIT $1::bigint
) "visit"
ORDER BY "visit".s0_ NULLS LAST, "visit"."visit_occurrence_id")
UNION ALL
(SELECT 1 AS branch, '"cdm"."visit_detail"'::regclass::oid::text || '/' || '"cdm"."concept"'::regclass::oid::text AS identity, "detail".s0_ AS s0_, NULL::integer AS c0_, NULL::integer AS c1_, NULL::integer AS c2_, NULL::integer AS c3_, NULL::text AS c4_, NULL::text AS c5_, NULL::text AS c6_, NULL::text AS c7_, NULL::integer AS c8_, NULL::integer AS c9_, NULL::text AS c10_, NULL::integer AS c11_, NULL::integer[] AS c12_, NULL::integer[] AS c13_, NULL::integer AS c14_, NULL::text AS c15_, NULL::integer AS c16_, NULL::text AS c17_, NULL::integer AS c18_, "detail"."visit_detail_id" AS c19_, "detail"."person_id" AS c20_, "detail"."visit_detail_type_concept_id" AS c21_, "detail"."preceding_visit_detail_id" AS c22_, "detail"."visit_detail_start_date"::text AS c23_, "detail"."visit_detail_start_datetime"::text AS c24_, "detail"."visit_detail_end_date"::text AS c25_, "detail"."visit_detail_end_datetime"::text AS c26_, "detail"."visit_detail_concept_id" AS c27_, "detail"."visit_detail_source_concept_id" AS c28_, "detail"."visit_detail_source_value"::text AS c29_, "detail"."provider_id" AS c30_, "detail"."admitted_from_concept_id" AS c31_, "detail"."admitted_from_source_value"::text AS c32_, "detail"."discharged_to_concept_id" AS c33_, "detail"."discharged_to_source_value"::text AS c34_, "detail"."care_site_id" AS c35_, "detail"."parent_visit_detail_id" AS c36_, "detail"."visit_occurrence_id" AS c37_, "detail"."visit_detail_id" AS key_
FROM (
  SELECT "detail".*, COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_detail" "detail"
  WHERE TRUE
  ORDER BY COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) NULLS LAST, "detail"."visit_detail_id"
  LIMIT $1::bigint
) "detail"
ORDER BY "detail".s0_ NULLS LAST, "detail"."visit_detail_id")
) page
ORDER BY page.s0_ NULLS LAST, branch, key_
LIMIT $1::bigint

-- GET Encounter?_sort=date
-- with details
-- with after=encounter/9/2020-05-01 10:00:00
-- $1 = datetime.datetime(2020, 5, 1, 10, 0)
-- $2 = 9
-- $3 = 51
SELECT ... FROM (
(WITH "part0_0" AS (
  SELECT "visit".*, COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE AND COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) = $1::timestamp AND "visit"."visit_occurrence_id" > $2::bigint
  ORDER BY COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) NULLS LAST, "visit"."visit_occurrence_id"
  LIMIT $3::bigint
),
"part0_1" AS (
  SELECT "visit".*, COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE AND COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) > $1::timestamp AND (SELECT count(*) FROM "part0_0") < $3::bigint
  ORDER BY COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) NULLS LAST, "visit"."visit_occurrence_id"
  LIMIT $3::bigint
),
"part0_2" AS (
  SELECT "visit".*, COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE AND COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) IS NULL AND (SELECT count(*) FROM "part0_0") + (SELECT count(*) FROM "part0_1") < $3::bigint
  ORDER BY COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) NULLS LAST, "visit"."visit_occurrence_id"
  LIMIT $3::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1" UNION ALL SELECT * FROM "part0_2") rows_ ORDER BY rows_.s0_ NULLS LAST, rows_."visit_occurrence_id" LIMIT $3::bigint
) "visit"
ORDER BY "visit".s0_ NULLS LAST, "visit"."visit_occurrence_id")
UNION ALL
(WITH "part1_0" AS (
  SELECT "detail".*, COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_detail" "detail"
  WHERE TRUE AND COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) = $1::timestamp
  ORDER BY COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) NULLS LAST, "detail"."visit_detail_id"
  LIMIT $3::bigint
),
"part1_1" AS (
  SELECT "detail".*, COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_detail" "detail"
  WHERE TRUE AND COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) > $1::timestamp AND (SELECT count(*) FROM "part1_0") < $3::bigint
  ORDER BY COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) NULLS LAST, "detail"."visit_detail_id"
  LIMIT $3::bigint
),
"part1_2" AS (
  SELECT "detail".*, COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_detail" "detail"
  WHERE TRUE AND COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) IS NULL AND (SELECT count(*) FROM "part1_0") + (SELECT count(*) FROM "part1_1") < $3::bigint
  ORDER BY COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) NULLS LAST, "detail"."visit_detail_id"
  LIMIT $3::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part1_0" UNION ALL SELECT * FROM "part1_1" UNION ALL SELECT * FROM "part1_2") rows_ ORDER BY rows_.s0_ NULLS LAST, rows_."visit_detail_id" LIMIT $3::bigint
) "detail"
ORDER BY "detail".s0_ NULLS LAST, "detail"."visit_detail_id")
) page
ORDER BY page.s0_ NULLS LAST, branch, key_
LIMIT $3::bigint

-- GET Encounter?_sort=date
-- with details
-- with before=encounter-visit-detail/9/2020-05-01 10:00:00
-- $1 = datetime.datetime(2020, 5, 1, 10, 0)
-- $2 = 9
-- $3 = 51
SELECT ... FROM (
(WITH "part1_0" AS (
  SELECT "detail".*, COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_detail" "detail"
  WHERE TRUE AND COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) = $1::timestamp AND "detail"."visit_detail_id" < $2::bigint
  ORDER BY COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) DESC NULLS FIRST, "detail"."visit_detail_id" DESC
  LIMIT $3::bigint
),
"part1_1" AS (
  SELECT "detail".*, COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_detail" "detail"
  WHERE TRUE AND COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) < $1::timestamp AND (SELECT count(*) FROM "part1_0") < $3::bigint
  ORDER BY COALESCE((CASE WHEN "detail"."visit_detail_start_datetime" >= '0001-01-01' AND "detail"."visit_detail_start_datetime" < '10000-01-01' THEN "detail"."visit_detail_start_datetime" END)::timestamp, (CASE WHEN "detail"."visit_detail_start_date" >= '0001-01-01' AND "detail"."visit_detail_start_date" < '10000-01-01' THEN "detail"."visit_detail_start_date" END)::timestamp) DESC NULLS FIRST, "detail"."visit_detail_id" DESC
  LIMIT $3::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part1_0" UNION ALL SELECT * FROM "part1_1") rows_ ORDER BY rows_.s0_ DESC NULLS FIRST, rows_."visit_detail_id" DESC LIMIT $3::bigint
) "detail"
ORDER BY "detail".s0_ DESC NULLS FIRST, "detail"."visit_detail_id" DESC)
UNION ALL
(WITH "part0_0" AS (
  SELECT "visit".*, COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE AND COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) = $1::timestamp
  ORDER BY COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) DESC NULLS FIRST, "visit"."visit_occurrence_id" DESC
  LIMIT $3::bigint
),
"part0_1" AS (
  SELECT "visit".*, COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE AND COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) < $1::timestamp AND (SELECT count(*) FROM "part0_0") < $3::bigint
  ORDER BY COALESCE((CASE WHEN "visit"."visit_start_datetime" >= '0001-01-01' AND "visit"."visit_start_datetime" < '10000-01-01' THEN "visit"."visit_start_datetime" END)::timestamp, (CASE WHEN "visit"."visit_start_date" >= '0001-01-01' AND "visit"."visit_start_date" < '10000-01-01' THEN "visit"."visit_start_date" END)::timestamp) DESC NULLS FIRST, "visit"."visit_occurrence_id" DESC
  LIMIT $3::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1") rows_ ORDER BY rows_.s0_ DESC NULLS FIRST, rows_."visit_occurrence_id" DESC LIMIT $3::bigint
) "visit"
ORDER BY "visit".s0_ DESC NULLS FIRST, "visit"."visit_occurrence_id" DESC)
) page
ORDER BY page.s0_ DESC NULLS FIRST, branch DESC, key_ DESC
LIMIT $3::bigint

-- GET Encounter?_sort=length
-- $1 = 51
SELECT ...
FROM (
  SELECT "visit".*, (CASE WHEN "visit"."visit_start_datetime" <> date_trunc('day', "visit"."visit_start_datetime") AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= "visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE
  ORDER BY (CASE WHEN "visit"."visit_start_datetime" <> date_trunc('day', "visit"."visit_start_datetime") AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= "visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) NULLS LAST, "visit"."visit_occurrence_id"
  LIMIT $1::bigint
) "visit"
ORDER BY "visit".s0_ NULLS LAST, "visit"."visit_occurrence_id"

-- GET Encounter?_sort=-length
-- with after=encounter/9/60.000
-- $1 = Decimal('60.000')
-- $2 = 9
-- $3 = 51
WITH "part0_0" AS (
  SELECT "visit".*, (CASE WHEN "visit"."visit_start_datetime" <> date_trunc('day', "visit"."visit_start_datetime") AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= "visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE AND (CASE WHEN "visit"."visit_start_datetime" <> date_trunc('day', "visit"."visit_start_datetime") AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= "visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) = $1::numeric AND "visit"."visit_occurrence_id" < $2::bigint
  ORDER BY (CASE WHEN "visit"."visit_start_datetime" <> date_trunc('day', "visit"."visit_start_datetime") AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= "visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) DESC NULLS LAST, "visit"."visit_occurrence_id" DESC
  LIMIT $3::bigint
),
"part0_1" AS (
  SELECT "visit".*, (CASE WHEN "visit"."visit_start_datetime" <> date_trunc('day', "visit"."visit_start_datetime") AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= "visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE AND (CASE WHEN "visit"."visit_start_datetime" <> date_trunc('day', "visit"."visit_start_datetime") AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= "visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) < $1::numeric AND (SELECT count(*) FROM "part0_0") < $3::bigint
  ORDER BY (CASE WHEN "visit"."visit_start_datetime" <> date_trunc('day', "visit"."visit_start_datetime") AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= "visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) DESC NULLS LAST, "visit"."visit_occurrence_id" DESC
  LIMIT $3::bigint
),
"part0_2" AS (
  SELECT "visit".*, (CASE WHEN "visit"."visit_start_datetime" <> date_trunc('day', "visit"."visit_start_datetime") AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= "visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE AND (CASE WHEN "visit"."visit_start_datetime" <> date_trunc('day', "visit"."visit_start_datetime") AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= "visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) IS NULL AND (SELECT count(*) FROM "part0_0") + (SELECT count(*) FROM "part0_1") < $3::bigint
  ORDER BY (CASE WHEN "visit"."visit_start_datetime" <> date_trunc('day', "visit"."visit_start_datetime") AND "visit"."visit_end_datetime" <> date_trunc('day', "visit"."visit_end_datetime") AND "visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin' >= "visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin' THEN round(extract(epoch FROM ("visit"."visit_end_datetime" AT TIME ZONE 'Europe/Berlin') - ("visit"."visit_start_datetime" AT TIME ZONE 'Europe/Berlin'))::numeric / 60, 3) END) DESC NULLS LAST, "visit"."visit_occurrence_id" DESC
  LIMIT $3::bigint
)
SELECT ...
FROM (
  SELECT * FROM (SELECT * FROM "part0_0" UNION ALL SELECT * FROM "part0_1" UNION ALL SELECT * FROM "part0_2") rows_ ORDER BY rows_.s0_ DESC NULLS LAST, rows_."visit_occurrence_id" DESC LIMIT $3::bigint
) "visit"
ORDER BY "visit".s0_ DESC NULLS LAST, "visit"."visit_occurrence_id" DESC

-- GET Encounter?_sort=class
-- $1 = [262, 5083, 8536, 8546, 8676, 8717, 8756, 8782, 8863, 8870, 8883, 8920, 8940, 8971, 9201, 9202, 9203, 32036, 32037, 581458, 581476, 581477, 581478, 705159, 722455, 38004193, 38004515, 42898160]
-- $2 = ['IMP', 'VR', 'HH', 'NONAC', 'NONAC', 'IMP', 'AMB', 'AMB', 'NONAC', 'EMER', 'AMB', 'IMP', 'AMB', 'IMP', 'IMP', 'AMB', 'EMER', 'AMB', 'ACUTE', 'AMB', 'HH', 'AMB', 'FLD', 'AMB', 'VR', 'AMB', 'IMP', 'NONAC']
-- $3 = 'UNK'
-- $4 = 51
SELECT ...
FROM (
  SELECT "visit".*, COALESCE(($2::text[])[array_position($1::bigint[], "visit"."visit_concept_id"::bigint)], $3::text)::text COLLATE "C" AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE
  ORDER BY COALESCE(($2::text[])[array_position($1::bigint[], "visit"."visit_concept_id"::bigint)], $3::text)::text COLLATE "C" NULLS LAST, "visit"."visit_occurrence_id"
  LIMIT $4::bigint
) "visit"
ORDER BY "visit".s0_ NULLS LAST, "visit"."visit_occurrence_id"

-- GET Encounter?_sort=diagnosis
-- $1 = 51
SELECT ...
FROM (
  SELECT "visit".*, (SELECT min("condition"."condition_occurrence_id") FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id") AS s0_
  FROM "cdm"."visit_occurrence" "visit"
  WHERE TRUE
  ORDER BY (SELECT min("condition"."condition_occurrence_id") FROM "cdm"."condition_occurrence" "condition" WHERE "condition"."visit_occurrence_id" = "visit"."visit_occurrence_id" AND "condition"."person_id" = "visit"."person_id") NULLS LAST, "visit"."visit_occurrence_id"
  LIMIT $1::bigint
) "visit"
ORDER BY "visit".s0_ NULLS LAST, "visit"."visit_occurrence_id"

-- GET Condition?_sort=onset-date
-- $1 = 51
SELECT ...
FROM (
  SELECT "condition".*, COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp) AS s0_
  FROM "cdm"."condition_occurrence" "condition"
  WHERE TRUE
  ORDER BY COALESCE((CASE WHEN "condition"."condition_start_datetime" >= '0001-01-01' AND "condition"."condition_start_datetime" < '10000-01-01' THEN "condition"."condition_start_datetime" END)::timestamp, (CASE WHEN "condition"."condition_start_date" >= '0001-01-01' AND "condition"."condition_start_date" < '10000-01-01' THEN "condition"."condition_start_date" END)::timestamp) NULLS LAST, "condition"."condition_occurrence_id"
  LIMIT $1::bigint
) "condition"
ORDER BY "condition".s0_ NULLS LAST, "condition"."condition_occurrence_id"

-- GET Condition?_sort=-abatement-date
-- $1 = 51
SELECT ...
FROM (
  SELECT "condition".*, COALESCE((CASE WHEN "condition"."condition_end_datetime" >= '0001-01-01' AND "condition"."condition_end_datetime" < '10000-01-01' THEN "condition"."condition_end_datetime" END)::timestamp, (CASE WHEN "condition"."condition_end_date" >= '0001-01-01' AND "condition"."condition_end_date" < '10000-01-01' THEN "condition"."condition_end_date" END)::timestamp) AS s0_
  FROM "cdm"."condition_occurrence" "condition"
  WHERE TRUE
  ORDER BY COALESCE((CASE WHEN "condition"."condition_end_datetime" >= '0001-01-01' AND "condition"."condition_end_datetime" < '10000-01-01' THEN "condition"."condition_end_datetime" END)::timestamp, (CASE WHEN "condition"."condition_end_date" >= '0001-01-01' AND "condition"."condition_end_date" < '10000-01-01' THEN "condition"."condition_end_date" END)::timestamp) DESC NULLS LAST, "condition"."condition_occurrence_id" DESC
  LIMIT $1::bigint
) "condition"
ORDER BY "condition".s0_ DESC NULLS LAST, "condition"."condition_occurrence_id" DESC

-- GET Condition?_sort=clinical-status
-- $1 = 'resolved'
-- $2 = [32906]
-- $3 = ['resolved']
-- $4 = 51
SELECT ...
FROM (
  SELECT "condition".*, COALESCE((CASE WHEN ((CASE WHEN "condition"."condition_end_date" >= '0001-01-01' AND "condition"."condition_end_date" < '10000-01-01' THEN "condition"."condition_end_date" END)::timestamp IS NOT NULL OR (CASE WHEN "condition"."condition_end_datetime" >= '0001-01-01' AND "condition"."condition_end_datetime" < '10000-01-01' THEN "condition"."condition_end_datetime" END)::timestamp IS NOT NULL) THEN $1::text END), ($3::text[])[array_position($2::bigint[], "condition"."condition_status_concept_id"::bigint)])::text COLLATE "C" AS s0_
  FROM "cdm"."condition_occurrence" "condition"
  WHERE TRUE
  ORDER BY COALESCE((CASE WHEN ((CASE WHEN "condition"."condition_end_date" >= '0001-01-01' AND "condition"."condition_end_date" < '10000-01-01' THEN "condition"."condition_end_date" END)::timestamp IS NOT NULL OR (CASE WHEN "condition"."condition_end_datetime" >= '0001-01-01' AND "condition"."condition_end_datetime" < '10000-01-01' THEN "condition"."condition_end_datetime" END)::timestamp IS NOT NULL) THEN $1::text END), ($3::text[])[array_position($2::bigint[], "condition"."condition_status_concept_id"::bigint)])::text COLLATE "C" NULLS LAST, "condition"."condition_occurrence_id"
  LIMIT $4::bigint
) "condition"
ORDER BY "condition".s0_ NULLS LAST, "condition"."condition_occurrence_id"

-- GET MedicationStatement?_sort=effective
-- $1 = 51
SELECT ...
FROM (
  SELECT "drug".*, COALESCE((CASE WHEN "drug"."drug_exposure_start_datetime" >= '0001-01-01' AND "drug"."drug_exposure_start_datetime" < '10000-01-01' THEN "drug"."drug_exposure_start_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_start_date" >= '0001-01-01' AND "drug"."drug_exposure_start_date" < '10000-01-01' THEN "drug"."drug_exposure_start_date" END)::timestamp) AS s0_
  FROM "cdm"."drug_exposure" "drug"
  WHERE TRUE
  ORDER BY COALESCE((CASE WHEN "drug"."drug_exposure_start_datetime" >= '0001-01-01' AND "drug"."drug_exposure_start_datetime" < '10000-01-01' THEN "drug"."drug_exposure_start_datetime" END)::timestamp, (CASE WHEN "drug"."drug_exposure_start_date" >= '0001-01-01' AND "drug"."drug_exposure_start_date" < '10000-01-01' THEN "drug"."drug_exposure_start_date" END)::timestamp) NULLS LAST, "drug"."drug_exposure_id"
  LIMIT $1::bigint
) "drug"
ORDER BY "drug".s0_ NULLS LAST, "drug"."drug_exposure_id"
