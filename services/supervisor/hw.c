/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "hw.h"

#include <stdbool.h>
#include <string.h>

#include "boot.h"
#include "print.h"

/* --- the processor, by CPUID (Intel SDM vol. 2, AMD APM vol. 3) ------------ */

#define LEAF_VENDOR 0x0u
#define LEAF_VERSION 0x1u
#define LEAF_STRUCTURED 0x7u
#define LEAF_HYPERVISOR 0x40000000u
#define LEAF_EXTENDED 0x80000001u
#define LEAF_NAME 0x80000002u
#define LEAF_POWER 0x80000007u

enum { HYPERVISOR_BIT = 31, NAME_LEAVES = 3 };

enum which { EAX, EBX, ECX, EDX, REGISTERS };

struct cpuid {
	uint32_t reg[REGISTERS];
};

static struct cpuid ask(uint32_t leaf)
{
	struct cpuid c;

	__asm__("cpuid"
		: "=a"(c.reg[EAX]), "=b"(c.reg[EBX]), "=c"(c.reg[ECX]), "=d"(c.reg[EDX])
		: "a"(leaf), "c"(0));
	return c;
}

/* All zero if the processor does not know the leaf. */
static struct cpuid cpuid(uint32_t leaf)
{
	uint32_t last = ask(leaf & ~0xffffu).reg[EAX];

	return leaf <= last ? ask(leaf) : (struct cpuid){ 0 };
}

/* clang-format off */
static const struct feature {
	uint32_t leaf;
	enum which which;
	unsigned bit;
	const char *name;
} features[] = {
	{ LEAF_EXTENDED,   EDX, 20, "nx" },
	{ LEAF_STRUCTURED, EBX,  7, "smep" },
	{ LEAF_STRUCTURED, EBX, 20, "smap" },
	{ LEAF_STRUCTURED, ECX,  2, "umip" },
	{ LEAF_STRUCTURED, EBX,  0, "fsgsbase" },
	{ LEAF_VERSION,    ECX, 17, "pcid" },
	{ LEAF_STRUCTURED, EBX, 10, "invpcid" },
	{ LEAF_VERSION,    ECX, 21, "x2apic" },
	{ LEAF_VERSION,    ECX, 24, "tsc-deadline" },
	{ LEAF_POWER,      EDX,  8, "invariant-tsc" },
	{ LEAF_EXTENDED,   EDX, 26, "1gib-pages" },
};
/* clang-format on */

static bool has(const struct feature *f)
{
	return cpuid(f->leaf).reg[f->which] >> f->bit & 1;
}

static void print_features(const char *title, bool wanted)
{
	bool any = false;

	kozo_printf("%s:", title);
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (has(&features[i]) != wanted)
			continue;
		kozo_printf(" %s", features[i].name);
		any = true;
	}
	kozo_printf(any ? "\n" : " none\n");
}

/* Text in registers, four characters in each: NUL ends it, if their end does not. */
static void print_text(const char *title, const uint32_t *reg, size_t count)
{
	bool begun = false;

	kozo_printf("%s: ", title);
	for (size_t i = 0; i < count * sizeof(*reg); i++) {
		char c = (char)(reg[i / sizeof(*reg)] >> i % sizeof(*reg) * 8);

		if (c == '\0')
			break;
		begun = begun || c != ' ';
		if (begun)
			kozo_printf("%c", c >= ' ' && c <= '~' ? c : '.');
	}
	kozo_printf("\n");
}

static void print_vendor(void)
{
	struct cpuid c = ask(LEAF_VENDOR);
	uint32_t text[] = { c.reg[EBX], c.reg[EDX], c.reg[ECX] };

	print_text("vendor", text, sizeof(text) / sizeof(text[0]));
}

/* The extended fields count only for the families that they were made for. */
static void print_model(void)
{
	uint32_t version = ask(LEAF_VERSION).reg[EAX];
	uint32_t family = version >> 8 & 0xf, model = version >> 4 & 0xf;

	if (family == 0x6 || family == 0xf)
		model |= (version >> 16 & 0xf) << 4;
	if (family == 0xf)
		family += version >> 20 & 0xff;
	kozo_printf("processor: family %u, model %u, stepping %u\n", family, model, version & 0xf);
}

static void print_name(void)
{
	uint32_t text[NAME_LEAVES * REGISTERS];

	for (size_t i = 0; i < NAME_LEAVES; i++) {
		struct cpuid c = cpuid(LEAF_NAME + (uint32_t)i);

		memcpy(text + i * REGISTERS, c.reg, sizeof(c.reg));
	}
	print_text("name", text, sizeof(text) / sizeof(text[0]));
}

static void print_hypervisor(void)
{
	struct cpuid c = ask(LEAF_HYPERVISOR);

	if (ask(LEAF_VERSION).reg[ECX] >> HYPERVISOR_BIT & 1)
		print_text("hypervisor", &c.reg[EBX], REGISTERS - EBX);
}

static void print_processor(void)
{
	print_vendor();
	print_model();
	print_name();
	print_hypervisor();
	print_features("features", true);
	print_features("without", false);
}

/* --- the rest, by what the kernel told ------------------------------------- */

static const char *route_name(void)
{
	switch (boot->route) {
	case ROUTE_MULTIBOOT2:
		return "multiboot2";
	case ROUTE_PVH:
		return "PVH";
	default:
		return "unknown";
	}
}

static void print_boot(void)
{
	kozo_printf("version: %.*s\n", (int)sizeof(boot->version), (const char *)boot->version);
	kozo_printf("abi: %016lx\n", boot->abi_hash);
	kozo_printf("boot: %s, %lu TSC ticks\n", route_name(), boot_report()->boot_ticks);
}

static void print_screen(void)
{
	const struct framebuffer *fb = &boot->framebuffer;

	if (fb->address)
		kozo_printf("screen: framebuffer %ux%ux%u, %u bytes a line\n", fb->width,
			    fb->height, fb->bits, fb->pitch);
	else
		kozo_printf("screen: text, if any\n");
}

static void print_amounts(void)
{
	kozo_printf("processors: %u listed, 1 used\n", boot->processors);
	kozo_printf("memory: %lu KiB\n", boot->memory_bytes / 1024);
	kozo_printf("initrd: %lu KiB\n", boot->initrd_bytes / 1024);
}

void hw_print(void)
{
	kozo_printf("---- KOZO hardware report ----\n");
	print_boot();
	print_processor();
	print_amounts();
	print_screen();
	kozo_printf("---- end of hardware report ----\n");
}
