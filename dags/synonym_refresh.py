"""
# Refresh of a synonym set

Makes the synonyms of some search indexes equal to the rows of a table. It runs on a schedule, at an event of an asset, or
by hand. The file is rebuilt from all rows, every rule is checked against the exact grammar and analysis of the search
engine, and any error stops the run before anything changes. Every step may be run again at any time; a package is never
updated twice for one release.

1. Check bucket, package, domains, indexes and rows
2. Build the release: read the rows, make the file, validate every rule
3. Compare it with the live release
4. Approve a large change
5. Publish the file under its hash
6. Update the package and wait for its new version
7. Associate the version with each domain
8. Apply it to the indexes
9. Probe the search
10. Record the release
11. Roll back to the release before, where it did not prove itself
12. Clean up

Where the live release has the same rules already, the steps after the comparison are skipped, and nothing is written. A dry
run prints the validation report, the comparison and every call that would change something, and makes none.
"""

from airflow.sdk import DAG, TriggerRule, chain

from switchyard.operators.synonyms.apply import ApplyToIndexesOperator
from switchyard.operators.synonyms.approve import ApproveChangeOperator
from switchyard.operators.synonyms.associate import AssociatePackageOperator
from switchyard.operators.synonyms.build import BuildReleaseOperator
from switchyard.operators.synonyms.clean_up import CleanUpOperator
from switchyard.operators.synonyms.compare import CompareReleasesOperator
from switchyard.operators.synonyms.preconditions import CheckRefreshPreconditionsOperator
from switchyard.operators.synonyms.probe import ProbeSearchOperator
from switchyard.operators.synonyms.publish import PublishFileOperator
from switchyard.operators.synonyms.record import RecordReleaseOperator
from switchyard.operators.synonyms.roll_back import RollBackOperator
from switchyard.operators.synonyms.update import UpdatePackageOperator
from switchyard.pipelines.common import within
from switchyard.pipelines.synonym_refresh import (
    analysis,
    application,
    approval,
    bootstrap_dag_id,
    domains,
    place,
    publication,
    rows,
    settling,
    store,
    synonym_pipelines,
    synonym_refresh_dag,
)

for pipeline in synonym_pipelines():
    with DAG(**synonym_refresh_dag(pipeline), doc_md=__doc__) as dag:
        minutes = pipeline.waits.timeouts_minutes
        run = {"pipeline": pipeline.pipeline, "stamp": "{{ stamp(dag_run) }}"}
        here = place(pipeline)
        every_domain = domains(pipeline)
        package = {"package_name": pipeline.package.name}

        check = CheckRefreshPreconditionsOperator(
            task_id="check_preconditions",
            task_display_name="1. Check bucket, package, domains, indexes and rows",
            bucket=pipeline.store.bucket,
            package_id=pipeline.package.id,
            domains=every_domain,
            source=pipeline.source.model_dump(mode="json"),
            analysis=analysis(pipeline),
            bootstrap_dag_id=bootstrap_dag_id(pipeline),
            pipeline=pipeline.pipeline,
            **package,
            **here,
            **within(pipeline, minutes.checks),
        )
        build = BuildReleaseOperator(
            task_id="build_release",
            task_display_name="2. Build the release: read the rows, make the file, validate every rule",
            domains=every_domain,
            force="{{ params.force }}",
            **rows(pipeline),
            **store(pipeline),
            **package,
            **run,
            **here,
            **within(pipeline, minutes.build),
        )
        compare = CompareReleasesOperator(
            task_id="compare_releases",
            task_display_name="3. Compare it with the live release",
            built=build.output,
            max_shrink_percent="{{ params.max_shrink_percent }}",
            force="{{ params.force }}",
            **run,
            **here,
            **within(pipeline, minutes.checks),
        )
        approve = ApproveChangeOperator(
            task_id="approve_change",
            task_display_name="4. Approve a large change",
            change=compare.output,
            percent_without_approval="{{ params.percent_without_approval }}",
            **approval(pipeline),
            **run,
        )
        release = {"key": compare.output["key"], "sha256": compare.output["sha256"]}
        publish = PublishFileOperator(
            task_id="publish_file",
            task_display_name="5. Publish the file under its hash",
            bucket=pipeline.store.bucket,
            draft_key=compare.output["draft_key"],
            **release,
            **run,
            **here,
            **within(pipeline, minutes.checks),
        )
        update = UpdatePackageOperator(
            task_id="update_package",
            task_display_name="6. Update the package and wait for its new version",
            rules=compare.output["rules"],
            expected_version=compare.output["package_version"],
            expected_sha256=compare.output["package_sha256"],
            **publication(pipeline),
            **release,
            **run,
            **here,
            **within(pipeline, minutes.package),
        )
        associate = AssociatePackageOperator.partial(
            task_id="associate_package",
            task_display_name="7. Associate the version with each domain",
            map_index_template="{{ task.domain['name'] }}",
            version=update.output["version"],
            **package,
            **settling(pipeline),
            **run,
            **here,
            **within(pipeline, minutes.association),
        ).expand(domain=every_domain)
        apply = ApplyToIndexesOperator.partial(
            task_id="apply_to_indexes",
            task_display_name="8. Apply it to the indexes",
            map_index_template="{{ task.domain['name'] }}",
            version=update.output["version"],
            reference_path=check.output["reference_path"],
            probes=compare.output["probes"],
            **application(pipeline),
            **run,
            **here,
            **within(pipeline, minutes.apply),
        ).expand(domain=every_domain)
        probe = ProbeSearchOperator.partial(
            task_id="probe_search",
            task_display_name="9. Probe the search",
            map_index_template="{{ task.domain['name'] }}",
            probes=compare.output["probes"],
            **run,
            **here,
            **within(pipeline, minutes.probes),
        ).expand(domain=every_domain)
        record = RecordReleaseOperator(
            task_id="record_release",
            task_display_name="10. Record the release",
            updated=update.output,
            associated=associate.output,
            applied=apply.output,
            probed=probe.output,
            probes=compare.output["probes"],
            probing_task_id="probe_search",
            **run,
            **here,
            **within(pipeline, minutes.checks),
        )
        roll_back = RollBackOperator(
            task_id="roll_back",
            task_display_name="11. Roll back to the release before, where it did not prove itself",
            trigger_rule=TriggerRule.ONE_FAILED,
            folder=pipeline.folder_key,
            sha256=compare.output["sha256"],
            version=update.output["version"],
            previous_sha256=compare.output["live_sha256"],
            domains=every_domain,
            probes=compare.output["live_probes"],
            **publication(pipeline),
            **application(pipeline),
            **run,
            **here,
            **within(pipeline, minutes.package + minutes.association + minutes.apply + minutes.probes),
        )
        clean_up = CleanUpOperator(
            task_id="clean_up",
            task_display_name="12. Clean up",
            **store(pipeline),
            **settling(pipeline),
            **run,
            **here,
            **within(pipeline, minutes.checks),
        ).as_teardown(setups=build)
        chain(check, build, compare, approve, publish, update, associate, apply, probe, record, clean_up)
        chain([associate, apply, probe], roll_back, clean_up)
