# SPDX-License-Identifier: MIT
#
# One non-recursive Makefile. Objects go to build/ (build-san/ with SAN=1); the programs
# ./srt-top and ./srt are links into it. Each layer is a static library, and a unit test
# links only what its layer may use, so a slip in the layering is a link error.

VERSION = 0.1.0
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/srt-top
MANDIR ?= $(PREFIX)/share/man

SAN ?= 0
ifeq ($(SAN),1)
BUILD ?= build-san
SAN_FLAGS = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
else
BUILD ?= build
SAN_FLAGS =
endif

CC ?= gcc
CLANG ?= clang
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	   -Wpointer-arith -Wwrite-strings -Wvla -Wundef
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
HARDENING = -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
ifeq ($(SAN),1)
HARDENING = -fPIE
endif
LINK_HARDENING = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed

CORE_PACKAGES = libcjson libseccomp libevent_core libpsl libidn2 libpcre2-8
DB_PACKAGES = sqlite3
TUI_PACKAGES = ncursesw
CHECK_PACKAGES = check

# Without the packages yet (make deps, make clean) pkg-config has nothing to say. It is asked once,
# and only when something is linked or compiled.
pkg_libs = $(or $(PKG_LIBS_$(subst $(space),_,$(1))),$(eval PKG_LIBS_$(subst $(space),_,$(1)) := \
	$$(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null))$(PKG_LIBS_$(subst $(space),_,$(1))))
space := $(subst ,, )
PACKAGE_INCLUDES = $(eval PACKAGE_INCLUDES := $$(shell $(PKG_CONFIG) --cflags-only-I \
	$(CORE_PACKAGES) $(DB_PACKAGES) $(TUI_PACKAGES) 2>/dev/null))$(PACKAGE_INCLUDES)

ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I. -MMD -MP $(WARNINGS) $(HARDENING) $(SAN_FLAGS) \
	     $(PACKAGE_INCLUDES) $(CFLAGS) \
	     -DSRT_TOP_VERSION='"$(VERSION)"' -DSRT_TOP_LIBEXECDIR='"$(LIBEXECDIR)"'
THREADS = -pthread

core_sources = $(wildcard core/base/*.c core/policy/*.c core/net/*.c core/sandbox/*.c core/session/*.c)
learn_sources = $(wildcard learn/*.c)
db_sources = $(wildcard db/*.c)
tui_sources = $(wildcard tui/*.c)
main_sources = $(wildcard core/main/*.c)
shim_sources = $(wildcard core/shim/*.c)

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

LIBCORE = $(BUILD)/libcore.a
LIBLEARN = $(BUILD)/liblearn.a
LIBDB = $(BUILD)/libdb.a
LIBTUI = $(BUILD)/libtui.a

CORE_LINK = $(LIBCORE) $(call pkg_libs,$(CORE_PACKAGES)) $(THREADS)
LEARN_LINK = $(LIBLEARN) $(CORE_LINK)
DB_LINK = $(LIBDB) $(CORE_LINK) $(call pkg_libs,$(DB_PACKAGES))
TUI_LINK = $(LIBTUI) $(CORE_LINK) $(call pkg_libs,$(TUI_PACKAGES))
# The program starts in front of every command, and half of its start is the loader's: what the
# compiler finds as an archive is linked in, and --as-needed drops the shared one behind it.
archive = $(filter /%,$(shell $(CC) -print-file-name=lib$(1).a))
ifeq ($(SAN)$(SHARED),0)
START_ARCHIVES = $(foreach name,seccomp event_core sqlite3 ncursesw tinfo pcre2-8,$(call archive,$(name)))
# These three only together: an archive of one cannot use a shared one of the next.
ifeq ($(words $(call archive,psl) $(call archive,idn2) $(call archive,unistring)),3)
START_ARCHIVES += $(foreach name,psl idn2 unistring,$(call archive,$(name)))
endif
endif
MAIN_LINK = $(LIBTUI) $(LIBLEARN) $(LIBDB) $(LIBCORE) $(START_ARCHIVES) \
	    $(call pkg_libs,$(CORE_PACKAGES) $(DB_PACKAGES) $(TUI_PACKAGES)) -lm $(THREADS)

programs = $(BUILD)/srt-top $(BUILD)/srt-shim

.PHONY: all programs
all: programs srt-top srt
programs: $(programs)

# Made anew whenever it leads elsewhere: a sanitizer build before must not stay in use.
.PHONY: force
force:

srt-top srt: $(programs) force
	@[ "$$(readlink $@)" = "$(BUILD)/srt-top" ] || ln -sfn $(BUILD)/srt-top $@

# Installs what is missing to build and run, and does nothing where all is there.
.PHONY: deps
deps:
	@tests/deps.sh build

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(THREADS) -c -o $@ $<

# The shim runs inside the sandbox as pid 1: static, so that no hidden path can keep it from
# starting, and without sanitizers, which would need /proc and their own helpers there. Where
# core/shim/syscalls.h knows the architecture it has no C library either.
SHIM_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I. -MMD -MP $(WARNINGS) -O2 -g
ifneq ($(filter x86_64-% aarch64-%,$(shell $(CC) -dumpmachine)),)
SHIM_CFLAGS += -ffreestanding -fno-stack-protector -fno-pie -fno-asynchronous-unwind-tables
SHIM_LDFLAGS = -nostdlib -Wl,-z,noexecstack,--build-id=none
else
SHIM_CFLAGS += -fstack-protector-strong
endif

$(BUILD)/core/shim/%.o: core/shim/%.c
	@mkdir -p $(@D)
	$(CC) $(SHIM_CFLAGS) -c -o $@ $<

$(LIBCORE): $(call objects,$(core_sources))
$(LIBLEARN): $(call objects,$(learn_sources))
$(LIBDB): $(call objects,$(db_sources))
$(LIBTUI): $(call objects,$(tui_sources))
$(BUILD)/lib%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/srt-top: $(call objects,$(main_sources)) $(LIBTUI) $(LIBLEARN) $(LIBDB) $(LIBCORE)
	$(CC) $(SAN_FLAGS) $(CFLAGS) $(LINK_HARDENING) -o $@ $(call objects,$(main_sources)) $(MAIN_LINK)

$(BUILD)/srt-shim: $(call objects,$(shim_sources))
	$(CC) -static -O2 $(SHIM_LDFLAGS) -o $@ $^

include tests/tests.mk

.PHONY: install
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(MANDIR)/man1 \
		$(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7
	install -m 0755 $(BUILD)/srt-top $(DESTDIR)$(BINDIR)/srt-top
	ln -sf srt-top $(DESTDIR)$(BINDIR)/srt
	install -m 0755 $(BUILD)/srt-shim $(DESTDIR)$(LIBEXECDIR)/srt-shim
	for page in man/*.[157]; do \
		install -m 0644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/; \
	done

.PHONY: compile_commands
compile_commands:
	@$(MAKE) --no-print-directory --always-make --dry-run all | awk -v dir="$(CURDIR)" ' \
		/ -c -o / { file = $$NF; gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); \
			printf "%s  {\"directory\": \"%s\", \"file\": \"%s\", \"command\": \"%s\"}", \
				n++ ? ",\n" : "[\n", dir, file, $$0 } \
		END { print n ? "\n]" : "[]" }' >compile_commands.json

.PHONY: clean
clean:
	rm -rf build build-san build-fuzz build-clang srt-top srt

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
