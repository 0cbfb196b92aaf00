# `make help` lists what there is. Everything runs in .venv, as root or not.

PORT ?= 8000
PROMPT ?= a red heart
VENV := .venv
BIN := $(VENV)/bin
# The first Python on this machine that is new enough; PYTHON=... chooses another.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON = $(shell for one in python3 python3.11 python3.12 python3.13 python3.14; do \
	"$$one" -c '$(NEW_ENOUGH)' 2>/dev/null && { echo "$$one"; break; }; done)
INSTALL = "$(PYTHON)" -I sdsite/server/install.py $(VENV)
# Comes with the build of torch that is chosen for the accelerator, and so is not in requirements.lock.
OF_TORCH := torch triton setuptools cuda-bindings cuda-pathfinder cuda-toolkit $(addprefix nvidia-,cublas cuda-cupti \
	cuda-nvrtc cuda-runtime cudnn-cu13 cufft cufile curand cusolver cusparse cusparselt-cu13 nccl-cu13 nvjitlink nvshmem-cu13 nvtx)
# Checks the scripts' types; see docs/decisions/0014-checks-of-the-front-end.md.
TYPESCRIPT := 5.9.3
NODE := $(VENV)/node
# What `manage.py check --deploy` must find on a site that strangers reach.
DEPLOYED = SDSITE_HTTPS=on SDSITE_DEBUG=off SDSITE_ALLOWED_HOSTS=example.org SDSITE_DATA=$(VENV)/check-data

# Tests of transactions and row locks, which SQLite has not: they run on PostgreSQL too. Chaos runs whole sites there.
ON_POSTGRES = tests/generation/jobs --ignore=tests/generation/jobs/test_deactivation.py \
	--ignore=tests/generation/jobs/submission/test_verify.py tests/generation/queue/test_fairness.py \
	$(addprefix tests/generation/worker/test_,lease.py outcome.py store_images.py db_retry.py safety.py runner_split_batches.py) \
	tests/gallery/actions tests/gallery/models tests/gallery/search tests/gallery/api tests/gallery/rules tests/sdsite/core/test_append_only.py \
	$(addprefix tests/sdsite/accounts/,audit joining leaving models notices required_steps roles sessions) tests/sdsite/accounts/test_plain_text.py tests/sdsite/people/test_removal.py
POSTGRES = -p tests.support.postgres $(ON_POSTGRES)

.DEFAULT_GOAL := help
.PHONY: help run picture install install-dev lock test nightly mutants bench-gpu check check-types check-rest check-js docs-check messages format clean python chromium

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install  ## Bring up the whole site (PORT=8000)
	@exec $(BIN)/python manage.py up --port $(PORT)

picture: export SDSITE_PROMPT := $(value PROMPT)
picture: install  ## Generate one image from the command line (PROMPT="a red heart")
	@exec $(BIN)/python manage.py picture "$$SDSITE_PROMPT"

install: python  ## Install what the site needs into .venv
	@$(INSTALL) requirements.lock requirements.txt

install-dev: python  ## Install what tests and checks need as well
	@$(INSTALL) requirements.lock requirements.txt requirements-dev.txt

lock: python  ## Pin what requirements.txt needs with hashes, in requirements.lock
	@"$(PYTHON)" -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install --quiet --disable-pip-version-check uv
	@head -2 requirements.lock > $(VENV)/lock/new
	$(VENV)/lock/bin/uv pip compile requirements.txt --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate $(addprefix --no-emit-package ,$(OF_TORCH)) -o $(VENV)/lock/pins
	@cat $(VENV)/lock/pins >> $(VENV)/lock/new && mv $(VENV)/lock/new requirements.lock

# Runs pytest with these arguments; what failed beside the other processes runs once more alone (exit status 1: tests failed).
AGAIN = { [ $$? = 1 ] && echo "=== Once more, alone, what failed beside the others; whatever passes now is flaky and listed above ===" && \
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(1); }

test: install-dev chromium  ## Run the tests (ARGS="-k name" to choose)
	$(BIN)/python -m pytest -n 3 $(ARGS) || $(call AGAIN,$(ARGS))
	$(if $(ARGS),,export HYPOTHESIS_EXAMPLES=3; $(BIN)/python -m pytest -n 2 $(POSTGRES) || $(call AGAIN,$(POSTGRES)))

mutants: install-dev  ## Put small faults into the core and count those that tests notice (ARGS="jobs/ --sample 5"; hours)
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet -r tests/requirements-mutants.txt
	@nice -n 15 $(BIN)/python -m tests.support.mutants $(ARGS)

nightly: install-dev chromium  ## Run the tests that `make test` leaves out
	$(BIN)/python -m pytest -n 2 -m nightly $(ARGS)

bench-gpu: install-dev  ## Measure the accelerator and run the tests that need one (ARGS="--only overhead"; 8 minutes)
	$(BIN)/python manage.py bench gpu $(ARGS)
	$(if $(ARGS),,$(BIN)/python -m pytest -m gpu)

check: install-dev  ## Lint, types, import rules, migrations, deployment, documents
	@$(MAKE) --no-print-directory -j 2 check-types check-rest

check-types:
	$(BIN)/mypy

check-rest: docs-check check-js
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@find templates -name '*.html' -exec $(BIN)/djade --check --target-version 5.2 {} +
	$(BIN)/lint-imports
	@mkdir -p $(VENV)/check-data
	$(DEPLOYED) $(BIN)/python manage.py makemigrations --check --dry-run
	$(DEPLOYED) $(BIN)/python -W ignore -m sdsite.devtools.regex_check
	$(DEPLOYED) $(BIN)/python manage.py check --deploy --fail-level WARNING

docs-check: python  ## Links in the documents, and names of files, modules and commands
	@"$(PYTHON)" -m sdsite.devtools.docs_check

check-js:  ## Check the types of static/js (needs npm)
	@if command -v npm >/dev/null; then \
		[ "$$($(NODE)/node_modules/.bin/tsc --version 2>/dev/null)" = "Version $(TYPESCRIPT)" ] || \
			npm install --prefix $(NODE) --no-save --no-audit --no-fund --silent typescript@$(TYPESCRIPT) && \
		echo "$(NODE)/node_modules/.bin/tsc -p static/js/jsconfig.json" && $(NODE)/node_modules/.bin/tsc -p static/js/jsconfig.json; \
	else echo "The types of static/js are not checked: npm is missing."; fi

messages: install-dev  ## Bring the translations' catalogs up to the sources, and compile them (ARGS=--missing)
	$(BIN)/python -m sdsite.devtools.translations $(ARGS)

format: install-dev  ## Format code and templates
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	@find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} + || true

clean:  ## Remove .venv and everything that can be made again; data/ stays
	rm -rf $(VENV) staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './data/*' -exec rm -rf {} +

python:
	@test -n "$(PYTHON)" || { echo "sdsite needs Python 3.11 or newer, and none was found; install it, or name it: make PYTHON=/path/to/python3.11." >&2; exit 1; }
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' || { echo "sdsite needs Python 3.11 or newer; $(PYTHON) is not." >&2; exit 1; }

chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian's chromium for the browser tests ..."; \
		export DEBIAN_FRONTEND=noninteractive; install="apt-get install -y -qq --no-install-recommends"; apt-get update -qq && \
			{ $$install chromium chromium-headless-shell || $$install chromium; } >/dev/null && exit 0; \
	fi; \
	echo "The browser tests need chromium, and it could not be installed here; install it with your package manager." >&2
