# `make demo` and `make test` do all the set-up they need; `make help` lists the targets.
#
# PYTHON       the Python to build .venv with (3.11 or newer)             make demo PYTHON=python3.13
# TORCH_ARGS   more arguments for the pip that installs torch, to choose   make demo TORCH_ARGS="--index-url …"
#              a build (pip's own PIP_INDEX_URL, PIP_FIND_LINKS … count too)
# DEMO_ARGS    more arguments for `convlens demo`

PYTHON ?= python3
TORCH_ARGS ?=
DEMO_ARGS ?=

TORCH := torch==2.13.0
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --no-input --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help install data demo test lint format constraints clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s%s\n", $$1, $$2 }'

demo: install data ## train three networks on real images, shift the images, and write one page that compares them
	@$(BIN)/python -m convlens demo $(DEMO_ARGS)

test: install data lint ## run every check: ruff, mypy, and the tests with branch coverage
	@$(BIN)/python -m pytest -q --cov --cov-report=term

lint: install ## run ruff and mypy alone
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m ruff format --check
	@$(BIN)/python -m mypy

format: install ## let ruff put the code in order
	@$(BIN)/python -m ruff check --fix
	@$(BIN)/python -m ruff format

install: .venv/.installed ## build .venv with the pinned packages; again only when the pins change

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "convlens needs Python 3.11 or newer, and " \
	+ sys.executable + " is %d.%d; name a newer one: make PYTHON=python3.12" % sys.version_info[:2])'
	@echo "making .venv"
	@$(PYTHON) -m venv .venv
	@touch $@

# torch comes first and alone: pip then takes the build at hand (a CPU build counts as torch 2.13.0 and is preferred to
# the plain one), and nothing after it can pull in another.
.venv/.installed: .venv/.made pyproject.toml constraints.txt
	@echo "installing $(TORCH)"
	@if [ "$$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null && [ -z "$(TORCH_ARGS)" ]; then \
	    echo "  (no NVIDIA GPU here: where pip begins to load CUDA packages, TORCH_ARGS can point it to a CPU build)"; fi
	@$(PIP) $(TORCH_ARGS) -c constraints.txt $(TORCH)
	@echo "installing convlens and the packages it stands on"
	@$(PIP) -c constraints.txt -e ".[dev]"
	@touch $@

# Never fails: without the real images the demo uses the small set inside the package and says so, and tests skip.
data: install ## get the Fashion-MNIST images, by download or as a Debian package
	@echo "looking for the Fashion-MNIST images"
	@if $(BIN)/python -m convlens data check fashion-mnist >/dev/null 2>&1; then exit 0; fi; \
	if command -v apt-get >/dev/null; then \
	    if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as="sudo -n"; else as=no; fi; \
	    if [ "$$as" != no ]; then \
	        echo "installing the Debian package dataset-fashion-mnist"; \
	        get="$$as env DEBIAN_FRONTEND=noninteractive apt-get -qq"; \
	        $$get install -y dataset-fashion-mnist </dev/null >/dev/null 2>&1 \
	        || { $$get update && $$get install -y dataset-fashion-mnist; } </dev/null >/dev/null 2>&1 || true; \
	    fi; \
	fi; \
	$(BIN)/python -m convlens data check fashion-mnist >/dev/null 2>&1 \
	|| echo "Fashion-MNIST could not be had here; the 6,000 images inside the package stand in for it"

# torchvision, which timm brings, is left out: the one that fits is the one built for the torch at hand.
constraints: install ## pin what .venv holds now, in constraints.txt
	@{ echo "# The pinned set; \`make constraints\` writes it from what .venv holds."; \
	$(BIN)/python -m pip freeze --all --exclude-editable --disable-pip-version-check \
	| grep -v -E -i '^(#|-|pip==|wheel==|torchvision==|convlens)' | sed 's/+[^=]*$$//' | LC_ALL=C sort -f; } > constraints.new
	@mv constraints.new constraints.txt
	@touch .venv/.installed

clean: ## remove .venv and what the tools left
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov dist build
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
