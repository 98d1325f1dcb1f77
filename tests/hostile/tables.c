/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tables.h"

enum {
	FADT_DSDT = 40,
	FADT_PM1A_CONTROL = 64,
	FADT_X_DSDT = 140,
	QEMU_PM1A_CONTROL = 0x604,
	ENABLED = 1,
};

struct tables tables;

/* Name(_S5_, Package() { 0, 0 }), behind something else. */
static const uint8_t aml[] = { 0x08, 'F', 'O', 'O',  '_', 0x00, 0x08, '_',
			       'S',  '5', '_', 0x12, 4,	  2,	0,    0 };

static uint8_t sum(const void *bytes, size_t count)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum = (uint8_t)(sum + ((const uint8_t *)bytes)[i]);
	return sum;
}

void table_sum(struct table *t)
{
	t->sum = (uint8_t)(t->sum - sum(t, t->bytes));
}

void rsdp_sum(void)
{
	enum { V1_BYTES = 20 };

	tables.rsdp.sum = (uint8_t)(tables.rsdp.sum - sum(&tables.rsdp, V1_BYTES));
	tables.rsdp.whole_sum =
		(uint8_t)(tables.rsdp.whole_sum - sum(&tables.rsdp, sizeof(tables.rsdp)));
}

static void begin(struct table *t, const char *signature, size_t bytes)
{
	memcpy(t->signature, signature, sizeof(t->signature));
	t->bytes = (uint32_t)bytes;
}

static void put(size_t at, uint64_t value, size_t bytes)
{
	memcpy(tables.fadt.byte + at, &value, bytes);
}

static void make_fadt(void)
{
	begin(&tables.fadt.head, "FACP", sizeof(tables.fadt));
	put(FADT_DSDT, (uint64_t)&tables.dsdt, 4);
	put(FADT_X_DSDT, (uint64_t)&tables.dsdt, 8);
	put(FADT_PM1A_CONTROL, QEMU_PM1A_CONTROL, 4);
	table_sum(&tables.fadt.head);

	begin(&tables.dsdt.head, "DSDT", sizeof(tables.dsdt.head) + sizeof(aml));
	memcpy(tables.dsdt.aml, aml, sizeof(aml));
	table_sum(&tables.dsdt.head);
}

static void make_madt(void)
{
	begin(&tables.madt.head, "APIC", sizeof(tables.madt));
	for (unsigned i = 0; i < PROCESSORS; i++) {
		tables.madt.processor[i].bytes = sizeof(tables.madt.processor[i]);
		tables.madt.processor[i].id = (uint8_t)i;
		tables.madt.processor[i].flags = ENABLED;
	}
	table_sum(&tables.madt.head);
}

static void make_lists(void)
{
	begin(&tables.rsdt.head, "RSDT", sizeof(tables.rsdt));
	begin(&tables.xsdt.head, "XSDT", sizeof(tables.xsdt));
	tables.rsdt.table[0] = (uint32_t)(uint64_t)&tables.fadt;
	tables.rsdt.table[1] = (uint32_t)(uint64_t)&tables.madt;
	tables.xsdt.table[0].address = (uint64_t)&tables.fadt;
	tables.xsdt.table[1].address = (uint64_t)&tables.madt;
	table_sum(&tables.rsdt.head);
	table_sum(&tables.xsdt.head);
}

void tables_make(struct plan *p)
{
	make_fadt();
	make_madt();
	make_lists();
	memcpy(tables.rsdp.signature, "RSD PTR ", sizeof(tables.rsdp.signature));
	tables.rsdp.revision = 2;
	tables.rsdp.bytes = sizeof(tables.rsdp);
	tables.rsdp.rsdt = (uint32_t)(uint64_t)&tables.rsdt;
	tables.rsdp.xsdt = (uint64_t)&tables.xsdt;
	rsdp_sum();
	p->rsdp = (uint64_t)&tables.rsdp;
	p->rsdp_bytes = sizeof(tables.rsdp);
}
