/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* DebugConsole. How it turns the machine off is the last thing that main() does. */
#include "guest.h"
#include "print.h"

TEST(console_writes, "DebugConsole.write takes up to 16 bytes")
{
	word_t text = 0x0a6b6f2023; /* "# ok\n" */

	EXPECT_STATUS(kozo_debug_console_write(SLOT_DEBUG_CONSOLE, 5, text, 0), OK);
	EXPECT_STATUS(kozo_debug_console_write(SLOT_DEBUG_CONSOLE, 0, text, text), OK);
}

TEST(console_write_limit, "DebugConsole.write refuses more than 16 bytes")
{
	EXPECT_STATUS(kozo_debug_console_write(SLOT_DEBUG_CONSOLE, 17, 0, 0), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_debug_console_write(SLOT_DEBUG_CONSOLE, ~0ull, 0, 0), ERR_BAD_ARG);
}

TEST(console_reads, "DebugConsole.read does not wait, and gives what was typed")
{
	word_t character = 7;
	status_t status = kozo_debug_console_read(SLOT_DEBUG_CONSOLE, &character);

	EXPECT_STATUS(status, ERR_WOULD_BLOCK);
	EXPECT(character, 7);
	kozo_printf("# type a character\n");
	while (status == ERR_WOULD_BLOCK)
		status = kozo_debug_console_read(SLOT_DEBUG_CONSOLE, &character);
	EXPECT_STATUS(status, OK);
	EXPECT(character, 'k');
}

TEST(console_power, "DebugConsole.power refuses what is no action")
{
	EXPECT_STATUS(kozo_debug_console_power(SLOT_DEBUG_CONSOLE, 2), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_debug_console_power(SLOT_DEBUG_CONSOLE, ~0ull), ERR_BAD_ARG);
}

TEST(console_check, "DebugConsole.check finds no invariant violated, in a kernel that can look")
{
	word_t violated = 0;
	status_t status = kozo_debug_console_check(SLOT_DEBUG_CONSOLE, &violated);

	EXPECT(status == OK || status == ERR_STATE, true);
	EXPECT(violated, 0);
}
