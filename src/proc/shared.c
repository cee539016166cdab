/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/mman.h>

#include "proc_impl.h"

static struct shared *memory;

int shared_open(void)
{
	void *p = mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t i;

	if (p == MAP_FAILED)
		return -1;
	memory = p;
	memory->started = time_steady_s();
	for (i = 0; i < SENSORS_MAX; i++)
		memory->sensor[i].input = UINT32_MAX;
	return 0;
}

struct shared *shared(void)
{
	return memory;
}

uint64_t shared_uptime(void)
{
	return (uint64_t)(time_steady_s() - memory->started);
}

int shared_read_only(void)
{
	return mprotect(memory, sizeof *memory, PROT_READ);
}

static void add(uint64_t sum[COUNTER_MAX], const struct slot *s)
{
	int i;

	for (i = 0; i < COUNTER_MAX; i++)
		sum[i] += s->counter[i];
}

void shared_counters(uint64_t sum[COUNTER_MAX])
{
	size_t i;

	memset(sum, 0, COUNTER_MAX * sizeof *sum);
	add(sum, &memory->supervisor);
	add(sum, &memory->writer);
	for (i = 0; i < SENSORS_MAX; i++)
		add(sum, &memory->sensor[i]);
	for (i = 0; i < SHIPPERS_MAX; i++)
		add(sum, &memory->shipper[i]);
}
