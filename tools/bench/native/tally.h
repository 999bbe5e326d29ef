/* What each process counts, in memory that all of them and their parent see. */
#ifndef SLUICE_BENCH_TALLY_H
#define SLUICE_BENCH_TALLY_H

#include "client.h"

/*
 * Latencies are kept in buckets that widen with the value: 32 to each power of two, so a bucket is 3 % wide at most.
 * `src/latency.ts` has the same formula and makes percentiles of them. Longest: 2^40 ns, 18 minutes.
 */
#define BUCKET_BITS 5u
#define LONGEST_BITS 40u
#define BUCKETS ((LONGEST_BITS - BUCKET_BITS + 1u) << BUCKET_BITS)

struct tally {
  uint64_t operations, bytes;
  uint64_t started, ended;
  uint32_t buckets[BUCKETS];
};

struct board {
  struct tally tallies[PARTS];
  unsigned done[PARTS];
};

extern struct board *board;
extern struct tally *mine;

/* From now on `tally` counts, and time is up after `limit_ns`. */
void start_counting(struct tally *tally, uint64_t limit_ns);

#endif
