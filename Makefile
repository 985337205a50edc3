# Every target works on a fresh clone: what it needs is installed on first use.
PYTHON ?= python3
VENV := .venv
OLD_CLIENT := .venv-taskcluster-44
PIP := -m pip --disable-pip-version-check --quiet
DIST := dist

.DEFAULT_GOAL := help
.PHONY: help run test check format bench soak bench-transfers docs fuzz stubs dist pyz lock clean

help:  ## Show what can be made.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

run: $(VENV)/run.stamp  ## Start the daemon on 127.0.0.1:8080: your deployment if TASKCLUSTER_* is set, else the sandbox.
	@scripts/run $(VENV)/bin/tcproxy $(ARGS)

# Without bytecode, each worker would compile all tests again each time, for several seconds.
test: $(VENV)/dev.stamp $(OLD_CLIENT)/stamp  ## Run all tests.
	PYTHONDONTWRITEBYTECODE= $(VENV)/bin/python -m pytest -n auto $(ARGS)

check: $(VENV)/dev.stamp  ## Formatting, lint and types.
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

format: $(VENV)/dev.stamp  ## Format the code and mend what lint can mend.
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: $(VENV)/bench.stamp  ## Measure the daemon beside nginx, for 20 minutes; ARGS=--quick for a trial.
	@bench/install
	@$(VENV)/bin/python -m bench $(ARGS)

bench-transfers: $(VENV)/dev.stamp  ## Measure uploads and downloads beside the official client, for 4 minutes.
	@bench/install
	@$(VENV)/bin/python -m bench transfers $(ARGS)

docs: $(VENV)/docs.stamp  ## Build the documentation into build/site.
	@NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -W ignore::DeprecationWarning -m mkdocs build --clean
	@echo 'build/site/index.html'

fuzz: $(VENV)/dev.stamp  ## Look for input that breaks it, for hours; ARGS="--target requests --seconds 60".
	@nice $(VENV)/bin/python -m tests.fuzz $(ARGS)

soak: $(VENV)/dev.stamp  ## Hold good and bad conversations with the daemon for 10 minutes; ARGS='--minutes 1'.
	@$(VENV)/bin/python -m tests.faults.soak $(ARGS)

stubs: $(VENV)/dev.stamp  ## Write the client's type stubs from its tables.
	$(VENV)/bin/python scripts/client_stubs.py

dist: $(VENV)/dev.stamp  ## Build wheels and source distributions of tcproxy and tcproxy-client into dist/.
	$(VENV)/bin/python -m build --no-isolation --outdir $(DIST) .
	$(VENV)/bin/python -m build --no-isolation --outdir $(DIST) client

pyz: $(VENV)/dev.stamp  ## Build dist/tcproxy.pyz, the daemon as one file for hosts that have Python but no pip.
	$(VENV)/bin/python scripts/pyz.py $(DIST)/tcproxy.pyz

lock: $(VENV)/bin/python  ## Pin the newest dependencies, with hashes.
	scripts/lock $(VENV)

clean:  ## Remove the virtual environments and caches.
	rm -rf $(VENV) $(OLD_CLIENT) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .fuzz

$(VENV)/bin/python:
	scripts/venv $(PYTHON) $(VENV)

$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo 'Installing the pinned dependencies into $(VENV) ...'
	@$(VENV)/bin/python $(PIP) install --require-hashes -r requirements/run.txt
	@$(VENV)/bin/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt client/pyproject.toml $(VENV)/run.stamp
	@echo 'Installing the tools for tests and checks into $(VENV) ...'
	@$(VENV)/bin/python $(PIP) install --require-hashes -r requirements/dev.txt
	@$(VENV)/bin/python $(PIP) install --no-deps --no-build-isolation --editable client
	@touch $@

$(VENV)/bench.stamp: requirements/bench.txt $(VENV)/run.stamp
	@echo 'Installing what the benchmark needs into $(VENV) ...'
	@$(VENV)/bin/python $(PIP) install --require-hashes -r requirements/bench.txt
	@touch $@

$(VENV)/docs.stamp: requirements/docs.txt | $(VENV)/bin/python
	@echo 'Installing what builds the documentation into $(VENV) ...'
	@$(VENV)/bin/python $(PIP) install --require-hashes -r requirements/docs.txt
	@touch $@

$(OLD_CLIENT)/stamp: requirements/taskcluster-44.txt
	@echo 'Installing the official client 44.2.2 into $(OLD_CLIENT) ...'
	@test -x $(OLD_CLIENT)/bin/python || scripts/venv $(PYTHON) $(OLD_CLIENT)
	@$(OLD_CLIENT)/bin/python $(PIP) install --require-hashes -r requirements/taskcluster-44.txt
	@touch $@
