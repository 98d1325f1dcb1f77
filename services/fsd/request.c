/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "request.h"

#include <string.h>

#include "proto_fs_server.h"

static word_t type_of(const struct node *node)
{
	return node->directory ? FS_TYPE_DIR : FS_TYPE_FILE;
}

static status_t resolve(const struct fs_context *context, const char *path, size_t length,
			const struct node **node)
{
	return volume_resolve(context->volume, context->session->root, path, length, node);
}

status_t fs_on_ping(struct fs_context *context, word_t value, word_t *value_out)
{
	(void)context;
	*value_out = ~value;
	return OK;
}

status_t fs_on_open(struct fs_context *context, const char *path, size_t path_length, word_t *file,
		    word_t *size)
{
	const struct node *node;
	status_t status = resolve(context, path, path_length, &node);

	if (status != OK)
		return status;
	if (node->directory)
		return ERR_IS_DIR;
	*size = node->size;
	return session_open(context->session, node, file);
}

status_t fs_on_close(struct fs_context *context, word_t file)
{
	return session_close(context->session, file);
}

status_t fs_on_read(struct fs_context *context, word_t file, word_t offset, word_t length,
		    char *data, size_t *data_length)
{
	const struct node *node;
	status_t status = session_file(context->session, file, &node);

	if (status != OK)
		return status;
	if (length > FS_READ_MAX)
		return ERR_BAD_ARG;
	if (offset >= node->size)
		return OK;

	size_t left = node->size - offset;
	const char *content = node->data;

	*data_length = length < left ? length : left;
	memcpy(data, content + offset, *data_length);
	return OK;
}

status_t fs_on_stat(struct fs_context *context, const char *path, size_t path_length, word_t *type,
		    word_t *size, word_t *mode, word_t *mtime)
{
	const struct node *node;
	status_t status = resolve(context, path, path_length, &node);

	if (status != OK)
		return status;
	*type = type_of(node);
	*size = node->size;
	*mode = node->mode;
	*mtime = node->mtime;
	return OK;
}

status_t fs_on_list(struct fs_context *context, word_t cursor, const char *path, size_t path_length,
		    word_t *next, word_t *type, word_t *size, char *name, size_t *name_length)
{
	const struct node *directory, *entry;
	status_t status = resolve(context, path, path_length, &directory);

	if (status != OK)
		return status;
	if (!directory->directory)
		return ERR_NOT_DIR;
	status = volume_entry(context->volume, directory, cursor, &entry);
	if (status != OK)
		return status;

	*next = volume_number(context->volume, entry);
	*type = type_of(entry);
	*size = entry->size;
	*name_length = entry->name_length;
	memcpy(name, entry->name, entry->name_length);
	return OK;
}

status_t fs_on_begin(struct fs_context *context)
{
	session_close_all(context->session);
	return OK;
}
