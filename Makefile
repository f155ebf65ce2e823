# One entry point for people and for CI. `make help` lists the targets.

VENV     := .venv
BIN      := $(VENV)/bin
STAMP    := $(VENV)/.setup-done

# Any Python from 3.11 up will do; `make setup PYTHON=/path/to/python3` chooses one.
PYTHON   ?=
# `make test ARGS="-k split -x"` hands arguments to pytest; `make lock UPGRADE=1` takes newer releases.
ARGS     ?=
UPGRADE  ?=
# Three keep two cores busy: a fifth of what tests do is waiting for browsers and for those who were killed.
WORKERS  ?= 3
# Where `make run` listens, and what it keeps: `make run LISTEN=127.0.0.1:9000`.
LISTEN   ?= 127.0.0.1:8000
DEMO     := .cardtrail-demo

.DEFAULT_GOAL := help
.PHONY: help setup run tour test check format lint types contracts lock docs clean FORCE

help:  ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP)  ## make .venv with the locked dependencies and the cardtrail command
	@echo "Ready: $(BIN)/cardtrail --help"

run: $(STAMP)  ## start everything with a demonstration: the pages, the ledger's node, the worker
	@$(BIN)/cardtrail serve --dir $(DEMO) --listen $(LISTEN) --demo

tour: $(STAMP)  ## play a whole life of gift cards on an embedded ledger, in the terminal, and audit it
	@$(BIN)/cardtrail tour

# Tests start hundreds of processes: compiled modules are kept even where the environment says not to keep them.
test: $(STAMP)  ## run all tests (ARGS="..." goes to pytest)
	@scratch=$$(tests/scratch) && trap 'rm -rf "$$scratch"' EXIT && trap 'exit 130' INT TERM && \
	TMPDIR=$$scratch PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

# One after the other, also under `make -j`: each step is worth reading only when the one before it passed.
check: $(STAMP)  ## format, lint, types, import contracts, tests: what CI runs
	@$(MAKE) --no-print-directory format
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory types
	@$(MAKE) --no-print-directory contracts
	@$(MAKE) --no-print-directory test

format: $(STAMP)  ## format the code (with CI set: only say what is not formatted)
	$(BIN)/ruff format $(if $(CI),--check)

lint: $(STAMP)  ## ruff
	$(BIN)/ruff check

types: $(STAMP)  ## mypy
	$(BIN)/python -m mypy  # so that its Django plugin finds tests/web/settings.py

contracts: $(STAMP)  ## who may import whom
	$(BIN)/lint-imports --no-logo

# No index address in the files: whoever installs uses their own. The hashes say what may come from it.
LOCK = ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)

lock: $(STAMP)  ## pin requirements/*.in in requirements/*.lock (UPGRADE=1: newest releases)
	cd requirements && $(LOCK) --output-file runtime.lock runtime.in
	cd requirements && $(LOCK) --constraint runtime.lock --output-file dev.lock dev.in

docs: $(STAMP)  ## write the reference pages that follow from the code
	$(BIN)/python docs/generate.py

clean:  ## remove the environment, caches, builds and what `make run` left
	rm -rf $(VENV) $(DEMO) build dist spring* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache \
	  .schemathesis src/*.egg-info
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A moved checkout or a vanished interpreter leaves an environment that looks finished and does not start.
ifneq ($(shell $(BIN)/python -c '' 2>/dev/null && cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): FORCE
endif

$(STAMP): requirements/install requirements/dev.lock requirements/runtime.in pyproject.toml
	@PYTHON='$(PYTHON)' requirements/install $(VENV) $@
