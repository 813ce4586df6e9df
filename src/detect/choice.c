/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/choice.h"

#include <ctype.h>
#include <string.h>

#include "state/container.h"

/*
 * podman names a pod's own container "<12 digits of the pod>-infra"
 * (libpod/runtime_pod_infra_linux.go). It starts it in the same process as the
 * pod's others, for whose image the records take it as well.
 */
static bool is_infra(const struct container *c)
{
	enum { SHORT_ID = 12 };

	for (size_t i = 0; c->name && i < SHORT_ID; i++) {
		if (!isxdigit((unsigned char)c->name[i]))
			return false;
	}
	return c->name && strcmp(c->name + SHORT_ID, "-infra") == 0;
}

struct manifest_choice choice_for_container(const struct manifest_set *set,
					    const struct container *c)
{
	struct manifest_names names = { .id = c->id,
					.name = c->name,
					.rootfs = c->rootfs };

	if (!container_is_stray(c) && (c->in_files || !is_infra(c))) {
		names.image = c->image;
		names.digest = c->image_digest;
		names.image_id = c->image_id;
	}
	return manifest_set_choose(set, NULL, &names);
}

struct manifest_choice choice_for(const struct manifest_set *set, const struct proc *proc)
{
	const struct container *c = container_of(proc);

	return c ? choice_for_container(set, c)
		 : manifest_set_choose(set, proc->root, NULL);
}

bool choice_by_history(const struct manifest_set *set, const struct proc *proc)
{
	const struct container *c = container_of(proc);

	return c && (c->in_files || c->renewed) && !c->image && !c->image_digest &&
	       !c->image_id && manifest_set_has_images(set);
}

struct manifest_choice choice_of_host(const struct manifest_set *set,
				      const struct proc *proc)
{
	if (container_of(proc) || !proc->root)
		return (struct manifest_choice){ 0 };
	return manifest_set_choose(set, NULL, NULL);
}
