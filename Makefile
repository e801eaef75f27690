# Every target sets itself up. TORCH_INDEX=... chooses where torch comes from (see scripts/setup.py).
PYTHON ?= python3
BIN = .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint bench clean

help:
	@echo "make demo      install, then train, evaluate and predict on examples/reviews.csv"
	@echo "make test      the quick tests"
	@echo "make test-all  every test; those on real data need it at GATEWISE_DATA"
	@echo "make lint      ruff and mypy"
	@echo "make bench     measure; writes benchmarks/results/*.json"

.venv/.ready: pyproject.toml scripts/setup.py
	$(PYTHON) scripts/setup.py
	@touch $@

demo: .venv/.ready
	@sh scripts/demo.sh

# One thread a worker: the workers are the parallelism.
THREADS = OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 RAYON_NUM_THREADS=1

test: .venv/.ready
	$(THREADS) $(BIN)/pytest -n auto --dist worksteal

test-all: .venv/.ready
	$(THREADS) $(BIN)/pytest -n auto --dist worksteal -m "slow or not slow"

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.ready
	$(BIN)/python benchmarks/run_all.py

clean:
	rm -rf .venv demo-out build dist .pytest_cache .mypy_cache .ruff_cache
