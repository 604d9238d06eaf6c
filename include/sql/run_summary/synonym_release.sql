-- The release that a run built, and how far it came.
SELECT release.state
     , release.reason
     , release.package_name AS package
     , release.version
     , release.source_rows
     , release.rules
     , release.rules_added AS added
     , release.rules_removed AS removed
     , release.rules_changed AS changed
     , release.warnings
     , release.errors
     , release.approved_by
     , release.live_at::timestamptz(0)
     , release.object_uri AS file
  FROM switchyard.synonym_release AS release
 WHERE release.dag_id = %(dag_id)s
   AND release.run_id = %(run_id)s;
