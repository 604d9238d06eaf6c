-- Equivalent terms, one group a row; a table with more columns of terms needs a line for each: Synonym_3 AS term_4.
SELECT SynID AS row_id
     , Base_Term AS term_1
     , Synonym_1 AS term_2
     , Synonym_2 AS term_3
  FROM {{ table }}
 ORDER BY row_id;
