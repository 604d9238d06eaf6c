"""The pages behind Airflow's authentication: whoever may not see a run in Airflow does not see its summary either.

What it imports from ``airflow.api_fastapi`` is not of its public interface; no other module does so.
"""

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import HTMLResponse

from switchyard.web.airflow_runs import read_run
from switchyard.web.ledger_reports import reports_of_run
from switchyard.web.summary import summary, to_html

_SEEN = (DagAccessEntity.RUN, DagAccessEntity.TASK_INSTANCE, DagAccessEntity.XCOM)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def create_app() -> FastAPI:
    """Make the application that the plugin mounts; it only reads."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    allowed = [Depends(requires_access_dag("GET", entity)) for entity in _SEEN]
    app.get("/runs/{dag_id}/{run_id:path}", dependencies=allowed)(run_page)
    return app


def run_page(dag_id: str, run_id: str) -> HTMLResponse:
    """The summary of a run."""
    run = read_run(dag_id, run_id)
    if run is None:
        raise HTTPException(404, f"DAG {dag_id} has no run {run_id}")
    reports, problem = reports_of_run(dag_id, run_id)
    return HTMLResponse(to_html(summary(run, reports, problem)), headers=HEADERS)
