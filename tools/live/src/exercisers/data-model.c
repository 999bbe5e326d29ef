#include "data-model.h"
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define REMEMBERED 20

uint8_t *model;
int64_t model_size, model_limit;
int64_t operation_number;

static uint32_t *writers;
static uint64_t seed;
static struct {
	int64_t number;
	char text[240];
} last[REMEMBERED];

static void *memory(size_t size)
{
	void *got = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (got == MAP_FAILED) fail_call("mmap of memory");
	return got;
}

void model_start(int64_t limit, uint64_t given_seed)
{
	seed = given_seed;
	model_limit = limit;
	model = memory((size_t)limit);
	writers = memory((size_t)limit * sizeof *writers);
}

static void written(int64_t at, int64_t length)
{
	for (int64_t i = at; i < at + length; i++) writers[i] = (uint32_t)operation_number;
}

void model_write(int64_t at, const uint8_t *bytes, int64_t length)
{
	if (length <= 0) return;
	memmove(model + at, bytes, (size_t)length);
	written(at, length);
	if (at + length > model_size) model_size = at + length;
}

void model_zero(int64_t at, int64_t length)
{
	if (at + length > model_size) length = model_size - at;
	if (length <= 0) return;
	memset(model + at, 0, (size_t)length);
	written(at, length);
}

void model_resize(int64_t size)
{
	int64_t from = size < model_size ? size : model_size;
	int64_t to = size < model_size ? model_size : size;
	memset(model + from, 0, (size_t)(to - from));
	written(from, to - from);
	model_size = size;
}

void model_compare(const char *how, int64_t at, const uint8_t *found, int64_t length)
{
	if (length <= 0 || memcmp(model + at, found, (size_t)length) == 0) return;
	int64_t first = 0, wrong = 0, end = 0;
	for (int64_t i = length - 1; i >= 0; i--) {
		if (model[at + i] == found[i]) continue;
		if (wrong++ == 0) end = i + 1;
		first = i;
	}
	char bytes[2][3 * 16 + 1] = {"", ""};
	for (int64_t i = 0; i < 16 && first + i < length; i++) {
		sprintf(bytes[0] + 3 * i, "%02x ", model[at + first + i]);
		sprintf(bytes[1] + 3 * i, "%02x ", found[first + i]);
	}
	fail("%s of 0x%" PRIx64 "..0x%" PRIx64 ": %" PRId64 " wrong bytes between 0x%" PRIx64 " and 0x%" PRIx64
	     ", the first last written by operation %u\n  expected %s\n  found    %s",
	     how, at, at + length, wrong, at + first, at + end, writers[at + first], bytes[0], bytes[1]);
}

void model_compare_size(const char *how, int64_t size)
{
	if (size != model_size) fail("%s says size 0x%" PRIx64 ", expected 0x%" PRIx64, how, size, model_size);
}

void operation_begins(const char *name)
{
	int at = (int)(operation_number % REMEMBERED);
	last[at].number = operation_number;
	snprintf(last[at].text, sizeof last[at].text, "size 0x%-6" PRIx64 " %s", model_size, name);
}

void note(const char *format, ...)
{
	char *text = last[operation_number % REMEMBERED].text;
	size_t used = strlen(text), size = sizeof last[0].text;
	if (used + 2 > size) return;
	text[used] = ' ';
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text + used + 1, size - used - 1, format, arguments);
	va_end(arguments);
}

static void tell_and_end(void)
{
	fprintf(stderr, "\nseed %" PRIu64 ", operation %" PRId64 "; the last operations were\n", seed, operation_number);
	for (int64_t i = operation_number - REMEMBERED + 1; i <= operation_number; i++) {
		if (i > 0 && last[i % REMEMBERED].number == i)
			fprintf(stderr, "  #%" PRId64 " %s\n", i, last[i % REMEMBERED].text);
	}
	exit(1);
}

void fail(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	tell_and_end();
	abort();
}

void fail_call(const char *call)
{
	fprintf(stderr, "%s: %s", call, strerror(errno));
	tell_and_end();
	abort();
}
