# The front door. `make check` is exactly what CI runs.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: quickstart test check lint types imports fmt docs bench clean

quickstart: .venv/tables  ## virtual environment, install, and the main job on real data
	test -d demo || $(BIN)/modelyard init demo --recipe medicine/breast-cancer
	$(BIN)/modelyard run demo
	$(BIN)/modelyard predict demo demo/breast-cancer.csv --out demo/answers.csv
	head -n 3 demo/answers.csv

test: .venv/dev  ## all tests, file by file on all processors
	$(BIN)/pytest --numprocesses auto --dist loadfile

check: lint types imports test  ## what CI runs

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

imports: .venv/dev
	$(BIN)/lint-imports

fmt: .venv/dev  ## format, and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/dev  ## write docs/reference from docstrings and the schema
	$(BIN)/python docs/generate.py

bench: .venv/dev  ## every benchmark; writes benchmarks/results/*.json
	for script in benchmarks/[a-z]*.py; do case $$script in */common.py|*/text_data.py) ;; *) $(BIN)/python $$script ;; esac; done

clean:
	rm -rf .venv demo build dist

.venv/tables: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[tables]'
	touch $@

.venv/dev: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@ .venv/tables
