// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test double of the Android passthrough dialects in a real kernel's FUSE: see README.md.
 *
 * One module parameter chooses the dialect. What the dialects share is written once; where they differ, the
 * difference is a field of struct fuse_dialect, so that the table below can be held against the observed behaviour.
 */
#include "fuse_i.h"

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>

/* struct {u32 fd; u32 len; void *vec}: the two earlier generations; len and vec must be 0. */
struct lower_vector {
	u32 fd;
	u32 len;
	u64 vec;
};

/* struct {u64 unique; u32 fd; u32 len; void *vec}: the earliest. */
struct lower_of_request {
	u64 unique;
	u32 fd;
	u32 len;
	u64 vec;
};

#define IOC_V2     _IOW(FUSE_DEV_IOC_MAGIC, 126, u32)
#define IOC_V1     _IOW(FUSE_DEV_IOC_MAGIC, 127, struct lower_vector)
#define IOC_V0     _IOW(FUSE_DEV_IOC_MAGIC, 1, struct lower_vector)
#define IOC_UNIQUE _IOW(FUSE_DEV_IOC_MAGIC, 1, struct lower_of_request)

static const struct fuse_dialect dialects[] = {
	{ .name = "none" },
	{ .name = "v2", .bit = 1ULL << 31, .minor = 32, .ioctl = IOC_V2, .depth_at_ioctl = true,
	  .maps = true, .keeps_flags = true, .keeps_times = true, .beats_direct_io = true },
	{ .name = "v2-flags2", .bit = 1ULL << 63, .minor = 37, .ioctl = IOC_V2, .depth_at_ioctl = true,
	  .maps = true, .keeps_flags = true, .keeps_times = true, .beats_direct_io = true },
	{ .name = "v1", .bit = 1ULL << 31, .minor = 27, .ioctl = IOC_V1, .depth_at_ioctl = true,
	  .maps = true, .keeps_flags = true, .beats_direct_io = true },
	{ .name = "v0", .bit = 1ULL << 31, .minor = 26, .ioctl = IOC_V0 },
	{ .name = "unique", .bit = 1ULL << 27, .minor = 27, .ioctl = IOC_UNIQUE, .depth_at_ioctl = true },
};

const struct fuse_dialect *fuse_dialect = &dialects[1];

static int set_dialect(const char *value, const struct kernel_param *param)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dialects); i++) {
		if (sysfs_streq(value, dialects[i].name)) {
			fuse_dialect = &dialects[i];
			return 0;
		}
	}
	return -EINVAL;
}

static int get_dialect(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%s\n", fuse_dialect->name);
}

static const struct kernel_param_ops dialect_ops = { .set = set_dialect, .get = get_dialect };
module_param_cb(passthrough, &dialect_ops, NULL, 0444);
MODULE_PARM_DESC(passthrough, "dialect: none, v2 (default), v2-flags2, v1, v0, unique");

void fuse_lower_table_init(struct fuse_lower_table *table)
{
	spin_lock_init(&table->lock);
	idr_init(&table->ids);
}

void fuse_lower_put(struct fuse_lower *lower)
{
	if (lower->file)
		fput(lower->file);
	if (lower->cred)
		put_cred(lower->cred);
	memset(lower, 0, sizeof(*lower));
}

void fuse_lower_table_destroy(struct fuse_lower_table *table)
{
	struct fuse_lower *lower;
	int id;

	idr_for_each_entry(&table->ids, lower, id) {
		fuse_lower_put(lower);
		kfree(lower);
	}
	idr_destroy(&table->ids);
}

/* The highest INIT bit that a kernel of protocol 7.minor knows. */
static int last_bit(u32 minor)
{
	return minor >= 36 ? 63 : minor >= 32 ? 27 : minor >= 27 ? 21 : 20;
}

size_t fuse_lower_offer(struct fuse_init_in *in)
{
	u64 flags = in->flags | (u64)in->flags2 << 32;

	if (!fuse_dialect->bit)
		return sizeof(*in);
	in->minor = fuse_dialect->minor;
	flags &= GENMASK_ULL(last_bit(fuse_dialect->minor), 0);
	flags |= fuse_dialect->bit;
	in->flags = flags;
	in->flags2 = flags >> 32;
	/* Up to 7.35 the request ends after flags. */
	return fuse_dialect->minor >= 36 ? sizeof(*in) : offsetof(struct fuse_init_in, flags2);
}

void fuse_lower_accept(struct fuse_mount *fm, u64 flags)
{
	if (!(flags & fuse_dialect->bit))
		return;
	fm->fc->lower.negotiated = true;
	/* Nothing is stacked on this mount any more, and no file of it is a lower file. */
	fm->sb->s_stack_depth = FILESYSTEM_MAX_STACK_DEPTH;
}

static bool too_deep(const struct file *file)
{
	return file_inode(file)->i_sb->s_stack_depth >= FILESYSTEM_MAX_STACK_DEPTH;
}

static int take_lower(u32 fd, struct fuse_lower *lower)
{
	bool by_request = fuse_dialect->ioctl == IOC_UNIQUE;
	struct file *file = fget(fd);
	int err;

	if (!file)
		return by_request ? -EINVAL : -EBADF;
	err = by_request ? -EINVAL : -EBADF;
	if (!file->f_op->read_iter || !file->f_op->write_iter)
		goto refused;
	err = by_request ? -EEXIST : -EINVAL;
	if (fuse_dialect->depth_at_ioctl && too_deep(file))
		goto refused;
	err = -ENOMEM;
	lower->cred = prepare_creds();
	if (!lower->cred)
		goto refused;
	lower->file = file;
	return 0;
refused:
	fput(file);
	return err;
}

static int give_id(struct fuse_lower_table *table, u32 fd)
{
	struct fuse_lower *lower = kzalloc(sizeof(*lower), GFP_KERNEL);
	int id;

	if (!lower)
		return -ENOMEM;
	id = take_lower(fd, lower);
	if (id < 0)
		goto failed;
	idr_preload(GFP_KERNEL);
	spin_lock(&table->lock);
	/* The lowest that is free, never 0. */
	id = idr_alloc(&table->ids, lower, 1, 0, GFP_ATOMIC);
	spin_unlock(&table->lock);
	idr_preload_end();
	if (id > 0)
		return id;
failed:
	fuse_lower_put(lower);
	kfree(lower);
	return id;
}

static int give_request(struct fuse_dev *fud, const struct lower_of_request *in)
{
	struct fuse_lower lower = {};
	int err = take_lower(in->fd, &lower);

	if (err)
		return err;
	spin_lock(&fud->pq.lock);
	err = fuse_lower_hang_on(fud, in->unique, &lower);
	spin_unlock(&fud->pq.lock);
	if (err)
		fuse_lower_put(&lower);
	return err;
}

long fuse_lower_ioctl(struct fuse_dev *fud, unsigned int cmd, unsigned long arg)
{
	void __user *from = (void __user *)arg;
	union {
		u32 fd;
		struct lower_vector vector;
		struct lower_of_request request;
	} in;

	if (!fuse_dialect->bit || cmd != fuse_dialect->ioctl)
		return -ENOTTY;
	if (!fud || !fud->fc->lower.negotiated)
		return -EPERM;
	if (copy_from_user(&in, from, _IOC_SIZE(cmd)))
		return -EFAULT;
	switch (cmd) {
	case IOC_V2:
		return give_id(&fud->fc->lower, in.fd);
	case IOC_UNIQUE:
		if (in.request.len || in.request.vec)
			return -EINVAL;
		return give_request(fud, &in.request);
	default:
		if (in.vector.len || in.vector.vec)
			return -EINVAL;
		return give_id(&fud->fc->lower, in.vector.fd);
	}
}

/* The registration behind an id, which ends here: an id is good for one open. */
static void take_id(struct fuse_lower_table *table, u32 id, struct fuse_lower *into)
{
	struct fuse_lower *lower;

	if ((int)id <= 0)
		return;
	spin_lock(&table->lock);
	lower = idr_remove(&table->ids, id);
	spin_unlock(&table->lock);
	if (!lower)
		return;
	*into = *lower;
	kfree(lower);
}

void fuse_lower_open(struct fuse_file *ff, const struct fuse_open_out *out, struct fuse_lower *hung)
{
	struct fuse_lower lower = *hung;

	memset(hung, 0, sizeof(*hung));
	/* The place of passthrough_fh. An id that does not exist is no error: the daemon serves the file. */
	if (ff->fm->fc->lower.negotiated && fuse_dialect->ioctl != IOC_UNIQUE)
		take_id(&ff->fm->fc->lower, out->padding, &lower);
	if (!lower.file)
		return;
	if ((!fuse_dialect->beats_direct_io && (ff->open_flags & FOPEN_DIRECT_IO)) || too_deep(lower.file))
		fuse_lower_put(&lower);
	else
		ff->lower = lower;
}
