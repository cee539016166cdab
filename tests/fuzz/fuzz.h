/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the fuzz targets share. A target is NAME.c with the entry point that libFuzzer calls, NAME.dict
 * with the words it should know, and corpus/NAME/ with inputs that were worth keeping. A property that
 * does not hold is an assert(); everything else is left to the sanitizers.
 */
#ifndef PLAINPOP_TESTS_FUZZ_H
#define PLAINPOP_TESTS_FUZZ_H

#undef NDEBUG
#include <assert.h>

#include "plainpop/base.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cuts the next byte off *in; 0 behind its end. */
static inline uint8_t take(struct span *in)
{
	uint8_t c = in->n > 0 ? in->p[0] : 0;

	*in = span_skip(*in, 1);
	return c;
}

/* True when needle stands somewhere in hay. */
static inline bool occurs(struct span needle, struct span hay)
{
	return needle.n > 0 && hay.n >= needle.n && memmem(hay.p, hay.n, needle.p, needle.n) != NULL;
}

#endif
