/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kozo_abi.h"

/*
 * manifest: what a service is, what it may use and what happens when it dies, as
 * NAME.manifest beside its source says (docs/manifests.md).
 *
 * Whoever builds the initrd and whoever starts the services read manifests with
 * this same code. The text may be any bytes at all. It is either refused, with one
 * plain sentence about one line, or all that is in struct manifest is true: every
 * number in the range that its comment tells, every name and text printable ASCII
 * that ends with NUL. Nothing is allocated; what does not fit is refused.
 */
enum {
	MANIFESTS_MAX = 32,
	MANIFEST_PROVIDES_MAX = 8,
	MANIFEST_USES_MAX = 16,
	MANIFEST_DEVICES_MAX = 8,

	MANIFEST_LINE_BYTES = 256, /* each with the NUL behind it */
	MANIFEST_NAME_BYTES = 32,
	MANIFEST_TITLE_BYTES = 48,
	MANIFEST_PURPOSE_BYTES = 96,
	MANIFEST_MESSAGE_BYTES = 256,

	MANIFEST_RANK_MAX = 255,
	MANIFEST_PRIORITY_MAX = 252, /* above are console, supervisor and keeper */
	MANIFEST_SLOTS_MIN = 16,
	MANIFEST_SLOTS_MAX = 4096,
};

/* What is being said: the first word of a line. */
enum manifest_key {
	MANIFEST_SERVICE,
	MANIFEST_TITLE,
	MANIFEST_PURPOSE,
	MANIFEST_PROGRAM,
	MANIFEST_RANK,
	MANIFEST_MEMORY,
	MANIFEST_SLOTS,
	MANIFEST_TIME,
	MANIFEST_PRIORITY,
	MANIFEST_PROVIDES,
	MANIFEST_USES,
	MANIFEST_DEVICE,
	MANIFEST_DEADLINE,
	MANIFEST_RESTART,
	MANIFEST_BACKOFF,
	MANIFEST_ATTEMPTS,
	MANIFEST_ESCALATE,
	MANIFEST_KEYS
};

/* A protocol it speaks, and the most that a client may have of its endpoint. */
struct manifest_interface {
	unsigned protocol; /* PROTO_* */
	rights_t rights;   /* RIGHT_SEND, and perhaps RIGHT_GRANT */
	unsigned line;
};

/* A capability for an interface of another service. */
struct manifest_use {
	char service[MANIFEST_NAME_BYTES];
	unsigned protocol;
	rights_t rights; /* RIGHT_SEND, and what else the provider offers */
	unsigned line;
	unsigned provider; /* index in the set; manifests_check() finds it */
};

enum manifest_device_kind {
	MANIFEST_DEBUG_CONSOLE, /* `rights` of the DebugConsole */
	MANIFEST_INITRD,	/* its pages, read-only */
	MANIFEST_IRQ,		/* interrupt line `first`, `mode` for IrqControl.connect_line */
	MANIFEST_DEVICE_MEMORY, /* whole pages from address `first` to `last`, with `rights` */
	MANIFEST_PORTS,		/* from port `first` to `last` */
	MANIFEST_DEVICE_KINDS
};

struct manifest_device {
	enum manifest_device_kind kind;
	uint64_t first;
	uint64_t last; /* not below first */
	rights_t rights;
	word_t mode; /* IRQ_* */
	unsigned line;
};

enum manifest_time_kind {
	MANIFEST_TIME_OWN,	/* budget in each period */
	MANIFEST_TIME_BORROWED, /* its callers'; budget in each period is its reserve */
	MANIFEST_TIME_UNLIMITED /* all there is; budget and period are 0 */
};

enum manifest_restart { MANIFEST_ALWAYS, MANIFEST_ON_FAILURE, MANIFEST_NEVER };

/* Times are in microseconds. What was not stated is 0. */
struct manifest {
	char name[MANIFEST_NAME_BYTES];
	char title[MANIFEST_TITLE_BYTES];     /* what people are shown as its name */
	char purpose[MANIFEST_PURPOSE_BYTES]; /* and as what it does */
	char program[MANIFEST_NAME_BYTES];    /* a file of the initrd */
	unsigned rank;			      /* it calls only services of lower rank */

	uint64_t memory_private; /* bytes, whole pages; revoked when it dies */
	uint64_t memory_kept;	 /* handed to the next instance */
	unsigned slots;		 /* of its CNode, a power of two */

	enum manifest_time_kind time;
	uint64_t time_budget;
	uint64_t time_period; /* not below the budget */
	unsigned priority;    /* of that time, and its ceiling on borrowed time */

	uint64_t deadline; /* work that takes longer means that it hangs; 0: nobody looks */
	enum manifest_restart restart;
	uint64_t backoff_first; /* wait so long before the first restart, then twice that ... */
	uint64_t backoff_most;	/* ... up to this */
	unsigned attempts;	/* restarts at most ... */
	uint64_t attempts_time; /* ... in so long; then it is given up */
	bool escalate;		/* given up, its dependants are restarted with it, once more */

	unsigned provides_count, uses_count, devices_count;
	struct manifest_interface provides[MANIFEST_PROVIDES_MAX];
	struct manifest_use uses[MANIFEST_USES_MAX];
	struct manifest_device devices[MANIFEST_DEVICES_MAX];

	unsigned line[MANIFEST_KEYS]; /* where each key was last stated; 0: nowhere */
};

/* Where a mistake is, and what it is: one sentence of printable ASCII. */
struct manifest_error {
	unsigned index; /* of the manifest in the set; manifest_parse() leaves it alone */
	unsigned line;
	char message[MANIFEST_MESSAGE_BYTES];
};

/* False: *error says why, and *m may hold anything. */
MUST_USE bool manifest_parse(struct manifest *m, const char *text, size_t size,
			     struct manifest_error *error);

/* Services that are to run on one machine. Fill in count and service[]. */
struct manifest_set {
	unsigned count;
	struct manifest service[MANIFESTS_MAX];

	/* From here on manifests_check() fills in. A set of services is bits by index. */
	unsigned order[MANIFESTS_MAX]; /* indices, each behind all that it needs */
	uint32_t needs[MANIFESTS_MAX]; /* what it uses, and what that uses, and so on */
};

_Static_assert(MANIFESTS_MAX == 32, "a set of services fits struct manifest_set.needs");

/* Whether they fit together, and on a machine with that many bytes of memory. */
MUST_USE bool manifests_check(struct manifest_set *set, uint64_t machine_memory,
			      struct manifest_error *error);

/* Who uses that service, directly or by way of others; of a set that has been checked. */
uint32_t manifests_dependants(const struct manifest_set *set, unsigned index);
