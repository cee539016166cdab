/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the unit tests share: a file a room, each Criterion suite named after its room, tables of cases. */
#ifndef PLAINPOP_UNIT_H
#define PLAINPOP_UNIT_H

#include <criterion/criterion.h>

#include "plainpop/base.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#define LEAKS() __lsan_do_recoverable_leak_check()
#else
#define LEAKS() 0
#endif

/*
 * A test that also fails when it leaves memory behind. LeakSanitizer speaks up by itself when the test's
 * process ends, but Criterion has made up its mind by then.
 */
#define UNIT(suite, name)                                     \
	static void unit_##suite##_##name(void);              \
	Test(suite, name)                                     \
	{                                                     \
		unit_##suite##_##name();                      \
		cr_expect(LEAKS() == 0, "memory was leaked"); \
	}                                                     \
	static void unit_##suite##_##name(void)

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The bytes of a literal, NULs and all. */
#define BYTES(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
#define SPAN(literal) ((struct span)BYTES(literal))

/* True when needle occurs in hay. */
static inline bool holds(struct span hay, struct span needle)
{
	return needle.n > 0 && hay.n > 0 && memmem(hay.p, hay.n, needle.p, needle.n) != NULL;
}

#endif
