/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "command.h"

#include <stdbool.h>
#include <string.h>

#include "ask.h"
#include "boot.h"
#include "caps.h"
#include "fsd.h"
#include "hw.h"
#include "kozo_stubs.h"
#include "log.h"
#include "nearest.h"
#include "place.h"
#include "plan.h"
#include "print.h"
#include "proto_fs_client.h"
#include "proto_notes_client.h"
#include "requests.h"
#include "status.h"
#include "tell.h"
#include "ticks.h"
#include "wire.h"

/* --- about the machine ---------------------------------------------------- */

static void print_kib(const char *what, uint64_t bytes)
{
	kozo_printf("%-24s %12lu KiB\n", what, bytes / 1024);
}

static void run_mem(const char *argument)
{
	uint64_t free, most;

	(void)argument;
	memory_free(&memory, &free, &most);
	print_kib("RAM in this machine", boot->memory_bytes);
	print_kib("kept by the kernel", boot->kernel_bytes);
	print_kib("initrd", boot->initrd_bytes);
	print_kib("free", free);
	print_kib("largest free piece", most);
	kozo_printf("%-24s %12zu\n", "free capability slots", slots_free(&memory.slots));
	tell_memory();
}

static void run_hw(const char *argument)
{
	(void)argument;
	hw_print();
}

static const char *route_text(uint32_t route)
{
	switch (route) {
	case ROUTE_MULTIBOOT2:
		return "started by a multiboot2 boot loader";
	case ROUTE_PVH:
		return "started directly, by PVH";
	default:
		return "started in a way that is not known";
	}
}

static void run_version(const char *argument)
{
	(void)argument;
	kozo_printf("KOZO %.*s, ABI %016lx, %s\n", (int)sizeof(boot->version),
		    (const char *)boot->version, boot->abi_hash, route_text(boot->route));
}

static void power(word_t action, const char *failure)
{
	status_t status = kozo_debug_console_power(SLOT_DEBUG_CONSOLE, action);

	kozo_printf("%s: %s\n", failure, kozo_status_text(status));
}

static void run_shutdown(const char *argument)
{
	(void)argument;
	power(POWER_OFF, "this machine did not turn off, but may be switched off now");
}

static void run_reboot(const char *argument)
{
	(void)argument;
	power(POWER_REBOOT, "this machine did not start again");
}

/* --- about files ---------------------------------------------------------- */

/* Text from elsewhere must not steer the terminal. */
static void print_harmless(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool harmless =
			(text[i] >= ' ' && text[i] <= '~') || text[i] == '\n' || text[i] == '\t';

		kozo_printf("%c", harmless ? text[i] : '.');
	}
}

static void print_failure(const char *what, status_t status)
{
	kozo_printf("%s: %s\n", what, kozo_status_text(status));
}

static void print_entry(word_t type, word_t size, const char *name, size_t length)
{
	kozo_printf("%10lu  ", size);
	print_harmless(name, length);
	kozo_printf("%s\n", type == FS_TYPE_DIR ? "/" : "");
}

static void run_ls(const char *path)
{
	word_t cursor = 0;
	status_t status;

	for (;;) {
		char name[FS_NAME_MAX];
		size_t length;
		word_t type, size;

		status = fs_list(fsd_session(), cursor, path, strlen(path), &cursor, &type, &size,
				 name, sizeof(name), &length);
		if (status != OK)
			break;
		print_entry(type, size, name, length);
	}
	if (status != ERR_END)
		print_failure(*path ? path : "/", status);
}

static status_t print_file(word_t file)
{
	size_t at = 0, length;

	do {
		char data[FS_READ_MAX];
		status_t status =
			fs_read(fsd_session(), file, at, sizeof(data), data, sizeof(data), &length);

		if (status != OK)
			return status;
		print_harmless(data, length);
		at += length;
	} while (length > 0);
	return OK;
}

static void run_cat(const char *path)
{
	word_t file, size;
	status_t status = fs_open(fsd_session(), path, strlen(path), &file, &size);

	if (status != OK) {
		print_failure(path, status);
		return;
	}
	status = print_file(file);
	if (status != OK)
		print_failure(path, status);
	status = fs_close(fsd_session(), file);
	if (status != OK)
		print_failure(path, status);
}

/* --- about services ---------------------------------------------------------- */

static bool is_supervisor(const char *name)
{
	return strcmp(name, "supervisor") == 0;
}

static const char *nearest_service(const char *name)
{
	struct nearest likely = nearest_to(name);

	for (unsigned i = 0; i < plan.count; i++)
		nearest_offer(&likely, plan.service[i].name);
	return likely.found;
}

/* False, after a sentence that names what may have been meant, or those that there are. */
static bool find_service(const char *name, unsigned *service)
{
	const char *likely;

	if (plan_find(name, service))
		return true;
	kozo_printf("there is no service \"%s\"; ", name);
	if ((likely = nearest_service(name))) {
		kozo_printf("did you mean \"%s\"?\n", likely);
		return false;
	}
	kozo_printf("there is");
	for (unsigned i = 0; i < plan.count; i++)
		kozo_printf("%s %s", i ? "," : "", plan.service[i].name);
	kozo_printf(plan.count ? "\n" : " none\n");
	return false;
}

static void run_services(const char *argument)
{
	(void)argument;
	tell_services();
}

static void run_ps(const char *argument)
{
	(void)argument;
	tell_processes(ask_record());
}

static void run_tree(const char *argument)
{
	(void)argument;
	tell_tree(ask_record());
}

static void run_log(const char *argument)
{
	(void)argument;
	log_print(ask_record());
}

static void run_caps(const char *name)
{
	unsigned service;

	if (*name == '\0' || is_supervisor(name))
		caps_print_supervisor();
	else if (find_service(name, &service))
		caps_print_service(service);
}

/* Whatever it has become, it is not what was started. */
static void end_wrong(unsigned service)
{
	const char *name = plan.service[service].name;
	status_t status;

	kozo_printf("%s answers, but wrongly, and is ended\n", name);
	status = ask(ASK_KILL_WRONG, service);
	if (status != OK)
		print_failure(name, status);
}

/*
 * One that can be asked is asked; it is waited for until its deadline at most. Of each
 * protocol, request 0 inverts a word, and cannot fail.
 */
static void ping_server(unsigned service)
{
	const word_t question = 0x0123456789abcdef;
	const char *name = plan.service[service].name;
	struct message m = { .label = FS_PING, .nwords = 1, .word = { question } };
	status_t status = kozo_call(place_of(service, PLACE_SESSION), &m);

	if (status != OK)
		print_failure(name, status);
	else if (m.label == OK && m.nwords == 1 && m.word[0] == ~question)
		kozo_printf("%s is alive: its answer is right\n", name);
	else
		end_wrong(service);
}

/* Of another it is known what its thread does. */
static void ping_thread(unsigned service)
{
	static const char *const does[] = {
		[THREAD_STOPPED] = "is stopped",
		[THREAD_READY] = "is at work",
		[THREAD_SENDING] = "waits for somebody to take its message",
		[THREAD_CALLING] = "waits for somebody to take its question",
		[THREAD_RECEIVING] = "is alive: it waits for messages",
		[THREAD_AWAITS_REPLY] = "waits for an answer",
		[THREAD_FAULTED] = "was stopped by a fault",
		[THREAD_WAITING] = "waits for a signal",
		[THREAD_TIMELESS] = "has no time to run on",
	};
	const char *name = plan.service[service].name;
	word_t state, priority;
	status_t status = kozo_thread_info(place_of(service, PLACE_PROCESS) + PROCESS_THREAD,
					   &state, &priority);

	if (status != OK)
		print_failure(name, status);
	else
		kozo_printf("%s %s\n", name,
			    state < sizeof(does) / sizeof(does[0]) ? does[state]
								   : "does something");
}

/* It runs, or will in a moment: who asks it is answered, or told that nobody will. */
static bool is_wanted(const struct record *now, unsigned service)
{
	uint64_t state = now->service[service].state;

	return state == SERVICE_RUNS || state == SERVICE_WAITS;
}

static void run_ping(const char *name)
{
	const struct record *now = ask_record();
	unsigned service;

	if (is_supervisor(name))
		kozo_printf("the supervisor is alive\n");
	else if (!find_service(name, &service))
		return;
	else if (!is_wanted(now, service))
		kozo_printf("%s does not run: %s\n", name, tell_state(now, service));
	else if (plan.service[service].provides_count)
		ping_server(service);
	else
		ping_thread(service);
}

static void do_ask(enum ask_what what, const char *name, const char *done, const char *state)
{
	unsigned service;

	if (!find_service(name, &service))
		return;

	status_t status = ask(what, service);

	if (status == OK)
		kozo_printf("%s %s\n", name, done);
	else if (status == ERR_STATE)
		kozo_printf("%s %s\n", name, state);
	else
		print_failure(name, status);
}

static void run_run(const char *name)
{
	do_ask(ASK_RUN, name, "was started", "runs already");
}

static void run_restart(const char *name)
{
	do_ask(ASK_RESTART, name, "was started again", "does not run");
}

/* The supervisor is killed by itself: nobody answers, and this thread ends with it. */
static void run_kill(const char *name)
{
	if (!is_supervisor(name))
		do_ask(ASK_KILL, name, "was ended", "does not run");
	else if (ask(ASK_CRASH, 0) != OK)
		kozo_printf("the supervisor was not killed\n");
}

/* --- about notes -------------------------------------------------------------- */

static void run_note(const char *text)
{
	static struct request r;
	cptr_t session = ask_session("notebook");
	word_t count = 0;
	status_t status;

	r = request_new(kozo_ticks(), r.number);
	do
		status = notes_add(session, r.number, text, strlen(text), &count);
	while (request_again(&r, status));
	if (status == OK)
		kozo_printf("there %s %lu now\n", count == 1 ? "is" : "are", count);
	else
		print_failure("note", status);
}

static void run_notes(const char *argument)
{
	cptr_t session = ask_session("notebook");
	char text[NOTES_READ_TEXT_MAX];
	status_t status;
	size_t length;

	(void)argument;
	for (word_t i = 0; (status = notes_read(session, i, text, sizeof(text), &length)) == OK;
	     i++) {
		kozo_printf("%4lu  ", i + 1);
		print_harmless(text, length);
		kozo_printf("\n");
	}
	if (status != ERR_END)
		print_failure("notes", status);
}

/* --- finding the command -------------------------------------------------- */

enum argument { ARGUMENT_NONE, ARGUMENT_OPTIONAL, ARGUMENT_NEEDED };

struct command {
	const char *name;
	enum argument takes;
	const char *argument; /* what `help` calls it */
	const char *uses;     /* a service, without which it cannot be run */
	void (*run)(const char *argument);
	const char *help;
};

static void run_help(const char *argument);

/* clang-format off */
static const struct command commands[] = {
	{ "help",     ARGUMENT_NONE,     "",        NULL,       run_help,     "this list" },
	{ "mem",      ARGUMENT_NONE,     "",        NULL,       run_mem,      "where the memory is" },
	{ "hw",       ARGUMENT_NONE,     "",        NULL,       run_hw,       "what machine this is: a report to paste" },
	{ "services", ARGUMENT_NONE,     "",        NULL,       run_services, "what each service is for" },
	{ "ps",       ARGUMENT_NONE,     "",        NULL,       run_ps,       "what runs: time, memory, how often it was started" },
	{ "tree",     ARGUMENT_NONE,     "",        NULL,       run_tree,     "who uses whom" },
	{ "caps",     ARGUMENT_OPTIONAL, "[NAME]",  NULL,       run_caps,     "what a service can touch; without a name, all that the supervisor holds" },
	{ "log",      ARGUMENT_NONE,     "",        NULL,       run_log,      "what has happened lately, and the last crashes in full" },
	{ "restart",  ARGUMENT_NEEDED,   "NAME",    NULL,       run_restart,  "end a service and start it again" },
	{ "kill",     ARGUMENT_NEEDED,   "NAME",    NULL,       run_kill,     "end a service, or the supervisor, as a crash would" },
	{ "run",      ARGUMENT_NEEDED,   "NAME",    NULL,       run_run,      "start a service that does not run" },
	{ "ls",       ARGUMENT_OPTIONAL, "[PATH]",  "fsd",      run_ls,       "what is in a directory" },
	{ "cat",      ARGUMENT_NEEDED,   "PATH",    "fsd",      run_cat,      "what is in a file" },
	{ "ping",     ARGUMENT_NEEDED,   "NAME",    NULL,       run_ping,     "is a service, or the supervisor, alive?" },
	{ "note",     ARGUMENT_NEEDED,   "TEXT",    "notebook", run_note,     "write a note" },
	{ "notes",    ARGUMENT_NONE,     "",        "notebook", run_notes,    "the notes" },
	{ "version",  ARGUMENT_NONE,     "",        NULL,       run_version,  "what runs here" },
	{ "shutdown", ARGUMENT_NONE,     "",        NULL,       run_shutdown, "turn the machine off" },
	{ "reboot",   ARGUMENT_NONE,     "",        NULL,       run_reboot,   "start the machine again" },
};
/* clang-format on */

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void run_help(const char *argument)
{
	(void)argument;
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *c = &commands[i];

		kozo_printf("%-9s %-8s %s\n", c->name, c->argument, c->help);
	}
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static void print_unknown(const char *name)
{
	struct nearest likely = nearest_to(name);

	for (size_t i = 0; i < COMMANDS; i++)
		nearest_offer(&likely, commands[i].name);
	kozo_printf("there is no command \"%s\"; ", name);
	if (likely.found)
		kozo_printf("did you mean \"%s\"? ", likely.found);
	kozo_printf("\"help\" lists those there are\n");
}

static char *skip_spaces(char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

static void trim_end(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && text[length - 1] == ' ')
		text[--length] = '\0';
}

/* End the first word with NUL and return what follows it. */
static char *split(char *text)
{
	while (*text != '\0' && *text != ' ')
		text++;
	if (*text == ' ')
		*text++ = '\0';
	return skip_spaces(text);
}

/* False, after a sentence that says what to do instead: it cannot be run so. */
static bool can_run(const struct command *c, const char *argument)
{
	if (c->takes == ARGUMENT_NONE && *argument != '\0')
		kozo_printf("%s takes nothing after its name\n", c->name);
	else if (c->takes == ARGUMENT_NEEDED && *argument == '\0')
		kozo_printf("what of? Type it as: %s %s\n", c->name, c->argument);
	else if (c->uses && !ask_session(c->uses))
		kozo_printf("%s needs the service %s, which does not run\n", c->name, c->uses);
	else
		return true;
	return false;
}

void command_run(char *line)
{
	char *name = skip_spaces(line);

	trim_end(name);

	const char *argument = split(name);
	const struct command *c = find(name);

	if (*name == '\0')
		return;
	if (!c)
		print_unknown(name);
	else if (can_run(c, argument))
		c->run(argument);
}
