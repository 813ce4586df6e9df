/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the search for state files and the readers of their formats. */
#ifndef AUSPEX_STATE_CTRFILES_PRIV_H
#define AUSPEX_STATE_CTRFILES_PRIV_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "state/ctrfiles.h"

enum { LIMIT_PLACE_STARS = 4 };

/* One file on its way through a reader. */
struct ctrfile {
	struct ctrfiles *files;
	struct slice star[LIMIT_PLACE_STARS]; /* what the place's '*' stand for */
	size_t nstars;
	struct slice text;
};

/* false: the file is not what its place says. */
typedef bool ctrfile_fn(struct ctrfile *file);

ctrfile_fn ctrread_task_config;    /* containerd: .../NS/ID/config.json */
ctrfile_fn ctrread_storage_config; /* podman, CRI-O: .../ID/userdata/config.json */
ctrfile_fn ctrread_crun_config, ctrread_crun_status;
ctrfile_fn ctrread_runc_state;
ctrfile_fn ctrread_docker;
ctrfile_fn ctrread_storage_list;   /* containers.json */
ctrfile_fn ctrread_storage_images; /* images.json */
ctrfile_fn ctrread_docker_images;  /* repositories.json */
ctrfile_fn ctrread_lxc;

/* The facts of that id, made when they are new; NULL: over the limit. */
struct ctrfacts *ctrfiles_add(struct ctrfiles *files, struct slice id);
/* The first value stays. */
void ctrfacts_set(char **field, struct slice value);
/* What is known of the image with that id ("sha256:..."). */
void ctrfiles_image(struct ctrfiles *files, struct slice image_id, struct slice name,
		    struct slice digest);

#endif
