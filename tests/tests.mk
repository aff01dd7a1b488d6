# SPDX-License-Identifier: MIT
# Building and running the tests: included by the Makefile.

CHECK_LINK = $(call pkg_libs,$(CHECK_PACKAGES))

unit_layers = core learn db tui
unit_tests = $(foreach layer,$(unit_layers),$(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,\
	$(wildcard tests/unit/$(layer)/test_*.c)))

UNIT_LIBS_core = $(CORE_LINK)
UNIT_LIBS_learn = $(LEARN_LINK)
UNIT_LIBS_db = $(DB_LINK)
UNIT_LIBS_tui = $(TUI_LINK)

define unit_rule
$$(BUILD)/tests/unit/$(1)/%: $$(BUILD)/tests/unit/$(1)/%.o $$(LIBCORE) $$(LIBLEARN) $$(LIBDB) $$(LIBTUI)
	$$(CC) $$(SAN_FLAGS) $$(CFLAGS) -o $$@ $$< $$(UNIT_LIBS_$(1)) $$(CHECK_LINK)
endef
$(foreach layer,$(unit_layers),$(eval $(call unit_rule,$(layer))))

.PRECIOUS: $(BUILD)/tests/unit/%.o

# Fuzz targets: the same entry point is replayed over its corpus by `make check` with the
# ordinary compiler, and driven by libFuzzer with clang (`make fuzz`).
fuzz_targets = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz_replays = $(patsubst %,$(BUILD)/tests/fuzz/replay_%,$(fuzz_targets))

$(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(LIBCORE) $(LIBLEARN) $(LIBDB) $(LIBTUI)
	$(CC) $(SAN_FLAGS) $(CFLAGS) -o $@ $< $(BUILD)/tests/fuzz/replay.o $(LIBTUI) $(LIBLEARN) $(CORE_LINK) \
		$(call pkg_libs,$(TUI_PACKAGES))

.PRECIOUS: $(BUILD)/tests/fuzz/%.o

# Programs of one source file each that the demonstration and the scripts use. They run inside
# the sandbox too, so they stand alone and carry no sanitizers.
demo_programs = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/demo/*.c))
helper_programs = $(patsubst %.c,$(BUILD)/%,$(filter-out %/print_mounts.c,\
	$(wildcard tests/integration/helpers/*.c)))

$(demo_programs) $(helper_programs): $(BUILD)/%: %.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE -I. -MMD -MP $(WARNINGS) -fstack-protector-strong \
		$(PACKAGE_INCLUDES) $(CFLAGS) -o $@ $< $(call pkg_libs,libcjson)

# This one is a window into the library, and never runs inside.
print_mounts = $(BUILD)/tests/integration/helpers/print_mounts

$(print_mounts): $(BUILD)/tests/integration/helpers/print_mounts.o $(LIBCORE)
	$(CC) $(SAN_FLAGS) $(CFLAGS) -o $@ $< $(CORE_LINK)

# The other side of the dashboard in its tests.
tui_programs = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/tui/*.c))

$(tui_programs): %: %.o $(LIBTUI) $(LIBCORE)
	$(CC) $(SAN_FLAGS) $(CFLAGS) -o $@ $< $(TUI_LINK)

# What `make bench` measures with; the client and origin of its network run inside as well.
net_bench = $(BUILD)/tests/bench/net_bench
bench_programs = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))

$(net_bench): tests/bench/net_bench.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE -I. -MMD -MP $(WARNINGS) $(CFLAGS) -o $@ $<

$(filter-out $(net_bench),$(bench_programs)): %: %.o $(LIBTUI) $(LIBDB) $(LIBCORE)
	$(CC) $(SAN_FLAGS) $(CFLAGS) -o $@ $< $(LIBTUI) $(DB_LINK) \
		$(call pkg_libs,$(TUI_PACKAGES)) -lutil

.PHONY: unit
unit: $(unit_tests) $(fuzz_replays)
	@SRT_TEST_BUILD=$(BUILD) tests/run unit fuzz

.PHONY: test-programs
test-programs: $(unit_tests) $(fuzz_replays) $(demo_programs) $(helper_programs) \
	$(print_mounts) $(tui_programs)

# Installs what is missing for the tests.
.PHONY: deps-check
deps-check:
	@tests/deps.sh build demo tests

# Everything that runs without a network: see tests/run. TESTS="unit tui" picks kinds,
# ONLY=REGEX programs, SRT_TEST_CONFORMANCE=FILE adds a conformance suite for `srt`.
TESTS ?= all
ONLY ?= .
.PHONY: check
check: deps-check
	@$(MAKE) --no-print-directory programs test-programs
	@SRT_TEST_BUILD=$(BUILD) tests/run -o '$(ONLY)' $(TESTS)

.PHONY: valgrind
valgrind:
	@tests/deps.sh build demo tests ci
	@$(MAKE) --no-print-directory $(unit_tests)
	@SRT_TEST_BUILD=$(BUILD) SRT_TEST_VALGRIND=1 tests/run -o '$(ONLY)' unit

# Real MCP servers and the official client library, from their registry.
.PHONY: check-real
check-real: deps-check
	-@tests/deps.sh real
	@$(MAKE) --no-print-directory programs
	@SRT_TEST_BUILD=$(BUILD) tests/run -o '$(ONLY)' real

.PHONY: demo
demo:
	@tests/deps.sh build demo
	@$(MAKE) --no-print-directory all $(demo_programs)
	@SRT_TEST_BUILD=$(BUILD) tests/demo/demo.sh

# The picture in the README, from a real session.
.PHONY: picture
picture: deps-check
	@$(MAKE) --no-print-directory programs $(demo_programs)
	@SRT_TEST_BUILD=$(BUILD) tests/demo/picture.sh docs/dashboard.svg

.PHONY: bench
bench: deps
	@$(MAKE) --no-print-directory programs $(bench_programs) \
		$(BUILD)/tests/integration/helpers/net_flood
	@SRT_TEST_BUILD=$(BUILD) tests/bench/bench.sh
	@SRT_TEST_BUILD=$(BUILD) tests/bench/denials.sh
	@SRT_TEST_BUILD=$(BUILD) tests/bench/learn.sh
	@SRT_TEST_BUILD=$(BUILD) tests/bench/network.sh
	@SRT_TEST_BUILD=$(BUILD) tests/bench/tui.sh
	@SRT_TEST_BUILD=$(BUILD) tests/bench/watch.sh

# Upstream's command beside ours, case by case: COMPARE=REGEX for some of them.
COMPARE ?= .
.PHONY: compare
compare: deps
	@$(MAKE) --no-print-directory programs
	@SRT_TEST_BUILD=$(BUILD) tests/compare/compare.sh '$(COMPARE)'

# Rewrites what the terminal tests compare the screen with. Read the difference before keeping it.
.PHONY: goldens
goldens: deps-check
	@$(MAKE) --no-print-directory programs test-programs
	@UPDATE_GOLDENS=1 $(BUILD)/tests/unit/tui/test_views

# libFuzzer on every target (or FUZZ="NAME…"), FUZZ_SECONDS each, with the corpus to start from.
# What it finds stays in build-fuzz/.
FUZZ ?= $(fuzz_targets)
FUZZ_SECONDS ?= 60
FUZZ_BUILD = build-fuzz
FUZZ_FLAGS = -std=gnu11 -D_GNU_SOURCE -I. -g -O1 -fno-omit-frame-pointer \
	     -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined

$(FUZZ_BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(core_sources) $(learn_sources) $(tui_sources)
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_FLAGS) $(PACKAGE_INCLUDES) -DSRT_TOP_VERSION='"$(VERSION)"' \
		-DSRT_TOP_LIBEXECDIR='"$(LIBEXECDIR)"' -o $@ $< $(core_sources) $(learn_sources) \
		$(tui_sources) $(call pkg_libs,$(CORE_PACKAGES) $(TUI_PACKAGES)) $(THREADS)

.PHONY: fuzz
fuzz:
	@tests/deps.sh build ci
	@$(MAKE) --no-print-directory $(patsubst %,$(FUZZ_BUILD)/fuzz_%,$(FUZZ))
	@for target in $(FUZZ); do \
		mkdir -p $(FUZZ_BUILD)/corpus/$$target; \
		echo "fuzz: $$target for $(FUZZ_SECONDS) s"; \
		$(FUZZ_BUILD)/fuzz_$$target -max_total_time=$(FUZZ_SECONDS) -verbosity=0 \
			-artifact_prefix=$(FUZZ_BUILD)/$$target- $(FUZZ_BUILD)/corpus/$$target \
			tests/fuzz/corpus/$$target || exit 1; \
	done
