#define _GNU_SOURCE
#include "data-descriptors.h"
#include "data-model.h"
#include "drawing.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

const char *path;
const char *kind_name[KINDS] = {"plain", "read-only", "write-only", "append", "direct"};

static const int flags[KINDS] = {O_RDWR, O_RDONLY, O_WRONLY, O_RDWR | O_APPEND, O_RDWR | O_DIRECT};
/* A descriptor plus one; 0: not open. */
static int opened[KINDS];
static uint8_t *kept;
static int kept_fd = -1;
int mapping_holds_descriptor;

int descriptor(enum kind kind)
{
	if (opened[kind] == 0) {
		int fd = open(path, flags[kind] | O_CLOEXEC);
		if (fd < 0) fail_call("open");
		opened[kind] = fd + 1;
		note("(opens %s)", kind_name[kind]);
	}
	return opened[kind] - 1;
}

static int one_of(const enum kind *kinds, int count)
{
	enum kind kind = kinds[below(count)];
	int fd = descriptor(kind);
	note("%s", kind_name[kind]);
	return fd;
}

int any_reading(void)
{
	static const enum kind kinds[] = {PLAIN, PLAIN, READ_ONLY, APPEND};
	return one_of(kinds, 4);
}

int any_writing(void)
{
	static const enum kind kinds[] = {PLAIN, PLAIN, WRITE_ONLY};
	return one_of(kinds, 3);
}

int any_open(void)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (opened[kind] != 0) return opened[kind] - 1;
	return descriptor(PLAIN);
}

void close_kind(enum kind kind)
{
	if (opened[kind] == 0) return;
	if (close(opened[kind] - 1) != 0) fail_call("close");
	opened[kind] = 0;
}

void close_everything(void)
{
	end_kept_mapping();
	for (int kind = 0; kind < KINDS; kind++) close_kind(kind);
}

void open_truncating(void)
{
	int fd = open(path, O_TRUNC | O_CLOEXEC | (once_in(2) ? O_RDWR : O_WRONLY));
	if (fd < 0) fail_call("open with O_TRUNC");
	if (close(fd) != 0) fail_call("close");
}

static void end_kept_descriptor(void)
{
	if (kept_fd >= 0 && close(kept_fd) != 0) fail_call("close");
	kept_fd = -1;
}

uint8_t *kept_mapping(void)
{
	if (kept == NULL) {
		kept_fd = open(path, O_RDWR | O_CLOEXEC);
		if (kept_fd < 0) fail_call("open");
		kept = mmap(NULL, (size_t)model_limit, PROT_READ | PROT_WRITE, MAP_SHARED, kept_fd, 0);
		if (kept == MAP_FAILED) fail_call("mmap");
		note("(maps)");
		if (!mapping_holds_descriptor) end_kept_descriptor();
	}
	return kept;
}

int is_mapping_kept(void)
{
	return kept != NULL;
}

void end_kept_mapping(void)
{
	if (kept != NULL && munmap(kept, (size_t)model_limit) != 0) fail_call("munmap");
	kept = NULL;
	end_kept_descriptor();
}
