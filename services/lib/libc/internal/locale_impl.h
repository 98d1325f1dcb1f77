/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * Before musl's header of the same name, for what is compiled of musl: there is one
 * locale. Its names and its order are those of C, its text is UTF-8. musl would ask the
 * thread for its locale, by fs, which is not ours to use.
 */
#include_next <locale_impl.h>

#undef LCTRANS
#define LCTRANS(msg, lc, loc) (msg)

#undef LCTRANS_CUR
#define LCTRANS_CUR(msg) (msg)

#undef CURRENT_LOCALE
#define CURRENT_LOCALE UTF8_LOCALE

#undef CURRENT_UTF8
#define CURRENT_UTF8 1
