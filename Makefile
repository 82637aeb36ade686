# Two commands on a fresh machine: `make demo` and `make test`. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := .demo
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help setup demo test check lint languages calibrate advice bench fuzz pictures format clean

help:           ## What can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready   ## A virtual environment with tfprep and everything it needs

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) platforms.py || { echo "Another Python: make PYTHON=python3.12 setup"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: setup     ## Start problem 1, train its reference solution, submit the model, show the score
	rm -rf $(DEMO)/regression
	TFPREP_HOME=$(CURDIR)/$(DEMO)/home $(BIN)/tfprep start regression --into $(DEMO)/regression
	cp problems/problem1_regression/reference.py $(DEMO)/regression/
	cd $(DEMO)/regression && $(CURDIR)/$(BIN)/python reference.py
	cd $(DEMO)/regression && TFPREP_HOME=$(CURDIR)/$(DEMO)/home $(CURDIR)/$(BIN)/tfprep submit --fresh

# A file's tests share a process; see tests/conftest.py. One process more than cores, as tests also wait for clocks and
# containers. On a machine with more cores: make test PROCESSES=9
PROCESSES ?= 3
PYTEST := $(BIN)/python -m pytest -q --numprocesses $(PROCESSES) --dist loadgroup --no-loadscope-reorder

test: setup     ## Every test; those that need Docker, Chromium or PostgreSQL are skipped, and counted, where there is none
	$(PYTEST) --durations 50 --durations-min 1

check: lint     ## The two-minute loop: lint, types, import order, quick tests
	$(PYTEST) -m 'not slow and not docker and not browser and not postgres'

lint: setup     ## Form, types, import order
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPYPATH=.src $(BIN)/mypy -p tfprep
	MYPYPATH=.src:. $(BIN)/mypy tests
	PYTHONPATH=.src $(BIN)/lint-imports

languages: setup  ## Find every sentence in the source; bring the catalogues of all languages up to date
	$(BIN)/python -m tests.languages

SEEDS ?= 5
ONLY := $(if $(PROBLEMS),--problems $(PROBLEMS))
calibrate: setup  ## Train every solution in five seeds and print the bands' table; then the diagnosis table (SEEDS=1 PROBLEMS=mnist for less)
	$(BIN)/python -m tests.calibration --seeds $(SEEDS) $(ONLY)
	$(BIN)/python -m tests.faults $(ONLY)

MINUTES ?= 60
advice: setup   ## Train ordinary attempts, do what the first finding says, train again; does the score rise? (MINUTES=20 for less)
	$(BIN)/python -m tests.advice --minutes $(MINUTES) $(ONLY)

bench: setup    ## Ratios measured side by side in one run
	$(BIN)/python -m tests.bench

fuzz: setup     ## Read half-broken files of strangers, new ones in each minute (MINUTES=20 for less)
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES) --first $$(date +%s)

pictures: setup  ## Train, grade and photograph what the README shows
	$(BIN)/python -m tests.pictures

format: setup   ## Put every file into the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:          ## Remove what was made here (the virtual environment, the demo, caches)
	rm -rf $(VENV) $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
