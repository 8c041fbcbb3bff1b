# Everything a person types here. `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
# The lab makes network namespaces: root, or sudo where the user is not root. -E hands DISASTER, KEEP and the like on.
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo -E)
# Lab tests wait more than they compute: three processes with labs of their own keep two cores busy.
PROCESSES ?= 3
SOURCES := activities workflows worker starter deploy tests

.PHONY: help setup setup-python setup-lab demo demo-down chaos test lint format lock lab lab-up lab-down lab-status dev clean

help: ## lists these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

setup: setup-python setup-lab ## .venv from requirements.lock, and the lab's Debian packages (PYTHON=python3.12 chooses one)

setup-python:
	@deploy/setup.sh

setup-lab:
	@deploy/setup_lab.sh

demo: setup ## the story: a center lost under load, the other takes over (DISASTER=power, INTERACTIVE=1, KEEP=1)
	@$(AS_ROOT) $(BIN)/python -m deploy.demo

demo-down: setup ## takes away what KEEP=1 left
	@$(AS_ROOT) $(BIN)/python -m deploy.demo down

chaos: setup ## declarations under faults drawn from seeds (SEEDS=5, or SEED=k for one), judged from outside
	@$(AS_ROOT) $(BIN)/python -m deploy.chaos

test: setup ## every test, the lab's among them (ARGS="tests/deploy -x" for pytest, PROCESSES=0 for one after the other)
	@$(AS_ROOT) $(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: setup-python ## ruff, mypy --strict, the layers, nothing of this machine in a tracked file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	deploy/tracked.sh

format: setup-python ## ruff's formatter and its safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup-python ## writes requirements.lock from pyproject.toml (UPGRADE=1 takes the newest versions)
	@deploy/lock.sh $(if $(UPGRADE),--upgrade)

lab-up: setup ## two data centers on this machine
	@$(AS_ROOT) $(BIN)/python -m deploy.lab up

lab-down: setup ## takes them away again
	@$(AS_ROOT) $(BIN)/python -m deploy.lab down

lab-status: setup ## what is up, cut or broken in them
	@$(AS_ROOT) $(BIN)/python -m deploy.lab status

lab: setup ## any command of the lab: make lab CMD="power off seoul"
	@$(AS_ROOT) $(BIN)/python -m deploy.lab $(CMD)

dev: setup-python ## a Temporal dev server with its Web UI, kept in build/dev (ARGS="--port 7300")
	@$(BIN)/python -m deploy.dev $(ARGS)

clean: ## .venv, build and the tools' caches
	@$(AS_ROOT) rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info
