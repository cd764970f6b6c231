# mxgrade: one Makefile, no recursion. `make help` lists the targets.
#
# Layout rule: every .c under io/, output/ and scanner/ is part of the program (scanner/cli/main.c
# is its only main); every tests/unit/test_*.c, tests/replay/test_*.c and tests/fuzz/fuzz_*.c is a
# program of its own; every .c under benchmarks/fleet/ is part of the fleet simulator. A new file
# needs no line here.

VARIANT ?= release
ifeq ($(origin CC),default)
CC      := gcc
endif
# V=1 shows the commands.
Q       := $(if $(V),,@)
B       := build/$(VARIANT)$(if $(filter-out gcc cc,$(CC)),-$(notdir $(CC)))

# As Debian names its folders; clang names a vendor besides.
TRIPLET := $(subst -unknown-,-,$(subst -pc-,-,$(shell $(CC) -dumpmachine)))

# BoringSSL: the distribution's package by default; BORINGSSL=DIR takes DIR/include and the static
# libraries in DIR, DIR/lib, DIR/build, or DIR/build/{ssl,crypto}: build/boringssl after `make
# boringssl`, or a source tree that was built. A current BoringSSL is C++ inside.
ifdef BORINGSSL
TLS_CFLAGS := -isystem $(BORINGSSL)/include
TLS_LIBS   := $(firstword $(wildcard $(foreach d,. lib build build/ssl ssl,$(BORINGSSL)/$(d)/libssl.a))) \
              $(firstword $(wildcard $(foreach d,. lib build build/crypto crypto,$(BORINGSSL)/$(d)/libcrypto.a))) \
              -lstdc++
FLAVOUR    := -$(notdir $(abspath $(BORINGSSL)))
B          := $(B)$(FLAVOUR)
else
TLS_CFLAGS := -isystem /usr/include/android
# In full: where an -L leads nowhere, the linker takes OpenSSL, which has the same names.
ANDROID    := /usr/lib/$(TRIPLET)/android
TLS_LIBS   := $(ANDROID)/libssl.so $(ANDROID)/libcrypto.so -Wl,-rpath,$(ANDROID)
endif

WARN   := -Wall -Wextra -Werror -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
          -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE
ifneq ($(filter x86_64-%,$(TRIPLET)),)
HARDEN += -fcf-protection # CET
endif
ifeq ($(VARIANT),release)
OPT    := -O2 -g -D_FORTIFY_SOURCE=2
endif
# Line numbers are what a sanitizer's report needs of -g.
ifeq ($(VARIANT),asan)
OPT    := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
# What is kept is full soon: see io/base/kept.h.
ifeq ($(VARIANT),soak)
OPT    := -O2 -g -D_FORTIFY_SOURCE=2 -DKEPT_ONE_IN=20
endif
ifeq ($(VARIANT),tsan)
OPT    := -O1 -g1 -fsanitize=thread -fno-omit-frame-pointer
endif
ifeq ($(VARIANT),fuzz)
CC     := clang
OPT    := -O1 -g1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
endif
# For what the other compiler warns of; nobody runs it.
ifeq ($(VARIANT),plain)
OPT    := -O0
endif
# libev's watcher macros cast between structs that share a head: no strict aliasing.
CFLAGS_ALL  := -std=gnu11 $(OPT) $(WARN) $(HARDEN) -fno-strict-aliasing -D_GNU_SOURCE -I. -I$(B) \
               $(TLS_CFLAGS) $(CFLAGS)
LDFLAGS_ALL := $(filter -fsanitize=%,$(OPT)) -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
LDFLAGS_ALL := $(subst fuzzer-no-link,fuzzer,$(LDFLAGS_ALL))
LIBS := $(TLS_LIBS) -lev -lcares -lmaxminddb -lzstd -lidn2 -lpsl -luchardet -ldeflate -lhttp_parser -lhiredis \
        -lsqlite3 -lminizip -lexpat -lseccomp -lm -pthread
# What is written is read back by a JSON reader that is not ours.
TEST_LIBS := -lcmocka -ljansson

SOURCES     := $(sort $(wildcard io/*/*.c output/*/*.c scanner/*/*.c))
OBJECTS     := $(SOURCES:%.c=$(B)/%.o)
LIB_OBJECTS := $(filter-out $(B)/scanner/cli/main.o,$(OBJECTS))
PAGE_FILES  := $(sort $(wildcard output/report/page/*))
FLEET_SRC   := $(sort $(wildcard benchmarks/fleet/*.c))
FLEET_OBJ   := $(FLEET_SRC:%.c=$(B)/%.o)
FLOOR_OBJ   := $(B)/benchmarks/floor/floor.o
UNIT_SRC    := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN    := $(UNIT_SRC:tests/unit/%.c=$(B)/tests/%)
REPLAY_SRC  := $(sort $(wildcard tests/replay/test_*.c))
REPLAY_BIN  := $(REPLAY_SRC:tests/replay/%.c=$(B)/tests/%)
REPLAY_OBJ  := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/replay/replay_*.c)))
FUZZ_SRC    := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN    := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/fuzz/%)

.PHONY: all help clean deps check-deps check unit wire torture fuzz lint bench format demo install uninstall pages deb package-check new-operator \
        unit-binaries threaded-binaries fuzz-binaries program boringssl mxgrade FORCE
all: mxgrade $(B)/fleet $(B)/floor ## build ./mxgrade and the fleet simulator (the default)

# ---- Building ----

# The one in the root is the one that was asked for last.
mxgrade: $(B)/mxgrade
	@cmp -s $< $@ || cp -f $< $@

program: $(B)/mxgrade $(B)/fleet

$(B)/mxgrade: $(OBJECTS)
	@echo '  LINK  $@'
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(OBJECTS) $(LIBS)

$(B)/fleet: $(FLEET_OBJ)
	@echo '  LINK  $@'
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(FLEET_OBJ) $(TLS_LIBS) -pthread

$(B)/floor: $(FLOOR_OBJ)
	@echo '  LINK  $@'
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(FLOOR_OBJ) $(TLS_LIBS)

$(B)/liball.a: $(LIB_OBJECTS)
	@rm -f $@
	$(Q)ar rcs $@ $(LIB_OBJECTS)

$(B)/%.o: %.c Makefile | $(B)/libraries
	@mkdir -p $(@D)
	@echo '  CC    $<'
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Once per build folder: the headers of all libraries are there.
$(B)/libraries:
	@mkdir -p $(@D)
	@packaging/check-libraries $(CC) $(filter -I% -isystem /%,$(TLS_CFLAGS) $(CFLAGS))
	@touch $@

# The commit is a file of its own, that changes with it, and that one object depends on.
$(B)/commit.h: FORCE
	@mkdir -p $(@D)
	@printf '#define MXGRADE_COMMIT "%s"\n' "$$(packaging/print-commit)" >$@.new
	@cmp -s $@.new $@ || cp $@.new $@
	@rm -f $@.new
FORCE:

$(B)/scanner/cli/version.o: $(B)/commit.h

# Files that are part of the program: $(B)/FILE.inc has the bytes of FILE as a C initialiser.
$(B)/%.inc: %
	@mkdir -p $(@D)
	$(Q)od -An -v -tx1 $< | sed 's/ /,0x/g; s/^,//; s/$$/,/' >$@

$(B)/output/report/report_page.o: $(PAGE_FILES:%=$(B)/%.inc)

# In no unit test does a verdict depend on how fast the machine is.
UNIT_OBJ := $(B)/tests/unit/still_processor.o
$(UNIT_BIN): $(B)/tests/%: $(B)/tests/unit/%.o $(UNIT_OBJ) $(B)/liball.a
	@mkdir -p $(@D)
	@echo '  LINK  $@'
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(UNIT_OBJ) $(B)/liball.a $(TEST_LIBS) $(LIBS)

# In simulated time: what is in tests/replay/replay_*.c takes the place of the C library's functions.
$(REPLAY_BIN): $(B)/tests/%: $(B)/tests/replay/%.o $(REPLAY_OBJ) $(B)/liball.a
	@mkdir -p $(@D)
	@echo '  LINK  $@'
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(REPLAY_OBJ) $(B)/liball.a $(TEST_LIBS) $(LIBS)

$(FUZZ_BIN): $(B)/fuzz/%: $(B)/tests/fuzz/%.o $(B)/liball.a
	@mkdir -p $(@D)
	@echo '  LINK  $@'
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(B)/liball.a -ljansson $(LIBS)

# Tests of what happens without memory: see the header that makes them so.
FAILING_TESTS := $(notdir $(shell grep -l 'unit/failing_allocator.h' $(UNIT_SRC) $(REPLAY_SRC)))
$(FAILING_TESTS:%.c=$(B)/tests/%): \
    LDFLAGS_ALL += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup

unit-binaries: $(UNIT_BIN) $(REPLAY_BIN)

# The tests that start threads, as `strace -f -e trace=clone3` shows: those that TSan has something to see in.
THREADED_TESTS := appraisal blame chain_cache conn geo host hostname interception merge pool retries sink \
                  sink_time
threaded-binaries: $(THREADED_TESTS:%=$(B)/tests/test_%)
fuzz-binaries: $(FUZZ_BIN)

# ---- A bare machine ----

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT  := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get

BUILD_PACKAGES := gcc make pkg-config libc6-dev android-libboringssl-dev libev-dev libc-ares-dev \
                  libmaxminddb-dev libzstd-dev libidn2-dev libpsl-dev libuchardet-dev libdeflate-dev \
                  libhttp-parser-dev libhiredis-dev libsqlite3-dev libminizip-dev libexpat1-dev libseccomp-dev zlib1g-dev \
                  ca-certificates
ifdef BORINGSSL
BUILD_PACKAGES += g++ # its library is linked
endif
BORINGSSL_PACKAGES := g++ make dpkg-dev xz-utils
TEST_PACKAGES  := clang clang-format cppcheck libclang-rt-dev libcmocka-dev libjansson-dev valgrind jq python3 python3-openpyxl sqlite3 \
                  perl libmaxmind-db-writer-perl zstd procps iproute2 \
                  man-db mandoc bash-completion zsh fish \
                  debhelper dpkg-dev lintian \
                  debootstrap git

deps: ## install what building needs (Debian 12 and 13, Ubuntu)
	$(APT) update -qq
	$(APT) install -y -qq --no-install-recommends $(BUILD_PACKAGES)

check-deps: deps ## install what the tests need besides
	$(APT) install -y -qq --no-install-recommends $(TEST_PACKAGES)
	$(SUDO) tests/wire/install-servers

boringssl: ## build a faster BoringSSL from the distribution's source, for make BORINGSSL=build/boringssl
	$(APT) install -y -qq --no-install-recommends $(BORINGSSL_PACKAGES)
	packaging/boringssl/build build/boringssl

demo: ## from a bare machine: install, build, bring up a loopback mail fleet, scan it
	@if ! $(MAKE) -s all >/dev/null 2>&1; then $(MAKE) deps && $(MAKE) all; fi
	@./mxgrade demo

# ---- Tests ----

check: check-deps ## everything: what CI runs
	FLAVOUR=$(FLAVOUR) tests/check

unit: unit-binaries ## the unit tests of this VARIANT
	@tests/run-unit $(B)/tests

wire: all ## the tests on real servers and on the fleet
	@FLEET=$(B)/fleet tests/wire/run

PART ?=
torture: all ## every way to spoil a run, at length, and stock mail servers; PART=NAME is one of them
	@tests/wire/install-stock
	@$(MAKE) VARIANT=soak build/soak$(FLAVOUR)/mxgrade
	@FLEET=$(B)/fleet SOAK=build/soak$(FLAVOUR)/mxgrade tests/torture/run $(PART)

FUZZ_SECONDS ?= 600
fuzz: ## each fuzz target for FUZZ_SECONDS; build/corpus keeps what reaches something new
	@$(MAKE) VARIANT=fuzz fuzz-binaries
	@FUZZ_CORPUS=build/corpus tests/run-fuzz build/fuzz$(FLAVOUR)/fuzz $(FUZZ_SECONDS)

bench: all ## measure the scanner on the simulated fleet, beside the floor and other tools
	BUILD=$(B) benchmarks/bench

lint: program ## format, rooms, cppcheck
	BUILD=$(B) tests/lint

format: ## clang-format everything
	clang-format -i $$(git ls-files '*.c' '*.h')

# ---- Installing ----

PREFIX     ?= /usr/local
SYSCONFDIR ?= $(if $(filter /usr /usr/local,$(PREFIX)),,$(PREFIX))/etc
ZSH_FOLDER ?= share/zsh/site-functions

# What the program makes from its tables.
SHARE      := $(B)/share
PAGES      := mxgrade.1 mxgrade.conf.5 mxgrade-results.5 bash zsh fish mxgrade.conf
DOCS       := README.md CHANGELOG.md LICENSE docs/*.md

pages: $(PAGES:%=$(SHARE)/%) $(SHARE)/schema.json
$(PAGES:%=$(SHARE)/%): $(SHARE)/%: $(B)/mxgrade
	@mkdir -p $(@D)
	$(Q)$< page $* >$@

$(SHARE)/schema.json: $(B)/mxgrade
	@mkdir -p $(@D)
	$(Q)$< schema >$@

# Debian's tools put the units, the user and the folder of the service in their places themselves.
SERVICE    ?= deploy/mxgrade.service:lib/systemd/system/mxgrade.service:644 \
              deploy/mxgrade.timer:lib/systemd/system/mxgrade.timer:644 \
              deploy/mxgrade-notify.service:lib/systemd/system/mxgrade-notify.service:644 \
              deploy/mxgrade.sysusers:lib/sysusers.d/mxgrade.conf:644 \
              deploy/mxgrade.tmpfiles:lib/tmpfiles.d/mxgrade.conf:644

# FILE:PLACE:MODE, the place within PREFIX.
INSTALLED := $(SERVICE) \
             deploy/notify-mail:share/mxgrade/notify-mail:755 \
             deploy/notify-webhook:share/mxgrade/notify-webhook:755 \
             deploy/mxgrade.rules.yml:share/mxgrade/mxgrade.rules.yml:644 \
             deploy/mxgrade.cron:share/doc/mxgrade/examples/mxgrade.cron:644 \
             deploy/kubernetes-scan.yaml:share/doc/mxgrade/examples/kubernetes-scan.yaml:644 \
             deploy/kubernetes-merge.yaml:share/doc/mxgrade/examples/kubernetes-merge.yaml:644 \
             deploy/slurm-scan.sh:share/doc/mxgrade/examples/slurm-scan.sh:755 \
             $(B)/mxgrade:bin/mxgrade:755 $(B)/fleet:libexec/mxgrade/fleet:755 \
             $(SHARE)/mxgrade.1:share/man/man1/mxgrade.1:644 \
             $(SHARE)/mxgrade.conf.5:share/man/man5/mxgrade.conf.5:644 \
             $(SHARE)/mxgrade-results.5:share/man/man5/mxgrade-results.5:644 \
             $(SHARE)/bash:share/bash-completion/completions/mxgrade:644 \
             $(SHARE)/zsh:$(ZSH_FOLDER)/_mxgrade:644 \
             $(SHARE)/fish:share/fish/vendor_completions.d/mxgrade.fish:644 \
             $(SHARE)/schema.json:share/mxgrade/schema.json:644 \
             $(SHARE)/mxgrade.conf:share/mxgrade/mxgrade.conf:644 \
             $(foreach doc,$(wildcard $(DOCS)),$(doc):share/doc/mxgrade/$(doc):644)
CONFIGURATION := $(DESTDIR)$(SYSCONFDIR)/mxgrade/mxgrade.conf

install: program pages ## into PREFIX, below DESTDIR; the configuration file only where there is none
	@set -e; for row in $(INSTALLED); do \
	    place=$${row#*:}; \
	    install -D -m $${place#*:} "$${row%%:*}" "$(DESTDIR)$(PREFIX)/$${place%:*}"; \
	    case $$row in \
	    deploy/*) sed -i 's,/usr/\(bin\|share\)/,$(PREFIX)/\1/,g' "$(DESTDIR)$(PREFIX)/$${place%:*}" ;; \
	    esac; \
	done
	@[ -e "$(CONFIGURATION)" ] || install -D -m 644 $(SHARE)/mxgrade.conf "$(CONFIGURATION)"

uninstall: ## what install has put there; a configuration file that was changed stays
	@for row in $(INSTALLED); do \
	    place=$${row#*:}; \
	    [ $${place%:*} = share/mxgrade/mxgrade.conf ] || rm -f "$(DESTDIR)$(PREFIX)/$${place%:*}"; \
	done
	@sample="$(DESTDIR)$(PREFIX)/share/mxgrade/mxgrade.conf"; \
	    ! cmp -s "$$sample" "$(CONFIGURATION)" || rm -f "$(CONFIGURATION)"; \
	    rm -f "$$sample"
	@for folder in "$(DESTDIR)$(PREFIX)/share/doc/mxgrade/docs" \
	    "$(DESTDIR)$(PREFIX)/share/doc/mxgrade/examples" "$(DESTDIR)$(PREFIX)/share/doc/mxgrade" \
	    "$(DESTDIR)$(PREFIX)/share/mxgrade" "$(DESTDIR)$(PREFIX)/libexec/mxgrade" \
	    "$(DESTDIR)$(SYSCONFDIR)/mxgrade"; do \
	    [ ! -d "$$folder" ] || rmdir --ignore-fail-on-non-empty "$$folder"; \
	done

deb: ## a Debian package, into build/deb
	@packaging/build-deb build/deb

package-check: ## the package in a bare Debian 12 and a bare Debian 13: built, installed, used, removed
	tests/package

new-operator: ## what an operator does with the package in bare Debians: two nights, a mail, figures, removal
	tests/new-operator

clean: ## remove everything that was built
	rm -rf build mxgrade

help: ## this list
	@grep -hE '^[a-z][a-z-]*:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | sort | expand -t 18

-include $(OBJECTS:.o=.d) $(FLEET_OBJ:.o=.d) $(FLOOR_OBJ:.o=.d) $(UNIT_BIN:$(B)/tests/%=$(B)/tests/unit/%.d) \
         $(UNIT_OBJ:.o=.d) $(REPLAY_BIN:$(B)/tests/%=$(B)/tests/replay/%.d) $(REPLAY_OBJ:.o=.d) \
         $(FUZZ_BIN:$(B)/fuzz/%=$(B)/tests/fuzz/%.d)
