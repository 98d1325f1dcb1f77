/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The services that look on while others have faults, and have some themselves: one program
 * in six roles, by the service's name (faults.h).
 */
#include <string.h>

#include "cpio.h"
#include "faults.h"
#include "kozo_stubs.h"
#include "malloc.h"
#include "message.h"
#include "panic.h"
#include "proto_fs_client.h"
#include "proto_notes_client.h"
#include "requests.h"
#include "ring.h"
#include "serve.h"
#include "service.h"
#include "share.h"
#include "status.h"
#include "thread.h"
#include "ticks.h"
#include "timer.h"

enum { SERVER = SLOT_USES, ROUND_MICROSECONDS = 1000, DRIVEN = 3 };

static struct score *score;

/* What most services do now and then: a slot and a little memory, for a moment. */
static void use_budget(void)
{
	cptr_t slot;
	void *memory = malloc(512);

	if (!memory)
		panic("no memory for a round");
	need(service_slot(&slot), "a slot for a round");
	need(kozo_cnode_copy(SLOT_CNODE, slot, SLOT_CNODE, SLOT_NOTIFICATION), "a capability");
	service_drop(slot);
	free(memory);
}

/* A round has ended with this; `is_right` is about what came, if something did. */
static void count(status_t status, bool is_right)
{
	if (status != OK)
		score->disturbed++;
	else if (!is_right)
		score->wrong++;
	else
		score->rounds++;
}

/* --- reader: files of fsd, compared with the initrd itself ------------------------------------ */

static struct cpio archive;

static void next_file(struct cpio_file *file)
{
	do {
		if (cpio_next(&archive, file) == CPIO_FILE)
			continue;
		cpio_open(&archive, (const void *)service_start->initrd,
			  service_start->initrd_bytes);
		file->size = 0;
	} while (!file->size);
}

static status_t read_piece(const struct cpio_file *f, size_t at, char *data, size_t *length)
{
	word_t file, size;
	status_t status = fs_open(SERVER, f->name, strlen(f->name), &file, &size);

	if (status == OK)
		status = fs_read(SERVER, file, at, FS_READ_MAX, data, FS_READ_MAX, length);
	return status == OK ? fs_close(SERVER, file) : status;
}

static void read_round(void)
{
	static size_t at;
	struct cpio_file file;
	char data[FS_READ_MAX];
	size_t length = 0;

	next_file(&file);
	at = (at + 4099) % file.size;

	size_t left = file.size - at, expected = left < FS_READ_MAX ? left : FS_READ_MAX;
	status_t status = read_piece(&file, at, data, &length);

	count(status,
	      length == expected && memcmp(data, (const char *)file.data + at, expected) == 0);
}

/* --- scribe: notes, each of which tells whether it is whole ---------------------------------- */

struct note {
	char mark[8];
	uint64_t number, sum;
};

static bool is_whole(const struct note *n, size_t length)
{
	return length == sizeof(*n) && n->sum == faults_sum(n->number);
}

static status_t write_note(void)
{
	static struct request r;
	struct note n = { .mark = "scribe", .number = kozo_ticks() };
	word_t there;
	status_t status;

	n.sum = faults_sum(n.number);
	r = request_new(kozo_ticks(), r.number);
	do
		status = notes_add(SERVER, r.number, (const char *)&n, sizeof(n), &there);
	while (request_again(&r, status));
	return status == ERR_FULL ? OK : status;
}

/* Those that others wrote say nothing. */
static status_t check_note(word_t index, bool *is_right)
{
	union {
		struct note note;
		char text[NOTES_READ_TEXT_MAX];
	} n;
	size_t length;
	status_t status = notes_read(SERVER, index, n.text, sizeof(n.text), &length);

	if (status == OK && memcmp(n.text, "scribe", sizeof("scribe")) == 0)
		*is_right &= is_whole(&n.note, length);
	return status;
}

/* All of them, so that what was damaged is noticed at once; and none may be lost. */
static void scribe_round(void)
{
	bool is_right = true;
	word_t next = 0;
	status_t status = write_note();

	while (status == OK && next <= NOTES_MAX) {
		status = check_note(next, &is_right);
		next += status == OK;
	}
	if (next > NOTES_MAX)
		is_right = false;
	if (status == ERR_END) {
		static word_t there;

		is_right &= next >= there;
		there = next;
		status = OK;
	}
	count(status, is_right);
}

/* --- pump and drain: a ring --------------------------------------------------------------------- */

static struct ring ring;
static vaddr_t room;
static cptr_t frame, tell;
static cptr_t arrives; /* pump's: an empty slot for the next frame */
static uint64_t number;
static bool is_shared;

/* The session of before is over, and its frame goes. */
static void take_frame(void)
{
	cptr_t arrived = arrives;
	status_t status = kozo_cnode_delete(SLOT_CNODE, frame);

	if (status != ERR_BAD_CAP)
		need(status, "a frame of before");
	arrives = frame;
	frame = arrived;
	kozo_ipc_buffer()->receive_first = arrives;
}

static status_t take_share(const struct message *m)
{
	if (m->came != 1)
		return ERR_BAD_REQUEST;
	take_frame();
	room = service_room(1 << RING_FRAME_BITS, RING_FRAME_BITS);

	status_t status = service_map(frame, room, RIGHT_READ | RIGHT_WRITE);

	is_shared = status == OK;
	if (!is_shared)
		return status;
	ring_begin(&ring, RING_PRODUCER, (void *)room, sizeof(struct drop), RING_ENTRIES, tell);
	score->ring = room;
	return OK;
}

static status_t fill(void)
{
	status_t status = is_shared ? OK : ERR_STATE;

	while (status == OK) {
		struct drop drop = { number, faults_sum(number) };

		status = ring_put(&ring, &drop);
		number += status == OK;
	}
	return status == ERR_WOULD_BLOCK ? OK : status;
}

static status_t ask(cptr_t server, word_t what)
{
	struct message m = { .label = what };
	status_t status = kozo_call(server, &m);

	return status == OK ? (status_t)m.label : status;
}

/* The index that pump has is new, too. */
static status_t share(void)
{
	struct message m = { .label = PUMP_SHARE, .ncaps = 1 };

	memset((void *)room, 0, 1 << RING_FRAME_BITS);
	ring_begin(&ring, RING_CONSUMER, (void *)room, sizeof(struct drop), RING_ENTRIES, tell);
	kozo_ipc_buffer()->cap[0] = frame;

	status_t status = kozo_call(SERVER, &m);

	is_shared = status == OK && m.label == OK;
	return status == OK ? (status_t)m.label : status;
}

/* All that is there; they say of themselves whether they are whole. */
static status_t take_all(bool *is_right)
{
	struct drop drop;
	status_t status;

	for (unsigned i = 0; i < RING_ENTRIES; i++) {
		status = ring_take(&ring, &drop);
		if (status != OK)
			break;
		*is_right &= drop.sum == faults_sum(drop.number);
	}
	return status == ERR_WOULD_BLOCK ? OK : status;
}

static void drain_round(void)
{
	bool is_right = true;
	status_t status = is_shared ? OK : share();

	if (status == OK)
		status = ask(SERVER, PUMP_FILL);
	if (status == OK)
		status = take_all(&is_right);
	if (status == ERR_BAD_REQUEST || !is_right)
		score->noticed++;
	if (status != OK || !is_right)
		is_shared = false;
	count(is_right ? status : ERR_BAD_REQUEST, is_right);
}

static void begin_pump(void)
{
	need(service_slot(&frame), "a slot");
	need(service_slot(&arrives), "a slot");
	kozo_ipc_buffer()->receive_first = arrives;
	kozo_ipc_buffer()->receive_count = 1;
	need(service_signal(SLOT_NOTIFICATION, 1 << 20, &tell), "a signal");
}

static void begin_drain(void)
{
	room = service_room(1 << RING_FRAME_BITS, RING_FRAME_BITS);
	need(service_add(RING_FRAME_BITS, room, &frame), "a frame");
	need(service_signal(SLOT_NOTIFICATION, 1 << 20, &tell), "a signal");
	score->ring = room;
}

/* --- pulse and beat: who ask them all ----------------------------------------------------------- */

static void drive(void *which)
{
	struct timer timer;

	need(timer_begin(&timer, 0), "a timer");
	for (;;) {
		(void)ask(SERVER + (cptr_t)which, FAULTS_ROUND); /* that one counts for itself */
		need(timer_sleep(&timer, ROUND_MICROSECONDS), "sleeping");
	}
}

static void begin_pulse(void)
{
	struct thread *t;

	for (word_t i = 0; i < DRIVEN; i++)
		need(thread_create(drive, (void *)i, &t), "a thread");
}

/* --- all of them --------------------------------------------------------------------------------- */

static void begin_nothing(void)
{
}

static void begin_reader(void)
{
	score->disturbed += fs_begin(SERVER) != OK;
}

static const struct role {
	const char *name;
	void (*begin)(void), (*round)(void);
} roles[] = {
	{ "reader", begin_reader, read_round },	 { "scribe", begin_nothing, scribe_round },
	{ "pump", begin_pump, begin_nothing },	 { "drain", begin_drain, drain_round },
	{ "pulse", begin_pulse, begin_nothing }, { "beat", begin_pulse, begin_nothing },
};

static const struct role *role;

static status_t react(struct message *m)
{
	switch (m->label) {
	case FAULTS_PING:
		m->word[0] = ~m->word[0];
		return OK;
	case FAULTS_ROUND:
		use_budget();
		role->round();
		return OK;
	case PUMP_SHARE:
		return take_share(m);
	case PUMP_FILL:
		return fill();
	default:
		return ERR_BAD_REQUEST;
	}
}

static void answer(struct message *m)
{
	status_t status = react(m);

	*m = (struct message){ .label = (word_t)status, .nwords = 1, .word = { m->word[0] } };
}

int main(const void *info)
{
	service_begin(info);
	malloc_begin();
	score = (struct score *)service_start->kept;
	for (role = roles; strcmp(role->name, (const char *)service_start->name) != 0; role++)
		if (role == &roles[sizeof(roles) / sizeof(roles[0]) - 1])
			panic("there is no such role");
	role->begin();
	serve(answer, NULL);
}
