-- The clinic in PostgreSQL, with the names and types that are hard to read there; see mysql.sql and truth.py.

CREATE SCHEMA "Ward 7.b & <old>";
CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%');
CREATE TYPE desk AS ENUM ('front.desk@example.org', 'none');

CREATE TABLE "user" (
  "order" int PRIMARY KEY,
  "select" varchar(80),
  "from" date,
  "desc" text
);
INSERT INTO "user" VALUES
  (1, 'mary.smith@example.org', '2026-01-02', 'Knee, see PR-204711'),
  (2, NULL, '2026-01-03', 'Shoulder, see PR-000000');

CREATE TABLE "patient`s ""notes""" (
  id int PRIMARY KEY,
  "it's ""quoted""" text,
  "note.dotted" text,
  "e-mail [work]" text,
  "back\slash" text,
  " two
lines " text,
  "%s" text,
  dropped text
);
ALTER TABLE "patient`s ""notes""" DROP COLUMN dropped;
INSERT INTO "patient`s ""notes""" VALUES
  (1, 'ask ada@example.org 🕰', 'b@example.org', 'c@example.org', 'PR-100001', 'lines@example.org', 'nothing'),
  (2, 'nothing', 'nothing', 'nothing', 'nothing', 'nothing', 'nothing');

CREATE TABLE "Ärzte" (
  id int PRIMARY KEY,
  "Name der Ärztin" varchar(80),
  "Geburtsdatum" date,
  "Telefon" varchar(20),
  "電話番号 phone" varchar(20)
);
INSERT INTO "Ärzte" VALUES
  (1, 'Zoë Ångström', '1971-03-04', '2125550142', '(212) 555-0142'),
  (2, 'Søren D''Amico', '-infinity', '', '');

CREATE TABLE "Visit" ("Email" text, email text, "EMAIL" text);
INSERT INTO "Visit" VALUES ('visitor@example.org', NULL, 'not given');

CREATE TABLE visit ("Email" text, email text, "EMAIL" text);
INSERT INTO visit VALUES (NULL, 'another@example.org', '');

CREATE TABLE a_table_whose_name_is_as_long_as_postgresql_lets_a_name_be_63by (
  a_column_whose_name_is_as_long_as_postgresql_lets_one_be_63byte text
);
INSERT INTO a_table_whose_name_is_as_long_as_postgresql_lets_a_name_be_63by VALUES ('long@example.org');

CREATE TABLE types (
  id bigint PRIMARY KEY,
  card_number numeric,
  phone bigint,
  "date of birth" timestamptz,
  dob timestamp,
  ssn int,
  profile jsonb,
  memo text,
  mail_kind desk,
  mail mail,
  mails text[],
  mail_bytes bytea,
  wide numeric(60,30),
  key uuid,
  host inet,
  lasts interval,
  during tstzrange,
  clock timetz,
  place point,
  flag boolean,
  pay money,
  share double precision,
  words tsvector,
  "pass phrase" char(80)
);
INSERT INTO types VALUES
  (9223372036854775807, 4111111111111111, 2125550143, '1971-03-04 05:06:07+09', '1965-06-07 08:09:10.111213', 219099999,
   '{"contact": {"mail": "json@example.org"}}', 'long text, memo@example.org', 'front.desk@example.org',
   'domain@example.org', ARRAY['a@example.org', 'b@example.org'], 'bytes@example.org',
   123456789012345678901234567890.012345678901234567890123456789, 'b0e7a1f2-0000-4000-8000-000000000001', '192.0.2.7',
   '1 mon 2 days', '[2026-01-01,2026-02-01)', '05:06:07+09', '(7,50)', true, 19.99, 0.1, 'knee:1', 'phrase@example.org'),
  (1, NULL, NULL, 'infinity', '-infinity', NULL, NULL, NULL, 'none', NULL, '{}', NULL, 'NaN', NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, 'NaN', NULL, NULL);

CREATE TABLE "a name that tells" (id int PRIMARY KEY, "bob@example.org" text);
INSERT INTO "a name that tells" VALUES (1, 'bob@example.org');

CREATE TABLE "nobody yet" (id int PRIMARY KEY, email text, phone text);

CREATE TABLE "nulls only" (id int PRIMARY KEY, email text, phone bigint, dob date);
INSERT INTO "nulls only" (id) VALUES (1), (2), (3);

CREATE TABLE "/in/out" ("e/mail" text);
INSERT INTO "/in/out" VALUES ('slash@example.org');

CREATE TABLE "50% [off]_x" ("100%" text);
INSERT INTO "50% [off]_x" VALUES ('percent@example.org');

CREATE TABLE skip_me (email text);
INSERT INTO skip_me VALUES ('skipped@example.org');

CREATE TABLE "skipXme" (email text);
INSERT INTO "skipXme" VALUES ('not.skipped@example.org');

CREATE VIEW "R&D <friends>" AS
SELECT id, '12 Chapel Street, ' || 'Springfield 62704' AS "where they live", "Name der Ärztin" AS "who's who"
FROM "Ärzte";

CREATE MATERIALIZED VIEW kept AS SELECT email FROM visit;

CREATE VIEW "view of nobody" AS SELECT email FROM "nobody yet";

CREATE TABLE "Ward 7.b & <old>".tests ("is it real?" int, email text, result text);
INSERT INTO "Ward 7.b & <old>".tests VALUES (0, 'made.up@example.org', 'none'), (1, NULL, 'see PR-300003');
