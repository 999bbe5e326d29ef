/*
 * Opens under a storm of signals: processes that open, create, use and close files while a timer interrupts them five
 * thousand times a second, and some of which are killed in the middle of it.
 *
 *   storm DIRECTORY FILES PROCESSES SECONDS KILLED
 *
 * Prints how many opens succeeded and how many signals came; a call that fails as no call should is printed and ends all with 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct tally {
	atomic_long opens, signals, failures;
	atomic_int stop;
};

static struct tally *tally;

static void on_alarm(int number)
{
	(void)number;
	tally->signals++;
}

static void fail(const char *call, const char *name)
{
	printf("%s of %s: %s\n", call, name, strerror(errno));
	fflush(stdout);
	tally->failures++;
	tally->stop = 1;
	_exit(1);
}

static void use(int fd, int flags, const char *name)
{
	char bytes[64] = "stormy";

	if ((flags & O_ACCMODE) != O_RDONLY && pwrite(fd, bytes, sizeof(bytes), 0) != sizeof(bytes))
		fail("write", name);
	if ((flags & O_ACCMODE) != O_WRONLY && pread(fd, bytes, sizeof(bytes), 0) < 0)
		fail("read", name);
}

static void work(int files, unsigned int seed)
{
	static const int kinds[] = {O_RDONLY, O_RDONLY, O_RDWR, O_WRONLY, O_WRONLY | O_APPEND, O_RDWR | O_TRUNC};
	/* Without SA_RESTART: a call that gives up says so. */
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval often = {{0, 200}, {0, 200}};
	char name[64];

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (!tally->stop) {
		int flags = kinds[rand_r(&seed) % 6];
		int fd;

		if (rand_r(&seed) % 8 == 0) {
			snprintf(name, sizeof(name), "made-%d", getpid());
			flags = O_RDWR;
			fd = open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
		} else {
			snprintf(name, sizeof(name), "file-%d", rand_r(&seed) % files);
			fd = open(name, flags);
		}
		if (fd < 0)
			fail("open", name);
		tally->opens++;
		use(fd, flags, name);
		if (close(fd) != 0)
			fail("close", name);
		if (name[0] == 'm' && unlink(name) != 0)
			fail("unlink", name);
	}
	_exit(0);
}

static pid_t begin(int files, int which)
{
	pid_t pid = fork();

	if (pid == 0)
		work(files, (unsigned int)(which * 7919 + getpid()));
	return pid;
}

int main(int count, char **words)
{
	if (count != 6 || chdir(words[1]) != 0)
		return 2;
	int files = atoi(words[2]), processes = atoi(words[3]), seconds = atoi(words[4]), killed = atoi(words[5]);
	pid_t *pids = calloc((size_t)processes, sizeof(*pids));
	time_t end = time(NULL) + seconds;
	struct timespec pause = {0, 5000000};

	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pids == NULL || tally == MAP_FAILED)
		return 2;
	for (int i = 0; i < processes; i++)
		pids[i] = begin(files, i);
	for (int i = 0; time(NULL) < end && !tally->stop; i++) {
		nanosleep(&pause, NULL);
		if (!killed)
			continue;
		/* One of them dies wherever it is, and another takes its place. */
		int victim = i % processes;
		char made[64];

		kill(pids[victim], SIGKILL);
		waitpid(pids[victim], NULL, 0);
		snprintf(made, sizeof(made), "made-%d", pids[victim]);
		unlink(made);
		pids[victim] = begin(files, i);
	}
	tally->stop = 1;
	for (int i = 0; i < processes; i++)
		waitpid(pids[i], NULL, 0);
	printf("%ld opens, %ld signals\n", (long)tally->opens, (long)tally->signals);
	return tally->failures != 0;
}
