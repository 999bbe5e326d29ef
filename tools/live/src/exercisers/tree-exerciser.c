/*
 * Several processes perform random calls on the names of one tree at the same time; then the tree is checked.
 *
 *   tree-exerciser DIRECTORY SEED PROCESSES CALLS [LOWER]
 *
 * CALLS is per process. DIRECTORY is empty at first and stays; LOWER is the directory beneath it, which must hold the same in
 * the end. Prints a line of JSON: how many calls of each kind were done and refused, names in the end, processes that read what
 * nobody wrote or ended early, and by call what came back that no race explains. Ends with 1 if there was any such thing or the tree is not sound.
 */
#define _GNU_SOURCE
#include "drawing.h"
#include "tree-calls.h"
#include "tree-check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_CALLS 32
#define MOST_PROCESSES 64
#define MOST_ERRNO 134

uint64_t draw_state;

/* Of each process, where the parent sees it. */
static struct report {
	int64_t finished, done[MOST_CALLS], refused[MOST_CALLS];
	/* What no race explains. */
	int64_t unexplained[MOST_CALLS][MOST_ERRNO];
	char first[640];
} *reports;

static const struct call *draw_call(void)
{
	int64_t all = 0;
	for (int i = 0; i < call_count; i++) all += calls[i].weight;
	int64_t at = below(all);
	for (int i = 0;; i++) {
		if (at < calls[i].weight) return &calls[i];
		at -= calls[i].weight;
	}
}

static int work(const char *directory, uint64_t seed, int64_t count, struct report *report)
{
	draw_state = seed;
	umask(0);
	// No symlink leads out.
	if (chdir(directory) != 0 || chroot(".") != 0) {
		perror(directory);
		return 1;
	}
	for (int64_t number = 0; number < count; number++) {
		const struct call *next = draw_call();
		int64_t index = next - calls;
		first_path[0] = second_path[0] = 0;
		int error = next->perform();
		++*(error == 0 ? &report->done[index] : &report->refused[index]);
		if (!is_expected(error)) report->unexplained[index][error < MOST_ERRNO ? error : 0]++;
		if ((report->first[0] == 0 && !is_expected(error)) || wrong_content[0] != 0)
			snprintf(report->first, sizeof report->first, "seed %lu, call %ld: %s %.100s %.100s: %s %s", (unsigned long)seed,
				(long)number, next->name, first_path, second_path, strerror(error), wrong_content);
		if (wrong_content[0] != 0) return 1;
	}
	report->finished = 1;
	return 0;
}

static void print_counts(int processes)
{
	printf("\"calls\": {");
	for (int i = 0; i < call_count; i++) {
		int64_t done = 0, refused = 0;
		for (int process = 0; process < processes; process++) {
			done += reports[process].done[i];
			refused += reports[process].refused[i];
		}
		printf("%s\"%s\": [%ld, %ld]", i > 0 ? ", " : "", calls[i].name, (long)done, (long)refused);
	}
	printf("}, \"unexplained\": {");
	const char *separator = "";
	for (int i = 0; i < call_count; i++) {
		for (int error = 0; error < MOST_ERRNO; error++) {
			int64_t sum = 0;
			for (int process = 0; process < processes; process++) sum += reports[process].unexplained[i][error];
			if (sum == 0) continue;
			printf("%s\"%s %s\": %ld", separator, calls[i].name, strerrorname_np(error), (long)sum);
			separator = ", ";
		}
	}
	printf("}");
}

int main(int argc, char **argv)
{
	int processes = argc < 5 ? 0 : atoi(argv[3]);
	if (processes < 1 || processes > MOST_PROCESSES || call_count > MOST_CALLS) {
		fprintf(stderr, "usage: tree-exerciser DIRECTORY SEED PROCESSES CALLS [LOWER]\n");
		return 2;
	}
	uint64_t seed = strtoull(argv[2], NULL, 0);
	int64_t count = strtoll(argv[4], NULL, 0);
	size_t size = sizeof *reports * (size_t)processes;
	reports = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (reports == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	for (int process = 0; process < processes; process++) {
		pid_t pid = fork();
		if (pid < 0) perror("fork");
		if (pid == 0) _exit(work(argv[1], seed * 1000 + (uint64_t)process, count, &reports[process]));
	}
	while (wait(NULL) > 0) continue;
	int failed = 0;
	int64_t unexplained = 0;
	for (int process = 0; process < processes; process++) {
		failed += !reports[process].finished;
		if (reports[process].first[0] != 0) fprintf(stderr, "%s\n", reports[process].first);
		for (int i = 0; i < call_count; i++)
			for (int error = 0; error < MOST_ERRNO; error++) unexplained += reports[process].unexplained[i][error];
	}
	long defects = 0, names = check_tree(argv[1], argc > 5 ? argv[5] : NULL, &defects);
	if (argc > 5) {
		long beneath = check_tree(argv[5], NULL, &defects);
		if (beneath != names) defects += fprintf(stderr, "%ld names, %ld beneath\n", names, beneath) > 0;
	}
	printf("{\"seed\": %lu, \"failed\": %d, \"names\": %ld, \"defects\": %ld, ", (unsigned long)seed, failed, names, defects);
	print_counts(processes);
	printf("}\n");
	return failed || defects > 0 || unexplained > 0;
}
