# Every habit of this project. `make` lists them.
# Set-up happens by itself: Debian packages through apt (with sudo where not root), the rest in .venv and build/.
# What takes pip or apt leaves a stamp beside what it made; the builders see for themselves whether anything changed.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PACKAGES := $(VENV)/.packages
TYPINGS := build/typings/.packages
MUTATION := $(VENV)/.mutation
APT := build/.apt
APT_BUILD := build-essential cmake dpkg-dev gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib
COVERAGE := --cov --cov-report=term-missing:skip-covered
XDIST := -n $(shell nproc 2>/dev/null || echo 2) --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test unit emulated long test-renode renode-files renode-edges micropython coverage lint types format \
	gen gen-check bench fuzz firmware campaign exceptions mutate conformance release clean distclean \
	emulator interpreter conformance-image
.NOTPARALLEL:  # apt and pip take turns; the builders use all cores themselves
.DELETE_ON_ERROR:

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 16

demo: emulator firmware  ## set up all, then run a complete iTBS600 on the emulated board
	@$(VENV)/bin/thetabox run iTBS600 --profile bank --intensity 60% --subject demo --operator demo --yes

test: HAZARDS = --tests written  # for gen-check, which goes before: what has failed before shall run again
test: lint types gen-check emulator firmware interpreter conformance-image  ## set up all, then lint, types, all tests
	@rm -f build/outcomes.json
	@$(PY) -m pytest $(XDIST) $(COVERAGE) tests/unit
	@$(PY) -m pytest $(XDIST) --ignore tests/unit tests
	@$(PY) tools/gen.py --check --tests passed

unit: emulator  ## the tests that need no firmware image
	@$(PY) -m pytest $(XDIST) tests/unit

emulated: emulator firmware  ## the firmware image on the emulated board
	@$(PY) -m pytest $(XDIST) tests/emulated

long: emulator firmware  ## whole trains and a thousand starts, of which `make test` has shorter ones
	@$(PY) -m pytest $(XDIST) -m long tests

test-renode: emulator firmware  ## the image on Renode: what is its own, and the emulated board's shared tests
	@$(PY) -m pytest $(XDIST) tests/renode
	@THETABOX_TEST_PORT=renode: $(PY) -m pytest $(XDIST) -m shared tests/emulated

renode-files: emulator firmware  ## build/renode: boot ROM and flash, for scripts of Renode's own
	@$(PY) tools/renode_files.py

renode-edges: emulator firmware  ## keep Renode's edges of an iTBS600 anew, after models or image have changed
	@PYTHONPATH=tests $(PY) -m renode_edges

micropython: $(PACKAGES) interpreter  ## contract and kernel on a real MicroPython interpreter
	@$(PY) -m pytest tests/micropython

coverage: emulator  ## the unit tests; fails unless they run every line and branch of kernel and contract
	@$(PY) -m pytest $(XDIST) $(COVERAGE) tests/unit

lint: $(PACKAGES)  ## ruff and codespell
	@$(VENV)/bin/ruff format --check . && $(VENV)/bin/ruff check . && $(VENV)/bin/codespell

types: $(PACKAGES) $(TYPINGS)  ## mypy over host, tools and firmware
	@$(VENV)/bin/mypy && $(VENV)/bin/mypy tools && $(VENV)/bin/mypy --config-file firmware/mypy.ini

format: $(PACKAGES)  ## format the code
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

gen: $(PACKAGES)  ## render what follows from hw/*.toml and the fault table
	@$(PY) tools/gen.py

gen-check: $(PACKAGES)  ## fail when something rendered is stale, or a hazard's test has not passed
	@$(PY) tools/gen.py --check $(HAZARDS)

bench: emulator firmware  ## measure speed, and where the time goes
	@$(PY) tools/bench.py

fuzz: emulator firmware interpreter  ## a million damaged frames and 100,000 random protocols, on every reader there is
	@PYTHONPATH=tests $(PY) -m fuzzing --keep

firmware: $(APT)  ## build/firmware/thetabox.uf2 (MICROPY_DIR=... for a checkout of your own)
	@$(PYTHON) tools/build_firmware.py

campaign: emulator firmware  ## some thousand endings of a running train, each kind against its criterion
	@PYTHONPATH=tests $(PY) -m campaigning --keep

exceptions: emulator firmware  ## an exception out of nowhere, 500 times in every state of the image
	@PYTHONPATH=tests $(PY) -m campaigning --keep --exceptions

mutate: $(MUTATION)  ## change gate, charge, limits, frames and image, one place at a time: each time a test must fail
	@$(PY) tools/mutate.py

conformance: emulator conformance-image  ## the chip's behaviour: emulated board, Renode if there, rp2040-pio-emulator
	@$(PY) -m pytest tests/conformance

release: emulator firmware  ## build/release: firmware image, wheel and SHA256SUMS of this version
	@$(PY) tools/release.py

clean:  ## remove what was built, keep what was downloaded
	@rm -rf build/firmware build/conformance build/release build/renode build/mutate build/rp2* build/unix* \
		build/mpy-cross build/micropython-unix build/*.fingerprint build/*.log

distclean: clean  ## remove downloads, .venv and caches too; sessions stay
	@rm -rf build $(VENV) .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: needs Python 3.11 or later — make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || tools/apt_install.sh python3-venv
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# --use-pep517: crcmod is a source distribution with a setup.py, which pip is told to build apart from .venv
$(PACKAGES): $(VENV)/.created pyproject.toml requirements.lock
	@echo "installing Python packages into $(VENV)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --use-pep517 -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(TYPINGS): $(PACKAGES) requirements-typings.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --upgrade --no-deps --target build/typings \
		-r requirements-typings.lock
	@touch $@

$(MUTATION): $(PACKAGES) requirements-mutate.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-mutate.lock
	@touch $@

$(APT): Makefile tools/apt_install.sh
	@tools/apt_install.sh $(APT_BUILD)
	@$(PYTHON) -c 'import sysconfig; open(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null \
		|| tools/apt_install.sh python3-dev
	@mkdir -p $(@D) && touch $@

emulator: $(PACKAGES) $(APT)  ## a fast build of rp2040py into .venv
	@$(PY) tools/build_emulator.py

interpreter: $(APT)  ## MicroPython for this machine, of the firmware's own sources
	@$(PYTHON) tools/build_firmware.py unix

conformance-image: $(APT)
	@$(PYTHON) tools/build_firmware.py conformance
