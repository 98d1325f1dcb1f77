/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A program for Linux, linked with musl. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	char *copy = malloc(300000); /* enough for mmap */
	double half = argc / 2.0;

	memset(copy, 'x', 300000);
	printf("hello from %s: %d, %.2f, %c\n", argv[0], argc, half, copy[299999]);
	free(copy);
	return 7;
}
