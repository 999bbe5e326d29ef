/*
 * Random operations of every kind on one file, each compared with a model of it in memory.
 *
 *   data-exerciser FILE SEED OPERATIONS [--limit=BYTES] [--lower=FILE] [--without=KIND,...] [--hold]
 *
 * FILE is made anew and stays. With --lower, the file of that name beneath the mount is compared as well now and then.
 * KIND is one of the names of operations, which leaves out all of its group. With --hold, a mapping that is kept does not
 * outlive the descriptor that it was made with. Prints a line of JSON with what was performed; at the first difference,
 * says which, with the seed and the last operations, and ends with 1: the same seed and command line perform the same.
 */
#define _GNU_SOURCE
#include "data-descriptors.h"
#include "data-model.h"
#include "data-operations.h"
#include "drawing.h"
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How often the whole file is compared. */
#define EVERYTHING_EVERY 1000

uint64_t draw_state;

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: data-exerciser FILE SEED OPERATIONS [--limit=BYTES] [--lower=FILE] [--without=KIND,...] [--hold]\n");
	exit(2);
}

static void leave_out(char *names)
{
	for (char *name = strtok(names, ","); name != NULL; name = strtok(NULL, ",")) {
		unsigned before = left_out;
		for (int i = 0; i < operation_count; i++)
			if (strcmp(operations[i].name, name) == 0) left_out |= operations[i].group;
		if (left_out == before) usage();
	}
}

static struct operation *draw_operation(void)
{
	int64_t all = 0;
	for (int i = 0; i < operation_count; i++)
		if ((operations[i].group & left_out) == 0) all += operations[i].weight;
	int64_t at = below(all);
	for (int i = 0; i < operation_count; i++) {
		if ((operations[i].group & left_out) != 0) continue;
		if (at < operations[i].weight) return &operations[i];
		at -= operations[i].weight;
	}
	usage();
}

static void on_signal(int number)
{
	fail("signal %d (%s)", number, strsignal(number));
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	if (argc < 4) usage();
	path = argv[1];
	uint64_t seed = strtoull(argv[2], NULL, 0);
	int64_t count = strtoll(argv[3], NULL, 0), limit = 256 * 1024;
	const char *lower = NULL;
	for (int i = 4; i < argc; i++) {
		if (strncmp(argv[i], "--limit=", 8) == 0) limit = strtoll(argv[i] + 8, NULL, 0) & ~(int64_t)(PAGE - 1);
		else if (strncmp(argv[i], "--lower=", 8) == 0) lower = argv[i] + 8;
		else if (strncmp(argv[i], "--without=", 10) == 0) leave_out(argv[i] + 10);
		else if (strcmp(argv[i], "--hold") == 0) mapping_holds_descriptor = 1;
		else usage();
	}
	if (limit < PAGE || count < 1) usage();
	draw_state = seed;
	model_start(limit, seed);
	operations_start();
	signal(SIGBUS, on_signal);
	signal(SIGSEGV, on_signal);
	int fd = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644);
	if (fd < 0 || close(fd) != 0) fail_call("create");

	double start = now();
	for (operation_number = 1; operation_number <= count; operation_number++) {
		struct operation *next = draw_operation();
		operation_begins(next->name);
		next->perform();
		next->performed++;
		if (operation_number % EVERYTHING_EVERY == 0 || operation_number == count) look_at_everything(lower);
	}
	operation_number = count;
	close_everything();
	look_at_everything(lower);
	printf("{\"seed\": %" PRIu64 ", \"operations\": %" PRId64 ", \"seconds\": %.1f, \"performed\": {", seed, count, now() - start);
	const char *separator = "";
	for (int i = 0; i < operation_count; i++) {
		printf("%s\"%s\": %" PRId64, separator, operations[i].name, operations[i].performed);
		separator = ", ";
	}
	printf("}}\n");
	return 0;
}
