# Yeji. `make run` serves the dashboard, `make test` checks everything; nothing else is needed
# than GNU make, git and Python 3.11 or newer with venv.

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
TOOLS = $(VENV)/tools
PORT = 8501
INSTALL = -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE = $(TOOLS)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"
UPGRADE = # one package to its newest: make lock UPGRADE="--upgrade-package polars"

.PHONY: run test fix lock audit clean

run: $(VENV)/.installed
	$(BIN)/python cli.py demo --if-empty
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest -n 2

fix: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(TOOLS)/.installed
	$(COMPILE) $(UPGRADE) requirements.in --output-file requirements.txt
	$(COMPILE) $(UPGRADE) requirements-dev.in --constraints requirements.txt --output-file requirements-dev.txt
	$(COMPILE) $(UPGRADE) requirements-tools.in --output-file requirements-tools.txt

# Known vulnerabilities: 1 there are some, 3 nothing was checked. Only what is locked is asked about.
audit: $(TOOLS)/.installed
	@rm -f $(VENV)/audit.txt
	@$(TOOLS)/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
		--requirement requirements-dev.txt --output $(VENV)/audit.txt 2> $(VENV)/audit.log && code=0 || code=$$?; \
	if [ $$code -eq 0 ]; then echo "No known vulnerability in any pinned package."; \
	elif [ -s $(VENV)/audit.txt ]; then cat $(VENV)/audit.txt; exit 1; \
	else grep ERROR $(VENV)/audit.log >&2; \
		echo "NOT CHECKED: the database of known vulnerabilities could not be reached or did not know every package." >&2; exit 3; fi

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.installed: requirements.txt | $(BIN)/python
	$(BIN)/python $(INSTALL) -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python $(INSTALL) -r requirements-dev.txt
	touch $@

$(TOOLS)/.installed: requirements-tools.txt | $(BIN)/python
	$(BIN)/python -m venv $(TOOLS)
	$(TOOLS)/bin/python $(INSTALL) -r requirements-tools.txt
	touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Yeji needs Python 3.11 or newer; $(PYTHON) was not found. Another one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Yeji needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Another one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python lacks venv. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
