/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/program.h"

#include <string.h>

#include "base/compiler.h"
#include "detect/honest.h"
#include "detect/shell_kind.h"

/* A trailing version makes no difference: gcc-12, python3.11. */
static const struct {
	const char *name;
	unsigned work;
} programs[] = {
	{ "curl", WORK_FETCH },
	{ "wget", WORK_FETCH },
	{ "aria2c", WORK_FETCH },
	{ "axel", WORK_FETCH },
	{ "fetch", WORK_FETCH },
	{ "ftp", WORK_FETCH },
	{ "lftp", WORK_FETCH },
	{ "ncftpget", WORK_FETCH },
	{ "ftpget", WORK_FETCH },
	{ "tftp", WORK_FETCH },
	{ "atftp", WORK_FETCH },
	{ "scp", WORK_FETCH },
	{ "sftp", WORK_FETCH },
	{ "rsync", WORK_FETCH },
	{ "nc", WORK_FETCH },
	{ "ncat", WORK_FETCH },
	{ "netcat", WORK_FETCH },
	{ "nc.openbsd", WORK_FETCH },
	{ "nc.traditional", WORK_FETCH },
	{ "socat", WORK_FETCH },
	{ "telnet", WORK_FETCH },
	{ "apt-helper", WORK_FETCH },
	{ "lwp-request", WORK_FETCH },
	{ "lwp-download", WORK_FETCH },
	{ "GET", WORK_FETCH },
	{ "http", WORK_FETCH },
	{ "smbclient", WORK_FETCH },
	{ "base64", WORK_DECODE },
	{ "base32", WORK_DECODE },
	{ "basenc", WORK_DECODE },
	{ "xxd", WORK_DECODE },
	{ "uudecode", WORK_DECODE },
	{ "openssl", WORK_DECODE },
	{ "gpg", WORK_DECODE },
	{ "tar", WORK_UNPACK },
	{ "bsdtar", WORK_UNPACK },
	{ "unzip", WORK_UNPACK },
	{ "gzip", WORK_UNPACK },
	{ "gunzip", WORK_UNPACK },
	{ "bzip", WORK_UNPACK },
	{ "bunzip", WORK_UNPACK },
	{ "xz", WORK_UNPACK },
	{ "unxz", WORK_UNPACK },
	{ "zstd", WORK_UNPACK },
	{ "lz", WORK_UNPACK },
	{ "cpio", WORK_UNPACK },
	{ "ar", WORK_UNPACK },
	{ "7z", WORK_UNPACK },
	{ "7za", WORK_UNPACK },
	{ "7zz", WORK_UNPACK },
	{ "unrar", WORK_UNPACK },
	{ "dpkg-deb", WORK_UNPACK },
	{ "rpm2cpio", WORK_UNPACK },
	{ "ld", WORK_COMPILE },
	{ "ld.bfd", WORK_COMPILE },
	{ "ld.gold", WORK_COMPILE },
	{ "ld.lld", WORK_COMPILE },
	{ "ld.mold", WORK_COMPILE },
	{ "lld", WORK_COMPILE },
	{ "mold", WORK_COMPILE },
	{ "collect", WORK_COMPILE },
	{ "as", WORK_COMPILE },
	{ "cc", WORK_COMPILE },
	{ "gcc", WORK_COMPILE },
	{ "g++", WORK_COMPILE },
	{ "c++", WORK_COMPILE },
	{ "clang", WORK_COMPILE },
	{ "clang++", WORK_COMPILE },
	{ "tcc", WORK_COMPILE },
	{ "rustc", WORK_COMPILE },
	{ "link", WORK_COMPILE },
	{ "ghc", WORK_COMPILE },
	{ "nasm", WORK_COMPILE },
	{ "dpkg", WORK_PACKAGE },
	{ "rpm", WORK_PACKAGE },
	{ "apk", WORK_PACKAGE },
	{ "pacman", WORK_PACKAGE },
	{ "dnf", WORK_PACKAGE },
	{ "yum", WORK_PACKAGE },
	{ "microdnf", WORK_PACKAGE },
	{ "tdnf", WORK_PACKAGE },
	{ "zypper", WORK_PACKAGE },
	{ "packagekitd", WORK_PACKAGE },
	{ "pip", WORK_PACKAGE_OTHER },
	{ "pipx", WORK_PACKAGE_OTHER },
	{ "ensurepip", WORK_PACKAGE_OTHER },
	{ "venv", WORK_PACKAGE_OTHER },
	{ "virtualenv", WORK_PACKAGE_OTHER },
	{ "uv", WORK_PACKAGE_OTHER },
	{ "poetry", WORK_PACKAGE_OTHER },
	{ "conda", WORK_PACKAGE_OTHER },
	{ "mamba", WORK_PACKAGE_OTHER },
	{ "npm", WORK_PACKAGE_OTHER },
	{ "npx", WORK_PACKAGE_OTHER },
	{ "npm-cli.js", WORK_PACKAGE_OTHER },
	{ "npx-cli.js", WORK_PACKAGE_OTHER },
	{ "corepack", WORK_PACKAGE_OTHER },
	{ "yarn", WORK_PACKAGE_OTHER },
	{ "yarn.js", WORK_PACKAGE_OTHER },
	{ "pnpm", WORK_PACKAGE_OTHER },
	{ "gem", WORK_PACKAGE_OTHER },
	{ "bundle", WORK_PACKAGE_OTHER },
	{ "bundler", WORK_PACKAGE_OTHER },
	{ "cargo", WORK_PACKAGE_OTHER },
	{ "cpan", WORK_PACKAGE_OTHER },
	{ "composer", WORK_PACKAGE_OTHER },
	{ "composer.phar", WORK_PACKAGE_OTHER },
	{ "podman", WORK_IMAGE },
	{ "buildah", WORK_IMAGE },
	{ "dockerd", WORK_IMAGE },
	{ "containerd", WORK_IMAGE },
	{ "crio", WORK_IMAGE },
	{ "umoci", WORK_IMAGE },
	{ "skopeo", WORK_IMAGE },
};

/* "x86_64-linux-gnu-ld.bfd": what stands before the tool is its target. */
static struct slice without_target(struct slice name)
{
	static const char mark[] = "-gnu-";
	const char *at =
		name.len ? memmem(name.ptr, name.len, mark, sizeof(mark) - 1) : NULL;

	return at ? slice_skip(name, (size_t)(at - name.ptr) + sizeof(mark) - 1) : name;
}

struct slice program_name(const struct image *image)
{
	const char *script = image_script(image);
	struct slice name = slice_basename(slice_str(script ? script : image->exe));

	if (slice_eq_str(name, "busybox") && image->argc) {
		name = slice_basename(slice_str(image->argv[0]));
		if (slice_eq_str(name, "busybox") && image->argc > 1)
			name = slice_basename(slice_str(image->argv[1]));
	}
	if (name.len == 0)
		name = slice_str(image->comm);
	return without_target(name);
}

static bool is_version(struct slice rest)
{
	for (size_t i = 0; i < rest.len; i++) {
		char c = rest.ptr[i];

		if ((c < '0' || c > '9') && c != '.' && c != '-')
			return false;
	}
	return true;
}

static unsigned work_of(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		struct slice want = slice_str(programs[i].name);

		if (slice_starts(name, want) && is_version(slice_skip(name, want.len)))
			return programs[i].work;
	}
	return 0;
}

/* "env node /usr/bin/npm", "python3 -m pip": what the interpreter was told to run. */
static struct slice told_to_run(const struct image *image)
{
	enum shell_kind kind = shell_kind(image);
	const char *text;

	if (kind != SHELL_INTERPRETER || shell_input(image, kind) != SHELL_SCRIPT)
		return slice_str(NULL);
	text = shell_argument(image, kind);
	return slice_basename(slice_str(text));
}

unsigned program_work(const struct image *image)
{
	unsigned work = work_of(program_name(image));

	return work || image_script(image) ? work : work_of(told_to_run(image));
}

static bool is_system(const struct image *image, unsigned work)
{
	const char *script = image_script(image);

	return program_work(image) & work && !image->deleted &&
	       honest_place(image->exe) && (!script || honest_place(script));
}

bool program_is_packager(const struct image *image)
{
	return is_system(image, WORK_PACKAGE);
}

bool program_is_engine(const struct image *image)
{
	return is_system(image, WORK_IMAGE);
}

/* ---- addresses ---- */

enum { ADDRESS_MAX = 1024 };

static bool ends_address(char c)
{
	return (unsigned char)c <= ' ' || strchr("\"'<>()`|;", c);
}

/* "https://host/path" somewhere in arg. */
static struct slice url_in(const char *arg)
{
	static const char *const schemes[] = { "http://", "https://", "ftp://", "tftp://",
					       "sftp://" };
	struct slice found = { NULL, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(schemes) && !found.ptr; i++)
		found.ptr = strstr(arg, schemes[i]);
	if (!found.ptr)
		return found;
	while (found.len < ADDRESS_MAX && found.ptr[found.len] &&
	       !ends_address(found.ptr[found.len]))
		found.len++;
	return found;
}

/* "user@host:path", as scp and rsync take it. */
static struct slice remote_file(const char *arg)
{
	const char *colon = strchr(arg, ':');
	const char *slash = strchr(arg, '/');

	if (arg[0] == '-' || !colon || colon == arg || (slash && slash < colon))
		return slice_make(NULL, 0);
	return slice_make(arg, strnlen(arg, ADDRESS_MAX));
}

struct slice program_address(const struct image *image)
{
	static const char *const copiers[] = { "scp", "sftp", "rsync" };
	struct slice found = { NULL, 0 }, name = program_name(image);
	bool copies = false;

	for (uint32_t i = 1; i < image->argc && !found.len; i++)
		found = url_in(image->argv[i]);
	for (size_t i = 0; i < ARRAY_SIZE(copiers); i++)
		copies |= slice_eq_str(name, copiers[i]);
	for (uint32_t i = 1; copies && i < image->argc && !found.len; i++)
		found = remote_file(image->argv[i]);
	return found;
}
