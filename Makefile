# soc-monitor: `make` alone prints what can be done.

# The newest Python that works here and is one of those that the lock is for.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	>/dev/null 2>&1 && echo $$p && break; done)
VENV := .venv
BIN  := $(VENV)/bin
OURS  = VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
LOCK  = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml

# Where the system keeps certificates, trust them: a proxy of the house may have one of its own.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS := 1
endif

# Hundreds of short processes: each would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help system run check test bench soak lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

system: ## install what comes from Debian; an ordinary user has root run this once
	@deploy/system.sh run test

.PHONY: system-run
system-run:
	@deploy/system.sh run

# Everything, tests included; what running alone needs is a part of it, in the same versions.
$(VENV)/.ready: requirements.lock pyproject.toml $(VENV)/.uv
	@echo "installing the locked Python packages"
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	@$(OURS)
	@touch $@ $(VENV)/.ready-run

$(VENV)/.ready-run: deploy/requirements.lock pyproject.toml $(VENV)/.uv
	@echo "installing the locked Python packages"
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip install --quiet --require-hashes -r deploy/requirements.lock
	@$(OURS)
	@touch $@

$(VENV)/.uv: deploy/requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.13 with venv is needed" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@awk '/^uv==/{p=1} p{print} p&&!/\\$$/{exit}' deploy/requirements.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@touch $@

run: system-run $(VENV)/.ready-run ## set everything up and serve the site; Ctrl-C stops it
	@$(BIN)/soc-monitor up

check: $(VENV)/.ready ## the gate alone: format, rules, types, imports
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --diff --quiet .; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: system $(VENV)/.ready check ## the gate and all tests
	@$(BIN)/python -m pytest --numprocesses $$(nproc) --dist loadfile

bench: system $(VENV)/.ready ## figures beside a peer's, as ratios, into docs/benchmarks.md; QUICK=1: minutes, ONLY=engine: one group
	@$(BIN)/python -m tests.bench.run

soak: system $(VENV)/.ready ## the long runs: kills, broken files, floods; into docs/soak.md; ONLY=flood: one
	@$(BIN)/python -m tests.soak.run

lock: ## resolve the dependencies again, run time and tests together
	@$(LOCK) --all-extras -o requirements.lock
	@$(LOCK) --extra install --constraints requirements.lock -o deploy/requirements.lock
