/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "volume.h"

#include <string.h>

enum {
	ROOT = 0,
	PERMISSIONS = 07777,
	DIRECTORY_MODE = 0555, /* of a directory that the archive does not mention */
};

_Static_assert(VOLUME_NODES_MAX <= UINT16_MAX, "a node's number fits the links");
_Static_assert(FS_NAME_MAX <= UINT8_MAX, "a name's length fits its field");

/* --- paths ----------------------------------------------------------------- */

/* What is left of a path: parts separated by any number of slashes. */
struct path {
	const char *text;
	size_t length;
};

static void skip_slashes(struct path *path)
{
	while (path->length > 0 && *path->text == '/') {
		path->text++;
		path->length--;
	}
}

/* Take the next part off the path. False: there is none. */
static bool next_part(struct path *path, struct path *part)
{
	skip_slashes(path);
	*part = (struct path){ path->text, 0 };
	while (path->length > 0 && *path->text != '/') {
		path->text++;
		path->length--;
		part->length++;
	}
	skip_slashes(path);
	return part->length > 0;
}

static bool is_text(const struct path *part, const char *text)
{
	return part->length == strlen(text) && memcmp(part->text, text, part->length) == 0;
}

/* --- nodes ----------------------------------------------------------------- */

word_t volume_number(const struct volume *volume, const struct node *node)
{
	return (word_t)(node - volume->node);
}

static const struct node *find_child(const struct volume *volume, const struct node *directory,
				     const struct path *name)
{
	for (uint16_t i = directory->first; i; i = volume->node[i].next) {
		const struct node *child = &volume->node[i];

		if (child->name_length == name->length &&
		    memcmp(child->name, name->text, name->length) == 0)
			return child;
	}
	return NULL;
}

/* Where the number of a directory's next new entry has to be written. */
static uint16_t *end_of(struct volume *volume, struct node *directory)
{
	uint16_t *end = &directory->first;

	while (*end)
		end = &volume->node[*end].next;
	return end;
}

static struct node *add_child(struct volume *volume, struct node *directory,
			      const struct path *name, bool is_directory)
{
	struct node *child = &volume->node[volume->count];

	*child = (struct node){
		.name = name->text,
		.name_length = (uint8_t)name->length,
		.directory = is_directory,
		.parent = (uint16_t)volume_number(volume, directory),
		.mode = DIRECTORY_MODE,
	};
	*end_of(volume, directory) = (uint16_t)volume->count++;
	return child;
}

/* --- mounting -------------------------------------------------------------- */

/* Go from *at to the child `name`, making it if need be. */
static enum volume_result descend(struct volume *volume, struct node **at, const struct path *name,
				  bool is_directory)
{
	const struct node *child = find_child(volume, *at, name);

	if (is_text(name, ".") || is_text(name, "..") || name->length > FS_NAME_MAX)
		return VOLUME_BAD_NAME;
	if (child && child->directory != is_directory)
		return VOLUME_CONFLICT;
	if (!child && volume->count == VOLUME_NODES_MAX)
		return VOLUME_TOO_MANY;

	*at = child ? &volume->node[volume_number(volume, child)]
		    : add_child(volume, *at, name, is_directory);
	return VOLUME_OK;
}

static enum volume_result add_file(struct volume *volume, const struct cpio_file *file)
{
	bool is_file = (file->mode & CPIO_TYPE_MASK) == CPIO_TYPE_FILE;
	struct path path = { file->name, file->name_length }, name;
	struct node *node = &volume->node[ROOT];

	while (next_part(&path, &name)) {
		bool last = path.length == 0;
		enum volume_result result = descend(volume, &node, &name, !last || !is_file);

		if (result != VOLUME_OK)
			return result;
	}
	if (node->directory == is_file) /* the root, as a file */
		return VOLUME_CONFLICT;

	node->mode = file->mode & PERMISSIONS;
	node->mtime = file->mtime;
	if (is_file) {
		node->data = file->data;
		node->size = file->size;
	}
	return VOLUME_OK;
}

static bool is_known_type(const struct cpio_file *file)
{
	uint32_t type = file->mode & CPIO_TYPE_MASK;

	return type == CPIO_TYPE_FILE || type == CPIO_TYPE_DIRECTORY;
}

enum volume_result volume_mount(struct volume *volume, const void *archive, size_t size)
{
	struct cpio cpio;
	struct cpio_file file;
	enum cpio_result read;
	enum volume_result result = VOLUME_OK;

	volume->node[ROOT] = (struct node){ .directory = true, .mode = DIRECTORY_MODE };
	volume->count = 1;
	cpio_open(&cpio, archive, size);
	while (result == VOLUME_OK && (read = cpio_next(&cpio, &file)) != CPIO_END) {
		if (read == CPIO_DAMAGED)
			return VOLUME_DAMAGED;
		if (is_known_type(&file))
			result = add_file(volume, &file);
	}
	return result;
}

const char *volume_text(enum volume_result result)
{
	static const char *const text[VOLUME_RESULTS] = {
		[VOLUME_OK] = "it can be served",
		[VOLUME_DAMAGED] = "it is damaged",
		[VOLUME_BAD_NAME] = "it holds a name that is malformed or too long",
		[VOLUME_CONFLICT] = "it holds a name that is both a file and a directory",
		[VOLUME_TOO_MANY] = "it holds too many files",
	};

	return text[result];
}

/* --- looking up ------------------------------------------------------------ */

static status_t step(const struct volume *volume, const struct node *root, const struct path *part,
		     const struct node **at)
{
	if (!(*at)->directory)
		return ERR_NOT_DIR;
	if (is_text(part, "."))
		return OK;
	if (is_text(part, "..")) {
		if (*at != root)
			*at = &volume->node[(*at)->parent];
		return OK;
	}

	const struct node *child = find_child(volume, *at, part);

	if (!child)
		return ERR_NOT_FOUND;
	*at = child;
	return OK;
}

/* Could this be a path at all, whatever the volume holds? */
static bool is_well_formed(struct path path)
{
	struct path part;

	for (size_t i = 0; i < path.length; i++) {
		if (path.text[i] == '\0')
			return false;
	}
	while (next_part(&path, &part)) {
		if (part.length > FS_NAME_MAX)
			return false;
	}
	return true;
}

status_t volume_resolve(const struct volume *volume, const struct node *root, const char *text,
			size_t length, const struct node **found)
{
	struct path path = { text, length }, part;
	const struct node *at = root;
	bool names_directory = length > 0 && text[length - 1] == '/';

	if (!is_well_formed(path))
		return ERR_BAD_NAME;

	while (next_part(&path, &part)) {
		status_t status = step(volume, root, &part, &at);

		if (status != OK)
			return status;
	}
	if (names_directory && !at->directory)
		return ERR_NOT_DIR;
	*found = at;
	return OK;
}

status_t volume_entry(const struct volume *volume, const struct node *directory, word_t cursor,
		      const struct node **entry)
{
	uint16_t number = directory->first;

	if (cursor) {
		/* The cursor is the client's: it may be any number. */
		if (cursor >= volume->count ||
		    &volume->node[volume->node[cursor].parent] != directory)
			return ERR_END;
		number = volume->node[cursor].next;
	}
	if (!number)
		return ERR_END;
	*entry = &volume->node[number];
	return OK;
}
