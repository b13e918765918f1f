# Every target works in .venv, made by plain venv and pip. Another interpreter: make test PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
# These have their own targets.
APART := --ignore=tests/browsers --ignore=tests/benchmarks --ignore=tests/clients \
	--ignore=tests/packages

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test lint types browsers clients packages bench soak mutants matrix docs clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

demo: $(VENV)/.installed-example  ## run the example API and its two front ends until Ctrl-C
	@$(BIN)/python -m example_api.demo

test: $(VENV)/.installed-test  ## run the tests, in random order, with full branch coverage
	$(PYTEST) --numprocesses=auto --maxprocesses=4 --cov $(APART)

lint: $(VENV)/.installed-lint  ## check style and formatting; print figures of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(BIN)/python -m tests.figures

types: $(VENV)/.installed-types  ## check the types
	$(BIN)/mypy

browsers: $(VENV)/.installed-browsers  ## run the tests in Chromium, Firefox and WebKit
	$(PYTEST) tests/browsers

clients: $(VENV)/.installed-test  ## check that a linter and a client generator from npm read the schemas
	@if command -v npm >/dev/null; then \
		$(MAKE) --no-print-directory $(VENV)/.installed-clients-npm && $(PYTEST) tests/clients; \
	else echo "SKIPPED: npm is not installed, so redocly lint and openapi-typescript have not read the schemas."; fi

packages:  ## check policies on the views of real packages; writes docs/reference/works-with.md; ONLY=name picks some
	$(PYTHON) tests/packages/run.py $(ONLY)

bench: $(VENV)/.installed-bench  ## measure the cost of a request, against others; writes tests/benchmarks/results and the page
	$(BIN)/python -m tests.benchmarks.run

soak: $(VENV)/.installed-bench  ## send a million requests, and look at the memory
	$(BIN)/python -m tests.benchmarks.soak

mutants: $(VENV)/.installed-test  ## put faults into the core and see the tests fail; SAMPLE=60 tries some only
	$(BIN)/python -m tests.mutants.run $(if $(SAMPLE),--sample $(SAMPLE))

matrix:  ## run the tests on each Python, Django and DRF at hand; ONLY=name picks some
	$(PYTHON) tests/matrix/run.py $(ONLY)

docs: $(VENV)/.installed-test  ## check the links of the documentation and run its snippets
	@if [ -d tests/docs ]; then $(PYTEST) tests/docs; \
	else echo "No tests of the documentation yet: they will live in tests/docs."; fi

clean:  ## delete everything that the other targets have made
	rm -rf $(VENV) .venv-matrix .venv-packages .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	rm -rf .coverage .coverage.* example_api/db.sqlite3* example_api/static
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

# One stamp for each extra of pyproject.toml: installed when first needed, and again when that file changes.
$(VENV)/.installed-%: pyproject.toml | $(VENV)/pyvenv.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

$(VENV)/.installed-clients-npm: tests/clients/package.json | $(VENV)/pyvenv.cfg
	@mkdir -p $(VENV)/clients
	@cp tests/clients/package.json $(VENV)/clients
	npm install --prefix $(VENV)/clients --silent --no-audit --no-fund --no-package-lock
	@touch $@
