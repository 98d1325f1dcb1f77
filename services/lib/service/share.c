/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "share.h"

#include "kozo_stubs.h"

extern const char window_start[], window_end[], window_landing[]; /* in share.asm */

status_t share_begin(cptr_t thread)
{
	return kozo_thread_set_window(thread, (vaddr_t)window_start, (vaddr_t)window_end,
				      (vaddr_t)window_landing);
}
