/* SPDX-License-Identifier: GPL-2.0-only */
/* A test double of the Android passthrough dialects: see README.md. */
#ifndef _FS_FUSE_TEST_PASSTHROUGH_H
#define _FS_FUSE_TEST_PASSTHROUGH_H

#include <linux/idr.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct file;
struct cred;
struct kiocb;
struct iov_iter;
struct vm_area_struct;
struct fuse_args;
struct fuse_conn;
struct fuse_dev;
struct fuse_file;
struct fuse_init_in;
struct fuse_mount;
struct fuse_open_out;

/* What distinguishes one generation of kernels from the others. */
struct fuse_dialect {
	const char *name;
	/* The INIT bit, of flags and flags2 as one word. */
	u64 bit;
	/* Protocol minor that such kernels speak: it bounds the other bits and the length of INIT. */
	u32 minor;
	unsigned int ioctl;
	/* The depth of the lower file system is checked by the ioctl; else when the file is opened. */
	bool depth_at_ioctl;
	/* mmap goes to the lower file. */
	bool maps;
	/* O_APPEND, O_SYNC and the like of the app's open file hold for the lower file. */
	bool keeps_flags;
	/* mtime and ctime follow a write. */
	bool keeps_times;
	/* An open with FOPEN_DIRECT_IO passes through as well. */
	bool beats_direct_io;
};

/* Chosen by the module's parameter. */
extern const struct fuse_dialect *fuse_dialect;

/* A registered lower file, and who registered it. */
struct fuse_lower {
	struct file *file;
	const struct cred *cred;
};

/* What a connection keeps. */
struct fuse_lower_table {
	bool negotiated;
	spinlock_t lock;
	struct idr ids;
};

void fuse_lower_table_init(struct fuse_lower_table *table);
void fuse_lower_table_destroy(struct fuse_lower_table *table);

/* INIT: what is offered, with the length of the request, and what was accepted. */
size_t fuse_lower_offer(struct fuse_init_in *in);
void fuse_lower_accept(struct fuse_mount *fm, u64 flags);

/* The ioctls of /dev/fuse; -ENOTTY for any other. */
long fuse_lower_ioctl(struct fuse_dev *fud, unsigned int cmd, unsigned long arg);

/* Called with fud's queue locked: hangs the lower file on a request in flight. */
int fuse_lower_hang_on(struct fuse_dev *fud, u64 unique, struct fuse_lower *lower);

/* After the reply to OPEN or CREATE, whatever it was: takes or drops what was registered for it. */
void fuse_lower_open(struct fuse_file *ff, const struct fuse_open_out *out, struct fuse_lower *hung);
void fuse_lower_put(struct fuse_lower *lower);

/* Whether these calls on an open file go to the lower file. */
bool fuse_lower_maps(const struct fuse_file *ff);

ssize_t fuse_lower_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t fuse_lower_write_iter(struct kiocb *iocb, struct iov_iter *from);
int fuse_lower_mmap(struct file *file, struct vm_area_struct *vma);

#endif
