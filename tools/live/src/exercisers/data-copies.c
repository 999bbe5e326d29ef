/* Operations by which the kernel moves the file's bytes without a buffer of ours. */
#define _GNU_SOURCE
#include "data-descriptors.h"
#include "data-model.h"
#include "data-operations.h"
#include "drawing.h"
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

void do_copy(void)
{
	struct range from = range_within(), to = any_range();
	if (from.length > model_limit - to.at) from.length = model_limit - to.at;
	// Ranges of one file must not overlap.
	int64_t apart = from.at > to.at ? from.at - to.at : to.at - from.at;
	if (from.length > apart) from.length = apart;
	note("0x%" PRIx64 "+0x%" PRIx64 " to 0x%" PRIx64, from.at, from.length, to.at);
	if (from.length <= 0) return;
	int64_t in = from.at, out = to.at;
	int source = any_reading(), target = any_writing();
	ssize_t copied = copy_file_range(source, &in, target, &out, (size_t)from.length, 0);
	if (copied < 0) fail_call("copy_file_range");
	// It may copy less than asked for, but not nothing.
	if (copied == 0 || copied > from.length) fail("copy_file_range copied %zd of %" PRId64 " bytes", copied, from.length);
	if (in != from.at + copied || out != to.at + copied) fail("copy_file_range moved its offsets wrongly");
	model_write(to.at, model + from.at, copied);
	look(to.at, copied);
}

void do_sendfile(void)
{
	static int memory = -1;
	if (memory < 0 && (memory = memfd_create("sent", MFD_CLOEXEC)) < 0) fail_call("memfd_create");
	struct range range = range_within();
	note("0x%" PRIx64 "+0x%" PRIx64, range.at, range.length);
	if (range.length == 0) return;
	int fd = any_reading();
	int64_t from = range.at;
	if (lseek(memory, 0, SEEK_SET) != 0) fail_call("lseek of a memfd");
	ssize_t sent = sendfile(memory, fd, &from, (size_t)range.length);
	if (sent < 0) fail_call("sendfile");
	if (sent == 0 || from != range.at + sent) fail("sendfile sent %zd bytes and is at 0x%" PRIx64, sent, from);
	if (pread(memory, buffer, (size_t)sent, 0) != sent) fail_call("pread of a memfd");
	model_compare("sendfile", range.at, buffer, sent);
}

static int *new_pipe(void)
{
	static int ends[2];
	if (ends[1] == 0 && pipe2(ends, O_CLOEXEC) != 0) fail_call("pipe2");
	return ends;
}

void do_splice_in(void)
{
	int *pipe = new_pipe();
	struct range range = range_within();
	note("0x%" PRIx64 "+0x%" PRIx64, range.at, range.length);
	int fd = any_reading();
	for (int64_t left = range.length, at = range.at; left > 0;) {
		int64_t from = at;
		ssize_t got = splice(fd, &from, pipe[1], NULL, (size_t)left, 0);
		if (got < 0) fail_call("splice from the file");
		if (got == 0 || from != at + got) fail("splice gave %zd bytes and is at 0x%" PRIx64, got, from);
		for (ssize_t taken = 0; taken < got;) {
			ssize_t part = read(pipe[0], buffer + taken, (size_t)(got - taken));
			if (part <= 0) fail_call("read of a pipe");
			taken += part;
		}
		model_compare("splice", at, buffer, got);
		at += got;
		left -= got;
	}
}

void do_splice_out(void)
{
	int *pipe = new_pipe();
	struct range range = any_range();
	// What fits into a pipe whose pages are not full.
	if (range.length > 8 * PAGE) range.length = 8 * PAGE;
	note("0x%" PRIx64 "+0x%" PRIx64, range.at, range.length);
	draw_bytes(range.at, range.length);
	if (write(pipe[1], buffer, (size_t)range.length) != range.length) fail_call("write to a pipe");
	int fd = any_writing();
	int64_t to = range.at;
	for (int64_t left = range.length; left > 0;) {
		ssize_t put = splice(pipe[0], NULL, fd, &to, (size_t)left, 0);
		if (put <= 0) fail_call("splice into the file");
		left -= put;
	}
	model_write(range.at, buffer, range.length);
	if (to != range.at + range.length) fail("splice into the file is at 0x%" PRIx64, to);
	look(range.at, range.length);
}
