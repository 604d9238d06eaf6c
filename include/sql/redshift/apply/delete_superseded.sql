-- Rows that a later reading of the source has covered are older than what the target holds, whatever their watermarks say.
DELETE FROM {{ stage }}
 USING {{ applied }} AS later
 WHERE later.staged_at > {{ staged_at }}
   AND {{ stage_name }}.{{ watermark }} >= later.reads_from
   AND {{ stage_name }}.{{ watermark }} < later.hi
