# PayBox. «make» alone lists what can be done. Needs only Python 3.11 and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.installed
PACKAGES := paybox tenants registry billing pagopa dunning frontline tests bench
COMPILE := --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 --universal

.DEFAULT_GOAL := help
.PHONY: help setup venv demo demo-reset test test-kill check bench lock

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | while IFS="$$(printf '\t')" read -r name text; \
	do printf '  make %-12s %s\n' "$$name" "$$text"; done

venv:
	@$(PYTHON) -c 'import sys; raise SystemExit(sys.version_info[:2] != (3, 11))' 2>/dev/null || \
	{ echo 'Serve Python 3.11: installarlo, o indicarlo con «make PYTHON=/percorso/python3.11 …».' >&2; exit 2; }
	@$(RUN) -c 'import sys; raise SystemExit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
	rm -rf $(VENV); \
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	echo 'L'"'"'ambiente virtuale non si crea: su Debian o Ubuntu serve «apt-get install python3.11-venv».' >&2; exit 2; }; }

setup: venv ## virtual environment, locked requirements, Pango
	@wanted="$$($(RUN) -c 'import hashlib; print(hashlib.sha256(open("requirements.txt", "rb").read()).hexdigest())')"; \
	if [ "$$wanted" != "$$(cat $(STAMP) 2>/dev/null)" ]; then \
	echo 'Installo le dipendenze …'; \
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt && \
	echo "$$wanted" > $(STAMP); \
	fi
	@$(RUN) -m paybox.embedded.pango

demo: setup ## the whole product, working, until Ctrl-C (ARGS=--once: once and out; PAYBOX_PORT moves the port)
	@$(RUN) manage.py demo $(ARGS)

demo-reset: setup ## throw the demo's data away and begin anew
	@$(RUN) manage.py demo --reset $(ARGS)

test: setup ## every test, on a PostgreSQL and a Redis of their own (ARGS goes to pytest)
	@$(RUN) -m paybox.embedded.chromium || true
	$(RUN) -m pytest -n 2 $(ARGS)

test-kill: setup ## 10,000 debtors a channel, everything killed at random while they are written to (PAYBOX_KILL_SEED repeats a run)
	PAYBOX_TEST_VAR=$(CURDIR)/var/kill PAYBOX_KILL_ITEMS=10000 PAYBOX_KILL_ACTS=10000 $(RUN) -m pytest tests/kills -s $(ARGS)

check: setup ## style, types, layers, migrations, templates: what CI runs before the tests
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy $(PACKAGES)
	$(VENV)/bin/lint-imports --no-logo
	PAYBOX_VAR_DIR=var/check $(RUN) -m paybox.embedded.services $(RUN) manage.py makemigrations --check --dry-run
	$(VENV)/bin/djlint --lint --quiet templates

bench: setup ## how fast it is, as ratios to a floor of the same run (ROWS=a,b for some rows; LETTERS=10000 prints as many)
	$(RUN) -m bench $(if $(ROWS),--rows $(ROWS)) $(if $(LETTERS),--letters $(LETTERS))

lock: venv ## write requirements.txt anew from pyproject.toml
	@$(RUN) -c 'import uv' 2>/dev/null || $(RUN) -m pip install --quiet --disable-pip-version-check uv
	$(RUN) -m uv pip compile $(COMPILE) --extra dev --upgrade --output-file requirements.txt pyproject.toml
