# make run | demo | test: each from a fresh clone, with Python 3.11, git and make on the machine.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV ?= .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
# Builds for CUDA that something may have brought along: here they break `import transformers`.
UNWANTED := torchvision torchaudio torchcodec

ROUNDS ?= 10

.PHONY: help install install-dev run demo engine-worker test lint check soak bench samples assets clean

help: ## show this
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(INSTALLED) ## make the virtual environment and install everything into it

$(INSTALLED): requirements.txt requirements-nodeps.txt constraints.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is not installed; name another Python 3.11 or 3.12 by PYTHON=..."; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	echo "Installing into $(VENV): about 4.5 GB, some minutes at first."
	$(PIP) install --progress-bar on -r requirements.txt -c constraints.txt
	$(PIP) install --progress-bar on --no-deps -r requirements-nodeps.txt
	$(PIP) uninstall --yes --quiet $(UNWANTED) 2>/dev/null
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	touch $@

install-dev: $(INSTALLED_DEV) ## also what the tests need

$(INSTALLED_DEV): $(INSTALLED) requirements-dev.txt
	@$(PIP) install --progress-bar on -r requirements-dev.txt -c constraints.txt
	touch $@

run: $(INSTALLED) ## start everything, print a first answer, run until Ctrl-C
	@exec $(PY) manage.py up --ask

demo: $(INSTALLED) ## start everything, print a first answer, stop
	@exec $(PY) manage.py up --demo

engine-worker: $(INSTALLED) ## run one rank of an engine here: BROKER= KEY_FILE= MODEL= ADDRESS= [OPTIONS="--device 0"]
	@: $${BROKER:?the Redis URL where the engine looks for workers, without a password}
	: $${KEY_FILE:?the file with the key that the engine signs its orders with}
	: $${MODEL:?the directory of the model on this machine}
	: $${ADDRESS:?the address of this machine that the engine and the other ranks reach}
	exec $(PY) -m engine.parallel.worker --broker "$$BROKER" --key-file "$$KEY_FILE" --model "$$MODEL" --address "$$ADDRESS" $(OPTIONS)

lint: $(INSTALLED_DEV) ## style, types, dependency rules
	@$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy engine platform/collegium/sdk
	$(VENV)/bin/lint-imports

check: $(INSTALLED_DEV) ## settings and migrations; needs no server
	@home=$$(mktemp -d); trap 'rm -rf "$$home"' EXIT
	COLLEGIUM_HOME=$$home $(PY) manage.py check
	COLLEGIUM_HOME=$$home $(PY) -W ignore manage.py makemigrations --check --dry-run

# Tests marked `alone` have the machine to themselves: they judge by seconds, or a served model computes on all
# cores. The others run in two processes of one thread; tests/order.py says which goes where, and when.
ALONE := tests/collegium/answers tests/collegium/ops tests/engine/parallel tests/engine/serve

test: lint check ## all that CI runs
	@failed=0
	OMP_NUM_THREADS=1 $(PY) -m pytest -m "not gpu and not alone" -n 2 --dist loadfile --no-loadscope-reorder --durations=30 || failed=1
	$(PY) -m pytest -m "alone and not gpu" --durations=20 $(ALONE) || failed=1
	exit $$failed

soak: $(INSTALLED_DEV) ## the failure tests again and again, ROUNDS times
	@for round in $$(seq $(ROUNDS)); do
		echo "== round $$round of $(ROUNDS)"
		COLLEGIUM_SOAK=1 $(PY) -m pytest -q tests/collegium/knowledge/test_worker.py tests/collegium/ops tests/engine/serve tests/engine/parallel tests/engine/compress
	done

bench: $(INSTALLED_DEV) ## the figures that the README quotes; ONLY="ingest search" for some
	@$(PY) -m tests.bench $(ONLY)

samples: $(INSTALLED) ## write all reports of the sample companies to var/samples
	@$(PY) -m verticals.finance.samples.make

assets: ## build the pages' stylesheet anew; needs Node 20 and npm, which running does not
	@platform/collegium/dashboard/assets/build.sh

clean: ## remove what was built here, not the data in var/
	@rm -rf $(VENV) build ./*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
