/* Operations on the file's size, on what is allocated, and on descriptors. */
#define _GNU_SOURCE
#include "data-descriptors.h"
#include "data-model.h"
#include "data-operations.h"
#include "drawing.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void do_truncate(void)
{
	struct range range = any_range();
	int64_t size = once_in(3) ? range.at : once_in(20) ? 0 : once_in(2) ? below(model_size + 1) : range.at + range.length;
	note("to 0x%" PRIx64, size);
	if ((once_in(3) ? truncate(path, size) : ftruncate(any_writing(), size)) != 0) fail_call("truncate");
	int64_t from = size < model_size ? size : model_size;
	model_resize(size);
	look(from, size - from);
}

void do_open_truncating(void)
{
	open_truncating();
	model_resize(0);
	look(0, 0);
}

/* The range, or one of length 0 if the lower file system cannot do it. */
static struct range fallocated(int mode)
{
	struct range range = any_range();
	note("0x%" PRIx64 "+0x%" PRIx64, range.at, range.length);
	if (fallocate(any_writing(), mode, range.at, range.length) == 0) return range;
	// tmpfs has no FALLOC_FL_ZERO_RANGE.
	if (errno != EOPNOTSUPP || (mode & FALLOC_FL_ZERO_RANGE) == 0) fail_call("fallocate");
	note("not supported");
	range.length = 0;
	return range;
}

void do_fallocate(void)
{
	struct range range = fallocated(0);
	if (range.at + range.length > model_size) model_resize(range.at + range.length);
	look(range.at, range.length);
}

void do_fallocate_keep_size(void)
{
	struct range range = fallocated(FALLOC_FL_KEEP_SIZE);
	look(range.at, range.length);
}

void do_punch(void)
{
	struct range range = fallocated(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
	model_zero(range.at, range.length);
	look(range.at, range.length);
}

void do_zero(void)
{
	int keep = once_in(2);
	note(keep ? "keep" : "grow");
	struct range range = fallocated(FALLOC_FL_ZERO_RANGE | (keep ? FALLOC_FL_KEEP_SIZE : 0));
	if (!keep && range.length > 0 && range.at + range.length > model_size) model_resize(range.at + range.length);
	model_zero(range.at, range.length);
	look(range.at, range.length);
}

/*
 * All that SEEK_DATA leaves out must be zero, and ends of data and holes must alternate. What was written into mapped pages
 * is unknown to the lower file system until it is written back, so that comes first.
 */
void do_seek(void)
{
	int fd = any_reading();
	if (sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) != 0) fail_call("sync_file_range");
	int64_t at = 0;
	while (at < model_size) {
		int64_t data = lseek(fd, at, SEEK_DATA);
		if (data < 0 && errno != ENXIO) fail_call("SEEK_DATA");
		if (data >= 0 && (data < at || data >= model_size)) fail("SEEK_DATA from 0x%" PRIx64 " is 0x%" PRIx64, at, data);
		int64_t end = data < 0 ? model_size : data;
		memset(buffer, 0, (size_t)(end - at));
		model_compare("what SEEK_DATA calls a hole", at, buffer, end - at);
		if (data < 0) break;
		int64_t hole = lseek(fd, data, SEEK_HOLE);
		if (hole < 0) fail_call("SEEK_HOLE");
		if (hole <= data || hole > model_size) fail("SEEK_HOLE from 0x%" PRIx64 " is 0x%" PRIx64, data, hole);
		at = hole;
	}
	if (lseek(fd, model_size, SEEK_DATA) != -1 || errno != ENXIO) fail("SEEK_DATA at the end is no ENXIO");
	if (lseek(fd, model_size, SEEK_HOLE) != -1 || errno != ENXIO) fail("SEEK_HOLE at the end is no ENXIO");
	if (lseek(fd, 0, SEEK_END) != model_size) fail("SEEK_END is not the size");
}

void do_sync(void)
{
	int failed = 0;
	switch (below(is_mapping_kept() ? 4 : 3)) {
	case 0: note("fsync"); failed = fsync(any_open()); break;
	case 1: note("fdatasync"); failed = fdatasync(any_writing()); break;
	case 2: note("sync_file_range"); failed = sync_file_range(any_writing(), 0, 0, SYNC_FILE_RANGE_WRITE); break;
	default: note("msync"); failed = msync(kept_mapping(), (size_t)model_limit, MS_SYNC);
	}
	if (failed) fail_call("sync");
	look(0, model_size);
}

/* Clean pages go, so that what is read next comes from beneath. */
void do_drop(void)
{
	int fd = any_reading();
	if (posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0) fail("posix_fadvise failed");
	struct range range = range_within();
	look(range.at, range.length);
}

void do_reopen(void)
{
	switch (below(6)) {
	case 0:
	case 1:
	case 2:
		note("everything");
		close_everything();
		break;
	case 3:
		// The mapping keeps the file open.
		note("all but the mapping");
		for (int kind = 0; kind < KINDS; kind++) close_kind((enum kind)kind);
		break;
	case 4:
		note("end of mapping");
		end_kept_mapping();
		break;
	default: {
		enum kind kind = (enum kind)below(KINDS);
		note("%s", kind_name[kind]);
		close_kind(kind);
	}
	}
}
