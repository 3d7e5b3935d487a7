# Every habit of this project. `make` lists them.
# Set-up happens by itself: Debian packages through apt (with sudo where not root), the rest in .venv and build/.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMPS := build/stamps
FIRMWARE_SOURCES := $(shell find firmware tools/firmware tools/build_firmware.py -type f -not -path '*/__pycache__/*')
APT_BUILD := build-essential cmake dpkg-dev gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib
XDIST := -n $(shell nproc 2>/dev/null || echo 2)

.DEFAULT_GOAL := help
.PHONY: help demo test unit emulated micropython coverage lint types format gen gen-check bench firmware clean distclean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 16

demo: $(STAMPS)/emulator $(STAMPS)/firmware  ## set up all, then run a complete iTBS600 on the emulated board
	@$(VENV)/bin/thetabox run iTBS600 --profile bank --intensity 60% --subject demo --operator demo --yes

test: lint types gen-check $(STAMPS)/emulator $(STAMPS)/firmware $(STAMPS)/unix  ## set up all, then lint, types, all tests
	@$(PY) -m pytest $(XDIST)

unit: $(STAMPS)/emulator  ## the tests that need no firmware image
	@$(PY) -m pytest $(XDIST) tests/unit

emulated: $(STAMPS)/emulator $(STAMPS)/firmware  ## the firmware image on the emulated board
	@$(PY) -m pytest $(XDIST) tests/emulated

micropython: $(STAMPS)/python $(STAMPS)/unix  ## contract and kernel on a real MicroPython interpreter
	@$(PY) -m pytest tests/micropython

coverage: $(STAMPS)/emulator  ## lines and branches of kernel and contract
	@$(PY) -m pytest tests/unit --cov --cov-report=term-missing:skip-covered --cov-fail-under=100

lint: $(STAMPS)/python  ## ruff and codespell
	@$(VENV)/bin/ruff format --check . && $(VENV)/bin/ruff check . && $(VENV)/bin/codespell

types: $(STAMPS)/python $(STAMPS)/typings  ## mypy over host and firmware
	@$(VENV)/bin/mypy && $(VENV)/bin/mypy --config-file firmware/mypy.ini

format: $(STAMPS)/python  ## format the code
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

gen: $(STAMPS)/python  ## render what follows from hw/*.toml and the fault table
	@$(PY) tools/gen.py

gen-check: $(STAMPS)/python  ## fail when something rendered is stale
	@$(PY) tools/gen.py --check

bench: $(STAMPS)/emulator $(STAMPS)/firmware  ## measure speed, and where the time goes
	@$(PY) tools/bench.py

firmware: $(STAMPS)/apt  ## build/firmware/thetabox.uf2 (MICROPY_DIR=... for a checkout of your own)
	@$(PYTHON) tools/build_firmware.py

clean:  ## remove what was built, keep what was downloaded
	@rm -rf build/firmware build/rp2-* build/unix-* build/micropython-unix build/*.fingerprint build/stamps

distclean: clean  ## remove everything that is not in git
	@rm -rf build $(VENV)

$(STAMPS)/venv: tools/apt_install.sh
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || tools/apt_install.sh python3-venv
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/python: $(STAMPS)/venv pyproject.toml requirements.lock
	@echo "installing Python packages into $(VENV)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --use-pep517 -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(STAMPS)/typings: $(STAMPS)/python
	@$(PY) -m pip install --quiet --disable-pip-version-check --upgrade --no-deps --target build/typings \
		micropython-rp2-stubs==1.25.0.post3 micropython-stdlib-stubs==1.25.0
	@touch $@

$(STAMPS)/apt: tools/apt_install.sh
	@tools/apt_install.sh $(APT_BUILD)
	@$(PYTHON) -c 'import sysconfig; open(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null \
		|| tools/apt_install.sh python3-dev
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/emulator: $(STAMPS)/python $(STAMPS)/apt tools/build_emulator.py $(wildcard tools/emulator/*.py)
	@$(PY) tools/build_emulator.py
	@touch $@

$(STAMPS)/firmware: $(STAMPS)/apt $(FIRMWARE_SOURCES)
	@$(PYTHON) tools/build_firmware.py
	@touch $@

$(STAMPS)/unix: $(STAMPS)/apt tools/build_firmware.py tools/firmware/sources.py
	@$(PYTHON) tools/build_firmware.py unix
	@touch $@
