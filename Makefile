# Two commands for a user: `make demo` and `make test`. Everything is installed into .venv
# from the hashed lock; nothing outside this folder is touched.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/ready
PIP := $(PYTHON) -m pip --python $(BIN)/python --quiet --no-input --disable-pip-version-check

.PHONY: demo test lint lock

demo: $(READY)
	@$(BIN)/household demo --out demo

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

# What comes as source (pyspark) is built by the locked setuptools, not by the latest there is.
# A plain venv without pip: Debian ships ensurepip apart, and its pip can install into a venv.
$(READY): requirements.lock pyproject.toml
	@echo "Installing into .venv, once ..."
	@$(PYTHON) -m venv --clear --without-pip .venv
	@sed -n '/^\(packaging\|setuptools\|wheel\)==/,/[^\\]$$/p' requirements.lock > .venv/build.lock
	@$(PIP) install --require-hashes --requirement .venv/build.lock
	@$(PIP) install --require-hashes --no-build-isolation --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Every version with its hashes, for the program, its tests and its build; no index address.
lock:
	@$(PYTHON) -m venv --clear --without-pip build/lock
	@$(PYTHON) -m pip --python build/lock/bin/python --quiet install uv
	printf 'setuptools>=77\nwheel\n' | build/lock/bin/uv pip compile pyproject.toml - \
		--extra dev --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-header --no-annotate --no-emit-index-url --quiet --output-file requirements.lock
