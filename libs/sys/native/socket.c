#include "calls.h"
#include "syscall.h"

/* linux/socket.h, asm-generic/socket.h, linux/net.h */
enum {
	AF_UNIX = 1,
	SOCK_STREAM = 1,
	SOCK_CLOEXEC = O_CLOEXEC,
	SOL_SOCKET = 1,
	SCM_RIGHTS = 1,
	MSG_CTRUNC = 0x8,
	MSG_DONTWAIT = 0x40,
	MSG_CMSG_CLOEXEC = 0x40000000,
};

struct msghdr {
	void *name;
	u64 name_bytes;
	struct iovec *vector;
	u64 vectors;
	void *control;
	u64 control_bytes;
	u64 flags;
};

struct cmsghdr {
	u64 bytes;
	s32 level;
	s32 type;
};

/* SCM_MAX_FD of net/scm.h: a message carries no more, so none is dropped unseen. */
enum { DESCRIPTORS_MAX = 253 };

struct rights {
	struct cmsghdr header;
	s32 descriptor[DESCRIPTORS_MAX];
};

s64 call_socketpair(struct call *call)
{
	s32 pair[2];
	void *at = target(call, 0, sizeof(pair));

	if (call->error)
		return call->error;

	long result = SYSCALL(NR_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);

	if (result >= 0)
		__builtin_memcpy(at, pair, sizeof(pair));
	return result;
}

/* How many descriptors came: none unless the control data is one message of whole descriptors. */
static u64 received(const struct msghdr *message, const struct rights *rights)
{
	const struct cmsghdr *header = &rights->header;

	if (message->control_bytes < sizeof(*header) || header->level != SOL_SOCKET || header->type != SCM_RIGHTS)
		return 0;
	if (header->bytes < sizeof(*header) || header->bytes > sizeof(*rights))
		return 0;
	return (header->bytes - sizeof(*header)) / sizeof(s32);
}

s64 call_receive_descriptor(struct call *call)
{
	int fd = descriptor(call, 0);
	u8 byte;
	struct iovec vector = { &byte, sizeof(byte) };
	struct rights rights;
	struct msghdr message = {
		.vector = &vector,
		.vectors = 1,
		.control = &rights,
		.control_bytes = sizeof(rights),
	};

	if (call->error)
		return call->error;

	long bytes = SYSCALL(NR_recvmsg, fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (bytes < 0)
		return bytes;

	u64 count = received(&message, &rights);

	if (bytes == 1 && count == 1 && !((u32)message.flags & MSG_CTRUNC))
		return rights.descriptor[0];
	for (u64 i = 0; i < count; i++)
		SYSCALL(NR_close, rights.descriptor[i]);
	return bytes == 0 ? -ENODATA : -EBADMSG;
}
