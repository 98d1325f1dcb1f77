/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "record.h"

/*
 * log: what has happened to the services and to the supervisor, in words and in order. A
 * crash has its registers and the names of the functions that led to it.
 */
void log_print(const struct record *now);
