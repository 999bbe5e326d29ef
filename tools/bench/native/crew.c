/*
 * The processes that do the work stand behind a barrier and start together. A barrier is a pipe: whoever waits reads
 * it and wakes at its end, when the last writer has closed it. So a process that dies opens the barriers it holds
 * shut, and nobody waits for the dead.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "crew.h"
#include "tally.h"

static struct barrier {
  int waiting, holding;
} ready, start, done, finish;
static pid_t members[PARTS];
uint64_t warmed;

static void make(struct barrier *barrier)
{
  int ends[2];
  if (pipe2(ends, 0) != 0) fail("pipe", "barrier");
  barrier->waiting = ends[0];
  barrier->holding = ends[1];
}

static void let_go(struct barrier *barrier)
{
  close(barrier->holding);
}

static void await(struct barrier *barrier)
{
  char byte;
  while (read(barrier->waiting, &byte, 1) < 0 && errno == EINTR) continue;
}

void crew_begin(void)
{
  board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (board == MAP_FAILED) fail("mmap", "shared memory");
}

/* No longer than a measurement may take; what was counted is forgotten. */
void warm_up(void)
{
  start_counting(&board->tallies[0], maximum_ns);
  for (unsigned part = 0; part < PARTS && !out_of_time(); part++) workload->pass(part);
  warmed = mine->operations;
  memset(board, 0, sizeof *board);
}

static void perform(unsigned first, unsigned end)
{
  do {
    for (unsigned part = first; part < end && !out_of_time(); part++) workload->pass(part);
    mine->ended = now();
  } while (workload->repeats && !out_of_time() && mine->ended - mine->started < minimum_ns);
}

_Noreturn static void serve(unsigned member, pid_t parent)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  let_go(&start);
  let_go(&finish);
  let_go(&ready);
  await(&start);
  unsigned first = member * PARTS / clients, end = (member + 1) * PARTS / clients;
  start_counting(&board->tallies[member], maximum_ns);
  perform(first, end);
  let_go(&done);
  await(&finish);
  for (unsigned part = first; part < end && workload->verify != NULL; part++) workload->verify(part);
  _exit(0);
}

void crew_muster(void)
{
  make(&ready);
  make(&start);
  make(&done);
  make(&finish);
  pid_t parent = getpid();
  for (unsigned member = 0; member < clients; member++) {
    members[member] = fork();
    if (members[member] < 0) fail("fork", "client");
    if (members[member] == 0) serve(member, parent);
  }
  let_go(&ready);
  let_go(&done);
  await(&ready);
}

void crew_work(void)
{
  let_go(&start);
  await(&done);
  for (unsigned member = 0; member < clients; member++)
    if (board->tallies[member].ended == 0) crew_dismiss();
}

void crew_report(void)
{
  struct tally sum = {.started = UINT64_MAX};
  for (unsigned member = 0; member < clients; member++) {
    const struct tally *tally = &board->tallies[member];
    sum.operations += tally->operations;
    sum.bytes += tally->bytes;
    if (tally->started < sum.started) sum.started = tally->started;
    if (tally->ended > sum.ended) sum.ended = tally->ended;
    for (unsigned i = 0; i < BUCKETS; i++) sum.buckets[i] += tally->buckets[i];
  }
  printf("%llu %llu %llu", (unsigned long long)sum.operations, (unsigned long long)sum.bytes,
         (unsigned long long)(sum.ended - sum.started));
  for (unsigned i = 0; i < BUCKETS; i++)
    if (sum.buckets[i] > 0) printf(" %u:%u", i, sum.buckets[i]);
  putchar('\n');
  fflush(stdout);
}

void crew_dismiss(void)
{
  let_go(&finish);
  int failed = 0;
  for (unsigned member = 0; member < clients; member++) {
    int status;
    while (waitpid(members[member], &status, 0) < 0)
      if (errno != EINTR) fail("waitpid", "client");
    if (WIFSIGNALED(status)) dprintf(STDERR_FILENO, "client: ended by signal %d\n", WTERMSIG(status));
    if (status != 0) failed = 1;
  }
  if (failed) _exit(1);
}

void crew_abandon(void)
{
  for (unsigned member = 0; member < clients; member++) {
    kill(members[member], SIGKILL);
    waitpid(members[member], NULL, 0);
  }
}
