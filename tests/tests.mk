# SPDX-License-Identifier: MIT
# Building the tests: included by the Makefile.

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

.PHONY: unit
unit: $(unit_tests) $(fuzz_replays)
	@status=0; for t in $(unit_tests); do $$t || status=1; done; \
	for t in $(fuzz_targets); do $(BUILD)/tests/fuzz/replay_$$t tests/fuzz/corpus/$$t/* || status=1; done; \
	exit $$status
