# make repro: set up, then run the whole pipeline to tables and figures. make test: set up, then lint, types, tests.
PYTHON ?= python3.11
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export DVC_NO_ANALYTICS := 1

.PHONY: help setup repro test miniature slurm licences audit docs verify faults sharing clean
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make setup   create .venv with every pinned package (done by the others when missing)
setup: .venv/ready
.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --requirement requirements.lock
	.venv/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

## make repro   run the pipeline of params.yaml in parallel: every table and figure, to reports/index.html
repro: setup
	snakemake --cores all

## make test    lint, type check and test
test: setup
	ruff check .
	ruff format --check .
	mypy
	pytest -n 2

## make miniature   the real benchmarks in small through every stage of the paper preset; not in make test
miniature: setup
	pytest -m miniature tests/miniature

## make slurm   the smoke preset on a Slurm of two nodes on this machine, one of which is lost; not in make test
slurm: setup
	pytest -m cluster tests/cluster

## make licences  write docs/licences.md, the licence of every package of requirements.lock
licences: setup
	python -m supply_chain.licences

## make audit   known vulnerabilities of requirements.lock, whether it can be installed, and what is newer; asks the network
audit: setup .audit/ready
	.audit/bin/uv pip compile --quiet --python .venv/bin/python --output-file .audit/lock.txt requirements.lock
	.audit/bin/uv pip compile --quiet --python .venv/bin/python --no-annotate --no-header --extra cluster --extra test \
		--output-file .audit/today.txt pyproject.toml
	python -m supply_chain.freshness .audit/today.txt
	.audit/bin/pip-audit --strict --disable-pip --no-deps --requirement requirements.lock
.audit/ready: supply_chain/requirements.txt
	$(PYTHON) -m venv .audit
	.audit/bin/pip install --quiet --requirement supply_chain/requirements.txt
	touch $@

## make docs    the documentation as a site, site/index.html; in .venv-docs, without the packages of the pipeline
docs: .venv-docs/ready
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict --quiet
.venv-docs/ready: requirements-docs.lock
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/pip install --quiet --requirement requirements-docs.lock
	touch $@

## make verify   the smoke preset by each engine, every output compared (`hapvr verify --committed`: the results here, anew)
verify: setup
	hapvr verify

## make faults   kills at random moments and other faults, over many seeds; takes long, not in make test
faults: setup
	pytest -m faults tests/workflow

## make sharing   push, pull and merge with an S3 server on this machine, whose packages it adds to .venv; not in make test
sharing: setup
	.venv/bin/pip install --quiet --requirement requirements-s3.lock
	pytest -m sharing tests/workflow

## make clean   remove every result of the pipeline (not .venv)
clean:
	rm -rf data models scores logs .snakemake
