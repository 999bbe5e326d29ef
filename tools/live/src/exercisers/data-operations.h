/*
 * The operations: each is performed on the file and on the model. Ranges are drawn; what an operation touched, it looks
 * at again in one of the ways to read.
 */
#pragma once
#include <stdint.h>

/* Kinds of operations that can be left out, one bit each. */
enum group { READS = 1, WRITES = 2, APPENDS = 4, MAPPED = 8, SIZES = 16, ALLOCATION = 32, COPIES = 64, DIRECT_IO = 128,
	SYNCS = 256, REOPENS = 512, SEEKS = 1024, SPLICES = 2048, DROPS = 4096 };

struct operation {
	const char *name;
	unsigned group;
	int weight;
	void (*perform)(void);
	int64_t performed;
};

extern struct operation operations[];
extern const int operation_count;
/* Groups that are left out. */
extern unsigned left_out;

void operations_start(void);
/* The whole file, by a descriptor and, if the lower file's name is given, there. */
void look_at_everything(const char *lower);

/* For the files that define operations. */
extern uint8_t *buffer;
struct range { int64_t at, length; };
struct range any_range(void);
/* Within the file; of length 0 if that is empty. */
struct range range_within(void);
/* Reads the range back and the size. */
void look(int64_t at, int64_t length);
/* Fills the buffer with bytes that tell the operation, none of them zero. */
void draw_bytes(int64_t at, int64_t length);

void do_splice_in(void);
void do_splice_out(void);
void do_sendfile(void);
void do_copy(void);
void do_seek(void);
void do_fallocate(void);
void do_fallocate_keep_size(void);
void do_punch(void);
void do_zero(void);
void do_truncate(void);
void do_open_truncating(void);
void do_reopen(void);
void do_sync(void);
void do_drop(void);
