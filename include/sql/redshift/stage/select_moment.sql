-- When the transaction that reads the source began, by the warehouse's own clock: of two readings the later one is newer.
SELECT SYSDATE AS began
