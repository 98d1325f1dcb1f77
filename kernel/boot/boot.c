/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "boot.h"
#include "arch/halt.h"
#include "arch/layout.h"
#include "log.h"
#include "string.h"

_Noreturn void boot_stop(const char *fmt, ...)
{
	va_list ap;

	log_printf("KOZO cannot start: ");
	va_start(ap, fmt);
	log_vprintf(fmt, ap);
	va_end(ap);
	log_printf("\n");
	halt_forever();
}

void *boot_pages(struct boot *b, unsigned count)
{
	uint64_t bytes = (uint64_t)count << PAGE_BITS;
	paddr_t start;

	if (!memmap_take(&b->free, bytes, 1 << PAGE_BITS, boot_image().end, &start))
		boot_stop("too little memory: this machine has %lu KiB", b->memory_bytes >> 10);
	if (start >= BOOT_REACH || bytes > BOOT_REACH - start)
		boot_stop("too little memory below %llu GiB for the kernel's page tables",
			  BOOT_REACH >> 30);
	b->table_bytes += bytes;
	return memset(phys_to_virt(start), 0, bytes);
}
