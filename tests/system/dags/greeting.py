"""A DAG for the tests of the stack itself: one task in a worker, one wait in the triggerer."""

from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.sdk import DAG, Param, chain, task

with DAG(
    dag_id="greeting",
    schedule=None,
    doc_md=__doc__,
    params={"name": Param("world", type="string", description="Whom to greet")},
):
    wait = DateTimeSensorAsync(
        task_id="wait_a_moment", target_time="{{ macros.datetime.utcnow().isoformat() }}Z"
    )

    @task
    def greet(params: dict) -> str:
        return f"hello {params['name']}"

    chain(wait, greet())
