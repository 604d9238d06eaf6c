-- A clinic whose database is hard to read: names that need quotes, types that need care, and next to nothing in places.
-- What is sensitive in it, and what only looks so, is in truth.py. All people and addresses are made up.

SET SESSION sql_mode = '';

CREATE TABLE `order` (
  `key` INT PRIMARY KEY,
  `select` VARCHAR(80),
  `from` DATE,
  `desc` TEXT
) DEFAULT CHARSET=utf8mb4;
INSERT INTO `order` VALUES
  (1, 'mary.smith@example.org', '2026-01-02', 'Knee, see PR-204711'),
  (2, NULL, '2026-01-03', 'Shoulder, see PR-000000');

CREATE TABLE `patient``s notes` (
  id INT PRIMARY KEY,
  `it's "quoted"` VARCHAR(80),
  `note.dotted` VARCHAR(80),
  `e-mail [work]` VARCHAR(80),
  `back\slash` VARCHAR(80),
  `$` VARCHAR(80)
) DEFAULT CHARSET=utf8mb4;
INSERT INTO `patient``s notes` VALUES
  (1, 'ask ada@example.org 🕰', 'b@example.org', 'c@example.org', 'PR-100001', 'nothing'),
  (2, 'nothing', 'nothing', 'nothing', 'nothing', '7 $');

CREATE TABLE `Ärzte` (
  id INT PRIMARY KEY,
  `Name der Ärztin` VARCHAR(80),
  `Geburtsdatum` DATE,
  `Telefon` VARCHAR(20),
  `電話番号 phone` VARCHAR(20)
) DEFAULT CHARSET=utf8mb4;
INSERT INTO `Ärzte` VALUES
  (1, 'Zoë Ångström', '1971-03-04', '2125550142', '(212) 555-0142'),
  (2, 'Søren D''Amico', '0000-00-00', '', '');

CREATE TABLE `Visit` (id INT PRIMARY KEY, `contact email` VARCHAR(80)) DEFAULT CHARSET=utf8mb4;
INSERT INTO `Visit` VALUES (1, 'visitor@example.org');

CREATE TABLE `visit` (id INT PRIMARY KEY, `contact email` VARCHAR(80)) DEFAULT CHARSET=utf8mb4;
INSERT INTO `visit` VALUES (1, NULL), (2, 'not given');

CREATE TABLE `a_table_whose_name_is_as_long_as_mysql_lets_a_name_be_64_letters` (
  `a_column_whose_name_is_as_long_as_mysql_lets_one_be_and_not_more` VARCHAR(80)
) DEFAULT CHARSET=utf8mb4;
INSERT INTO `a_table_whose_name_is_as_long_as_mysql_lets_a_name_be_64_letters` VALUES ('long@example.org');

CREATE TABLE `types` (
  id BIGINT UNSIGNED PRIMARY KEY,
  card_number DECIMAL(20,0),
  phone BIGINT,
  `date of birth` TIMESTAMP NULL,
  dob DATETIME(6),
  ssn INT,
  profile JSON,
  memo LONGTEXT,
  mail_kind ENUM('front.desk@example.org', 'none'),
  mails SET('a@example.org', 'b@example.org'),
  mail_bytes BLOB,
  mail_binary VARBINARY(80),
  wide DECIMAL(65,30),
  `year` YEAR,
  flag BIT(1),
  bits BIT(8),
  clock TIME,
  place POINT,
  share DOUBLE,
  `pass phrase` VARCHAR(80)
) DEFAULT CHARSET=utf8mb4;
INSERT INTO `types` VALUES
  (18446744073709551615, 4111111111111111, 2125550143, '1971-03-04 05:06:07', '1965-06-07 08:09:10.111213', 219099999,
   '{"contact": {"mail": "json@example.org"}}', 'long text, memo@example.org', 'front.desk@example.org',
   'a@example.org,b@example.org', 'bytes@example.org', 'binary@example.org',
   12345678901234567890123456789012345.012345678901234567890123456789, 2026, b'1', b'10101010', '838:59:59',
   ST_GeomFromText('POINT(7 50)'), 0.1, 'phrase@example.org'),
  (1, NULL, NULL, NULL, '0000-00-00 00:00:00', NULL, NULL, NULL, 'none', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL);

CREATE TABLE `a name that tells` (id INT PRIMARY KEY, `bob@example.org` VARCHAR(80)) DEFAULT CHARSET=utf8mb4;
INSERT INTO `a name that tells` VALUES (1, 'bob@example.org');

CREATE TABLE `nobody yet` (id INT PRIMARY KEY, email VARCHAR(80), phone VARCHAR(20)) DEFAULT CHARSET=utf8mb4;

CREATE TABLE `nulls only` (id INT PRIMARY KEY, email VARCHAR(80), phone BIGINT, dob DATE) DEFAULT CHARSET=utf8mb4;
INSERT INTO `nulls only` (id) VALUES (1), (2), (3);

CREATE TABLE `in/out` (`e/mail` VARCHAR(80)) DEFAULT CHARSET=utf8mb4;
INSERT INTO `in/out` VALUES ('slash@example.org');

CREATE TABLE `50% [off]_x` (`100%` VARCHAR(80), `%s` VARCHAR(80)) DEFAULT CHARSET=utf8mb4;
INSERT INTO `50% [off]_x` VALUES ('percent@example.org', 'nothing');

CREATE TABLE skip_me (email VARCHAR(80)) DEFAULT CHARSET=utf8mb4;
INSERT INTO skip_me VALUES ('skipped@example.org');

CREATE TABLE skipXme (email VARCHAR(80)) DEFAULT CHARSET=utf8mb4;
INSERT INTO skipXme VALUES ('not.skipped@example.org');

CREATE VIEW `R&D <friends>` AS
SELECT id, CONCAT('12 Chapel Street, ', 'Springfield 62704') AS `where they live`, `Name der Ärztin` AS `who's who`
FROM `Ärzte`;

CREATE VIEW `view of nobody` AS SELECT email FROM `nobody yet`;

CREATE TABLE dropped (email VARCHAR(80)) DEFAULT CHARSET=utf8mb4;
CREATE VIEW `broken view` AS SELECT email FROM dropped;
DROP TABLE dropped;

CREATE DATABASE `Ward 7.b & <old>` DEFAULT CHARSET=utf8mb4;

CREATE TABLE `Ward 7.b & <old>`.`tests` (`is it real?` INT, email VARCHAR(80), result VARCHAR(80));
INSERT INTO `Ward 7.b & <old>`.`tests` VALUES (0, 'made.up@example.org', 'none'), (1, NULL, 'see PR-300003');
