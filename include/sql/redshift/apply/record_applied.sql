-- In the transaction that applies the window, so that no target holds a window that is not noted, nor the other way round.
INSERT INTO {{ applied }} (stage, staged_at, reads_from, hi)
VALUES ({{ stage }}, {{ staged_at }}, {{ reads_from }}, {{ hi }})
