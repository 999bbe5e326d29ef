/* Burns the time of one core that nobody else wants, so that the core never sleeps. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include "client.h"

void spin(int core)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  const struct sched_param idle = {0};
  if (sched_setaffinity(0, sizeof cores, &cores) != 0) fail("sched_setaffinity", "core");
  if (sched_setscheduler(0, SCHED_IDLE, &idle) != 0) fail("sched_setscheduler", "SCHED_IDLE");
  for (;;) __asm__ volatile("");
}
