# The commands of this repository. Only Python 3.11 to 3.13 with venv, make and git are needed.

.DEFAULT_GOAL := help
.PHONY: help install run test lint bench docs lock

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
PYTHON ?= $(shell for candidate in python3.11 python3.12 python3.13 python3; do \
	$$candidate -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	2>/dev/null && { echo $$candidate; break; }; done)

help: ## what there is
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' $(MAKEFILE_LIST) | expand -t 14

install: $(STAMP) ## install the locked versions into .venv (the others do it by themselves)

# Made anew where the Python under it has gone; packages only where what they depend on has changed.
$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python && $(BIN)/python -c '' 2>/dev/null || { \
		test -n "$(PYTHON)" || { \
			echo "Python 3.11〜3.13（venv 付き）が必要です / Python 3.11 to 3.13 with venv is needed" >&2; exit 2; }; \
		$(PYTHON) -m venv --clear $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: $(STAMP) ## start the demonstration: two prefectures, until Ctrl-C
	@$(BIN)/kairan stack up

test: $(STAMP) ## run all tests
	$(BIN)/python -m pytest $(TESTS)

lint: $(STAMP) ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP) ## measure
	$(BIN)/python -m benchmarks

docs: $(STAMP) ## write the pages that are made from the code
	$(BIN)/python docs/generate.py

# uv is not installed by us: it is needed only where dependencies change.
lock: ## lock the dependencies anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group dev pyproject.toml \
		-o requirements.lock --custom-compile-command "make lock"
