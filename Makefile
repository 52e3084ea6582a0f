# make serve: a server on this machine. make test: everything that can be proven here.
# Each step leaves a stamp in .make, so that running it again takes no time.

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python
STAMP := .make
SOURCES := $(shell find frontend -type f 2>/dev/null)
PATHS := allmende tests bench tools

# Hundreds of processes start in a test run: what Python compiles once is kept, out of the tree.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/$(STAMP)/bytecode

.PHONY: setup serve demo test check fix frontend native browser pictures interop bench soak \
        wheel lint types contracts sizes docs styles

# Python and Node get their packages at the same time.
setup:
	@$(MAKE) --no-print-directory -j2 $(STAMP)/dev $(STAMP)/static $(STAMP)/native

serve:
	@$(MAKE) --no-print-directory -j2 $(STAMP)/run $(STAMP)/static $(STAMP)/native
	@exec $(RUN) -m allmende serve --data data

# A living plenum in memory: what it needs besides is among the packages of a developer.
demo: setup
	@exec $(RUN) -m allmende demo

test: setup $(STAMP)/foreign $(STAMP)/scanners $(STAMP)/mumble $(STAMP)/slixmpp
	$(RUN) -m pytest -n auto --dist loadfile -m "not soak and not browser and not interop"
	$(RUN) -m pytest -n 2 --dist loadfile -m "(browser or interop) and not soak and not alone"
	$(RUN) -m pytest -m "(browser or interop) and alone and not soak"

check: lint types contracts sizes docs styles

lint: $(STAMP)/dev
	$(BIN)/ruff check $(PATHS)
	$(BIN)/ruff format --check $(PATHS)

types: $(STAMP)/dev
	$(BIN)/mypy

contracts: $(STAMP)/dev
	$(BIN)/lint-imports --no-cache
	$(RUN) -m pytest -q tests/test_contracts.py

sizes: $(STAMP)/dev
	$(RUN) -m tools.sizes
	$(RUN) -m tools.mirror

docs: setup
	$(RUN) -m tools.words
	$(RUN) -m tools.protocols
	$(RUN) -m tools.docs

styles: $(STAMP)/node
	npm run --silent lint
	npm run --silent test

fix: $(STAMP)/dev
	$(BIN)/ruff check --fix $(PATHS)
	$(BIN)/ruff format $(PATHS)
	$(RUN) -m tools.docs --write
	$(RUN) -m tools.protocols --write

frontend: $(STAMP)/static

# After a compiler was installed, or on another machine.
native: | $(STAMP)
	@tools/native.sh
	@touch $(STAMP)/native

browser: setup $(STAMP)/foreign
	$(RUN) -m pytest -m "browser and not soak"

pictures: setup $(STAMP)/foreign
	$(RUN) -m tests.browser.pictures

interop: setup $(STAMP)/foreign $(STAMP)/scanners $(STAMP)/mumble $(STAMP)/slixmpp
	$(RUN) -m pytest -m "interop and not soak"

bench: setup
	$(RUN) -m bench

soak: setup $(STAMP)/foreign
	$(RUN) -m pytest -m soak

wheel: setup
	$(RUN) -m hatchling build -t wheel

# The environment of a server needs fewer packages than that of a developer; the latter serves too.
$(STAMP)/run: requirements/runtime.txt | $(STAMP)
	@test -f $(STAMP)/dev || { tools/environment.sh "$(PYTHON)" requirements/runtime.txt && touch $@; }

$(STAMP)/dev: requirements/dev.txt | $(STAMP)
	tools/environment.sh "$(PYTHON)" requirements/dev.txt
	@touch $@

$(STAMP)/node: package.json package-lock.json | $(STAMP)
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Building the pages needs fewer packages than checking and testing them; the latter serve too.
$(STAMP)/build: package.json package-lock.json | $(STAMP)
	@test -f $(STAMP)/node || \
	    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMP)/static: $(STAMP)/build $(SOURCES)
	npm run --silent build
	@touch $@

# One file in C that nothing depends on: without a compiler this says so and goes on.
$(STAMP)/native: tools/native.sh $(wildcard allmende/media/fanout/_*.[ch]) | $(STAMP)
	@tools/native.sh
	@touch $@

# Programs that we did not write and test with: browsers, a proxy, a database.
$(STAMP)/foreign: tools/foreign.sh | $(STAMP)
	tools/foreign.sh
	@touch $@

# What looks at headers and TLS from outside, in environments of its own.
$(STAMP)/scanners: tools/scanners.sh requirements/sslyze.txt requirements/observatory/package-lock.json | $(STAMP)
	tools/scanners.sh "$(PYTHON)"
	@touch $@

# Other people's programs that speak Mumble, in environments of their own.
$(STAMP)/mumble: tools/mumble.sh tools/trixie.sh requirements/pymumble.txt requirements/pymumble-rev.txt requirements/mumble-client/package-lock.json | $(STAMP)/foreign
	tools/mumble.sh "$(PYTHON)"
	@touch $@

# Other people's programs that speak XMPP, in environments of their own.
$(STAMP)/slixmpp: tools/slixmpp.sh requirements/slixmpp.txt requirements/slixmpp-source.txt requirements/xmpp-client/package-lock.json | $(STAMP)
	tools/slixmpp.sh "$(PYTHON)"
	@touch $@

$(STAMP):
	@mkdir -p $(STAMP)
