# Every habit is one word; plain `make` explains them. Each word makes what it needs first.
SHELL := bash
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help demo setup test fast check fix docs contract pins bench storm mutants screenshots clean
.NOTPARALLEL:

help: ## this list
	@printf 'Soko: a marketplace. One word for each habit:\n\n'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nNeeds Python 3.12 or newer; PYTHON=/path/to/python names one.\n'

demo: ## serve the demo market on 127.0.0.1 (PORT=8000) and print the addresses and sign-ins
	@bash .ci/demo

setup: ## make the environment in .venv, for running and for checking
	@bash .ci/setup tools

test: setup ## everything, lane by lane: checks, suite on SQLite and on PostgreSQL + Redis, growth, production, storms, browser, contract, uploads, real data
	@$(PY) .ci/lanes.py

fast: setup ## the quick loop: lint, and the unit tests on SQLite
	@$(PY) .ci/lanes.py lint quick

check: setup ## the gate before a commit: lint, types, imports, system checks, drift, unit tests
	@$(PY) .ci/lanes.py environment lint types imports django drift quick

fix: setup ## format the code and mend what the linter can
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

docs: setup ## write docs/generated again from the tables in the code
	@$(PY) manage.py docs

contract: setup ## write the three OpenAPI documents in api/contracts again
	@$(PY) manage.py openapi

pins: setup ## resolve the dependencies again and rewrite the pins
	@$(PY) .ci/pins.py write

bench: setup ## measure the busy paths beside plain hand-written ones (SOKO_BENCH_ROWS=100000,1000000), checkouts, imports and exports
	@$(PY) .ci/bench.py
	@$(PY) .ci/bench_checkout.py
	@$(PY) .ci/bench_transfer.py

storm: setup ## 500 buyers of 50 units and other storms on the processes of production, with crashes, 200 lives of an order, the leak matrix of all roles, and the fuzzer with more examples and every bound; `make test` runs a sample
	@$(PY) .ci/lanes.py storm-whole

mutants: setup ## small faults in money, stock and state: do the tests notice? (long)
	@$(PY) .ci/mutants.py

screenshots: setup ## photograph every screen of the demo market, light and dark, wide and narrow
	@$(PY) .ci/screenshots.py

clean: ## remove what set-up and running made
	@rm -rf .venv node_modules var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
