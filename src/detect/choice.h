/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which manifest a process is judged. */
#ifndef AUSPEX_DETECT_CHOICE_H
#define AUSPEX_DETECT_CHOICE_H

#include "manifest/set.h"
#include "state/proc.h"

/*
 * That of its container's image, of its root directory, or of the host. None
 * where nothing is known of the container's image, and where the container
 * itself is not known.
 */
struct manifest_choice choice_for(const struct manifest_set *set,
				  const struct proc *proc);
/*
 * The host's, for a process in another root of which no manifest speaks and
 * that is in no container: a jail that was made in a folder of the host.
 */
struct manifest_choice choice_of_host(const struct manifest_set *set,
				      const struct proc *proc);
/*
 * The same as the first for a container. Where runtimes' files were given, they alone are
 * believed about images: a container that they do not know is judged by what
 * was given for it by name or id, or for all.
 */
struct manifest_choice choice_for_container(const struct manifest_set *set,
					    const struct container *c);

/*
 * Must the process's container be judged by what the log saw of its files?
 * The runtimes' files know it, but no image (lxc has none), or only one that
 * had its id before.
 */
bool choice_by_history(const struct manifest_set *set, const struct proc *proc);

#endif
