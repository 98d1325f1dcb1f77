/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan.h"

#include <string.h>

#include "boot.h"
#include "print.h"

struct manifest_set plan;

static bool is_manifest(const struct cpio_file *file)
{
	static const char suffix[] = ".manifest";
	size_t length = sizeof(suffix) - 1;

	for (size_t i = 0; i < file->name_length; i++)
		if (file->name[i] == '/')
			return false;
	return file->name_length > length &&
	       strcmp(file->name + file->name_length - length, suffix) == 0;
}

static bool refuse(const char *file, const struct manifest_error *error)
{
	kozo_printf("supervisor: %s:%u: %s\n", file, error->line, error->message);
	return false;
}

static bool take(const struct cpio_file *file)
{
	struct manifest_error error = { 0 };

	if (plan.count == MANIFESTS_MAX) {
		kozo_printf("supervisor: there are more than %u manifests\n", MANIFESTS_MAX);
		return false;
	}
	if (!manifest_parse(&plan.service[plan.count], file->data, file->size, &error))
		return refuse(file->name, &error);
	plan.count++;
	return true;
}

static bool read_all(void)
{
	struct cpio initrd = boot_initrd();
	struct cpio_file file;
	enum cpio_result result;

	while ((result = cpio_next(&initrd, &file)) == CPIO_FILE)
		if (is_manifest(&file) && !take(&file))
			return false;
	if (result == CPIO_END)
		return true;
	kozo_printf("supervisor: the initrd is damaged\n");
	return false;
}

static bool check(void)
{
	struct manifest_error error = { 0 };

	if (manifests_check(&plan, boot->memory_bytes, &error))
		return true;
	return refuse(plan.service[error.index].name, &error);
}

void plan_read(void)
{
	if (read_all() && check())
		return;
	kozo_printf("supervisor: no service is started\n");
	plan.count = 0;
}

bool plan_find(const char *name, unsigned *service)
{
	for (unsigned i = 0; i < plan.count; i++) {
		if (strcmp(plan.service[i].name, name) == 0) {
			*service = i;
			return true;
		}
	}
	return false;
}
