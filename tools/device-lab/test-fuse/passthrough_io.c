// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test double of the Android passthrough dialects: what reads, writes and mappings of an open file become.
 * See README.md.
 */
#include "fuse_i.h"

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/uio.h>

bool fuse_lower_maps(const struct fuse_file *ff)
{
	return ff->lower.file && fuse_dialect->maps;
}

static rwf_t lower_flags(const struct kiocb *iocb)
{
	const int passed = IOCB_APPEND | IOCB_DSYNC | IOCB_HIPRI | IOCB_NOWAIT | IOCB_SYNC;

	return fuse_dialect->keeps_flags ? (__force rwf_t)(iocb->ki_flags & passed) : 0;
}

/* Asynchronous calls are carried out before they return. */
ssize_t fuse_lower_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct fuse_file *ff = iocb->ki_filp->private_data;
	const struct cred *caller;
	ssize_t done;

	if (!iov_iter_count(to))
		return 0;
	caller = override_creds(ff->lower.cred);
	done = vfs_iter_read(ff->lower.file, to, &iocb->ki_pos, lower_flags(iocb) & ~RWF_APPEND);
	revert_creds(caller);
	return done;
}

static void follow_write(struct inode *inode, const struct inode *lower)
{
	struct fuse_inode *fi = get_fuse_inode(inode);

	spin_lock(&fi->lock);
	fi->attr_version = atomic64_inc_return(&get_fuse_conn(inode)->attr_version);
	i_size_write(inode, i_size_read(lower));
	if (fuse_dialect->keeps_times) {
		inode->i_mtime = lower->i_mtime;
		inode->i_ctime = lower->i_ctime;
	}
	spin_unlock(&fi->lock);
}

ssize_t fuse_lower_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct file *file = iocb->ki_filp;
	struct fuse_file *ff = file->private_data;
	struct inode *inode = file_inode(file);
	const struct cred *caller;
	ssize_t done;

	if (!iov_iter_count(from))
		return 0;
	inode_lock(inode);
	caller = override_creds(ff->lower.cred);
	file_start_write(ff->lower.file);
	done = vfs_iter_write(ff->lower.file, from, &iocb->ki_pos, lower_flags(iocb));
	file_end_write(ff->lower.file);
	revert_creds(caller);
	if (done > 0)
		follow_write(inode, file_inode(ff->lower.file));
	inode_unlock(inode);
	return done;
}

/* The mapping is the lower file's: /proc/PID/maps shows its path. Its own open mode is not asked. */
int fuse_lower_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct fuse_file *ff = file->private_data;
	const struct cred *caller;
	int err;

	if (!ff->lower.file->f_op->mmap)
		return -ENODEV;
	vma_set_file(vma, ff->lower.file);
	caller = override_creds(ff->lower.cred);
	err = call_mmap(vma->vm_file, vma);
	revert_creds(caller);
	return err;
}
