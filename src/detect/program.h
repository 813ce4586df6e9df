/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kind of work a program does, as far as that matters to a file it wrote. */
#ifndef AUSPEX_DETECT_PROGRAM_H
#define AUSPEX_DETECT_PROGRAM_H

#include "state/proc.h"

enum program_work {
	WORK_FETCH = 1 << 0,         /* takes files from elsewhere: curl, scp */
	WORK_DECODE = 1 << 1,        /* base64, xxd, openssl enc */
	WORK_UNPACK = 1 << 2,        /* tar, unzip */
	WORK_COMPILE = 1 << 3,       /* ld, gcc, rustc */
	WORK_PACKAGE = 1 << 4,       /* dpkg, rpm: the system's packages */
	WORK_PACKAGE_OTHER = 1 << 5, /* pip, npm: packages of a language */
	WORK_IMAGE = 1 << 6,         /* podman, containerd: the images of containers */
};

/*
 * The program's name: of a script the script's, of busybox the applet's,
 * without a compiler's target before it. Borrowed from image.
 */
struct slice program_name(const struct image *image);
/* Set of enum program_work. */
unsigned program_work(const struct image *image);
/* Does it install the system's packages, from where only root could have put it? */
bool program_is_packager(const struct image *image);
/* Does it unpack the images of containers, likewise? */
bool program_is_engine(const struct image *image);
/* "https://..." or "user@host:path" among the arguments, or an empty slice. */
struct slice program_address(const struct image *image);

#endif
