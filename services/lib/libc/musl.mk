# SPDX-License-Identifier: MIT OR Apache-2.0
#
# What is taken of musl, by its paths there; docs/libc.md says what is not, and why.

# memcpy, memmove, memset, memcmp, strlen, strcmp and strncmp are in kozo-sys, which
# every program is linked with.
MUSL_SRC := $(addsuffix .c, \
  $(addprefix src/string/, memccpy memchr memmem mempcpy memrchr stpcpy stpncpy strcasecmp \
    strcasestr strcat strchr strchrnul strcpy strcspn strdup strlcat strlcpy strncasecmp strncat \
    strncpy strndup strnlen strpbrk strrchr strsep strspn strstr strtok strtok_r strverscmp \
    explicit_bzero strerror_r wcschr wcslen) \
  $(addprefix src/errno/, strerror) \
  $(addprefix src/stdlib/, abs atoi atol atoll bsearch div imaxabs imaxdiv labs ldiv llabs lldiv \
    qsort qsort_nr strtol) \
  $(addprefix src/prng/, rand rand_r) \
  $(addprefix src/misc/, basename dirname ffs ffsl ffsll) \
  $(addprefix src/ctype/, isalnum isalpha isascii isblank iscntrl isdigit isgraph islower isprint \
    ispunct isspace isupper isxdigit toascii tolower toupper iswalnum iswalpha iswblank iswcntrl \
    iswctype iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper iswxdigit towctrans \
    wctrans wcwidth __ctype_get_mb_cur_max) \
  $(addprefix src/multibyte/, btowc internal mblen mbrlen mbrtowc mbsinit mbsnrtowcs mbsrtowcs \
    mbstowcs mbtowc wcrtomb wcsnrtombs wcsrtombs wcstombs wctob wctomb) \
  $(addprefix src/locale/, c_locale langinfo strcoll strxfrm) \
  $(addprefix src/time/, __month_to_secs __secs_to_tm __tm_to_secs __year_to_secs gmtime \
    gmtime_r localtime localtime_r mktime strftime strptime timegm) \
  $(addprefix src/regex/, fnmatch regcomp regerror regexec tre-mem) \
  $(addprefix src/stdio/, asprintf snprintf sprintf vasprintf vsprintf) \
  $(addprefix src/internal/, intscan shgetc))

# Each header is whole, so it declares more than there is: what is not there does not
# link. There is no assert.h, because that is kozo-sys's.
MUSL_HEADERS := $(addsuffix .h, alloca ctype errno features fnmatch inttypes iso646 langinfo \
  libgen limits locale nl_types regex stdalign stdarg stdbool stddef stdint stdio stdlib \
  stdnoreturn string strings time wchar wctype)
MUSL_BITS := generic/bits/errno.h $(ARCH)/bits/limits.h $(ARCH)/bits/stdint.h
