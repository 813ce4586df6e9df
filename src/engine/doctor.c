/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/doctor.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "audit/assemble.h"
#include "audit/source.h"

/* ---- detectors ---- */

/* Needs that no record holds; what is no need at all is there. */
static bool has_other(struct slice need, const struct doctor_view *view)
{
	if (slice_eq(need, SLICE_LIT("a manifest")))
		return view->manifest;
	return !slice_eq(need, SLICE_LIT("a list of indicators")) || view->intel;
}

/*
 * "openat, mmap with PROT_EXEC, a manifest; rename tells who wrote it", one at
 * a time: behind the ';' word by word.
 */
static bool next_need(struct slice *rest, bool extra, struct slice *need)
{
	size_t len = 0;

	while (rest->len && strchr(" ,", rest->ptr[0]))
		*rest = slice_skip(*rest, 1);
	while (len < rest->len && !strchr(extra ? " ,;" : ",;", rest->ptr[len]))
		len++;
	*need = slice_make(rest->ptr, len);
	*rest = slice_skip(*rest, len);
	return len > 0;
}

/* By all its words ("mmap with PROT_EXEC"), or by the first of them. */
static enum sense sense_of_need(struct slice need)
{
	const char *blank = memchr(need.ptr, ' ', need.len);
	enum sense sense = sense_of_word(need);

	if (sense == SENSE_MAX && blank)
		sense = sense_of_word(slice_make(need.ptr, (size_t)(blank - need.ptr)));
	return sense;
}

static bool is_listed(const struct doctor_lack *lacks, size_t n, enum sense sense)
{
	for (size_t i = 0; i < n; i++) {
		if (lacks[i].sense == sense && sense != SENSE_MAX)
			return true;
	}
	return false;
}

/* false: it is there. */
static bool is_lacking(const struct doctor_view *view, struct slice need, bool vital,
		       struct doctor_lack *lack, bool *blind)
{
	enum sense sense = sense_of_need(need);

	*lack = (struct doctor_lack){ .sense = sense, .word = need };
	*blind = vital;
	if (sense == SENSE_MAX)
		return !has_other(need, view);
	lack->part = view->senses[sense] == COVER_PART;
	*blind = vital && view->senses[sense] == COVER_NONE;
	return view->senses[sense] != COVER_FULL;
}

enum doctor_sight doctor_look(const struct detector_info *detector,
			      const struct doctor_view *view,
			      struct doctor_lack lacks[DOCTOR_LACKS_MAX], size_t *n)
{
	struct slice rest = slice_str(detector->needs), need;
	enum doctor_sight sight = SIGHT_SEES;
	bool extra = false, blind;

	for (*n = 0; *n < DOCTOR_LACKS_MAX && next_need(&rest, extra, &need);) {
		struct doctor_lack lack;

		if (is_lacking(view, need, !extra, &lack, &blind) &&
		    !is_listed(lacks, *n, lack.sense)) {
			if (blind)
				sight = SIGHT_BLIND;
			else if (sight == SIGHT_SEES)
				sight = SIGHT_PARTLY;
			lacks[(*n)++] = lack;
		}
		if (rest.len && rest.ptr[0] == ';') {
			rest = slice_skip(rest, 1);
			extra = true;
		}
	}
	return sight;
}

/* ---- logs ---- */

static void take_events(struct assembler *a, struct rules_seen *seen)
{
	const struct event *event;

	while ((event = assembler_next(a))) {
		if (event->has_syscall)
			rules_seen_take(seen, &event->syscall);
	}
}

int doctor_read_logs(const char *const *paths, size_t npaths, struct doctor_view *view,
		     struct err *err)
{
	struct rules_seen seen = { { 0 } };
	enum source_status status;
	struct assembler *a;
	struct source *source;
	struct slice line;
	int rc = 0;

	if (source_open(paths, npaths, &source, err) != 0)
		return -1;
	a = assembler_new();
	while ((status = source_next(source, &line, err)) != SOURCE_END) {
		if (status == SOURCE_ERROR) {
			rc = -1;
			continue;
		}
		assembler_feed(a, line);
		take_events(a, &seen);
	}
	assembler_flush(a);
	take_events(a, &seen);
	if (assembler_stats(a)->records == 0 && rc == 0)
		rc = err_set(err,
			     "the log holds no audit record: nothing can be told of it");
	assembler_free(&a);
	source_close(&source);
	for (size_t i = 0; i < SENSE_MAX; i++)
		view->senses[i] = seen.senses[i] ? COVER_FULL : COVER_NONE;
	return rc;
}

/* ---- the kernel ---- */

int doctor_ask_kernel(struct doctor_view *view, uint32_t arch, struct doctor_kernel *out,
		      struct err *err)
{
	struct rules_cover cover;
	int fd = kernel_audit_open(), rc = 0;

	rules_cover_start(&cover, arch);
	if (fd < 0 || !kernel_audit_status(fd, &out->status) ||
	    !kernel_audit_rules(fd, rules_cover_take, &cover))
		rc = err_set(err,
			     "the kernel does not tell its rules (%s): run it as root, "
			     "on the host itself",
			     strerror(errno));
	if (fd >= 0)
		close(fd);
	rules_cover_end(&cover);
	out->off = cover.off;
	out->excluded = cover.excluded;
	memcpy(view->senses, cover.senses, sizeof(view->senses));
	return rc;
}
