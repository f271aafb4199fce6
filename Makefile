# Needs python3 (3.11 or newer), make and a package index.
# ARGS holds a command's own options:  make demo ARGS="--port 8099"
# PYTHON names another interpreter:    make test PYTHON=python3.13

PYTHON ?= python3
ARGS ?=

.PHONY: help demo test acceptance deploy-check check conformance validate leaks defences bench fuzz torture lock sbom audit runtime dev

help:
	@echo "make demo         a FHIR server over generated data and an app to try it with, on http://127.0.0.1:8080/"
	@echo "                  ARGS=--open lets everybody on this machine in"
	@echo "make test         all tests"
	@echo "make acceptance   the whole stack, each part killed under load, for SECONDS (6) each"
	@echo "make deploy-check the deployment files, by the tools for them"
	@echo "make check        style, types and the imports between rooms"
	@echo "make conformance  the TestScripts and the claims, against a fresh demo"
	@echo "make validate     every resource of every data set against three validators, US Core and IPA"
	@echo "make leaks        every shape of scopes at every door for every type"
	@echo "make defences     take each defence of the authorization server away, and see a test fail"
	@echo "make bench        the benchmarks"
	@echo "make fuzz         the property tests, for long"
	@echo "make torture      kill the server and PostgreSQL amid writes, for SECONDS (300)"
	@echo "make sbom         a bill of materials (CycloneDX) of what is locked, in build/"
	@echo "make audit        are the locks whole, and (with pip-audit) is a vulnerability known"
	@echo "make lock         the locks in requirements/, anew (needs uv)"

demo: runtime
	.venv/bin/omop-fhir demo $(ARGS)

# One more than there are cores, for many tests wait for a server to start or a time to pass; in the order of their names,
# which has the long ones first.
test: JOBS = $(shell python3 -c "import os; print(min(4, (os.cpu_count() or 1) + 1))")
test: dev
	.venv/bin/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

acceptance: SECONDS = 6
acceptance: dev
	.venv/bin/python -m tests.acceptance $(SECONDS)

deploy-check: dev
	.venv/bin/python tools/deploy_tools.py
	.venv/bin/pytest tests/deployment $(ARGS)

check: dev
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

conformance: dev
	.venv/bin/python tools/conformance.py $(ARGS)

validate: dev
	OMOP_FHIR_VALIDATE=all .venv/bin/pytest tests/validation $(ARGS)

leaks: dev
	OMOP_FHIR_LEAKS=all .venv/bin/pytest tests/leaks $(ARGS)

defences: dev
	.venv/bin/python tools/defences.py $(ARGS)

bench: dev
	.venv/bin/python -m benchmarks $(ARGS)
	.venv/bin/python -m benchmarks.searches
	.venv/bin/python -m benchmarks.writes
	.venv/bin/python -m benchmarks.tokens
	.venv/bin/python -m benchmarks.overload -- --wait-limit 0.5
	.venv/bin/python -m benchmarks.scoped

fuzz: dev
	.venv/bin/pytest -m hypothesis --hypothesis-profile=fuzz $(ARGS)

SECONDS ?= 300
torture: dev
	OMOP_FHIR_TORTURE_SECONDS=$(SECONDS) .venv/bin/pytest -s tests/integration/writes/test_faults.py $(ARGS)

# data.txt holds data sets for the tests, of which only the files are wanted and not what their programs need.
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
lock:
	$(COMPILE) pyproject.toml --group build --output-file requirements/runtime.txt $(ARGS)
	$(COMPILE) pyproject.toml --group dev --extra conformance --extra opentelemetry --constraint requirements/runtime.txt \
	    --output-file requirements/dev.txt $(ARGS)
	$(COMPILE) --no-deps requirements/data.in --output-file requirements/data.txt $(ARGS)

sbom: dev
	.venv/bin/python tools/sbom.py $(ARGS)

audit: dev
	.venv/bin/python tools/audit.py $(ARGS)

runtime dev:
	@$(PYTHON) tools/bootstrap.py $@
