# make run: set up, then the main job. make test: set up, then lint, types, import contracts and tests.
# On Linux without a GPU, TORCH=cpu with the first of them takes PyTorch's CPU build: 0.5 GB to download, not 3 GB.

PYTHON ?= python3
TORCH ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run up test slow install multilingual bench week kill soak clean

run: install
	$(BIN)/storywire feeds import seeds/feeds.opml --if-none
	$(BIN)/storywire run

up: install
	$(BIN)/storywire feeds import seeds/feeds.opml --if-none
	$(BIN)/storywire up

test: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n logical --maxprocesses 4 --dist loadfile

slow: .venv/dev
	$(BIN)/pytest -m slow

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	@echo "Setting up in .venv: 0.5 GB to download with TORCH=cpu, 3 GB with CUDA; this takes some minutes."
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
ifeq ($(TORCH),cpu)
	$(PIP) --no-deps --index-url https://download.pytorch.org/whl/cpu torch
endif
	$(PIP) --editable .
	touch $@

multilingual: install
	$(PIP) --editable '.[multilingual]'

.venv/dev: .venv/installed
	$(PIP) --editable '.[dev]'
	touch $@

bench: .venv/dev
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.grouping
	$(BIN)/python -m tests.bench.copies
	$(BIN)/python -m tests.bench.bounds
	$(BIN)/python -m tests.bench.polling
	$(BIN)/python -m tests.bench.searching
	$(BIN)/python -m tests.bench.publishing
	$(BIN)/python -m tests.bench.scale
	$(BIN)/python -m tests.bench.latency

week: .venv/dev
	$(BIN)/python -m tests.bench.week

kill: .venv/dev
	$(BIN)/python -m tests.kill

soak: .venv/dev
	$(BIN)/python -m tests.soak

clean:
	rm -rf .venv build *.egg-info
