/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * log: what a service has to say to whoever looks after the machine, through its debug console.
 *
 * Each call is one line, "NAME: LEVEL: TEXT", of at most LOG_TEXT characters; whatever is not
 * printable ASCII becomes a dot. Conversions are those of format.h. Any thread may call these;
 * lines do not mix.
 */
enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

enum { LOG_TEXT = 160 };

/* What is more than this is left out. LOG_INFO at first. */
extern enum log_level log_most;

void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
