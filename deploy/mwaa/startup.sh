#!/usr/bin/env bash
# The start-up script of an Amazon MWAA environment: it sets variables before each component starts, and fails on none.
DAGS=/usr/local/airflow/dags

# include/ travels inside the DAG folder, because MWAA has no other place for it.
export SWITCHYARD_INCLUDE="$DAGS/include"

# Amazon's authorities of databases, as global-bundle.pem in the DAG folder; without them no database is connected to.
export SWITCHYARD_DB_CA_BUNDLE="$DAGS/include/certificates/global-bundle.pem"
if [ ! -r "$SWITCHYARD_DB_CA_BUNDLE" ]; then
    echo "switchyard: $SWITCHYARD_DB_CA_BUNDLE is missing. Build with --certificates FILE" >&2
fi
