DROP FUNCTION pg_temp.permille(bytea, int, int);
DROP FUNCTION pg_temp.upto(bytea, int, int);
DROP FUNCTION pg_temp.roll(bytea, int);
DROP FUNCTION pg_temp.chance(int, bigint, bigint);
