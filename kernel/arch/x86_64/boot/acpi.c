/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "acpi.h"
#include "memory.h"
#include "string.h"

/* Sections are those of the ACPI specification 6.5. */
enum {
	RSDP_V1_BYTES = 20, /* 5.2.5.3 */
	RSDP_REVISION = 15,
	RSDP_RSDT = 16,
	RSDP_XSDT = 24,

	TABLE_LENGTH = 4, /* 5.2.6 */
	TABLE_HEADER_BYTES = 36,
	TABLE_BYTES_MAX = 16 << 20,
	DEVICE_PAGE = 1 << 12, /* what a device's registers take */

	FADT_DSDT = 40, /* 5.2.9 */
	FADT_SMI_COMMAND = 48,
	FADT_ACPI_ENABLE = 52,
	FADT_PM1A_CONTROL = 64,
	FADT_PM1B_CONTROL = 68,
	FADT_TIMER = 76,
	FADT_TIMER_BYTES = 91,
	FADT_FLAGS = 112,
	FADT_V1_BYTES = 116,
	FADT_X_DSDT = 140,
	FADT_TIMER_32_BITS = 1 << 8,
	FADT_HARDWARE_REDUCED = 1 << 20,

	MADT_CONTROLLER = 36, /* 5.2.12: address of the local interrupt controllers */
	MADT_ENTRIES = 44,
	MADT_LOCAL_APIC = 0,
	MADT_LOCAL_APIC_FLAGS = 4,
	MADT_IO_APIC = 1,
	MADT_IO_APIC_ADDRESS = 4,
	MADT_IO_APIC_FIRST = 8,
	MADT_WIRING = 2, /* 5.2.12.5: an interrupt of the ISA bus that is not as usual */
	MADT_WIRING_SOURCE = 3,
	MADT_WIRING_LINE = 4,
	MADT_WIRING_FLAGS = 8,
	WIRING_LOW = 3, /* in bits 0 and 1 of its flags; else as the bus has it: high */
	WIRING_LEVEL = 3 << 2,
	MADT_CONTROLLER_OVERRIDE = 5,
	MADT_OVERRIDE_ADDRESS = 4,
	MADT_LOCAL_X2APIC = 9,
	MADT_LOCAL_X2APIC_FLAGS = 8,
	MADT_ENABLED = 1,

	IN_MEMORY = 0, /* an address space (5.2.3.2) */

	HPET_SPACE = 40,
	HPET_ADDRESS = 44, /* IA-PC HPET specification 1.0a, 3.2.4 */

	IOMMU_ENTRIES = 48, /* the same in both tables; an entry is a type and a length first */
	DMAR_UNIT = 0,	    /* Intel VT-d specification 4.1, 8.3 */
	DMAR_UNIT_SIZE = 5, /* log2 of the pages of its registers, in the low four bits */
	DMAR_SIZE_MASK = 0xf,
	IVRS_UNIT = 0x10, /* AMD IOMMU specification 3.09, 5.2.2: 10h, 11h and 40h */
	IVRS_UNIT_LONG = 0x11,
	IVRS_UNIT_NEW = 0x40,
	IVRS_UNIT_BYTES = 512 << 10, /* the most that its registers take */
	UNIT_ADDRESS = 8,

	SLEEP_TYPE_SHIFT = 10, /* 4.8.3.2.1 */
	SLEEP_ENABLE = 1 << 13,

	AML_ZERO = 0x00, /* 20.2 */
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_PACKAGE = 0x12,
};

/* Bytes that were checked to be there. */
struct bytes {
	const uint8_t *at;
	size_t size;
};

/* A little-endian number of `n` bytes; one that is not all there is 0. */
static uint64_t number(struct bytes b, size_t at, unsigned n)
{
	uint64_t value = 0;

	if (at > b.size || b.size - at < n)
		return 0;
	for (unsigned i = 0; i < n; i++)
		value |= (uint64_t)b.at[at + i] << (8 * i);
	return value;
}

static bool sum_is_zero(struct bytes b)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < b.size; i++)
		sum = (uint8_t)(sum + b.at[i]);
	return sum == 0;
}

/* The whole table at `address`, if it is within reach and its checksum is good. */
static bool open_table(paddr_t address, struct bytes *table)
{
	struct bytes t = { boot_physical(address, TABLE_HEADER_BYTES), TABLE_HEADER_BYTES };

	if (!t.at)
		return false;
	t.size = number(t, TABLE_LENGTH, 4);
	if (t.size < TABLE_HEADER_BYTES || t.size > TABLE_BYTES_MAX)
		return false;
	t.at = boot_physical(address, t.size);
	if (!t.at || !sum_is_zero(t))
		return false;
	*table = t;
	return true;
}

/* One small number of an AML package; moves *at behind it. */
static bool aml_number(struct bytes aml, size_t *at, uint16_t *value)
{
	uint64_t op = number(aml, *at, 1);
	size_t length = op == AML_BYTE ? 2 : 1;

	if (*at > aml.size || aml.size - *at < length)
		return false;
	if (op != AML_ZERO && op != AML_ONE && op != AML_BYTE)
		return false;
	*value = (uint16_t)number(aml, *at + length - 1, 1);
	*at += length;
	return true;
}

/*
 * The package that Name(_S5_, ...) defines holds the two sleep types (7.4.2). It
 * is looked for as bytes: running AML takes an interpreter, and every firmware
 * has this one as a constant.
 */
static bool read_sleep_types(struct acpi *a, struct bytes dsdt)
{
	static const uint8_t name[] = { '_', 'S', '5', '_', AML_PACKAGE };

	for (size_t i = TABLE_HEADER_BYTES + 1; i + sizeof(name) < dsdt.size; i++) {
		uint8_t before = dsdt.at[i - 1];

		if (memcmp(dsdt.at + i, name, sizeof(name)) != 0)
			continue;
		if (before != AML_NAME && before != '\\')
			continue;

		/* Behind the package's length, whose first byte tells its own (20.2.4), and count. */
		size_t at = i + sizeof(name);

		at += (size_t)(dsdt.at[at] >> 6) + 2;
		return aml_number(dsdt, &at, &a->sleep_a) && aml_number(dsdt, &at, &a->sleep_b);
	}
	return false;
}

static uint16_t sleep_command(uint16_t type)
{
	return (uint16_t)((type & 7) << SLEEP_TYPE_SHIFT | SLEEP_ENABLE);
}

/* The number of a port that the FADT says; what cannot be one is 0, none. */
static uint16_t port(struct bytes fadt, size_t at)
{
	uint64_t n = number(fadt, at, 4);

	return n <= UINT16_MAX ? (uint16_t)n : 0;
}

/* The ACPI timer (4.8.3.3), if it has a port for all its four bytes. */
static void read_timer(struct acpi *a, struct bytes fadt)
{
	if (number(fadt, FADT_TIMER_BYTES, 1) != 4)
		return;
	a->timer_port = port(fadt, FADT_TIMER);
	a->timer_is_32_bits = number(fadt, FADT_FLAGS, 4) & FADT_TIMER_32_BITS;
}

static const char *read_fadt(struct acpi *a, struct bytes fadt)
{
	paddr_t address = number(fadt, FADT_X_DSDT, 8);
	struct bytes dsdt;

	if (fadt.size < FADT_V1_BYTES)
		return "the FADT is too short";
	if (number(fadt, FADT_FLAGS, 4) & FADT_HARDWARE_REDUCED)
		return NULL; /* it has none of the registers below */
	read_timer(a, fadt);
	if (!address)
		address = number(fadt, FADT_DSDT, 4);
	if (!open_table(address, &dsdt))
		return "the DSDT is out of reach or has a bad length or checksum";
	a->pm1a_control = port(fadt, FADT_PM1A_CONTROL);
	a->pm1b_control = port(fadt, FADT_PM1B_CONTROL);
	a->smi_command = port(fadt, FADT_SMI_COMMAND);
	a->acpi_enable = (uint8_t)number(fadt, FADT_ACPI_ENABLE, 1);
	if (!a->pm1a_control || !read_sleep_types(a, dsdt))
		return "the tables do not say how to turn the machine off";

	a->sleep_a = sleep_command(a->sleep_a);
	a->sleep_b = sleep_command(a->sleep_b);
	a->power_off = true;
	return NULL;
}

/* These bytes are not for drivers. An address of 0 is none. */
static void withhold(struct acpi *a, paddr_t address, uint64_t bytes)
{
	if (!address)
		return;
	if (a->withheld_count == ACPI_WITHHELD_MAX || address > UINT64_MAX - bytes)
		a->withhold_all = true;
	else
		a->withheld[a->withheld_count++] =
			(struct memory_range){ address, address + bytes };
}

static void read_io_apic(struct acpi *a, struct bytes madt, size_t at)
{
	paddr_t address = number(madt, at + MADT_IO_APIC_ADDRESS, 4);

	withhold(a, address, DEVICE_PAGE);
	if (!address || a->io_apic_count == IO_APICS_MAX)
		return;
	a->io_apic[a->io_apic_count].address = address;
	a->io_apic[a->io_apic_count].first_line =
		(uint32_t)number(madt, at + MADT_IO_APIC_FIRST, 4);
	a->io_apic_count++;
}

static void read_wiring(struct acpi *a, struct bytes madt, size_t at)
{
	uint64_t source = number(madt, at + MADT_WIRING_SOURCE, 1);
	uint64_t flags = number(madt, at + MADT_WIRING_FLAGS, 2);

	if (source < ISA_LINES)
		a->isa[source] = (struct irq_line){
			.number = (uint32_t)number(madt, at + MADT_WIRING_LINE, 4),
			.level = (flags & WIRING_LEVEL) == WIRING_LEVEL,
			.low = (flags & WIRING_LOW) == WIRING_LOW,
		};
}

static void read_processor(struct acpi *a, struct bytes madt, size_t at, size_t flags)
{
	if (number(madt, at + flags, 4) & MADT_ENABLED)
		a->processors++;
}

/*
 * Read a list from `at` on. An entry is a type and its own size, which have `width` bytes
 * each, and more.
 */
static const char *read_list(struct acpi *a, struct bytes table, size_t at, unsigned width,
			     void (*read)(struct acpi *a, struct bytes table, size_t at))
{
	while (at < table.size) {
		uint64_t size = number(table, at + width, width);

		if (size < 2ull * width || size > table.size - at)
			return "an entry of a list has an impossible size";
		read(a, table, at);
		at += size;
	}
	return NULL;
}

static void read_controller(struct acpi *a, struct bytes madt, size_t at)
{
	switch (number(madt, at, 1)) {
	case MADT_LOCAL_APIC:
		read_processor(a, madt, at, MADT_LOCAL_APIC_FLAGS);
		break;
	case MADT_LOCAL_X2APIC:
		read_processor(a, madt, at, MADT_LOCAL_X2APIC_FLAGS);
		break;
	case MADT_IO_APIC:
		read_io_apic(a, madt, at);
		break;
	case MADT_WIRING:
		read_wiring(a, madt, at);
		break;
	case MADT_CONTROLLER_OVERRIDE:
		withhold(a, number(madt, at + MADT_OVERRIDE_ADDRESS, 8), DEVICE_PAGE);
		break;
	}
}

static const char *read_madt(struct acpi *a, struct bytes madt)
{
	withhold(a, number(madt, MADT_CONTROLLER, 4), DEVICE_PAGE);
	return read_list(a, madt, MADT_ENTRIES, 1, read_controller);
}

static const char *read_hpet(struct acpi *a, struct bytes hpet)
{
	withhold(a, number(hpet, HPET_ADDRESS, 8), DEVICE_PAGE);
	if (number(hpet, HPET_SPACE, 1) == IN_MEMORY)
		a->hpet = number(hpet, HPET_ADDRESS, 8);
	return NULL;
}

static void read_dmar_unit(struct acpi *a, struct bytes dmar, size_t at)
{
	uint64_t bits = number(dmar, at + DMAR_UNIT_SIZE, 1) & DMAR_SIZE_MASK;

	if (number(dmar, at, 2) == DMAR_UNIT)
		withhold(a, number(dmar, at + UNIT_ADDRESS, 8), (uint64_t)DEVICE_PAGE << bits);
}

static const char *read_dmar(struct acpi *a, struct bytes dmar)
{
	return read_list(a, dmar, IOMMU_ENTRIES, 2, read_dmar_unit);
}

/* Its type has one byte only; what is behind are flags. */
static void read_ivrs_unit(struct acpi *a, struct bytes ivrs, size_t at)
{
	uint64_t type = number(ivrs, at, 1);

	if (type == IVRS_UNIT || type == IVRS_UNIT_LONG || type == IVRS_UNIT_NEW)
		withhold(a, number(ivrs, at + UNIT_ADDRESS, 8), IVRS_UNIT_BYTES);
}

static const char *read_ivrs(struct acpi *a, struct bytes ivrs)
{
	return read_list(a, ivrs, IOMMU_ENTRIES, 2, read_ivrs_unit);
}

/*
 * The tables that are read, each where the list has it first. Without one that
 * `withholds` it is not known what is safe.
 */
static const struct reader {
	const char *signature;
	const char *(*read)(struct acpi *a, struct bytes table);
	bool withholds;
} readers[] = {
	{ "FACP", read_fadt, false }, { "APIC", read_madt, true }, { "HPET", read_hpet, true },
	{ "DMAR", read_dmar, true },  { "IVRS", read_ivrs, true },
};

static const char out_of_reach[] = "a table is out of reach or has a bad length or checksum";

static const char *read_with(struct acpi *a, const struct reader *r, paddr_t address)
{
	struct bytes table;
	const char *problem = open_table(address, &table) ? r->read(a, table) : out_of_reach;

	if (problem && r->withholds)
		a->withhold_all = true;
	return problem;
}

/*
 * A list may have millions of entries, and each lead to millions of bytes: so a
 * table is summed up only if it is read, and none is read twice.
 */
static const char *read_table(struct acpi *a, paddr_t address, bool *seen)
{
	const uint8_t *signature = boot_physical(address, TABLE_HEADER_BYTES);

	if (!signature) {
		a->withhold_all = true;
		return out_of_reach;
	}
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		if (seen[i] || memcmp(signature, readers[i].signature, 4) != 0)
			continue;
		seen[i] = true;
		return read_with(a, &readers[i], address);
	}
	return NULL;
}

/* The list of tables: 64-bit addresses in the XSDT, 32-bit ones in the RSDT. */
static const char *find_list(struct bytes rsdp, struct bytes *list, unsigned *width)
{
	struct bytes v1 = { rsdp.at, RSDP_V1_BYTES };

	if (rsdp.size < RSDP_V1_BYTES || memcmp(rsdp.at, "RSD PTR ", 8) != 0 || !sum_is_zero(v1))
		return "the RSDP has a bad signature or checksum";
	*width = 8;
	if (number(rsdp, RSDP_REVISION, 1) >= 2 && sum_is_zero(rsdp) &&
	    open_table(number(rsdp, RSDP_XSDT, 8), list))
		return NULL;
	*width = 4;
	if (open_table(number(rsdp, RSDP_RSDT, 4), list))
		return NULL;
	return "the list of tables is out of reach or has a bad length or checksum";
}

const char *acpi_read(struct acpi *a, const struct boot *b)
{
	struct bytes rsdp = { b->rsdp, b->rsdp_bytes }, list;
	bool seen[ARRAY_SIZE(readers)] = { false };
	unsigned width;

	for (uint32_t i = 0; i < ISA_LINES; i++)
		a->isa[i].number = i;

	const char *first = rsdp.size ? find_list(rsdp, &list, &width) : "there are no tables";

	if (first) {
		a->withhold_all = rsdp.size; /* they may say what is not for drivers */
		return first;
	}
	for (size_t at = TABLE_HEADER_BYTES; list.size - at >= width; at += width) {
		const char *problem = read_table(a, number(list, at, width), seen);

		if (!first)
			first = problem;
	}
	return first;
}
