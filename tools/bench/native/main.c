/*
 * The program that does the work. It is the same for every rival and costs little beside the calls it makes, so that
 * a difference between two rivals is theirs. What was read is checked as it comes, what was written afterwards beneath
 * LOWER: a fast wrong answer ends the program, and is no result.
 *
 *   client WORKLOAD MOUNT LOWER COUNT BYTES CLIENTS MINIMUM_MS MAXIMUM_MS
 *
 * prepares what the workload needs beneath LOWER (where it costs the rival nothing), warms it up through MOUNT, starts
 * CLIENTS processes, prints "ready" and waits for a line. Then the processes perform the workload through MOUNT,
 * together. It prints "OPERATIONS BYTES NANOSECONDS" and a histogram of latencies, and waits again, so that the caller
 * can take its samples on either side. With the second line, or the end of input, what was written is verified and
 * what must not pile up is removed. For the native rival MOUNT and LOWER are the same directory.
 *
 *   client spin CPU
 *
 * keeps that core from sleeping, and dies with its parent.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "client.h"
#include "crew.h"

const char *mount_root, *lower_root;
unsigned count, clients;
uint64_t bytes_each, minimum_ns, maximum_ns, run_seed;
char block[BLOCK] __attribute__((aligned(PAGE)));
const struct workload *workload;

static const struct workload *const subjects[] = {
  sequential_workloads, random_workloads, mapping_workloads, file_workloads,
  name_workloads, directory_workloads, mix_workloads, untar_workloads,
};

static const struct workload *workload_named(const char *name)
{
  for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
    for (const struct workload *one = subjects[i]; one->name != NULL; one++)
      if (strcmp(one->name, name) == 0) return one;
  fprintf(stderr, "client: there is no workload \"%s\"\n", name);
  exit(2);
}

static uint64_t number(const char *text, uint64_t lowest, uint64_t highest)
{
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno != 0 || end == text || *end != 0 || value < lowest || value > highest) {
    fprintf(stderr, "client: \"%s\" is not a whole number from %llu to %llu\n", text, (unsigned long long)lowest,
            (unsigned long long)highest);
    exit(2);
  }
  return value;
}

static int next_line(void)
{
  char line[16];
  return fgets(line, sizeof line, stdin) != NULL;
}

int main(int arguments, char **argument)
{
  if (arguments == 3 && strcmp(argument[1], "spin") == 0) spin((int)number(argument[2], 0, 4095));
  if (arguments != 9) {
    fputs("usage: client WORKLOAD MOUNT LOWER COUNT BYTES CLIENTS MINIMUM_MS MAXIMUM_MS | client spin CPU\n", stderr);
    return 2;
  }
  workload = workload_named(argument[1]);
  mount_root = argument[2];
  lower_root = argument[3];
  count = (unsigned)number(argument[4], 1, 999999);
  bytes_each = number(argument[5], 0, UINT64_C(1) << 40);
  clients = (unsigned)number(argument[6], 1, PARTS);
  minimum_ns = number(argument[7], 0, 3600000) * 1000000u;
  maximum_ns = number(argument[8], 1, 3600000) * 1000000u;
  run_seed = now() | 1;
  crew_begin();
  if (workload->prepare != NULL) workload->prepare();
  if (workload->ready != NULL) workload->ready();
  crew_muster();
  puts("ready");
  fflush(stdout);
  if (next_line()) {
    crew_work();
    crew_report();
    next_line();
    crew_dismiss();
  } else {
    crew_abandon();
  }
  if (workload->remove != NULL) workload->remove();
  return 0;
}
