# SPDX-License-Identifier: MIT OR Apache-2.0
#
# KOZO: one Makefile for the whole tree. `make help` says what it can do.

# `make DEBUG=1` builds a kernel that checks itself, in a folder of its own.
DEBUG ?= 0
SAN  ?= 0
O    ?= build$(if $(filter 1,$(SAN)),-san)$(if $(filter 1,$(DEBUG)),-debug)
ARCH ?= x86_64
CC    = gcc
V    ?= 0
FASTPATH ?= 1

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
KERNEL_LD  := kernel/arch/$(ARCH)/kernel.ld
OFFSETS    := kernel/arch/$(ARCH)/offsets.c
LIB_SRC    := $(sort $(wildcard services/lib/kozo-sys/*.c services/lib/kozo-sys/*.asm))
EXTRA_SRC  := $(sort $(wildcard services/lib/service/*.c services/lib/service/*.asm))
PROCESS_SRC  := $(sort $(wildcard services/lib/process/*.c))
MANIFEST_SRC := $(sort $(wildcard services/lib/manifest/*.c))
MANIFESTS  := $(sort $(wildcard services/*/*.manifest))
PROGRAMS   := $(sort $(patsubst services/%/main.c,%,$(wildcard services/*/main.c)))
ROOT_FILES := $(sort $(shell cd services/init/root && find . -type f -printf '%P\n'))
TESTS      := $(sort $(wildcard tests/unit/*_test.c))
C_FILES    := $(sort $(shell find abi kernel services tests -name '*.[ch]' ! -path 'tests/abi/*'))

# --- flags --------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Werror -Wmissing-prototypes -Wshadow
# Of our own code on the machine itself more is asked, of gcc: it knows all of these.
MORE_WARNINGS := -Wcast-qual -Wconversion -Wduplicated-branches -Wduplicated-cond -Wformat=2 -Wlogical-op \
                 -Wsign-conversion -Wpointer-arith -Wredundant-decls -Wstrict-prototypes -Wundef -Wvla -Wwrite-strings
# What kernel and services share: no host, no FPU, frame pointers for backtraces.
TARGET   := -std=c17 -O2 -g $(WARNINGS) $(MORE_WARNINGS) -ffreestanding -fno-pie -mgeneral-regs-only \
            -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fno-strict-aliasing \
            -ffile-prefix-map=$(CURDIR)/=
KERNEL_FLAGS  := $(TARGET) -mcmodel=kernel -mno-red-zone -fstack-protector \
                 -mstack-protector-guard=global -I$(O)/abi -I$(O)/include -Iabi/lib \
                 $(addprefix -Ikernel/,include core memory boot debug arch/$(ARCH)) \
                 -DFASTPATH=$(FASTPATH) $(if $(filter 1,$(DEBUG)),-DKOZO_DEBUG)
SERVICE_FLAGS := $(TARGET) -fno-stack-protector -fno-tree-loop-distribute-patterns \
                 -I$(O)/abi -Iabi/lib $(addprefix -Iservices/lib/,kozo-sys process manifest service)
HOST_FLAGS    := -std=gnu17 -O1 -g $(WARNINGS) -fsanitize=address,undefined \
                 -fno-sanitize-recover=all
HOST_INCLUDE  := -I$(O)/abi -Iabi/lib -Itests/unit \
                 $(addprefix -iquote ,kernel/core kernel/memory kernel/boot kernel/include) \
                 -Itests/unit/arch -Ikernel/arch/$(ARCH) \
                 $(addprefix -iquote ,kernel/arch/$(ARCH)/boot services/fsd services/init services/supervisor) \
                 $(addprefix -Iservices/lib/,kozo-sys process manifest service)
NASM_FLAGS    := -f elf64 -g -F dwarf -Wall -Werror -I$(O)/abi/ -I$(O)/ -Ikernel/arch/$(ARCH)/
LD_FLAGS      := -nostdlib -static -z noexecstack -z max-page-size=4096 --build-id=none
DEPS           = -MMD -MP -MF $@.d -MT $@

# --- sanitizers ---------------------------------------------------------------
# `make SAN=1` makes a kernel that looks for its own bugs (docs/testing.md), in a
# folder of its own. The tests boot it, too; no other kernel has any of this.

# gcc finds the shadow of an address at an eighth of it plus this, which puts that of
# the kernel image into the last eighth of its 4 MiB (kernel/san/san.ld).
SHADOW_OFFSET := 0xdfffffff90380000

UBSAN := -fsanitize=undefined,bounds-strict \
         -fno-sanitize=vla-bound,nonnull-attribute,returns-nonnull-attribute
KASAN := -fsanitize=kernel-address -fasan-shadow-offset=$(SHADOW_OFFSET) \
         -fsanitize-address-use-after-scope --param asan-stack=1 --param asan-globals=1 \
         --param asan-instrumentation-with-call-threshold=0

SAN_DEFINES := -DSAN -DSHADOW_OFFSET=$(SHADOW_OFFSET)
SAN_O       := $(O)$(if $(filter 1,$(SAN)),,-san)

ifeq ($(SAN),1)
KERNEL_SRC   += $(sort $(wildcard kernel/san/*.c))
KERNEL_LD    := kernel/san/san.ld $(KERNEL_LD)
KERNEL_FLAGS += $(SAN_DEFINES)
SAN_FLAGS    := $(UBSAN) $(KASAN)
SAN_LD_FLAGS := --defsym=SHADOW_OFFSET=$(SHADOW_OFFSET) \
                $(addprefix --wrap=,memcpy memset memcmp strlen)

# Addresses are not checked in what runs before there is a shadow, and nothing is in
# what checks.
$(addprefix $(O)/kernel-obj/,kernel/boot/% kernel/arch/$(ARCH)/boot/%): \
	private SAN_FLAGS := $(UBSAN)
$(O)/kernel-obj/kernel/san/%: private SAN_FLAGS :=
# A report names who did it, so that must still be there.
$(O)/kernel-obj/kernel/san/seed.c.o: private SAN_FLAGS := $(UBSAN) $(KASAN) -fno-optimize-sibling-calls
else
$(SAN_O): FORCE
	$(Q)$(MAKE) --no-print-directory SAN=1 O=$@
test test-guest: $(SAN_O)
endif

# --- tools --------------------------------------------------------------------
# Everything compiled waits for this, so each goal alone works on a new machine.

TOOLS := $(or $(if $(filter debug,$(MAKECMDGOALS)),debug),\
              $(if $(filter test% fuzz fuzz-guest bench%,$(MAKECMDGOALS)),test),\
              $(if $(filter check,$(MAKECMDGOALS)),check),\
              $(if $(filter run,$(MAKECMDGOALS)),run),\
              $(if $(filter iso usb,$(MAKECMDGOALS)),iso),build)

tools:
	@scripts/preflight.sh $(strip $(TOOLS))

# Changed flags rebuild what they affect: the stamp moves only when they do.
FLAGS_TEXT = $(CC) $(KERNEL_FLAGS) $(SAN_FLAGS) $(SERVICE_FLAGS) $(HOST_FLAGS) $(HOST_INCLUDE) $(NASM_FLAGS) $(LD_FLAGS)
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
$(O)/offsets.inc: $(OFFSETS) $(O)/flags | $(GENERATED)
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
	$(Q)$(CC) $(KERNEL_FLAGS) $(SAN_FLAGS) $(DEPS) -c -o $@ $<

$(O)/kernel-obj/kozo_dispatch.c.o: $(O)/abi/kozo_dispatch.c $(O)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_FLAGS) $(SAN_FLAGS) $(DEPS) -c -o $@ $<

$(O)/service-obj/%.c.o: %.c $(O)/flags | $(GENERATED)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SERVICE_FLAGS) $(DEPS) -c -o $@ $<

# NASM 2.16 leaves what a file includes out of what -MD writes.
$(O)/kernel-obj/%.asm.o: %.asm $(wildcard kernel/arch/$(ARCH)/*.inc) $(O)/flags $(O)/abi/kozo_abi.inc \
		$(O)/offsets.inc
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	$(Q)nasm $(NASM_FLAGS) -MD $@.d -o $@ $<

$(O)/service-obj/%.asm.o: %.asm $(O)/flags $(O)/abi/kozo_abi.inc
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	$(Q)nasm $(NASM_FLAGS) -MD $@.d -o $@ $<

# --- the kernel ---------------------------------------------------------------
# Linked twice: the second time with the names of its functions inside.

KERNEL_ELF := $(O)/kozo-kernel-$(ARCH).debug

$(O)/symbols-none.asm: scripts/symbols.sh
	@mkdir -p $(@D)
	$(Q)scripts/symbols.sh > $@
$(O)/symbols.asm: $(O)/kozo-kernel.first scripts/symbols.sh
	$(Q)scripts/symbols.sh $< > $@
$(O)/%.asm.o: $(O)/%.asm
	$(Q)nasm -f elf64 -o $@ $<

$(O)/kozo-kernel.first: $(KERNEL_OBJ) $(O)/symbols-none.asm.o $(KERNEL_LD)
	$(Q)ld $(LD_FLAGS) $(SAN_LD_FLAGS) $(addprefix -T ,$(KERNEL_LD)) -o $@ $(filter %.o,$^)

$(KERNEL_ELF): $(KERNEL_OBJ) $(O)/symbols.asm.o $(KERNEL_LD)
	$(call say,LD,$@)
	$(Q)ld $(LD_FLAGS) $(SAN_LD_FLAGS) $(addprefix -T ,$(KERNEL_LD)) -o $@ $(filter %.o,$^)

$(O)/kozo-kernel: $(KERNEL_ELF)
	$(call say,STRIP,$@)
	$(Q)objcopy --strip-all $< $@

# The kernel that checks itself, for tests: beside this build, in a folder of its own.
DEBUG_O := $(O)$(if $(filter 1,$(DEBUG)),,-debug)
debug-kernel:
	$(if $(filter 1,$(DEBUG)),,$(Q)$(MAKE) --no-print-directory DEBUG=1 O=$(DEBUG_O) $(DEBUG_O)/kozo-kernel)

# --- the C library ------------------------------------------------------------
# The parts of musl that musl.mk names, from Debian's source package, and our own files
# beside them (docs/libc.md). Only what uses it needs it, so only that fetches musl:
#
#     PROGRAM: $(LIBC), and its objects compiled with $(LIBC_PROGRAM_FLAGS)

include services/lib/libc/musl.mk

MUSL := $(O)/source/musl
LIBC := $(O)/libc/libc.a
LIBC_SRC := $(sort $(wildcard services/lib/libc/*.c))

# Position-independent, so that it can be linked at any address, also far above 2 GiB.
LIBC_TARGET   := $(filter-out -fno-pie,$(TARGET)) -fpie -fno-stack-protector -fno-tree-loop-distribute-patterns
MUSL_FLAGS    := $(filter-out -std=% $(WARNINGS) $(MORE_WARNINGS),$(LIBC_TARGET)) -std=c99 -w -nostdinc \
                 -D_XOPEN_SOURCE=700
MUSL_INTERNAL := services/lib/libc/internal $(addprefix $(MUSL)/,src/include src/internal arch/$(ARCH) \
                 arch/generic) $(O)/libc/internal $(O)/libc/include $(MUSL)/include

# A program sees these headers of musl, with all that they have, and those of kozo-sys.
C_HEADERS          := -D_GNU_SOURCE -nostdinc -isystem $(O)/libc/include
LIBC_PROGRAM_FLAGS := $(patsubst -I%/kozo-sys,$(C_HEADERS) -iquote %/kozo-sys -isystem %/kozo-sys,$(SERVICE_FLAGS))
LIBC_FLAGS         := $(filter-out -fno-pie,$(LIBC_PROGRAM_FLAGS)) -fpie
# These are written for the inside of musl.
LIBC_INSIDE        := $(addprefix services/lib/libc/,stream.c zone.c)
LIBC_INSIDE_FLAGS  := $(LIBC_TARGET) -nostdinc -D_XOPEN_SOURCE=700 \
                      $(addprefix -isystem ,$(MUSL_INTERNAL) $(MUSL)/src/time)
FLAGS_TEXT         += $(MUSL_FLAGS) $(MUSL_INTERNAL) $(LIBC_FLAGS) $(LIBC_INSIDE_FLAGS)

$(MUSL).fetched: scripts/fetch-source.sh scripts/source-packages | tools
	$(call say,FETCH,musl)
	$(Q)DL='$(DL)' scripts/fetch-source.sh musl $(@D)
	@touch $@

# What musl's own Makefile generates, and the headers that programs see.
$(O)/libc/headers: $(MUSL).fetched services/lib/libc/musl.mk
	$(call say,GEN,$(O)/libc/include)
	@rm -rf $(O)/libc/include $(O)/libc/internal
	@mkdir -p $(O)/libc/include/bits $(O)/libc/internal/bits
	$(Q)cp $(addprefix $(MUSL)/include/,$(MUSL_HEADERS)) $(O)/libc/include
	$(Q)cp $(addprefix $(MUSL)/arch/,$(MUSL_BITS)) $(O)/libc/include/bits
	$(Q)sed -f $(MUSL)/tools/mkalltypes.sed $(MUSL)/arch/$(ARCH)/bits/alltypes.h.in \
		$(MUSL)/include/alltypes.h.in > $(O)/libc/include/bits/alltypes.h
	$(Q)sed 'p; s/__NR_/SYS_/' $(MUSL)/arch/$(ARCH)/bits/syscall.h.in > $(O)/libc/internal/bits/syscall.h
	@touch $@

$(O)/libc-obj/musl/%.o: $(O)/libc/headers $(O)/flags services/lib/libc/internal/locale_impl.h
	$(call say,CC,musl/$*)
	@mkdir -p $(@D)
	$(Q)$(CC) $(MUSL_FLAGS) $(addprefix -I,$(MUSL_INTERNAL)) -c -o $@ $(MUSL)/$*

$(O)/libc-obj/%.c.o: %.c $(O)/libc/headers $(O)/flags | $(GENERATED)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_FLAGS) $(DEPS) -c -o $@ $<
$(call objects,libc-obj,$(LIBC_INSIDE)): private LIBC_FLAGS := $(LIBC_INSIDE_FLAGS)

$(LIBC): $(call objects,libc-obj,$(addprefix musl/,$(MUSL_SRC)) $(LIBC_SRC))
	$(call say,AR,$@)
	@rm -f $@
	$(Q)ar qcsD $@ $^

# What goes with every image that has parts of musl in it.
$(O)/libc/licence: services/lib/libc/licence.sh $(O)/libc/headers
	$(Q)services/lib/libc/licence.sh $(MUSL) $(MUSL_SRC) > $@

# --- services and the initrd --------------------------------------------------

# What only some programs use of services/lib; the others must not grow by it.
USES_init       := $(PROCESS_SRC)
USES_supervisor := $(PROCESS_SRC) $(MANIFEST_SRC)

# The parts of kozo-sys of which a program has in it what it calls, and no more.
SERVICE_LIB := $(O)/service.a
$(SERVICE_LIB): $(call objects,service-obj,$(EXTRA_SRC))
	$(call say,AR,$@)
	@rm -f $@
	$(Q)ar qcsD $@ $^

# program NAME: services/NAME, all of its files, against kozo-sys and what it USES. The
# names of its functions stay, for crash records; nobody could look up those of init.
define program
$(O)/services/$(1)/$(1).debug: $(call objects,service-obj,$(wildcard services/$(1)/*.c services/$(1)/*.asm) $(USES_$(1))) \
		$(SERVICE_OBJ) $(SERVICE_LIB) services/lib/kozo-sys/service.ld
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$(Q)ld $(LD_FLAGS) -T services/lib/kozo-sys/service.ld -o $$@ $$(filter %.o %.a,$$^)
$(O)/services/$(1)/$(1): $(O)/services/$(1)/$(1).debug
	$(Q)objcopy $(if $(filter init,$(1)),--strip-all,--strip-debug) $$< $$@
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# What services say about themselves, each alone and all together (docs/manifests.md).
$(O)/host/manifest: $(call objects,host-obj,$(MANIFEST_SRC) services/lib/manifest/host/main.c abi/lib/format.c)
	$(call say,HOSTLD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_FLAGS) -o $@ $^

$(O)/manifests-checked: $(O)/host/manifest $(MANIFESTS)
	$(call say,CHECK,manifests)
	$(Q)$< $(MANIFESTS)
	@touch $@

IN_INITRD := $(foreach p,$(PROGRAMS),$(p)=$(O)/services/$(p)/$(p)) \
             $(foreach m,$(MANIFESTS),$(notdir $(m))=$(m)) \
             $(foreach f,$(ROOT_FILES),$(f)=services/init/root/$(f))

$(O)/initrd.cpio: $(foreach p,$(PROGRAMS),$(O)/services/$(p)/$(p)) $(O)/manifests-checked $(MANIFESTS) \
		$(addprefix services/init/root/,$(ROOT_FILES)) scripts/mkinitrd.sh
	$(call say,CPIO,$@)
	$(Q)scripts/mkinitrd.sh $@ $(IN_INITRD)

# --- the guest suite: a program in init's place, in an initrd of its own ----------

GUEST_FLAGS := -DKOZO_OBSERVE -DFASTPATH=$(FASTPATH) -Itests/guest
GUEST_SRC   := $(sort $(wildcard tests/guest/*.c tests/guest/*.asm))

# Its stubs tell it what came of each call.
$(O)/service-obj/tests/guest/%: private SERVICE_FLAGS += $(GUEST_FLAGS)

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

# For Bochs, which boots nothing but media; kozo.iso boots there with isolated page tables.
$(O)/guest.iso: $(O)/kozo-kernel $(O)/guest.cpio scripts/mkiso.sh
	$(call say,ISO,$@)
	$(Q)scripts/mkiso.sh $< $(O)/guest.cpio $@ isolation=off

# --- the guest fuzzer: the same, with another program -------------------------------

GUEST_FUZZ_SRC := $(sort $(wildcard tests/guest-fuzz/*.c tests/guest-fuzz/*.asm))

$(O)/guest-fuzz/init.debug: $(call objects,service-obj,$(GUEST_FUZZ_SRC)) $(SERVICE_OBJ) \
		services/lib/kozo-sys/service.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)ld $(LD_FLAGS) -T services/lib/kozo-sys/service.ld -o $@ $(filter %.o,$^)
$(O)/guest-fuzz/init: $(O)/guest-fuzz/init.debug
	$(Q)objcopy --strip-all $< $@
$(O)/guest-fuzz.cpio: $(O)/guest-fuzz/init scripts/mkinitrd.sh
	$(call say,CPIO,$@)
	$(Q)scripts/mkinitrd.sh $@ init=$<

# --- attacks on the kernel's time: the same again --------------------------------------

STRETCH_SRC := $(sort $(wildcard tests/stretch/*.c tests/stretch/*.asm))

$(O)/stretch/init.debug: $(call objects,service-obj,$(STRETCH_SRC)) $(SERVICE_OBJ) \
		services/lib/kozo-sys/service.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)ld $(LD_FLAGS) -T services/lib/kozo-sys/service.ld -o $@ $(filter %.o,$^)
$(O)/stretch/init: $(O)/stretch/init.debug
	$(Q)objcopy --strip-all $< $@
$(O)/stretch.cpio: $(O)/stretch/init scripts/mkinitrd.sh
	$(call say,CPIO,$@)
	$(Q)scripts/mkinitrd.sh $@ init=$<

# --- the benchmark: the same again, with one measuring routine of the attacks -----------

BENCH_SRC := $(sort $(wildcard tests/bench/*.c tests/bench/*.asm)) tests/stretch/measured.asm

$(O)/bench/init.debug: $(call objects,service-obj,$(BENCH_SRC)) $(SERVICE_OBJ) \
		services/lib/kozo-sys/service.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)ld $(LD_FLAGS) -T services/lib/kozo-sys/service.ld -o $@ $(filter %.o,$^)
$(O)/bench/init: $(O)/bench/init.debug
	$(Q)objcopy --strip-all $< $@
$(O)/bench.cpio: $(O)/bench/init scripts/mkinitrd.sh
	$(call say,CPIO,$@)
	$(Q)scripts/mkinitrd.sh $@ init=$<

# --- the library's tests: the same again, and the first program that uses it -------------

LIBC_TEST_SRC := $(sort $(wildcard tests/libc/*.c))

$(O)/service-obj/tests/libc/%: private SERVICE_FLAGS := $(LIBC_PROGRAM_FLAGS)
$(call objects,service-obj,$(LIBC_TEST_SRC)): $(O)/libc/headers

$(O)/libc/init.debug: $(call objects,service-obj,$(LIBC_TEST_SRC)) $(SERVICE_OBJ) $(LIBC) \
		services/lib/kozo-sys/service.ld
	$(call say,LD,$@)
	$(Q)ld $(LD_FLAGS) -T services/lib/kozo-sys/service.ld -o $@ $(filter %.o %.a,$^)
$(O)/libc/init: $(O)/libc/init.debug
	$(Q)objcopy --strip-all $< $@
$(O)/libc.cpio: $(O)/libc/init $(O)/libc/licence scripts/mkinitrd.sh
	$(call say,CPIO,$@)
	$(Q)scripts/mkinitrd.sh $@ init=$< licences/musl=$(O)/libc/licence

# --- tests of kozo-sys: three services beside those of the system --------------------------

SERVICE_TESTS     := tester peer driver
SERVICE_MANIFESTS := $(patsubst %,tests/service/%.manifest,$(SERVICE_TESTS))

$(patsubst %,$(O)/service/%.debug,$(SERVICE_TESTS)): $(O)/service/%.debug: \
		$(O)/service-obj/tests/service/%.c.o $(SERVICE_OBJ) $(SERVICE_LIB) services/lib/kozo-sys/service.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)ld $(LD_FLAGS) -T services/lib/kozo-sys/service.ld -o $@ $(filter %.o %.a,$^)
$(patsubst %,$(O)/service/%,$(SERVICE_TESTS)): %: %.debug
	$(Q)objcopy --strip-all $< $@
$(O)/service.cpio: $(O)/initrd.cpio $(patsubst %,$(O)/service/%,$(SERVICE_TESTS)) $(SERVICE_MANIFESTS)
	$(call say,CPIO,$@)
	$(Q)$(O)/host/manifest $(MANIFESTS) $(SERVICE_MANIFESTS)
	$(Q)scripts/mkinitrd.sh $@ $(IN_INITRD) $(foreach t,$(SERVICE_TESTS),$(t)=$(O)/service/$(t)) \
		$(foreach m,$(SERVICE_MANIFESTS),$(notdir $(m))=$(m))

# --- the fault campaign: keeper with an injector beside it, and services that look on ------

FAULTS_PROGRAMS  := bystander injector
FAULTS_MANIFESTS := $(sort $(wildcard tests/faults/*.manifest))
FAULTS_INCLUDE   := -Itests/faults $(addprefix -Iservices/,init supervisor)
$(O)/service-obj/tests/faults/%: private SERVICE_FLAGS += $(FAULTS_INCLUDE)
FLAGS_TEXT       += $(FAULTS_INCLUDE)

$(O)/faults/init.debug: $(call objects,service-obj,tests/faults/main.c services/init/hold.c services/init/ends.c services/init/ward.c $(PROCESS_SRC)) \
		$(SERVICE_OBJ) services/lib/kozo-sys/service.ld
$(O)/faults/bystander.debug: $(call objects,service-obj,tests/faults/bystander.c) \
		$(SERVICE_OBJ) $(SERVICE_LIB) services/lib/kozo-sys/service.ld
$(O)/faults/injector.debug: $(call objects,service-obj,tests/faults/injector.c tests/faults/rogue.asm $(MANIFEST_SRC)) \
		$(SERVICE_OBJ) $(SERVICE_LIB) services/lib/kozo-sys/service.ld
$(patsubst %,$(O)/faults/%.debug,init $(FAULTS_PROGRAMS)):
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)ld $(LD_FLAGS) -T services/lib/kozo-sys/service.ld -o $@ $(filter %.o %.a,$^)
$(patsubst %,$(O)/faults/%,init $(FAULTS_PROGRAMS)): %: %.debug
	$(Q)objcopy --strip-all $< $@

# The system's services, with as little patience as the campaign has time.
FAULTS_SYSTEM := $(addprefix $(O)/faults/,$(notdir $(MANIFESTS)))
$(FAULTS_SYSTEM) &: $(MANIFESTS)
	@mkdir -p $(O)/faults
	$(Q)for m in $^; do sed -e 's/^deadline .*/deadline 10ms/' -e 's/^attempts .*/attempts 15 in 100ms/' \
		-e 's/^backoff .*/backoff  1ms to 4ms/' $$m > $(O)/faults/$$(basename $$m) || exit; done
FAULTS_ALL := $(FAULTS_SYSTEM) $(FAULTS_MANIFESTS)

$(O)/faults.cpio: $(O)/initrd.cpio $(patsubst %,$(O)/faults/%,init $(FAULTS_PROGRAMS)) $(FAULTS_ALL)
	$(call say,CPIO,$@)
	$(Q)$(O)/host/manifest $(FAULTS_ALL)
	$(Q)scripts/mkinitrd.sh $@ $(filter-out init=% %.manifest,$(IN_INITRD)) \
		$(foreach p,init $(FAULTS_PROGRAMS),$(p)=$(O)/faults/$(p)) \
		$(foreach m,$(FAULTS_ALL),$(notdir $(m))=$(m))

# --- the test personality: programs for Linux, as they are ------------------------------
# Its first stage is init, and puts it into the personality region, which guests cannot
# see. That is far above 2 GiB, so its code finds everything relative to itself: -fpie.

PERSONALITY_SRC := $(sort $(wildcard tests/personality/*.c tests/personality/*.asm))
FIRST_SRC       := $(sort $(wildcard tests/personality/first/*.c))
PERSONALITY_FLAGS := -fpie -Itests/personality/first
FLAGS_TEXT      += $(PERSONALITY_FLAGS)

$(O)/region-obj/%.c.o: %.c $(O)/flags | $(GENERATED)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SERVICE_FLAGS) $(PERSONALITY_FLAGS) $(DEPS) -c -o $@ $<

$(O)/service-obj/tests/personality/first/%: private SERVICE_FLAGS += -Itests/personality/first

$(O)/personality/init.debug: $(call objects,service-obj,$(FIRST_SRC)) $(SERVICE_OBJ) \
		services/lib/kozo-sys/service.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)ld $(LD_FLAGS) -T services/lib/kozo-sys/service.ld -o $@ $(filter %.o,$^)
$(O)/personality/personality.debug: $(call objects,region-obj,$(filter %.c,$(PERSONALITY_SRC) $(LIB_SRC) $(SHARED_SRC))) \
		$(call objects,service-obj,$(filter-out %/program_note.asm,$(filter %.asm,$(PERSONALITY_SRC) $(LIB_SRC)))) \
		tests/personality/personality.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)ld $(LD_FLAGS) -T tests/personality/personality.ld -o $@ $(filter %.o,$^)
$(O)/personality/init: $(O)/personality/init.debug
	$(Q)objcopy --strip-all $< $@
$(O)/personality/personality: $(O)/personality/personality.debug
	$(Q)objcopy -O binary $< $@

$(O)/personality/hello: tests/personality/guests/hello.c $(O)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)musl-gcc -O2 $(WARNINGS) -static -no-pie -o $@ $<
$(O)/personality/bad_pointer $(O)/personality/kick: $(O)/personality/%: \
		$(O)/service-obj/tests/personality/guests/%.asm.o
	@mkdir -p $(@D)
	$(Q)ld -static -o $@ $<
$(O)/personality/busybox: tests/personality/fetch.sh | tools
	$(call say,FETCH,$@)
	@mkdir -p $(@D)
	$(Q)tests/personality/fetch.sh $@

IN_PERSONALITY := init personality busybox hello bad_pointer kick
$(O)/personality.cpio: $(addprefix $(O)/personality/,$(IN_PERSONALITY)) scripts/mkinitrd.sh
	$(call say,CPIO,$@)
	$(Q)scripts/mkinitrd.sh $@ $(foreach f,$(IN_PERSONALITY),$(f)=$(O)/personality/$(f))

# --- images -------------------------------------------------------------------

iso: $(O)/kozo.iso $(O)/kozo.img	## build/kozo.iso (CD, USB stick) and build/kozo.img (disk)

$(O)/kozo.iso: $(O)/kozo-kernel $(O)/initrd.cpio scripts/mkiso.sh
	$(call say,ISO,$@)
	$(Q)scripts/mkiso.sh $(O)/kozo-kernel $(O)/initrd.cpio $@

$(O)/kozo.img: $(O)/kozo.iso scripts/mkimg.sh
	$(call say,IMG,$@)
	$(Q)scripts/mkimg.sh $< $@

usb: $(O)/kozo.iso			## write the ISO to a USB stick: DEV=/dev/sdX; asks before it does
	$(Q)scripts/mkusb.sh $< $(DEV)

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
GEN_TEST_INCLUDE := -Itests/abi/golden -Itests/abi/fake
$(O)/host-obj/tests/unit/gen_% $(O)/host-obj/tests/abi/%: private HOST_INCLUDE := $(GEN_TEST_INCLUDE)

# The library's vsnprintf beside this machine's: under another name, and with its headers.
$(O)/host-obj/services/lib/libc/%: private HOST_FLAGS += -Dvsnprintf=libc_vsnprintf
$(O)/host-obj/services/lib/libc/%: private HOST_INCLUDE :=

# A test names what it links with in a line /* links: FILE... */.
links = $(1) $(shell sed -n 's|^/\* links: \(.*\) \*/$$|\1|p' $(1))

define unit_test
$(O)/host/tests/$(1): $(call objects,host-obj,$(call links,tests/unit/$(1).c))
	$$(call say,TEST,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(HOST_FLAGS) -o $$@ $$(filter %.o,$$^) -lcmocka
endef
$(foreach t,$(notdir $(basename $(TESTS))),$(eval $(call unit_test,$(t))))

RUN_TESTS = KOZO_SOURCE=$(CURDIR) KOZO_GEN=$(abspath $(O)/host/gen) BUILD=$(O) SAN_BUILD=$(SAN_O) \
	    FASTPATH=$(FASTPATH) python3 tests/run.py

test: all iso debug-kernel $(O)/guest.cpio $(O)/guest.iso $(O)/guest-fuzz.cpio $(O)/stretch.cpio $(O)/bench.cpio $(O)/libc.cpio $(O)/service.cpio $(O)/faults.cpio $(O)/personality.cpio $(TEST_BINS) $(O)/compile_commands.json		## run every test; results in build/test-results.xml
	$(Q)$(RUN_TESTS)

test-unit: $(TEST_BINS)			## run the unit tests, on this machine and under its sanitizers
	$(Q)$(RUN_TESTS) --kind unit

test-guest: all debug-kernel $(O)/guest.cpio $(O)/guest.iso		## run the guest suite: every operation of the kernel, every error
	$(Q)$(RUN_TESTS) --kind guest

test-libc: all $(O)/libc.cpio		## run the C library's tests; DL=DIR has musl's source package
	$(Q)$(RUN_TESTS) --kind libc

# N calls of the kernel, of KIND random or sequences (both), by the numbers that follow from SEED.
fuzz-guest: all debug-kernel $(O)/guest-fuzz.cpio	## ask the kernel for random things: N=1000000 SEED=1 KIND= DEBUG= RESTLESS=
	$(Q)BUILD=$(O) python3 tests/guest_fuzz.py --seed $(or $(SEED),1) --count $(or $(N),1000000) \
		$(addprefix --kind ,$(KIND)) $(if $(filter 1,$(DEBUG)),--debug) \
		$(if $(filter 1,$(RESTLESS)),--restless)

# N faults that have an effect, chosen by SEED.
test-faults: all $(O)/faults.cpio		## put faults into supervisor and services: N=1000 SEED=1; build/faults.md
	$(Q)BUILD=$(O) python3 tests/faults.py --seed $(or $(SEED),1) --count $(or $(N),1000)

test-smoke: all				## boot once to Init> and IPC_OK: fsd
	$(Q)$(RUN_TESTS) --only smoke

# FOLDER, OBJECTS: the command that links those, but for its output
link_kernel = ld $(LD_FLAGS) $(addprefix -T ,$(KERNEL_LD)) $(2) $(1)/symbols.asm.o

# Some two hours.
test-mutants: all debug-kernel $(O)/guest.cpio		## leave out each condition and store of the fast paths: ONLY=TEXT
	$(Q)BUILD=$(O) NASM='nasm $(NASM_FLAGS)' \
		LINK='$(call link_kernel,$(O),$(KERNEL_OBJ))' \
		DEBUG_LINK='$(call link_kernel,$(DEBUG_O),$(patsubst $(O)/%,$(DEBUG_O)/%,$(KERNEL_OBJ)) \
			$(patsubst %,$(DEBUG_O)/kernel-obj/%.o,$(wildcard kernel/debug/*.c)))' \
		python3 tests/mutants.py --only '$(ONLY)'

bench: all $(O)/bench.cpio $(O)/stretch.cpio $(O)/guest-fuzz.cpio	## count the kernel's instructions, and print them with the targets; build/bench.json
	$(Q)BUILD=$(O) python3 tests/benchmark.py

bench-check: all $(O)/bench.cpio		## fail if one of them is 2 % worse than tests/bench/baseline.json; part of test
	$(Q)$(RUN_TESTS) --kind bench

bench-update: all $(O)/bench.cpio	## measure that baseline anew
	$(Q)BUILD=$(O) python3 tests/benchmark.py --update

# --- the hostile loader ---------------------------------------------------------
# Booted in the kernel's place, it loads the kernel itself and lies to it.

LOADER_SRC   := $(sort $(wildcard tests/hostile/*.c tests/hostile/*.asm)) services/lib/kozo-sys/string.c
LOADER_OBJ   := $(call objects,loader-obj,$(LOADER_SRC))
LOADER_FLAGS := $(TARGET) -mno-red-zone -fno-stack-protector -fno-tree-loop-distribute-patterns \
                -Iservices/lib/kozo-sys
FLAGS_TEXT   += $(LOADER_FLAGS)

$(O)/loader-obj/%.c.o: %.c $(O)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LOADER_FLAGS) $(DEPS) -c -o $@ $<

$(O)/loader-obj/%.asm.o: %.asm $(O)/flags
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	$(Q)nasm -f elf64 -Wall -Werror -MD $@.d -o $@ $<

$(O)/hostile-loader: $(LOADER_OBJ) tests/hostile/loader.ld
	$(call say,LD,$@)
	$(Q)ld $(LD_FLAGS) -T tests/hostile/loader.ld -o $@ $(filter %.o,$^)

test: $(O)/hostile-loader

# --- plugins ------------------------------------------------------------------
# Loaded into QEMU, they watch the machine from outside (docs/testing.md).

PLUGINS      := $(patsubst tests/plugin/%.c,$(O)/host/plugin/%.so,$(sort $(wildcard tests/plugin/*.c)))
PLUGIN_FLAGS := -std=gnu17 -O2 -g $(WARNINGS) -shared -fPIC
FLAGS_TEXT   += $(PLUGIN_FLAGS)

$(O)/host/plugin/%.so: tests/plugin/%.c $(O)/flags
	$(call say,PLUGIN,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PLUGIN_FLAGS) $(DEPS) -o $@ $<

test test-guest test-libc fuzz-guest bench bench-check bench-update: $(PLUGINS)

# --- fuzzing ------------------------------------------------------------------
# By clang, for its libFuzzer. A target is a program of this machine like any other:
# where kozo-sys has a header of the host's name, the host's is meant.

FUZZ_CC      := clang
FUZZ_TIME    ?= 60
FUZZ_FLAGS   := $(HOST_FLAGS) -fsanitize=fuzzer
FUZZ_INCLUDE := $(patsubst -I%/kozo-sys,-iquote %/kozo-sys -idirafter %/kozo-sys,$(HOST_INCLUDE))
FLAGS_TEXT   += $(FUZZ_CC) $(FUZZ_FLAGS) $(FUZZ_INCLUDE)
FUZZ_NAMES   := $(patsubst tests/fuzz/%_fuzz.c,%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
FUZZ_BINS    := $(FUZZ_NAMES:%=$(O)/host/fuzz/%_fuzz)

$(O)/fuzz-obj/%.c.o: %.c $(O)/flags | $(GENERATED) $(O)/include/version.h
	$(call say,FUZZCC,$<)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) $(FUZZ_INCLUDE) $(DEPS) -c -o $@ $<

define fuzz_target
$(O)/host/fuzz/$(1)_fuzz: $(call objects,fuzz-obj,$(call links,tests/fuzz/$(1)_fuzz.c) tests/fuzz/options.c)
	$$(call say,FUZZ,$$@)
	@mkdir -p $$(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -o $$@ $$^
endef
$(foreach f,$(FUZZ_NAMES),$(eval $(call fuzz_target,$(f))))

fuzz: $(if $(FUZZ),$(O)/host/fuzz/$(FUZZ)_fuzz,$(FUZZ_BINS))	## look for inputs that break a reader: FUZZ_TIME=60 (s, for all) FUZZ=NAME
	$(Q)FUZZ_TIME=$(FUZZ_TIME) FUZZ=$(FUZZ) $(RUN_TESTS) --kind fuzz --jobs 2

test: $(FUZZ_BINS)
.PHONY: fuzz

# --- looking after the tree ---------------------------------------------------

# How C files are compiled, in the form that editors and tools read: a line for each file
# of $(1), which is compiled with the flags $(2).
commands = $(foreach f,$(1),$(call command,$(f),$(2))$(comma)$(newline))
command  = {"directory":"$(CURDIR)","file":"$(1)","command":"$(CC) $(call for_tools,$(2)) -c $(1)"}
comma   := ,
define newline


endef

# Without what clang does not know.
for_tools = $(filter-out $(MORE_WARNINGS) -fno-tree-loop-distribute-patterns,$(1))

C_SOURCES    := $(filter %.c,$(C_FILES))
SAN_LIKE     := $(filter kernel/san/%,$(C_SOURCES))
DEBUG_LIKE   := $(filter kernel/debug/%,$(C_SOURCES))
KERNEL_LIKE  := $(filter-out $(SAN_LIKE) $(DEBUG_LIKE),$(filter kernel/% abi/lib/% tests/hostile/%,$(C_SOURCES)))
GUEST_LIKE   := $(filter tests/guest/%,$(C_SOURCES))
REGION_LIKE  := $(filter-out %/hello.c,$(filter tests/personality/%,$(C_SOURCES)))
LIBC_LIKE    := $(filter-out $(LIBC_INSIDE),$(filter services/lib/libc/%,$(C_SOURCES)))
LIBC_USERS   := $(filter tests/libc/%,$(C_SOURCES))
SERVICE_LIKE := $(filter-out services/lib/libc/% %/host/main.c,\
                  $(filter services/% tests/guest-fuzz/% tests/stretch/% tests/bench/% tests/service/%,$(C_SOURCES)))
FAULTS_LIKE  := $(filter tests/faults/%,$(C_SOURCES))
GEN_TESTS    := $(filter tests/unit/gen_%,$(C_SOURCES))
FUZZ_LIKE    := $(filter tests/fuzz/%,$(C_SOURCES))
PLUGIN_LIKE  := $(filter tests/plugin/%,$(C_SOURCES))
HOST_LIKE    := $(filter-out $(KERNEL_LIKE) $(SAN_LIKE) $(DEBUG_LIKE) $(LIBC_SRC) $(LIBC_USERS) $(SERVICE_LIKE) $(FAULTS_LIKE) $(GUEST_LIKE) $(REGION_LIKE) $(GEN_TESTS) $(FUZZ_LIKE) $(PLUGIN_LIKE),$(C_SOURCES))

# $(file) writes at once, even if make was only asked what it would do.
only_asked = $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
write      = $(if $(only_asked),,$(file $(1),$(2)))

$(O)/compile_commands.json: $(O)/flags FORCE | $(GENERATED) $(O)/include/version.h $(O)/libc/headers
	$(call write,>$@,[)
	$(call write,>>$@,$(call commands,$(KERNEL_LIKE),$(KERNEL_FLAGS)))
	$(call write,>>$@,$(call commands,$(SAN_LIKE),$(KERNEL_FLAGS) $(SAN_DEFINES)))
	$(call write,>>$@,$(call commands,$(DEBUG_LIKE),$(KERNEL_FLAGS) -DKOZO_DEBUG))
	$(call write,>>$@,$(call commands,$(LIBC_LIKE),$(LIBC_FLAGS)))
	$(call write,>>$@,$(call commands,$(LIBC_INSIDE),$(LIBC_INSIDE_FLAGS)))
	$(call write,>>$@,$(call commands,$(LIBC_USERS),$(LIBC_PROGRAM_FLAGS)))
	$(call write,>>$@,$(call commands,$(SERVICE_LIKE),$(SERVICE_FLAGS)))
	$(call write,>>$@,$(call commands,$(FAULTS_LIKE),$(SERVICE_FLAGS) $(FAULTS_INCLUDE)))
	$(call write,>>$@,$(call commands,$(GUEST_LIKE),$(SERVICE_FLAGS) $(GUEST_FLAGS)))
	$(call write,>>$@,$(call commands,$(REGION_LIKE),$(SERVICE_FLAGS) $(PERSONALITY_FLAGS)))
	$(call write,>>$@,$(call commands,$(GEN_TESTS),$(HOST_FLAGS) $(GEN_TEST_INCLUDE)))
	$(call write,>>$@,$(call commands,$(FUZZ_LIKE),$(FUZZ_FLAGS) $(FUZZ_INCLUDE)))
	$(call write,>>$@,$(call commands,$(HOST_LIKE),$(HOST_FLAGS) $(HOST_INCLUDE)))
	$(call write,>>$@,$(call command,$(O)/abi/kozo_dispatch.c,$(KERNEL_FLAGS))])

check: $(O)/compile_commands.json	## look for what the compiler does not
	$(Q)$(RUN_TESTS) --kind check

format:					## put all C into the house style
	$(Q)clang-format -i $(C_FILES)

size: $(KERNEL_ELF)			## sizes of the kernel and lines of code per folder
	$(Q)scripts/size.sh $(KERNEL_ELF)

setup:					## install every tool that any target needs
	$(Q)scripts/preflight.sh all

clean:					## remove build/
	$(Q)rm -rf $(O) $(SAN_O) $(DEBUG_O)

help:					## list targets and settings
	@sed -n 's/^\([a-z][a-z-]*\):.*##  *\(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20
	@echo "  O=$(O)  SAN=$(SAN)  DEBUG=$(DEBUG)  ARCH=$(ARCH)  CC=$(CC)  V=$(V)"

FORCE:
.PHONY: all iso usb run debug test test-unit test-guest test-libc test-faults test-mutants test-smoke fuzz-guest bench bench-check bench-update debug-kernel check format size setup clean help tools FORCE
-include $(shell find $(O) -name '*.d' 2>/dev/null)
