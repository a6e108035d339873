# `make demo` shows the program, `make test` checks it, `make quick` does so while one works on it.
# Everything is installed into .venv from hashed locks; nothing outside this folder is touched.

# Images often forbid Python to keep what it compiles: then each process would take 1.3 s longer to
# start, and the program, like its tests, starts many.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PROGRAM := .venv/program
TOOLS := .venv/tools
PIP := $(PYTHON) -m pip --python $(BIN)/python --quiet --no-input --disable-pip-version-check
# Python compiles what it loads when it loads it: most of what these packages hold never is.
INSTALL := $(PIP) install --no-compile --require-hashes --no-build-isolation --requirement

.PHONY: demo quick test harness review-load lint lock

demo: $(PROGRAM)
	@$(BIN)/household demo --out demo

# Types on one core, tests on the other; loops run as they are written, as they do in the demo.
quick: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python & types=$$!; \
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -m "not slow and not hypothesis" \
		-W "ignore:overflow encountered in scalar:RuntimeWarning" tests; tests=$$?; \
	wait $$types && exit $$tests

# Four workers for two cores, as tests wait for disks, servers and browsers. Linear algebra gets a
# thread in each: on tables as small as those of tests, two that wait for each other take three times
# the processor time.
test: export OMP_NUM_THREADS = 1
# Two processes share the loops out beforehand: each worker would compile all that it meets.
test: $(TOOLS)
	@$(BIN)/household warm-up || test $$? -eq 99
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder -rs

# Kills what decides and sends at KILLS points for each kind of case store; a naive sender, too.
KILLS ?= 200
harness: $(TOOLS)
	POLARS_MAX_THREADS=1 NUMBA_DISABLE_JIT=1 \
		$(BIN)/python -m tests.pipelines.acting.kill_points $(KILLS)

# Serves a run of ACCOUNTS accounts to 20 people who decide at once, and kills the server meanwhile.
ACCOUNTS ?= 1000000
review-load: $(TOOLS)
	$(BIN)/python -m tests.detector.review.load --accounts $(ACCOUNTS)

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

# A plain venv without pip: Debian ships ensurepip apart, and its pip can install into a venv.
$(PROGRAM): requirements.lock pyproject.toml
	@echo "Installing into .venv, once ..."
	@$(PYTHON) -m venv --clear --without-pip .venv
	@$(INSTALL) requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# What comes as source (pyspark) is built by the locked setuptools, not by the latest there is.
$(TOOLS): requirements-dev.lock $(PROGRAM)
	@echo "Installing what tests need, once ..."
	@$(INSTALL) requirements-dev.lock
	@touch $@

# Every version with its hashes, for the program and its build, and for its tests besides; both
# name the same version of what is in both, and no index address.
COMPILE = printf 'setuptools>=77\nwheel\n' | build/lock/bin/uv pip compile pyproject.toml - \
	--universal --python-version 3.11 --generate-hashes --upgrade \
	--no-header --no-annotate --no-emit-index-url --quiet

lock:
	@$(PYTHON) -m venv --clear --without-pip build/lock
	@$(PYTHON) -m pip --python build/lock/bin/python --quiet install uv
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock
