# `make` alone lists the targets. Each gets its machine ready by itself; a second run finds everything in place.
.DEFAULT_GOAL := help
.PHONY: help demo down test managed check format docs bench resilience lock sbom audit

# Airflow starts many processes. Each would compile all that it imports where the environment forbids to keep bytecode.
export PYTHONDONTWRITEBYTECODE :=

# Tests wait for servers and schedulers much of their time: one process more than there are cores, four at most.
WORKERS := $(shell n=$$(( $$(nproc) + 1 )); echo $$(( n < 4 ? n : 4 )))
AT_ONCE := --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder
PYTHON := PYTHONPATH=.:plugins .venv/bin/python
UV_COMPILE := .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--no-header --no-annotate --no-emit-index-url

# What runs in Airflow's processes and what looks at the DAGs; tests/system and the sandbox's own are the lock's matter.
MANAGED := tests/aws tests/configuration tests/dags tests/databases tests/deploy/test_mwaa.py tests/discovery tests/ledger \
	tests/messaging tests/observability tests/operators tests/redshift tests/sql tests/synonyms tests/waiting tests/web \
	tests/test_errors.py tests/test_run_stamp.py

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 16

demo: ## run the pipelines on this machine, in front of your eyes; STORY=NAME runs one, KEEP=1 leaves everything up
	@scripts/bootstrap demo
	@$(PYTHON) -m demo run $(if $(STORY),--story $(STORY))

down: ## stop what KEEP=1 left up
	@scripts/bootstrap demo
	@$(PYTHON) -m demo down

test: ## run every test, on real engines and a real Airflow; TESTS=... names some
	@scripts/bootstrap test
	@$(PYTHON) -m pytest $(or $(TESTS),$(AT_ONCE))

managed: ## run the tests that tell whether a managed Airflow would do, on its versions; TESTS=... names others
	@scripts/bootstrap test
	@scripts/managed_environment
	@PYTHONPATH=.:plugins .managed/bin/python -m pytest $(or $(TESTS),$(AT_ONCE) $(MANAGED))

check: ## run every static check: the hooks of .pre-commit-config.yaml
	@scripts/bootstrap check
	@.venv/bin/pre-commit run --all-files

format: ## format the code
	@scripts/bootstrap check
	@.venv/bin/ruff format
	@.venv/bin/ruff check --fix

docs: ## build the documentation site in .site/
	@scripts/bootstrap check
	@PYTHONPATH=.:plugins NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict
	@echo "Open .site/index.html in a browser"

bench: ## measure what is promised to be fast
	@scripts/bootstrap test
	@$(PYTHON) -m benchmarks

resilience: ## break everything on purpose, count what is lost, write one page of it; SECTION=NAME runs one
	@scripts/bootstrap test
	@$(PYTHON) -m resilience $(addprefix --section ,$(SECTION))

lock: ## resolve the dependencies again; UPGRADE=1 takes the newest releases
	@scripts/bootstrap check
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) --generate-hashes --group locked --output-file requirements.lock
	$(UV_COMPILE) --constraint requirements.lock --output-file requirements.txt
	$(UV_COMPILE) --constraint requirements.lock --generate-hashes --group celery --group demo \
		--output-file deploy/compose/requirements.lock

sbom: ## write what is installed, with licences, to .sbom/switchyard.cdx.json
	@scripts/bootstrap check
	@mkdir -p .sbom
	@.venv/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --output-reproducible \
		--output-file .sbom/switchyard.cdx.json .venv/bin/python
	@echo "Wrote .sbom/switchyard.cdx.json (CycloneDX)"

audit: ## ask the package index for known vulnerabilities of what is locked
	@scripts/bootstrap check
	@.venv/bin/pip-audit --strict --require-hashes --disable-pip --requirement requirements.lock
