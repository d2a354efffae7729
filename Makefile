# What a developer and CI do; every target first makes .venv in this folder (PYTHON=… chooses the interpreter).
# DEMO=--once ends the demo after a day; BENCH=--report measures without judging.
PYTHON ?=
BIN := .venv/bin
READY := .venv/.ready
SOURCES := gateway connectors tests bench $(if $(wildcard dags/*.py),dags)

.PHONY: demo test lint bench lock clean

$(READY): pyproject.toml requirements.lock
	sh .ci/venv $(PYTHON)
	touch $@

demo: $(READY)
	$(BIN)/obmen demo $(DEMO)

test: $(READY)
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(SOURCES)

bench: $(READY)
	$(BIN)/python -m bench $(BENCH)

# One set of exact versions for all extras and all supported interpreters; LOCK='--upgrade' takes the newest.
lock: $(READY)
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links $(LOCK) --quiet --output-file requirements.lock

clean:
	rm -rf .venv dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
