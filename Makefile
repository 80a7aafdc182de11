# make run: set up, then the main job. make test: set up, then tests, lint, types and import contracts.
# On Linux without a GPU, TORCH=cpu with the first of them takes PyTorch's CPU build: 1.3 GB less to download... see README.

PYTHON ?= python3
TORCH ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt

.PHONY: run test install bench clean

run: install
	$(BIN)/storywire feeds import seeds/feeds.opml --if-none
	$(BIN)/storywire run

test: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
ifeq ($(TORCH),cpu)
	$(PIP) --no-deps --index-url https://download.pytorch.org/whl/cpu torch
endif
	$(PIP) --editable .
	touch $@

.venv/dev: .venv/installed
	$(PIP) --editable '.[dev]'
	touch $@

bench: .venv/dev
	$(BIN)/python -m tests.bench

clean:
	rm -rf .venv build *.egg-info
