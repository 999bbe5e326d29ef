/* The clock, and what is counted while it runs. */
#include <time.h>
#include "tally.h"

struct board *board;
struct tally *mine;
static uint64_t limit_at, latest;

uint64_t now(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static unsigned bucket_of(uint64_t value)
{
  if (value >= UINT64_C(1) << LONGEST_BITS) value = (UINT64_C(1) << LONGEST_BITS) - 1;
  if (value < 1u << BUCKET_BITS) return (unsigned)value;
  unsigned shift = 63u - (unsigned)__builtin_clzll(value) - BUCKET_BITS;
  return (shift << BUCKET_BITS) + (unsigned)(value >> shift);
}

void start_counting(struct tally *tally, uint64_t limit_ns)
{
  mine = tally;
  mine->started = latest = now();
  limit_at = latest + limit_ns;
}

/* One operation that began at `begun` and has just ended. */
void finished(uint64_t begun, uint64_t bytes, unsigned part)
{
  finished_many(begun, bytes, 1, part);
}

/* One call that did the work of several operations: it counts once among the latencies. */
void finished_many(uint64_t begun, uint64_t bytes, unsigned operations, unsigned part)
{
  latest = now();
  mine->buckets[bucket_of(latest - begun)]++;
  mine->operations += operations;
  mine->bytes += bytes;
  board->done[part] += operations;
}

void finished_elsewhere(unsigned operations)
{
  latest = now();
  mine->operations += operations;
}

int out_of_time(void)
{
  return latest >= limit_at;
}

uint64_t operations_so_far(void)
{
  return mine->operations;
}

unsigned done_of(unsigned part)
{
  return board->done[part];
}
