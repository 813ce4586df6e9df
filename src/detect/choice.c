/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/choice.h"

#include "state/container.h"

struct manifest_choice choice_for_container(const struct manifest_set *set,
					    const struct container *c)
{
	struct manifest_names names = { .id = c->id,
					.name = c->name,
					.rootfs = c->rootfs };

	if (!container_is_stray(c)) {
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

	return c && c->in_files && !c->image && !c->image_digest && !c->image_id &&
	       manifest_set_has_images(set);
}

struct manifest_choice choice_of_host(const struct manifest_set *set,
				      const struct proc *proc)
{
	if (container_of(proc) || !proc->root)
		return (struct manifest_choice){ 0 };
	return manifest_set_choose(set, NULL, NULL);
}
