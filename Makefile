# Two commands for a newcomer: `make run` and `make test`. Needs Python 3.11 to 3.13 with venv.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: run test bench clean

run: $(VENV)/.repair-run
	$(BIN)/repair batch seeds -o out --exit-zero
	@echo "Now look at out/report.html, decide with: $(BIN)/repair review out"

test: $(VENV)/.repair-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict repair
	$(BIN)/pytest

bench: $(VENV)/.repair-test
	for subject in encoding residue collate lm; do $(BIN)/python -m benchmarks.$$subject; done

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.repair-run: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/.repair-test: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable '.[test]'
	touch $@ $(VENV)/.repair-run

clean:
	rm -rf $(VENV) out build *.egg-info
