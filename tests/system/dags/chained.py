"""A DAG of the system tests that comes after each recovery point of "orders", by its asset."""

from __future__ import annotations

from airflow.sdk import Asset, dag, task


@dag(
    dag_id="chained",
    schedule=[Asset("switchyard://recovery-point/orders")],
    is_paused_upon_creation=False,
)
def chained():
    """Say which announcements the events carry."""

    @task
    def bodies(triggering_asset_events):
        return [
            event.extra["payload"]["body"] for events in triggering_asset_events.values() for event in events
        ]

    bodies()


chained()
