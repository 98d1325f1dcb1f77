/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stdio_impl.h"

/*
 * There are no streams. musl reads a number from a string as if that were one, which
 * does not end; if it did, this would be asked for more.
 */
int __uflow(FILE *stream)
{
	(void)stream;
	return EOF;
}
