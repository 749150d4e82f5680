# Two commands set everything up on a fresh machine: `make brief` and `make test`.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
OUT ?= brief
SAMPLE_HOME ?= .leadline
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
BENCH ?= --benchmark-disable-gc --benchmark-warmup=off --benchmark-min-rounds=3 --benchmark-max-time=0.5

.DEFAULT_GOAL := help
.PHONY: help brief test coverage lint types imports shape check slow bench docs lock wheel clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(VENV)/run.ready: requirements/run.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Leadline needs Python 3.11 or newer; set PYTHON=")'
	@echo "Setting up $(VENV) (about a minute) ..."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q src # the first run is as quick as the next, also where Python may write no bytecode
	@touch $@

$(VENV)/dev.ready: $(VENV)/run.ready requirements/dev.txt
	@echo "Setting up the tools for tests ..."
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

brief: $(VENV)/run.ready ## The leadership brief of the embedded sample, written to brief/
	$(BIN)/leadline brief --sample --home $(SAMPLE_HOME) --out $(OUT)

test: $(VENV)/dev.ready ## All tests (those on real market data skip unless LEADLINE_MARKET_DATA names the folder)
	$(BIN)/pytest -p no:benchmark -m "not slow" -n 2 $(ARGS)

coverage: $(VENV)/dev.ready ## Branch coverage of the tests, module by module
	$(BIN)/pytest -p no:benchmark -m "not slow" -n 2 --cov --cov-report=term $(ARGS)

slow: $(VENV)/dev.ready ## The long calibration suites
	$(BIN)/pytest -p no:benchmark -m slow $(ARGS)

lint: $(VENV)/dev.ready ## Style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.ready ## Types
	$(BIN)/mypy

imports: $(VENV)/dev.ready ## Who may import whom
	$(BIN)/lint-imports

shape: $(VENV)/dev.ready ## Sizes of modules, functions and signatures
	$(BIN)/python tests/laws/shape.py

check: lint types imports shape ## Everything that is no test

bench: $(VENV)/dev.ready ## Benchmarks against the alternatives, with ratios
	$(BIN)/pytest benchmarks -p no:randomly -p no:xdist -q -s $(BENCH) $(ARGS)

docs: $(VENV)/dev.ready ## Renew the pages that are made from the code
	$(BIN)/python -m leadline.cli.reference > docs/90-commands.md
	$(BIN)/python -c 'import json; from leadline.publish.brief import schema; print(json.dumps(schema(), indent=1))' \
		> docs/brief.schema.json

wheel: $(VENV)/dev.ready ## Build the wheel and the source archive
	$(BIN)/python -m build --no-isolation

lock: ## Renew the pinned requirements (needs uv)
	uv pip compile --universal --generate-hashes --no-strip-extras --no-header --quiet --python-version 3.11 \
		--extra dev pyproject.toml requirements/build.in -o requirements/dev.txt $(UV)
	uv pip compile --universal --generate-hashes --no-strip-extras --no-header --quiet --python-version 3.11 \
		pyproject.toml requirements/build.in -c requirements/dev.txt -o requirements/run.txt $(UV)

clean: ## Remove what was made here
	rm -rf $(VENV) $(OUT) $(SAMPLE_HOME) build dist .coverage htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis
