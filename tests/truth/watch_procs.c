/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's process connector says while a command runs, as JSON
 * lines: forks (of processes, not of threads), execs and exits. Unlike a
 * tracer it does not slow down whom it watches.
 *   watch_procs OUT COMMAND...
 * Exits with the command's status; 77 where the kernel has no connector, or
 * it lost messages.
 */
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIP = 77, ROOM = 16 << 20 };

static int subscribe(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK,
				       .nl_groups = CN_IDX_PROC };
	const enum proc_cn_mcast_op op = PROC_CN_MCAST_LISTEN;
	_Alignas(struct nlmsghdr) char
		listen[NLMSG_LENGTH(sizeof(struct cn_msg) + sizeof(op))];
	struct nlmsghdr *header = (struct nlmsghdr *)(void *)listen;
	struct cn_msg *message = NLMSG_DATA(header);
	int sock = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	int room = ROOM;

	memset(listen, 0, sizeof(listen));
	header->nlmsg_len = sizeof(listen);
	header->nlmsg_type = NLMSG_DONE;
	message->id = (struct cb_id){ CN_IDX_PROC, CN_VAL_PROC };
	message->len = sizeof(op);
	memcpy(message->data, &op, sizeof(op));
	if (sock < 0 || bind(sock, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) != 0 ||
	    send(sock, listen, sizeof(listen), 0) < 0)
		return -1;
	return sock;
}

struct watch {
	FILE *out;
	pid_t child;
	pid_t marker; /* a process of our own: what comes behind it came later */
	bool done;
};

static void print(struct watch *w, const struct proc_event *event)
{
	FILE *out = w->out;

	switch (event->what) {
	case PROC_EVENT_FORK:
		if (event->event_data.fork.child_tgid == w->marker)
			w->done = true;
		if (event->event_data.fork.child_pid == event->event_data.fork.child_tgid)
			fprintf(out, "{\"what\":\"fork\",\"parent\":%d,\"pid\":%d}\n",
				event->event_data.fork.parent_tgid,
				event->event_data.fork.child_tgid);
		break;
	case PROC_EVENT_EXEC:
		fprintf(out, "{\"what\":\"exec\",\"pid\":%d}\n",
			event->event_data.exec.process_tgid);
		break;
	case PROC_EVENT_EXIT:
		if (event->event_data.exit.process_pid ==
		    event->event_data.exit.process_tgid)
			fprintf(out, "{\"what\":\"exit\",\"pid\":%d,\"code\":%u}\n",
				event->event_data.exit.process_tgid,
				event->event_data.exit.exit_code);
		break;
	default: break;
	}
}

/* false: messages were lost. */
static bool drain(int sock, struct watch *w)
{
	union {
		struct nlmsghdr header;
		char bytes[8192];
	} buf;
	ssize_t len = recv(sock, &buf, sizeof(buf), 0);

	if (len < 0)
		return errno == EINTR || errno == EAGAIN;
	for (struct nlmsghdr *h = &buf.header; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		struct cn_msg *message = NLMSG_DATA(h);
		struct proc_event event;

		if (message->len < sizeof(event))
			continue;
		memcpy(&event, message->data, sizeof(event));
		print(w, &event);
	}
	return true;
}

static pid_t leave_marker(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

/* Until the child has ended and all that came before that has been read. */
static int watch(int sock, int signals, struct watch *w)
{
	struct pollfd fds[] = { { .fd = sock, .events = POLLIN },
				{ .fd = signals, .events = POLLIN } };
	int status = 0;

	while (!w->done) {
		struct signalfd_siginfo info;

		poll(fds, 2, -1);
		if ((fds[0].revents & (POLLIN | POLLERR)) && !drain(sock, w))
			return SKIP;
		if ((fds[1].revents & POLLIN) && !w->marker &&
		    read(signals, &info, sizeof(info)) == sizeof(info) &&
		    waitpid(w->child, &status, WNOHANG) == w->child)
			w->marker = leave_marker();
	}
	waitpid(w->marker, NULL, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	int sock = subscribe(), signals, status;
	struct watch w = { .out = argc > 2 ? fopen(argv[1], "we") : NULL };
	sigset_t set;

	if (sock < 0 || !w.out) {
		fprintf(stderr, "watch_procs: no process connector\n");
		return SKIP;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	w.child = fork();
	if (w.child == 0) {
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	fprintf(w.out, "{\"what\":\"root\",\"pid\":%d}\n", w.child);
	status = watch(sock, signals, &w);
	return fclose(w.out) == 0 ? status : 1;
}
