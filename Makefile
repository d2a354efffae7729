# What a developer and CI do; every target first makes .venv in this folder (PYTHON=… chooses the interpreter).
# DEMO=--once ends the demo after a day; AIRFLOW=… are the words of `obmen airflow`; BENCH=--report measures without judging.
# EXAMPLES, KILLS, FAULTS and SCHEDULES say how long `fuzz` and `soak` go on; each prints the SEED that does it once more.
PYTHON ?=
AIRFLOW ?= --demo
PARTIES ?= 340
EXAMPLES ?= 20000
KILLS ?= 1000
FAULTS ?= 10000
SCHEDULES ?= 10000
SEED ?= $(shell date +%s)
JOBS ?= auto
BIN := .venv/bin
READY := .venv/.ready
ORCHESTRATED := .venv/.airflow
SOURCES := gateway connectors tests bench $(if $(wildcard dags/*.py),dags)

.PHONY: demo airflow test test-mssql cluster-test fuzz soak lint bench bench-large lock clean

$(READY): pyproject.toml requirements.lock
	sh .ci/venv $(PYTHON)
	touch $@

demo: $(READY)
	$(BIN)/obmen demo $(DEMO)

# As many tests at once as there are processors; JOBS=0 runs them one by one.
test: $(ORCHESTRATED)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --durations=30

$(ORCHESTRATED): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev,airflow]'
	touch $@

# A real Airflow with our DAGs, the gateway, a store and senders, to click at; Ctrl-C ends it and removes what it made.
airflow: $(ORCHESTRATED)
	$(BIN)/obmen airflow $(AIRFLOW)

# The whole suite, then the demo, in the database at OBMEN_TEST_MSSQL_URL; what stands there in our schemas is dropped.
test-mssql: $(READY)
	@test -n "$$OBMEN_TEST_MSSQL_URL" || { echo "set OBMEN_TEST_MSSQL_URL: see docs/mssql.md" >&2; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev,airflow,mssql]'
	$(BIN)/python -m pytest
	$(BIN)/python -m tests.stores
	OBMEN_DATABASE="$$OBMEN_TEST_MSSQL_URL" $(BIN)/obmen demo --once

# Two gateways, Airflow on Celery with two workers, kills in the middle; PARTIES=… send in each night.
cluster-test: $(ORCHESTRATED)
	sh .ci/cluster
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev,airflow,cluster]'
	OBMEN_TEST_CLUSTER=1 OBMEN_TEST_PARTIES=$(PARTIES) $(BIN)/python -m pytest -s --show-capture=no -o faulthandler_timeout=0 tests/cluster

fuzz: $(READY)
	OBMEN_TEST_EXAMPLES=$(EXAMPLES) OBMEN_TEST_SEED=$(SEED) $(BIN)/python -m pytest -o faulthandler_timeout=0 tests/security/test_fuzz_*.py

soak: $(READY)
	OBMEN_TEST_KILLS=$(KILLS) OBMEN_TEST_SEED=$(SEED) OBMEN_TEST_FAULTS=$(FAULTS) OBMEN_TEST_SCHEDULES=$(SCHEDULES) \
		$(BIN)/python -m pytest -o faulthandler_timeout=0 tests/durability/test_*killed*.py tests/integration/test_reconciling_oracle.py \
		tests/unit/test_slot.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(SOURCES)

bench: $(ORCHESTRATED)
	$(BIN)/python -m bench $(BENCH)

# Beside 50,000,000 older rows: an hour.
bench-large: $(READY)
	$(BIN)/python -m bench --only beside_large $(BENCH)

# One set of exact versions for all extras and all supported interpreters; LOCK='--upgrade' takes the newest.
lock: $(READY)
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links $(LOCK) --quiet --output-file requirements.lock

clean:
	rm -rf .venv dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
