# Everything preconv does for a developer, in one place. `make compare` and `make test` set up
# what they need in .venv; nothing else on the machine is touched.

PYTHON ?= python3
CIFAR10_JPEG ?= ../shared/cifar10/cifar10-jpeg.tar
MINUTES ?= 3
KEPT ?= $(notdir $(patsubst %/report.json,%,$(wildcard pipelines/reports/*/report.json)))
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCK := uv pip compile pyproject.toml - --constraints constraints.txt --generate-hashes --universal \
    --python-version 3.11 --no-emit-index-url --no-header --no-annotate --quiet

# The folders of docs whose pages are made of the code; docs/machinery/made_pages.py names them.
MADE := command_line gallery in_depth project reference reports

# Byte code is kept whatever the shell says: the tests start many processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: compare studies keep-studies keep-reports keep-schemas test format style lint types imports tests slow fuzz bench docs reproduce release lock clean help

compare: .venv/run.stamp ## compare features and models on the built-in images
	$(BIN)/preconv compare --out runs/builtin --overwrite

studies: .venv/run.stamp ## the ideas behind the comparison, each as an experiment that runs
	$(BIN)/preconv study all

keep-studies: .venv/test.stamp ## write the kept page of the studies and its pictures anew; wants chromium
	$(BIN)/python -m tests.pipelines.studies.keep

keep-reports: .venv/test.stamp ## write pairs and Markdown of the kept reports anew from their predictions, and what the site quotes
	$(BIN)/python -m tests.pipelines.reporting.keep
	$(BIN)/python -m tests.docs.keep

keep-schemas: .venv/test.stamp ## write the JSON Schemas of what is written anew from the code and docs/formats.md
	$(BIN)/python -m tests.pipelines.schemas.keep

# The types are checked while the tests wait for processes that they start.
test: .venv/test.stamp ## every check
	@$(MAKE) --no-print-directory --jobs 2 style types imports tests

style: .venv/test.stamp ## format and rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

lint: style ## format, rules and docstrings
	$(BIN)/python -m pytest -q tests/test_docstrings.py

types: .venv/test.stamp ## mypy
	$(BIN)/mypy

imports: .venv/test.stamp ## which package imports which
	$(BIN)/lint-imports

tests: .venv/test.stamp ## the tests alone, on all cores
	$(BIN)/python -m pytest -n auto --dist loadfile

slow: .venv/test.stamp .venv/docs.stamp ## the tests that take minutes
	$(BIN)/python -m pytest -m slow

fuzz: .venv/test.stamp ## changed files for every reader, a few minutes for each
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

bench: .venv/test.stamp ## timings beside scikit-image, scikit-learn and NumPy; wants an idle machine
	$(BIN)/python -m pytest tests/benchmarks --benchmark-only --override-ini 'addopts=--import-mode=importlib'

docs: .venv/docs.stamp ## the site, in docs/_build/html; a warning or a dead link is an error
	rm -rf docs/_build
	$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --quiet --nitpicky docs docs/_build/html
	@echo "open docs/_build/html/index.html"

# KEPT="builtin cifar10-filters" runs these alone. One that differs does not keep the others from being run.
reproduce: .venv/run.stamp ## run the kept reports again, where their images are
	@for name in $(KEPT); do \
	    [ -e pipelines/reports/$$name/report.json ] || { echo "$$name: there is no such kept report"; exit 2; }; \
	done
	@for name in $(KEPT); do \
	    case $$name in cifar10*) set -- --data "$(CIFAR10_JPEG)";; *) set --;; esac; \
	    echo "preconv reproduce pipelines/reports/$$name --offline $$*"; \
	    $(BIN)/preconv reproduce pipelines/reports/$$name --offline "$$@"; \
	    case $$? in \
	        0) same="$$same $$name";; 2) not_run="$$not_run $$name";; 3) near="$$near $$name";; \
	        *) differ="$$differ $$name";; \
	    esac; \
	done; \
	echo "bit for bit:$$same"; \
	echo "consistent, in another environment:$$near"; \
	echo "not run, as said above (CIFAR10_JPEG=... names the copy of CIFAR-10):$$not_run"; \
	echo "different:$$differ"; \
	[ -z "$$differ" ]

# VERSION=0.2.0 cuts that version; PYTHONS="/a/python3.12 …" tries these instead of all that are found.
release: .venv/release.stamp ## check, build and install what is released; VERSION=… cuts a version
	$(BIN)/python -m tests.release --version "$(VERSION)" --pythons "$(PYTHONS)"

format: .venv/test.stamp ## rewrite the code in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## write the hashes of all that is installed anew, from constraints.txt; wants uv
	echo hatchling | $(LOCK) --output-file requirements-run.txt
	echo hatchling | $(LOCK) --extra test --output-file requirements-checks.txt
	echo hatchling | $(LOCK) --group release --output-file requirements-release.txt
	echo hatchling | $(LOCK) --extra docs --output-file requirements-docs.txt

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 15

clean: ## remove what was made: .venv, runs, build, dist, the site
	rm -rf .venv runs build dist docs/_build $(addprefix docs/,$(MADE))

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("preconv needs Python 3.11 or later; this is %s. Name another: make PYTHON=python3.12 ..." % sys.version.split()[0])'
	$(PYTHON) -m venv .venv

.venv/run.stamp: .venv/bin/python pyproject.toml requirements-run.txt
	$(INSTALL) --require-hashes -r requirements-run.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/test.stamp: .venv/run.stamp requirements-checks.txt
	$(INSTALL) --require-hashes -r requirements-checks.txt
	@touch $@

.venv/release.stamp: .venv/test.stamp requirements-release.txt
	$(INSTALL) --require-hashes -r requirements-release.txt
	@touch $@

.venv/docs.stamp: .venv/run.stamp requirements-docs.txt
	$(INSTALL) --require-hashes -r requirements-docs.txt
	@touch $@
