/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/net/{tcp,tcp6,udp,udp6,unix}: sockets by their inodes. */
#ifndef AUSPEX_STATE_PROCFS_NET_H
#define AUSPEX_STATE_PROCFS_NET_H

#include "state/seed.h"

struct procfs_net;

struct procfs_net *procfs_net_new(void);
void procfs_net_free(struct procfs_net **net);
/* Fills in what the socket with fd->inode is, as pid's namespace has it. */
void procfs_net_fill(struct procfs_net *net, int64_t pid, struct seed_fd *fd);

#endif
