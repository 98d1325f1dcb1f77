/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "cpio.h"
#include "kozo_abi.h"

/*
 * volume: a tree of directories and files, read-only, over a cpio archive.
 *
 * The archive is read once; contents and names stay where they lie in it, so it
 * must outlive the volume. A directory exists because the archive has it, or
 * because something in it has a name below it. Of two files of the same name the
 * later one counts. What is neither a file nor a directory is left out.
 *
 * Nodes stand in an array, and a node's index is its number: 0 is the root.
 */
enum { VOLUME_NODES_MAX = 2048 };

struct node {
	const char *name;    /* not terminated; unique among its siblings */
	uint8_t name_length; /* 1 to FS_NAME_MAX, but 0 in the root */
	bool directory;
	uint16_t parent; /* the root is its own */
	uint16_t first;	 /* of a directory: its first entry, 0: it is empty */
	uint16_t next;	 /* the next entry of the same directory, 0: none */
	uint32_t mode;	 /* permission bits */
	uint32_t mtime;
	const void *data; /* of a file */
	size_t size;
};

struct volume {
	size_t count; /* at least 1 */
	struct node node[VOLUME_NODES_MAX];
};

enum volume_result {
	VOLUME_OK,
	VOLUME_DAMAGED,	 /* the archive is */
	VOLUME_BAD_NAME, /* a name in it has the part "." or "..", or one above FS_NAME_MAX */
	VOLUME_CONFLICT, /* a name in it is both a file and a directory */
	VOLUME_TOO_MANY, /* more than VOLUME_NODES_MAX nodes */
	VOLUME_RESULTS
};

/* Build the tree. After anything but VOLUME_OK the volume must not be used. */
MUST_USE enum volume_result volume_mount(struct volume *volume, const void *archive, size_t size);

/* A plain sentence without its full stop. */
const char *volume_text(enum volume_result result);

/*
 * The node that a path names, seen from the directory `root`, which `..` cannot
 * leave. An empty path, like "/", is the root itself; a path that ends with a
 * slash must name a directory. The path has no terminator.
 *
 * ERR_BAD_NAME: a part is too long or holds a NUL. ERR_NOT_DIR: something before
 * the last part, or before a slash, is a file. ERR_NOT_FOUND.
 */
MUST_USE status_t volume_resolve(const struct volume *volume, const struct node *root,
				 const char *path, size_t length, const struct node **found);

/*
 * An entry of a directory: with cursor 0 the first, otherwise the one after the
 * node of that number. The cursor to go on with is the entry's own number.
 * ERR_END: there is no such entry.
 */
MUST_USE status_t volume_entry(const struct volume *volume, const struct node *directory,
			       word_t cursor, const struct node **entry);

word_t volume_number(const struct volume *volume, const struct node *node);
