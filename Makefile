# SPDX-License-Identifier: GPL-3.0-or-later
#
#   make              build/plainpop, and its manual pages in build/man
#   make check        all tests: unit, fuzz corpora, lint, and whole runs; under ASan and UBSan, too
#   make lint         direction of includes, forbidden words
#   make fuzz         fuzzes each target for TIME seconds
#   make flood        floods of all kinds, and real sessions meanwhile
#   make soak         ten days of mixed traffic in minutes: all logins, and no process grows
#   make idle         a million sessions that are open and silent: what each costs
#   make mutate       damaged captures through the sanitized program
#   make loss         what is reported when packets are missing, as a table
#   make matrix       real servers x real clients x mechanisms, as a table; root, and installs them
#   make attacks      hydra, medusa and nmap against a real server: found, and called by their names; root
#   make bench        speed against tcpdump, and memory; PARTS="dense mixed" for some, root for the one that is live
#   make install      PREFIX=/usr/local DESTDIR=; make uninstall, with the same
#   make deb          a Debian package, in build/deb
#   make package-test installs and removes that in a Debian of its own; root, and the network
#
# A new source file is found by itself. tests/run does `make check` with all its set-up.

VERSION := 0.1.0

CC ?= gcc
CLANG ?= clang
PREFIX ?= /usr/local
BUILD ?= build
TIME ?= 60

# What few need is left out where its library is not found, or on demand: `make HAVE_MICROHTTPD= HAVE_HIREDIS= HAVE_RDKAFKA= HAVE_NCURSES=`.
HAVE_MICROHTTPD := $(shell pkg-config --exists 'libmicrohttpd >= 0.9.71' && echo yes)
HAVE_HIREDIS := $(shell pkg-config --exists hiredis && echo yes)
HAVE_NCURSES := $(shell pkg-config --exists ncursesw && echo yes)
HAVE_RDKAFKA := $(shell pkg-config --exists 'rdkafka >= 1.6' && echo yes)

PACKAGES := libcyaml yaml-0.1 json-c libssl libcrypto libpcap libhs libpcre2-8 libseccomp zlib libzstd \
	$(if $(HAVE_MICROHTTPD),libmicrohttpd) $(if $(HAVE_HIREDIS),hiredis) $(if $(HAVE_RDKAFKA),rdkafka) \
	$(if $(HAVE_NCURSES),ncursesw)
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion $(if $(CI),-Werror)
CPPFLAGS += -D_GNU_SOURCE -DPLAINPOP_VERSION='"$(VERSION)"' -Iinclude $(patsubst -I%,-isystem %,$(filter-out -D_XOPEN_SOURCE=% -D_DEFAULT_SOURCE,$(shell pkg-config --cflags $(PACKAGES)))) \
	$(if $(HAVE_MICROHTTPD),-DPLAINPOP_MICROHTTPD) $(if $(HAVE_HIREDIS),-DPLAINPOP_HIREDIS) $(if $(HAVE_RDKAFKA),-DPLAINPOP_RDKAFKA) \
	$(if $(HAVE_NCURSES),-DPLAINPOP_NCURSES)
CFLAGS ?= -O2 -g
# What gcc clears and copies structures with on x86, `rep stos', takes longer to begin than most of ours need in all.
STRINGS := -mmemset-strategy=unrolled_loop:128:noalign,libcall:-1:noalign -mmemcpy-strategy=unrolled_loop:128:noalign,libcall:-1:noalign
STRINGS := $(shell $(CC) -Werror $(STRINGS) -E -x c /dev/null >/dev/null 2>&1 && echo $(STRINGS))
RELEASE := -flto=auto $(STRINGS) -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
LDRELEASE := -flto=auto -O2 -pie -Wl,-z,relro,-z,now
LDLIBS := -lnids $(shell pkg-config --libs $(PACKAGES))
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

WITHOUT := $(if $(HAVE_HIREDIS),,%/redis.c) $(if $(HAVE_RDKAFKA),,%/kafka.c %/kafka_settings.c)
SOURCES := $(filter-out $(WITHOUT),$(sort $(shell find src -name '*.c')))
# All but main(), which tests bring along.
ROOMS := $(filter-out src/cli/main.c,$(SOURCES))
UNITS := $(filter-out $(WITHOUT),$(sort $(wildcard tests/unit/*.c)))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))

.PHONY: all release pages asan unit fuzz-build fuzz-corpus fuzz lint check flood soak idle mutate loss matrix attacks bench install uninstall deb package-test clean
all: $(BUILD)/plainpop pages

# What is done, in a word; V=1 shows the commands.
Q := $(if $(V),,@)
SAY = $(if $(V),@:,@echo)

# $(call objects,variant,sources)
objects = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(2))

# The rules, and script and style of the report, are put into the objects that hold them.
$(foreach v,release asan fuzz,$(call objects,$v,src/rule/ruleset.c)): $(wildcard rules/*)
$(foreach v,release asan fuzz,$(call objects,$v,src/report/html.c)): src/report/report.js src/report/report.css

$(BUILD)/release/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) -std=gnu17 $(WARNINGS) $(CPPFLAGS) $(CFLAGS) $(RELEASE) -MMD -MP -c -o $@ $<

$(BUILD)/asan/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) -std=gnu17 $(WARNINGS) $(CPPFLAGS) $(SANITIZE) -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CLANG) -std=gnu17 $(WARNINGS) $(CPPFLAGS) $(SANITIZE) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(BUILD)/plainpop: $(call objects,release,$(SOURCES) $(BESIDES))
	$(SAY) LD $@
	$(Q)$(CC) $(LDRELEASE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/plainpop-asan: $(call objects,asan,$(SOURCES))
	$(SAY) LD $@
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# What is to be packaged and measured: compiled twice, the second time by what the first did with traffic made for it
# (gcc alone). Sensors and writer leave with _exit(): train.c writes what they have counted before. All that `make install`
# wants is built before, lest that finds the program older than its objects and links it anew.
TRAINED := $(BUILD)/trained
release: $(BUILD)/bench/popgen $(BUILD)/plainpop pages
	$(Q)rm -rf $(TRAINED)
	+$(Q)$(MAKE) BUILD=$(TRAINED) CFLAGS='$(CFLAGS) -fprofile-generate -fprofile-update=prefer-atomic' \
		LDFLAGS='$(LDFLAGS) -fprofile-generate -Wl,--wrap=_exit' BESIDES=tests/bench/train.c $(TRAINED)/plainpop
	$(Q)tests/bench/train $(TRAINED) $<
	$(Q)find $(TRAINED) -type f ! -name '*.gcda' -delete
	+$(Q)$(MAKE) BUILD=$(TRAINED) CFLAGS='$(CFLAGS) -fprofile-use -fprofile-partial-training -Wno-missing-profile' $(TRAINED)/plainpop
	$(Q)cp $(TRAINED)/plainpop $(BUILD)/plainpop

$(BUILD)/bench/%: tests/bench/%.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) -std=gnu17 $(CFLAGS) $(LDFLAGS) -o $@ $<

asan: $(BUILD)/plainpop-asan

$(BUILD)/unit: $(call objects,asan,$(ROOMS) $(UNITS))
	$(SAY) LD $@
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ -lcriterion $(LDLIBS)

unit: $(BUILD)/unit
	$(BUILD)/unit --jobs 2

$(BUILD)/fuzz-%: $(call objects,fuzz,$(ROOMS)) $(BUILD)/fuzz/tests/fuzz/%.o
	$(SAY) LD $@
	$(Q)$(CLANG) $(SANITIZE) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LDLIBS)

fuzz-build: $(patsubst %,$(BUILD)/fuzz-%,$(FUZZERS))

# Every input that was ever worth keeping, once.
fuzz-corpus: fuzz-build
	@for t in $(FUZZERS); do \
		echo "corpus of $$t"; \
		$(BUILD)/fuzz-$$t -runs=0 tests/fuzz/corpus/$$t 2>&1 | tail -n 1; \
		$(BUILD)/fuzz-$$t tests/fuzz/corpus/$$t/* >$(BUILD)/fuzz-$$t.log 2>&1 || { cat $(BUILD)/fuzz-$$t.log; exit 1; }; \
	done

# New inputs go to build/corpus; `make fuzz TIME=600`.
fuzz: fuzz-build
	@for t in $(FUZZERS); do \
		mkdir -p $(BUILD)/corpus/$$t; \
		$(BUILD)/fuzz-$$t -max_total_time=$(TIME) -dict=tests/fuzz/$$t.dict -print_final_stats=1 \
			-artifact_prefix=$(BUILD)/ $(BUILD)/corpus/$$t tests/fuzz/corpus/$$t || exit 1; \
	done

lint:
	tests/lint

check: lint unit fuzz-corpus all $(BUILD)/plainpop-asan $(BUILD)/flood $(BUILD)/soak $(BUILD)/streams $(BUILD)/sandbox $(BUILD)/sensors $(BUILD)/ship
	tests/e2e/all

# What tests are made with: floods, days of traffic, and damaged captures.
$(BUILD)/flood $(BUILD)/soak $(BUILD)/mutate: $(BUILD)/%: tests/tools/%.c tests/tools/frames.h Makefile
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) -std=gnu17 $(WARNINGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< -lpcap

$(BUILD)/streams $(BUILD)/sensors $(BUILD)/ship: $(BUILD)/%: $(call objects,release,$(ROOMS)) $(BUILD)/release/tests/tools/%.o
	$(SAY) LD $@
	$(Q)$(CC) $(LDRELEASE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Tries what sensor, writer and exporter must not do.
$(BUILD)/sandbox: $(call objects,release,$(ROOMS) tests/tools/sandbox.c)
	$(SAY) LD $@
	$(Q)$(CC) $(LDRELEASE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

flood: $(BUILD)/plainpop $(BUILD)/flood
	tests/e2e/flood --full

soak: $(BUILD)/plainpop $(BUILD)/soak
	tests/e2e/soak --full

idle: $(BUILD)/plainpop $(BUILD)/soak
	tests/e2e/idle --full

# Captures damaged at random, through the sanitized program; `make mutate CAPTURES="..." SEED=7 PACKETS=100000000`.
CAPTURES ?= $(wildcard samples/*.pcap)
SEED ?= 1
PACKETS ?= 10000000
mutate: $(BUILD)/plainpop-asan $(BUILD)/mutate
	$(BUILD)/mutate -s $(SEED) -n $(PACKETS) $(CAPTURES) | $(BUILD)/plainpop-asan -r - -a -v -o /dev/null

loss: $(BUILD)/plainpop
	tests/e2e/loss --program $(BUILD)/plainpop

matrix: $(BUILD)/plainpop
	packaging/deps matrix
	tests/e2e/matrix --program $(BUILD)/plainpop

attacks: $(BUILD)/plainpop
	packaging/deps attacks
	tests/e2e/attacks $(BUILD)/plainpop

# Standard output is for the report alone.
bench:
	+$(Q)$(MAKE) release $(BUILD)/records >&2
	$(Q)tests/bench/bench $(PARTS)
	$(Q)$(BUILD)/records /dev/null

# What a record costs the writer, beside json-c.
$(BUILD)/records: $(call objects,release,$(ROOMS)) $(BUILD)/release/tests/bench/records.o
	$(SAY) LD $@
	$(Q)$(CC) $(LDRELEASE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The manual pages: what the program has in tables is put into them.
PAGES := $(patsubst man/%.in,$(BUILD)/man/%,$(wildcard man/*.in))
pages: $(PAGES)

$(BUILD)/pages: $(call objects,release,$(ROOMS) $(wildcard man/*.c))
	$(SAY) LD $@
	$(Q)$(CC) $(LDRELEASE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(PAGES) &: $(BUILD)/pages $(wildcard man/*.in)
	@mkdir -p $(BUILD)/man
	$(SAY) MAKE $(BUILD)/man
	$(Q)$(BUILD)/pages $(BUILD)/man $(wildcard man/*.in)

# The options, for shells.
COMPLETIONS := $(addprefix $(BUILD)/completion.,bash zsh fish)
$(COMPLETIONS): $(BUILD)/completion.%: $(BUILD)/plainpop
	$(SAY) MAKE $@
	$(Q)$(BUILD)/plainpop --completion $* >$@

# Where a distribution may have its own ideas. logrotate looks in /etc alone.
UNITDIR ?= $(PREFIX)/lib/systemd/system
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
SYSCONFDIR ?= $(if $(filter /usr /usr/local,$(PREFIX)),/etc,$(PREFIX)/etc)
SHARE := $(PREFIX)/share

# What is installed, and from where: TARGET=SOURCE. Programs are told apart by their folder.
INSTALLED := \
	$(PREFIX)/sbin/plainpop=$(BUILD)/plainpop \
	$(foreach f,$(wildcard rules/*),$(SHARE)/plainpop/$f=$f) \
	$(foreach f,$(PAGES),$(SHARE)/man/man$(patsubst .%,%,$(suffix $f))/$(notdir $f)=$f) \
	$(foreach f,plainpop.yaml grafana.json prometheus-alerts.yaml,$(SHARE)/doc/plainpop/$f=samples/$f) \
	$(foreach f,$(patsubst samples/%,%,$(wildcard samples/siem/*.md samples/siem/*/*)),$(SHARE)/doc/plainpop/$f=samples/$f) \
	$(SHARE)/bash-completion/completions/plainpop=$(BUILD)/completion.bash \
	$(ZSHDIR)/_plainpop=$(BUILD)/completion.zsh \
	$(SHARE)/fish/vendor_completions.d/plainpop.fish=$(BUILD)/completion.fish \
	$(UNITDIR)/plainpop.service=$(BUILD)/plainpop.service \
	$(PREFIX)/lib/sysusers.d/plainpop.conf=packaging/plainpop.sysusers \
	$(PREFIX)/lib/tmpfiles.d/plainpop.conf=packaging/plainpop.tmpfiles \
	$(SYSCONFDIR)/logrotate.d/plainpop=packaging/plainpop.logrotate

# The unit names the program where it will be.
$(BUILD)/plainpop.service: packaging/plainpop.service FORCE
	$(Q)sed 's|^ExecStart=/usr/sbin/|ExecStart=$(PREFIX)/sbin/|' $< >$@
FORCE:

install: $(BUILD)/plainpop $(PAGES) $(COMPLETIONS) $(BUILD)/plainpop.service
	$(Q)for each in $(INSTALLED); do \
		case $$each in */sbin/*) mode=755 ;; *) mode=644 ;; esac; \
		install -D -m $$mode "$${each#*=}" "$(DESTDIR)$${each%%=*}" || exit 1; \
	done

# What was written with it, records and configuration, stays.
uninstall:
	$(Q)for each in $(INSTALLED); do rm -f "$(DESTDIR)$${each%%=*}"; done
	$(Q)rmdir "$(DESTDIR)$(SHARE)/plainpop/rules" "$(DESTDIR)$(SHARE)/plainpop" "$(DESTDIR)$(SHARE)/doc/plainpop/siem"/* \
		"$(DESTDIR)$(SHARE)/doc/plainpop/siem" "$(DESTDIR)$(SHARE)/doc/plainpop" 2>/dev/null || :

# A Debian package, in build/deb, of what is checked out.
deb:
	packaging/deps deb
	packaging/build-deb $(VERSION)

package-test: deb
	packaging/deps package
	tests/e2e/package

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -path $(BUILD)/package -prune -o -type f -name '*.d' -print 2>/dev/null)
