"""
# Bootstrap of a synonym set

Makes what a refresh needs and never makes itself: the package, its association with each domain, and indexes whose analyzers
use it. It runs by hand, with a wider role than the refresh. What is there already is checked and left as it is, so that
running it twice is harmless.

1. Check bucket, domains and rows
2. Build the first release, where there is no package yet
3. Publish its file under its hash
4. Create the package and associate it with each domain
5. Create the indexes
6. Clean up

A dry run prints every call that would change something, and makes none.
"""

from airflow.sdk import DAG, TriggerRule, chain

from switchyard.operators.synonyms.bootstrap import BootstrapIndexOperator, BootstrapPackageOperator
from switchyard.operators.synonyms.build import BuildFirstReleaseOperator
from switchyard.operators.synonyms.clean_up import CleanUpOperator
from switchyard.operators.synonyms.preconditions import CheckBootstrapPreconditionsOperator
from switchyard.operators.synonyms.publish import PublishFileOperator
from switchyard.pipelines.common import within
from switchyard.pipelines.synonym_refresh import (
    analysis,
    domains,
    place,
    rows,
    settling,
    store,
    synonym_bootstrap_dag,
    synonym_pipelines,
)

for pipeline in synonym_pipelines():
    with DAG(**synonym_bootstrap_dag(pipeline), doc_md=__doc__) as dag:
        minutes = pipeline.waits.timeouts_minutes
        run = {"pipeline": pipeline.pipeline, "stamp": "{{ stamp(dag_run) }}"}
        here = place(pipeline)
        every_domain = domains(pipeline)
        package = {"package_name": pipeline.package.name}

        check = CheckBootstrapPreconditionsOperator(
            task_id="check_preconditions",
            task_display_name="1. Check bucket, domains and rows",
            bucket=pipeline.store.bucket,
            domains=every_domain,
            source=pipeline.source.model_dump(mode="json"),
            pipeline=pipeline.pipeline,
            **package,
            **here,
            **within(pipeline, minutes.checks),
        )
        build = BuildFirstReleaseOperator(
            task_id="build_release",
            task_display_name="2. Build the first release, where there is no package yet",
            domains=every_domain,
            **rows(pipeline),
            **store(pipeline),
            **package,
            **run,
            **here,
            **within(pipeline, minutes.build),
        )
        publish = PublishFileOperator(
            task_id="publish_file",
            task_display_name="3. Publish its file under its hash",
            bucket=pipeline.store.bucket,
            draft_key=build.output["draft_key"],
            key=build.output["key"],
            sha256=build.output["sha256"],
            **run,
            **here,
            **within(pipeline, minutes.checks),
        )
        create = BootstrapPackageOperator(
            task_id="create_package",
            task_display_name="4. Create the package and associate it with each domain",
            trigger_rule=TriggerRule.NONE_FAILED,
            package_id=pipeline.package.id,
            bucket=pipeline.store.bucket,
            key=build.output["key"],
            sha256=build.output["sha256"],
            rules=build.output["rules"],
            domains=every_domain,
            **package,
            **run,
            **here,
            **within(pipeline, minutes.package + minutes.association),
        )
        indexes = BootstrapIndexOperator.partial(
            task_id="create_indexes",
            task_display_name="5. Create the indexes",
            map_index_template="{{ task.domain['name'] }}",
            analysis=analysis(pipeline),
            **package,
            **run,
            **here,
            **within(pipeline, minutes.checks),
        ).expand(domain=every_domain)
        clean_up = CleanUpOperator(
            task_id="clean_up",
            task_display_name="6. Clean up",
            **store(pipeline),
            **settling(pipeline),
            **run,
            **here,
            **within(pipeline, minutes.checks),
        ).as_teardown()
        chain(check, build, publish, create, indexes, clean_up)
