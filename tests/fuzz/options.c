/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What every target asks of the address sanitizer; each is linked with this. */
#include <sanitizer/asan_interface.h>

const char *__asan_default_options(void)
{
	/* The stack's names come from binutils: whoever can build has those. */
	return "external_symbolizer_path=/usr/bin/addr2line:print_legend=0:quarantine_size_mb=16";
}
