-- Sorts rows and reclaims space; alone, as Redshift takes it in no transaction.
VACUUM FULL {{ table }}
