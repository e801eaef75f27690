# Every target sets itself up. TORCH_INDEX=... chooses where torch comes from (see scripts/setup.py).
PYTHON ?= python3
BIN = .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo native test test-native test-all sanitize lint bench clean

help:
	@echo "make demo      install, then train, evaluate and predict on examples/reviews.csv"
	@echo "make test      the quick tests"
	@echo "make test-all  every test; those on real data need it at GATEWISE_DATA"
	@echo "make native    the compiled library; without a compiler NumPy does its work"
	@echo "make sanitize  the C++ tests under the address, undefined and thread sanitizers"
	@echo "make lint      ruff and mypy"
	@echo "make bench     measure; writes benchmarks/results/*.json"

.venv/.ready: pyproject.toml scripts/setup.py
	$(PYTHON) scripts/setup.py
	@touch $@

# Made anew when its sources change. Without a compiler the targets below go on without it.
CSRC = CMakeLists.txt scripts/native.py $(shell find csrc -type f)

native: build/native.ready

build/native.ready: .venv/.ready $(CSRC)
	@$(BIN)/python scripts/native.py build --if-possible
	@touch $@

build/native-tests.ready: .venv/.ready $(CSRC)
	@$(BIN)/python scripts/native.py test --if-possible
	@touch $@

demo: native
	@sh scripts/demo.sh

# One thread a worker: the workers are the parallelism.
THREADS = GATEWISE_THREADS=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 RAYON_NUM_THREADS=1

test: native test-native
	$(THREADS) $(BIN)/pytest -n auto --dist worksteal

test-native: build/native-tests.ready

test-all: native test-native
	$(THREADS) $(BIN)/pytest -n auto --dist worksteal -m "slow or not slow"

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

sanitize: .venv/.ready
	$(BIN)/python scripts/native.py sanitize

bench: native
	$(BIN)/python benchmarks/run_all.py

clean:
	rm -rf .venv demo-out build dist src/gatewise/ops/native/*.so .pytest_cache .mypy_cache .ruff_cache
