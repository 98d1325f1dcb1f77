/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * fsd's tree of files: the input is the archive that it is made from. The content
 * of each file is also a path, tried from each directory.
 */
/* links: services/fsd/volume.c services/lib/kozo-sys/cpio.c */
#include "fuzz.h"

#include "volume.h"

enum {
	PERMISSIONS = 07777,
	/* Of so many nodes each is looked at together with so many others. */
	TRIED_MAX = 16,
	PATH_MAX = 4096,
};

static struct volume volume;

static const struct node *parent_of(const struct node *node)
{
	return &volume.node[node->parent];
}

UNWATCHED static bool is_below(const struct node *node, const struct node *root)
{
	while (node != root && node != volume.node)
		node = parent_of(node);
	return node == root;
}

UNWATCHED static bool lies_in(const void *bytes, size_t length, const uint8_t *data, size_t size)
{
	const uint8_t *at = bytes;

	return at >= data && at <= data + size && length <= (size_t)(data + size - at);
}

UNWATCHED static void check_name(const struct node *n)
{
	must(n->name_length >= 1 && n->name_length <= FS_NAME_MAX);
	must(!memchr(n->name, '/', n->name_length));
	must(!memchr(n->name, '\0', n->name_length));
	must(n->name_length != 1 || n->name[0] != '.');
	must(n->name_length != 2 || memcmp(n->name, "..", 2) != 0);
}

UNWATCHED static void check_node(const struct node *n, const uint8_t *data, size_t size)
{
	must(!(n->mode & ~(uint32_t)PERMISSIONS));
	must(lies_in(n->name, n->name_length, data, size));
	check_name(n);
	must(parent_of(n) < n && parent_of(n)->directory);
	if (n->directory)
		must(n->size == 0);
	else
		must(n->first == 0 && lies_in(n->data, n->size, data, size));
}

static bool same_name(const struct node *a, const struct node *b)
{
	return a->name_length == b->name_length && memcmp(a->name, b->name, a->name_length) == 0;
}

/* Go through a directory's entries; returns how many there are. */
UNWATCHED static size_t check_entries(const struct node *directory)
{
	const struct node *entry = NULL, *before = directory;
	word_t cursor = 0;
	size_t count = 0;

	while (volume_entry(&volume, directory, cursor, &entry) == OK) {
		must(entry > before && parent_of(entry) == directory);
		cursor = volume_number(&volume, entry);
		before = entry;
		if (count++ < TRIED_MAX)
			for (uint16_t i = directory->first; i != cursor; i = volume.node[i].next)
				must(!same_name(&volume.node[i], entry));
	}
	return count;
}

UNWATCHED static void check_tree(const uint8_t *data, size_t size)
{
	const struct node *root = &volume.node[0];
	size_t entries = 0;

	must(volume.count >= 1 && volume.count <= VOLUME_NODES_MAX);
	must(root->directory && root->name_length == 0 && parent_of(root) == root);
	for (size_t i = 1; i < volume.count; i++)
		check_node(&volume.node[i], data, size);
	for (size_t i = 0; i < volume.count; i++)
		if (volume.node[i].directory)
			entries += check_entries(&volume.node[i]);
	must(entries == volume.count - 1);
}

/* The whole path of a node is a way to it. */
UNWATCHED static void check_way_to(const struct node *node)
{
	const struct node *found = NULL;
	char path[PATH_MAX];
	size_t at = sizeof(path);

	for (const struct node *n = node; n != volume.node; n = parent_of(n)) {
		if (n->name_length + 1u > at)
			return;
		at -= n->name_length;
		memcpy(path + at, n->name, n->name_length);
		path[--at] = '/';
	}
	must(volume_resolve(&volume, volume.node, path + at, sizeof(path) - at, &found) == OK);
	must(found == node);
}

/* Whatever a path is, it does not lead out of the root. */
static void check_path(const struct node *root, const char *path, size_t length)
{
	const struct node *found = NULL;
	status_t status = volume_resolve(&volume, root, path, length, &found);

	if (status == OK) {
		must(is_below(found, root));
		must(found->directory || (length > 0 && path[length - 1] != '/'));
	} else {
		must(status == ERR_BAD_NAME || status == ERR_NOT_FOUND || status == ERR_NOT_DIR);
		must(!found);
	}
}

/* Whatever a cursor is, what it leads to is an entry of the directory. */
static void check_cursor(const struct node *directory, word_t cursor)
{
	const struct node *entry = NULL;
	status_t status = volume_entry(&volume, directory, cursor, &entry);

	if (status == OK)
		must(parent_of(entry) == directory && entry != directory);
	else
		must(status == ERR_END && !entry);
}

/* Try this node's number as a cursor, and the content of a file as a path. */
static void try_with(const struct node *root, const struct node *node)
{
	check_cursor(root, volume_number(&volume, node));
	if (!node->directory)
		check_path(root, node->data, node->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum volume_result result = volume_mount(&volume, data, size);

	must(result < VOLUME_RESULTS);
	must(volume_text(result)[0]);
	if (result != VOLUME_OK)
		return 0;

	check_tree(data, size);
	for (size_t i = 0; i < volume.count && i < TRIED_MAX; i++) {
		check_way_to(&volume.node[i]);
		for (size_t j = 0; j < volume.count && j < TRIED_MAX; j++)
			if (volume.node[i].directory)
				try_with(&volume.node[i], &volume.node[j]);
		check_cursor(&volume.node[0], volume.count + i);
	}
	return 0;
}
