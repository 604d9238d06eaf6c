-- Equivalent terms, one group a row; a table with more columns of terms needs a line for each: Synonym_3 AS term_4.
SELECT syn_id AS row_id
     , base_term AS term_1
     , synonym_1 AS term_2
     , synonym_2 AS term_3
  FROM {{ table }}
 ORDER BY row_id;
