#define _GNU_SOURCE
#include "data-operations.h"
#include "data-descriptors.h"
#include "data-model.h"
#include "drawing.h"
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

uint8_t *buffer;
unsigned left_out;

void operations_start(void)
{
	buffer = mmap(NULL, (size_t)model_limit + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED) fail_call("mmap of memory");
}

/* Around the end, at page borders and anywhere; a few bytes, about a page, many pages. */
struct range any_range(void)
{
	struct range range = {below(model_limit), 1 + below(64)};
	if (once_in(4)) range.at = model_size - below(2 * PAGE);
	if (once_in(3)) range.at &= ~(int64_t)(PAGE - 1);
	if (range.at < 0) range.at = 0;
	if (once_in(3)) range.length = PAGE - 4 + below(9);
	else if (once_in(3)) range.length = 1 + below(65536);
	if (range.at >= model_limit) range.at = model_limit - 1;
	if (range.length > model_limit - range.at) range.length = model_limit - range.at;
	return range;
}

struct range range_within(void)
{
	struct range range = any_range();
	if (range.at >= model_size) range.at = below(model_size);
	if (range.length > model_size - range.at) range.length = model_size - range.at;
	return range;
}

static struct range aligned_range(void)
{
	struct range range = any_range();
	range.at &= ~(int64_t)(PAGE - 1);
	range.length = (range.length + PAGE - 1) & ~(int64_t)(PAGE - 1);
	if (range.length > model_limit - range.at) range.length = model_limit - range.at;
	return range;
}

void draw_bytes(int64_t at, int64_t length)
{
	for (int64_t i = 0; i < length; i++) buffer[i] = (uint8_t)(1 + (operation_number * 37 + (at + i) * 11) % 255);
}

static void read_by(const char *how, int fd, int64_t at, int64_t length)
{
	ssize_t got = pread(fd, buffer, (size_t)length, at);
	if (got < 0) fail_call(how);
	int64_t expected = at >= model_size ? 0 : at + length > model_size ? model_size - at : length;
	model_compare(how, at, buffer, got < expected ? got : expected);
	if (got != expected) fail("%s at 0x%" PRIx64 " got %zd bytes, expected %" PRId64, how, at, got, expected);
}

/* Whole pages, and what lies behind the end in the last of them, which reads as zeros. */
static void read_mapped(int64_t at, int64_t length, int is_private)
{
	int64_t first = at & ~(int64_t)(PAGE - 1);
	int64_t end = (at + length + PAGE - 1) & ~(int64_t)(PAGE - 1);
	size_t size = (size_t)(end - first);
	uint8_t *bytes = mmap(NULL, size, PROT_READ, is_private ? MAP_PRIVATE : MAP_SHARED, any_reading(), first);
	if (bytes == MAP_FAILED) fail_call("mmap");
	model_compare(is_private ? "private mapping" : "shared mapping", first, bytes, (int64_t)size);
	if (munmap(bytes, size) != 0) fail_call("munmap");
}

static void read_kept(int64_t at, int64_t length)
{
	const uint8_t *bytes = kept_mapping();
	model_compare("kept mapping", at, bytes + at, length);
}

static void look_at_size(void)
{
	struct stat about;
	int by_path = once_in(4);
	if ((by_path ? stat(path, &about) : fstat(any_open(), &about)) != 0) fail_call("stat");
	model_compare_size(by_path ? "stat" : "fstat", about.st_size);
}

void look(int64_t at, int64_t length)
{
	look_at_size();
	if (at + length > model_size) length = model_size - at;
	if (length <= 0) return;
	int mapped = (left_out & MAPPED) == 0, way = (int)below(8);
	if (way == 0) return;
	note("| looks");
	if (way == 1 && mapped) read_mapped(at, length, once_in(2));
	else if (way == 2 && mapped) read_kept(at, length);
	else if (way == 3 && (left_out & DIRECT_IO) == 0) {
		int64_t first = at & ~(int64_t)(PAGE - 1);
		read_by("O_DIRECT read", descriptor(DIRECT), first, (at + length - first + PAGE - 1) & ~(int64_t)(PAGE - 1));
	} else read_by("read", any_reading(), at, length);
}

void look_at_everything(const char *lower)
{
	int fd = descriptor(PLAIN);
	look_at_size();
	read_by("read of everything", fd, 0, model_limit);
	if (lower == NULL) return;
	// Mapped pages that were written reach the lower file when they are written back; this does not wait for a disk.
	int all = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
	if (sync_file_range(fd, 0, 0, (unsigned)all) != 0) fail_call("sync_file_range");
	int there = open(lower, O_RDONLY | O_CLOEXEC);
	if (there < 0) fail_call("open of the lower file");
	struct stat about;
	if (fstat(there, &about) != 0) fail_call("fstat of the lower file");
	model_compare_size("the lower file", about.st_size);
	read_by("read of the lower file", there, 0, model_limit);
	close(there);
}

static void do_read(void)
{
	struct range range = any_range();
	note("0x%" PRIx64 "+0x%" PRIx64, range.at, range.length);
	if (once_in(2)) {
		read_by("read", any_reading(), range.at, range.length);
		return;
	}
	int fd = any_reading();
	if (lseek(fd, range.at, SEEK_SET) != range.at) fail_call("lseek");
	struct iovec parts[2] = {{buffer, (size_t)range.length / 2},
		{buffer + range.length / 2, (size_t)(range.length - range.length / 2)}};
	ssize_t got = readv(fd, parts, 2);
	if (got < 0) fail_call("readv");
	int64_t expected = model_size - range.at < range.length ? model_size - range.at : range.length;
	if (got != (expected < 0 ? 0 : expected)) fail("readv got %zd bytes", got);
	model_compare("readv", range.at, buffer, got);
}

static void write_by(const char *how, int fd, struct range range)
{
	draw_bytes(range.at, range.length);
	ssize_t put = once_in(4) ? pwritev(fd, (struct iovec[]){{buffer, PAGE < range.length ? PAGE : (size_t)range.length},
		{buffer + PAGE, PAGE < range.length ? (size_t)range.length - PAGE : 0}}, 2, range.at)
		: pwrite(fd, buffer, (size_t)range.length, range.at);
	if (put < 0) fail_call(how);
	if (put != range.length) fail("%s took %zd of %" PRId64 " bytes", how, put, range.length);
	model_write(range.at, buffer, put);
	look(range.at, range.length);
}

static void do_write(void)
{
	struct range range = any_range();
	note("0x%" PRIx64 "+0x%" PRIx64, range.at, range.length);
	write_by("write", any_writing(), range);
}

static void do_append(void)
{
	struct range range = {model_size, any_range().length};
	if (range.length > model_limit - model_size) range.length = model_limit - model_size;
	note("0x%" PRIx64, range.length);
	if (range.length == 0) return;
	draw_bytes(range.at, range.length);
	ssize_t put = write(descriptor(APPEND), buffer, (size_t)range.length);
	if (put < 0) fail_call("append");
	if (put != range.length) fail("append took %zd of %" PRId64 " bytes", put, range.length);
	model_write(range.at, buffer, put);
	look(range.at, range.length);
}

static void do_direct_read(void)
{
	struct range range = aligned_range();
	note("0x%" PRIx64 "+0x%" PRIx64, range.at, range.length);
	read_by("O_DIRECT read", descriptor(DIRECT), range.at, range.length);
}

static void do_direct_write(void)
{
	struct range range = aligned_range();
	note("0x%" PRIx64 "+0x%" PRIx64, range.at, range.length);
	write_by("O_DIRECT write", descriptor(DIRECT), range);
}

static void do_mapped_read(void)
{
	struct range range = range_within();
	note("0x%" PRIx64 "+0x%" PRIx64, range.at, range.length);
	if (range.length == 0) return;
	if (once_in(2)) read_kept(range.at, range.length);
	else read_mapped(range.at, range.length, once_in(2));
}

static void do_mapped_write(void)
{
	struct range range = any_range();
	if (range.at + range.length > model_size && once_in(2)) {
		if (ftruncate(any_writing(), range.at + range.length) != 0) fail_call("ftruncate");
		model_resize(range.at + range.length);
	} else range = range_within();
	note("0x%" PRIx64 "+0x%" PRIx64, range.at, range.length);
	if (range.length == 0) return;
	draw_bytes(range.at, range.length);
	int64_t first = range.at & ~(int64_t)(PAGE - 1);
	size_t size = (size_t)(range.at + range.length - first);
	int keep = once_in(2);
	uint8_t *bytes = keep ? kept_mapping() + first
		: mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor(PLAIN), first);
	if (bytes == MAP_FAILED) fail_call("mmap");
	note(keep ? "kept" : "new");
	memcpy(bytes + (range.at - first), buffer, (size_t)range.length);
	if (once_in(8)) {
		// MS_SYNC waits for the disk.
		int how = once_in(4) ? MS_SYNC : MS_ASYNC;
		note("msync");
		if (msync(bytes, size, how) != 0) fail_call("msync");
	}
	if (!keep && munmap(bytes, size) != 0) fail_call("munmap");
	model_write(range.at, buffer, range.length);
	look(range.at, range.length);
}

struct operation operations[] = {
	{"read", READS, 120, do_read, 0},
	{"write", WRITES, 140, do_write, 0},
	{"append", APPENDS, 40, do_append, 0},
	{"mapped-read", MAPPED, 60, do_mapped_read, 0},
	{"mapped-write", MAPPED, 100, do_mapped_write, 0},
	{"direct-read", DIRECT_IO, 40, do_direct_read, 0},
	{"direct-write", DIRECT_IO, 40, do_direct_write, 0},
	{"truncate", SIZES, 60, do_truncate, 0},
	{"open-truncating", SIZES, 4, do_open_truncating, 0},
	{"fallocate", ALLOCATION, 15, do_fallocate, 0},
	{"fallocate-keep-size", ALLOCATION, 15, do_fallocate_keep_size, 0},
	{"punch", ALLOCATION, 25, do_punch, 0},
	{"zero", ALLOCATION, 25, do_zero, 0},
	{"copy", COPIES, 30, do_copy, 0},
	{"splice-in", SPLICES, 20, do_splice_in, 0},
	{"splice-out", SPLICES, 20, do_splice_out, 0},
	{"sendfile", SPLICES, 20, do_sendfile, 0},
	{"seek", SEEKS, 15, do_seek, 0},
	{"sync", SYNCS, 6, do_sync, 0},
	{"drop", DROPS, 15, do_drop, 0},
	{"reopen", REOPENS, 40, do_reopen, 0},
};
const int operation_count = sizeof operations / sizeof *operations;
