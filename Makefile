# SPDX-License-Identifier: MIT OR Apache-2.0
#
# KOZO: one Makefile for the whole tree. `make help` says what it can do.

# `make DEBUG=1` builds a kernel that checks itself, in a folder of its own.
DEBUG ?= 0
O    ?= $(if $(filter 1,$(DEBUG)),build-debug,build)
ARCH ?= x86_64
CC    = gcc
V    ?= 0

# `make V=1` shows commands; otherwise a line says what is being made.
Q    := $(if $(filter 1,$(V)),,@)
say   = $(if $(filter 1,$(V)),,@printf '  %-6s %s\n' $(1) $(2))

# Half-made files never look finished.
.DELETE_ON_ERROR:

all: $(O)/kozo-kernel $(O)/initrd.cpio $(O)/abi/ABI.md	## build kernel, initrd and ABI reference (default)

# --- what there is ------------------------------------------------------------
# A file is built because it is there: nothing below lists files one by one.

ABI_FILES  := $(sort $(wildcard abi/*.abi))
GEN_SRC    := $(sort $(wildcard abi/*.c))
SHARED_SRC := $(sort $(wildcard abi/lib/*.c abi/lib/*.asm))
KERNEL_SRC := $(sort $(wildcard kernel/boot/*.c kernel/core/*.c kernel/memory/*.c) \
                     $(if $(filter 1,$(DEBUG)),$(wildcard kernel/debug/*.c)) \
                     $(wildcard $(foreach ext,c asm,kernel/arch/$(ARCH)/*.$(ext) \
                                        kernel/arch/$(ARCH)/boot/*.$(ext))))
OFFSETS    := kernel/arch/$(ARCH)/offsets.c kernel/arch/$(ARCH)/boot/boot_offsets.c
LIB_SRC    := $(sort $(wildcard services/lib/kozo-sys/*.c services/lib/kozo-sys/*.asm))
PROGRAMS   := $(sort $(patsubst services/%/main.c,%,$(wildcard services/*/main.c)))
ROOT_FILES := $(sort $(shell cd services/init/root && find . -type f -printf '%P\n'))
TESTS      := $(sort $(wildcard tests/unit/*_test.c))
C_FILES    := $(sort $(shell find abi kernel services tests -name '*.[ch]' ! -path 'tests/abi/*'))

# --- flags --------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Werror -Wmissing-prototypes -Wshadow
# What kernel and services share: no host, no FPU, frame pointers for backtraces.
TARGET   := -std=c17 -O2 -g $(WARNINGS) -ffreestanding -fno-pie -mgeneral-regs-only \
            -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fno-strict-aliasing \
            -ffile-prefix-map=$(CURDIR)/=
KERNEL_FLAGS  := $(TARGET) -mcmodel=kernel -mno-red-zone -fstack-protector \
                 -mstack-protector-guard=global -I$(O)/abi -I$(O)/include -Iabi/lib \
                 $(addprefix -Ikernel/,include core memory boot debug arch/$(ARCH)) \
                 $(if $(filter 1,$(DEBUG)),-DKOZO_DEBUG)
SERVICE_FLAGS := $(TARGET) -fno-stack-protector -fno-tree-loop-distribute-patterns \
                 -I$(O)/abi -Iabi/lib -Iservices/lib/kozo-sys
HOST_FLAGS    := -std=gnu17 -O1 -g $(WARNINGS) -fsanitize=address,undefined \
                 -fno-sanitize-recover=all
HOST_INCLUDE  := -I$(O)/abi -Iabi/lib -Itests/unit \
                 $(addprefix -iquote ,kernel/core kernel/memory kernel/boot kernel/include) \
                 -Itests/unit/arch -Ikernel/arch/$(ARCH) \
                 $(addprefix -iquote ,kernel/arch/$(ARCH)/boot services/fsd services/init) \
                 -Iservices/lib/kozo-sys
NASM_FLAGS    := -f elf64 -g -F dwarf -Wall -Werror -I$(O)/abi/ -I$(O)/
LD_FLAGS      := -nostdlib -static -z noexecstack -z max-page-size=4096 --build-id=none
DEPS           = -MMD -MP -MF $@.d -MT $@

# --- tools --------------------------------------------------------------------
# Everything compiled waits for this, so each goal alone works on a new machine.

TOOLS := $(or $(if $(filter debug,$(MAKECMDGOALS)),debug),\
              $(if $(filter test%,$(MAKECMDGOALS)),test),\
              $(if $(filter run,$(MAKECMDGOALS)),run),\
              $(if $(filter iso,$(MAKECMDGOALS)),iso),build)

tools:
	@scripts/preflight.sh $(strip $(TOOLS))

# Changed flags rebuild what they affect: the stamp moves only when they do.
FLAGS_TEXT = $(CC) $(KERNEL_FLAGS) $(SERVICE_FLAGS) $(HOST_FLAGS) $(HOST_INCLUDE) $(NASM_FLAGS) $(LD_FLAGS)
$(O)/flags: FORCE | tools
	@mkdir -p $(@D)
	@echo '$(FLAGS_TEXT)' | cmp -s - $@ || echo '$(FLAGS_TEXT)' > $@

VERSION = $(shell git describe --always --dirty --tags 2>/dev/null || echo unknown)
$(O)/include/version.h: FORCE
	@mkdir -p $(@D)
	@echo '#define KOZO_VERSION "0.1.0 ($(VERSION))"' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# --- the ABI ------------------------------------------------------------------

GENERATED := $(addprefix $(O)/abi/,kozo_abi.h kozo_abi.inc kozo_handlers.h kozo_dispatch.c \
                                   kozo_stubs.h kozo_pairs.h ABI.md)

$(O)/host/gen: $(GEN_SRC) $(wildcard abi/*.h) $(O)/flags
	$(call say,HOSTCC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -O1 -g $(WARNINGS) -fsanitize=address,undefined -o $@ $(GEN_SRC)

$(GENERATED) &: $(O)/host/gen $(ABI_FILES)
	$(call say,ABI,$(O)/abi)
	@mkdir -p $(O)/abi
	$(Q)$< $(O)/abi $(ABI_FILES)

# Structure layout for the assembler, asked of the compiler itself.
$(O)/offsets.inc: kernel/arch/$(ARCH)/offsets.c
$(O)/boot_offsets.inc: kernel/arch/$(ARCH)/boot/boot_offsets.c
$(O)/offsets.inc $(O)/boot_offsets.inc: $(O)/flags | $(GENERATED)
	$(call say,OFFS,$@)
	$(Q)$(CC) $(KERNEL_FLAGS) $(DEPS) -S -o $@.s $(filter %.c,$^)
	$(Q)sed -n 's/.*"@@\(.*\)"/%define \1/p' $@.s > $@

# --- objects ------------------------------------------------------------------

objects = $(patsubst %,$(O)/$(1)/%.o,$(2))

KERNEL_OBJ  := $(call objects,kernel-obj,$(filter-out $(OFFSETS),$(KERNEL_SRC)) $(SHARED_SRC)) \
               $(O)/kernel-obj/kozo_dispatch.c.o
SERVICE_OBJ := $(call objects,service-obj,$(LIB_SRC) $(SHARED_SRC))

$(O)/kernel-obj/%.c.o: %.c $(O)/flags | $(GENERATED) $(O)/include/version.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_FLAGS) $(DEPS) -c -o $@ $<

$(O)/kernel-obj/kozo_dispatch.c.o: $(O)/abi/kozo_dispatch.c $(O)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_FLAGS) $(DEPS) -c -o $@ $<

$(O)/service-obj/%.c.o: %.c $(O)/flags | $(GENERATED)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SERVICE_FLAGS) $(DEPS) -c -o $@ $<

$(O)/kernel-obj/%.asm.o: %.asm $(O)/flags $(O)/abi/kozo_abi.inc $(O)/offsets.inc $(O)/boot_offsets.inc
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	$(Q)nasm $(NASM_FLAGS) -MD $@.d -o $@ $<

$(O)/service-obj/%.asm.o: %.asm $(O)/flags $(O)/abi/kozo_abi.inc
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	$(Q)nasm $(NASM_FLAGS) -MD $@.d -o $@ $<

# --- the kernel ---------------------------------------------------------------
# Linked twice: the second time with the names of its functions inside.

KERNEL_LD  := kernel/arch/$(ARCH)/kernel.ld
KERNEL_ELF := $(O)/kozo-kernel-$(ARCH).debug

$(O)/symbols-none.asm: scripts/symbols.sh
	@mkdir -p $(@D)
	$(Q)scripts/symbols.sh > $@
$(O)/symbols.asm: $(O)/kozo-kernel.first scripts/symbols.sh
	$(Q)scripts/symbols.sh $< > $@
$(O)/%.asm.o: $(O)/%.asm
	$(Q)nasm -f elf64 -o $@ $<

$(O)/kozo-kernel.first: $(KERNEL_OBJ) $(O)/symbols-none.asm.o $(KERNEL_LD)
	$(Q)ld $(LD_FLAGS) -T $(KERNEL_LD) -o $@ $(filter %.o,$^)

$(KERNEL_ELF): $(KERNEL_OBJ) $(O)/symbols.asm.o $(KERNEL_LD)
	$(call say,LD,$@)
	$(Q)ld $(LD_FLAGS) -T $(KERNEL_LD) -o $@ $(filter %.o,$^)

$(O)/kozo-kernel: $(KERNEL_ELF)
	$(call say,STRIP,$@)
	$(Q)objcopy --strip-all $< $@

# The kernel that checks itself, for tests: beside this build, in a folder of its own.
debug-kernel:
	$(if $(filter 1,$(DEBUG)),,$(Q)$(MAKE) --no-print-directory DEBUG=1 O=$(O)-debug $(O)-debug/kozo-kernel)

# --- services and the initrd --------------------------------------------------

# program NAME: services/NAME, all of its files, against kozo-sys
define program
$(O)/services/$(1)/$(1).debug: $(call objects,service-obj,$(wildcard services/$(1)/*.c services/$(1)/*.asm)) \
		$(SERVICE_OBJ) services/lib/kozo-sys/service.ld
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$(Q)ld $(LD_FLAGS) -T services/lib/kozo-sys/service.ld -o $$@ $$(filter %.o,$$^)
$(O)/services/$(1)/$(1): $(O)/services/$(1)/$(1).debug
	$(Q)objcopy --strip-all $$< $$@
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

IN_INITRD := $(foreach p,$(PROGRAMS),$(p)=$(O)/services/$(p)/$(p)) \
             $(foreach f,$(ROOT_FILES),$(f)=services/init/root/$(f))

$(O)/initrd.cpio: $(foreach p,$(PROGRAMS),$(O)/services/$(p)/$(p)) \
		$(addprefix services/init/root/,$(ROOT_FILES)) scripts/mkinitrd.sh
	$(call say,CPIO,$@)
	$(Q)scripts/mkinitrd.sh $@ $(IN_INITRD)

# --- the guest suite: a program in init's place, in an initrd of its own ----------

GUEST_SRC := $(sort $(wildcard tests/guest/*.c))

# Its stubs tell it what came of each call.
$(O)/service-obj/tests/guest/%: private SERVICE_FLAGS += -DKOZO_OBSERVE -Itests/guest

$(O)/guest/init.debug: $(call objects,service-obj,$(GUEST_SRC)) $(SERVICE_OBJ) \
		services/lib/kozo-sys/service.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)ld $(LD_FLAGS) -T services/lib/kozo-sys/service.ld -o $@ $(filter %.o,$^)
$(O)/guest/init: $(O)/guest/init.debug
	$(Q)objcopy --strip-all $< $@
$(O)/guest.cpio: $(O)/guest/init scripts/mkinitrd.sh
	$(call say,CPIO,$@)
	$(Q)scripts/mkinitrd.sh $@ init=$<

# --- the guest fuzzer: the same, with another program -------------------------------

FUZZ_SRC := $(sort $(wildcard tests/guest-fuzz/*.c tests/guest-fuzz/*.asm))

$(O)/fuzz/init.debug: $(call objects,service-obj,$(FUZZ_SRC)) $(SERVICE_OBJ) \
		services/lib/kozo-sys/service.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)ld $(LD_FLAGS) -T services/lib/kozo-sys/service.ld -o $@ $(filter %.o,$^)
$(O)/fuzz/init: $(O)/fuzz/init.debug
	$(Q)objcopy --strip-all $< $@
$(O)/fuzz.cpio: $(O)/fuzz/init scripts/mkinitrd.sh
	$(call say,CPIO,$@)
	$(Q)scripts/mkinitrd.sh $@ init=$<

# --- images -------------------------------------------------------------------

iso: $(O)/kozo.iso $(O)/kozo.img	## build/kozo.iso (CD, USB stick) and build/kozo.img (disk)

$(O)/kozo.iso: $(O)/kozo-kernel $(O)/initrd.cpio scripts/mkiso.sh
	$(call say,ISO,$@)
	$(Q)scripts/mkiso.sh $(O)/kozo-kernel $(O)/initrd.cpio $@

$(O)/kozo.img: $(O)/kozo.iso scripts/mkimg.sh
	$(call say,IMG,$@)
	$(Q)scripts/mkimg.sh $< $@

# --- running ------------------------------------------------------------------

RUN_NEEDS := $(if $(filter direct,$(BOOT)),all,$(if $(filter img,$(BOOT)),$(O)/kozo.img,$(O)/kozo.iso))

run: $(RUN_NEEDS)			## boot in QEMU: BOOT=iso|uefi|img|direct MEM=512M CPUS=1 KVM=0
	$(Q)O=$(O) scripts/run.sh

debug: $(if $(BOOT),$(RUN_NEEDS),all)	## boot in QEMU under gdb, with KOZO's own commands; settings as in run
	$(Q)O=$(O) scripts/debug.sh

# --- tests --------------------------------------------------------------------

TEST_BINS := $(patsubst tests/unit/%.c,$(O)/host/tests/%,$(TESTS))

$(O)/host-obj/%.c.o: %.c $(O)/flags | $(GENERATED)
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_FLAGS) $(HOST_INCLUDE) $(DEPS) -c -o $@ $<

# The generator's own tests see what it makes of tests/abi/sample.abi, and not our ABI.
$(O)/host-obj/tests/unit/gen_% $(O)/host-obj/tests/abi/%: private HOST_INCLUDE := -Itests/abi/golden -Itests/abi/fake

# A test names what it links with in a line /* links: FILE... */.
links = $(1) $(shell sed -n 's|^/\* links: \(.*\) \*/$$|\1|p' $(1))

define unit_test
$(O)/host/tests/$(1): $(call objects,host-obj,$(call links,tests/unit/$(1).c))
	$$(call say,TEST,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(HOST_FLAGS) -o $$@ $$^ -lcmocka
endef
$(foreach t,$(notdir $(basename $(TESTS))),$(eval $(call unit_test,$(t))))

RUN_TESTS = KOZO_SOURCE=$(CURDIR) KOZO_GEN=$(abspath $(O)/host/gen) BUILD=$(O) python3 tests/run.py

test: all iso debug-kernel $(O)/guest.cpio $(O)/fuzz.cpio $(TEST_BINS)		## run every test; results in build/test-results.xml
	$(Q)$(RUN_TESTS)

test-unit: $(TEST_BINS)			## run the unit tests, on this machine and under its sanitizers
	$(Q)$(RUN_TESTS) --kind unit

test-guest: all debug-kernel $(O)/guest.cpio		## run the guest suite: every operation of the kernel, every error
	$(Q)$(RUN_TESTS) --kind guest

# N calls of the kernel, of KIND random or sequences (both), by the numbers that follow from SEED.
fuzz-guest: all debug-kernel $(O)/fuzz.cpio	## ask the kernel for random things: N=1000000 SEED=1 KIND= DEBUG= RESTLESS=
	$(Q)BUILD=$(O) python3 tests/fuzz.py --seed $(or $(SEED),1) --count $(or $(N),1000000) \
		$(addprefix --kind ,$(KIND)) $(if $(filter 1,$(DEBUG)),--debug) \
		$(if $(filter 1,$(RESTLESS)),--restless)

test-smoke: all				## boot once to Init> and IPC_OK: fsd
	$(Q)$(RUN_TESTS) --only smoke

check:					## look for what the compiler does not: layout, licences, formatting
	$(Q)scripts/check.sh

format:					## put all C into the house style
	$(Q)clang-format -i $(C_FILES)

size: $(KERNEL_ELF)			## sizes of the kernel and lines of code per folder
	$(Q)scripts/size.sh $(KERNEL_ELF)

setup:					## install every tool that any target needs
	$(Q)scripts/preflight.sh all

clean:					## remove build/
	$(Q)rm -rf $(O)

help:					## list targets and settings
	@sed -n 's/^\([a-z][a-z-]*\):.*##  *\(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20
	@echo "  O=$(O)  ARCH=$(ARCH)  CC=$(CC)  V=$(V)"

FORCE:
.PHONY: all iso run debug test test-unit test-guest test-smoke fuzz-guest debug-kernel check format size setup clean help tools FORCE
-include $(shell find $(O) -name '*.d' 2>/dev/null)
