-- Tools and tables that live as long as the transaction. All chance is SHA-256 of (seed, purpose, key): the same on every
-- PostgreSQL version and platform, and independent of how many persons are made.
-- Parameters come from the row of `setting`: seed, first, last, awkward, release.

CREATE FUNCTION pg_temp.chance(purpose int, key bigint, seed bigint) RETURNS bytea IMMUTABLE LANGUAGE sql AS
$$ SELECT sha256(int8send(seed) || int4send(purpose) || int8send(key)) $$;

-- The i-th (0..15) of the sixteen 16-bit numbers in a hash: 0..65535.
CREATE FUNCTION pg_temp.roll(h bytea, i int) RETURNS int IMMUTABLE LANGUAGE sql AS
$$ SELECT get_byte(h, 2 * i) * 256 + get_byte(h, 2 * i + 1) $$;

-- The i-th number of a hash, spread over 0..n-1.
CREATE FUNCTION pg_temp.upto(h bytea, i int, n int) RETURNS int IMMUTABLE LANGUAGE sql AS
$$ SELECT ((get_byte(h, 2 * i) * 256 + get_byte(h, 2 * i + 1))::bigint * n / 65536)::int $$;

-- True in so many of a thousand cases.
CREATE FUNCTION pg_temp.permille(h bytea, i int, share int) RETURNS boolean IMMUTABLE LANGUAGE sql AS
$$ SELECT (get_byte(h, 2 * i) * 256 + get_byte(h, 2 * i + 1)) * 1000 < share * 65536 $$;

CREATE TEMP TABLE setting (
    seed bigint NOT NULL, first bigint NOT NULL, last bigint NOT NULL, awkward boolean NOT NULL,
    release date NOT NULL DEFAULT DATE '2024-01-31'
) ON COMMIT DROP;

-- What can happen, with its weight of 2048; lines without a weight share what is left.
CREATE TEMP TABLE menu (
    line int GENERATED ALWAYS AS IDENTITY, kind text, weight int, concept_id bigint, source_concept_id bigint,
    source_value text, unit_concept_id bigint, unit_source_value text, low numeric, high numeric,
    range_low numeric, range_high numeric, text text, route_concept_id bigint, days int, quantity numeric
) ON COMMIT DROP;

CREATE TEMP TABLE pair (concept_id_1 int, relationship_id text, concept_id_2 int) ON COMMIT DROP;

-- One row a person of the batch at hand: everything its other tables hang on.
CREATE TEMP TABLE persona (
    k bigint, n int, h bytea, person_id bigint, birth date, start_date date, end_date date, death_date date,
    visits int, race_concept_id bigint, location_id bigint, provider_id bigint, care_site_id bigint
) ON COMMIT DROP;

-- One row a visit of the batch at hand.
CREATE TEMP TABLE encounter (
    k bigint, j int, h bytea, person_id bigint, visit_occurrence_id bigint, visit_concept_id bigint,
    visit_source_concept_id bigint, visit_source_value text, inpatient boolean, open boolean, clocked boolean,
    start_date date, start_datetime timestamp, end_date date, end_datetime timestamp, last_date date,
    provider_id bigint, care_site_id bigint, details int
) ON COMMIT DROP;

-- Texts that people, interfaces and databases have trouble with; n is the last two digits of k % 200 in 100..199.
CREATE TEMP TABLE oddity ON COMMIT DROP AS
SELECT n, name, text FROM (VALUES
    (1, 'right-to-left', U&'\05E9\05DC\05D5\05DD \0645\0631\062D\0628\0627 123'),
    (2, 'bidi override', U&'abc\202Edef\202Cghi\200Fx'),
    (3, 'emoji', U&'\+01F469\200D\2695\FE0F \+01FA7A \+01F48A \+01F1E9\+01F1F0'),
    (4, 'combining', U&'e\0301 A\030A n\0303 Z\0351\036B\0343\036A\0302'),
    (5, 'quotes', $$'single' "double" `back` $$ || U&'\201Ccurly\201D'),
    (6, 'backslashes', $$C:\temp\new \\host \u0041 \x41 \$$),
    (7, 'tab and line ends', E'one\ttwo\nthree\rfour\r\nfive'),
    (8, 'C0 controls', (SELECT string_agg(chr(c), '' ORDER BY c) FROM generate_series(1, 31) c)),
    (9, 'other controls', U&'a\007Fb\0085c\00A0d\2028e\2029f\FEFFg\200Bh'),
    (10, 'spaces only', '   '),
    (11, 'empty', ''),
    (12, 'whitespace only', E'\t\n '),
    (13, 'spaces at the ends', '  X 12  '),
    (14, 'markup', '<script>alert("1")</script> &amp; & <b>'),
    (15, 'placeholders', '%s {0} $1 :x ? ; DROP TABLE person --'),
    (16, 'FHIR separators', 'a|b,c$d\e/f?g=h&i#j'),
    (17, 'astral, at full length', repeat(U&'\+01D54F', 50)),
    (18, 'the word null', 'null'),
    (19, 'noncharacters', U&'\FFFD\E000\FFFE\FFFF\+01FFFE'),
    (20, 'a number', '00123.4500')
) AS odd (n, name, text);
