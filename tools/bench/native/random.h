/* Pages of large files, one file for each part, in an order without neighbours, each page once. */
#ifndef SLUICE_BENCH_RANDOM_H
#define SLUICE_BENCH_RANDOM_H

#include <stdint.h>

extern int random_files[];
void random_prepare(void);
void random_open(void);
void random_remove(void);
const char *random_path(const char *root, unsigned part);
uint64_t random_offset(unsigned item);
/* Of one part's file. BYTES is all of them together. */
uint64_t random_length(void);

#endif
