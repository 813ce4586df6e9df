/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex intel match: what is in the database already, held against lists. */
#include <stdio.h>

#include "base/map.h"
#include "cmd/cmd.h"
#include "cmd/cmd_intel.h"
#include "cmd/complain.h"
#include "cmd/database.h"
#include "engine/lookback.h"
#include "report/report.h"

struct matching {
	struct store *store;
	struct config config;
	struct intel_set *intel;
	struct manifest_set *manifests;
	struct map *uids; /* of what was found; the value is only a mark */
	bool keeps;       /* findings go to the store */
	struct report report;
};

static int take(void *ctx, struct finding *f, struct err *err)
{
	struct matching *m = ctx;
	const struct exception *exception = config_exception(&m->config, f);
	int rc = 0;

	if (exception)
		f->suppressed =
			arena_printf(&f->arena, "exception: %s", exception->reason);
	if (m->keeps)
		rc = store_put_finding(m->store, f, err);
	if (!map_put(m->uids, slice_str(f->uid), m) && !m->keeps && !exception)
		report_finding(&m->report, 0, f);
	finding_free(&f);
	return rc;
}

/* Those of this run, as the store has them now. */
static int print_stored(struct matching *m, struct err *err)
{
	struct finding_filter all = { 0 };
	struct finding_cursor *cursor;
	struct finding *f;
	int64_t id;
	int rc;

	if (store_findings(m->store, &all, &cursor, err) != 0)
		return -1;
	while ((rc = finding_cursor_next(cursor, &f, &id, err)) > 0) {
		if (map_get(m->uids, slice_str(f->uid)))
			report_finding(&m->report, id, f);
		finding_free(&f);
	}
	finding_cursor_close(&cursor);
	return rc;
}

static int look_back(struct matching *m, struct lookback_counts *counts, struct err *err)
{
	if (m->keeps && store_begin(m->store, err) != 0)
		return -1;
	if (lookback_run(m->store, m->intel, take, m, counts, err) != 0)
		return -1;
	if (m->keeps && (store_commit(m->store, err) != 0 || print_stored(m, err) != 0))
		return -1;
	return 0;
}

static int run(struct matching *m, const struct intel_args *args)
{
	struct lookback_counts counts = { 0 };
	struct report_options look;
	struct err err;
	int rc;

	report_options_for(stdout, &look);
	report_begin(&m->report, report_format_find("table"), stdout, &look);
	rc = look_back(m, &counts, &err);
	if (rc == 0)
		rc = report_end(&m->report, &err);
	if (rc != 0) {
		complain("%s", err.msg);
		return STATUS_DATABASE;
	}
	if (intel_set_problem(m->intel)) {
		complain("%s", intel_set_problem(m->intel));
		return STATUS_INPUT;
	}
	if (!args->quiet)
		fprintf(stderr,
			"auspex: %llu files, %llu connections and %llu command lines looked "
			"up: %zu findings\n",
			(unsigned long long)counts.contents,
			(unsigned long long)counts.connections,
			(unsigned long long)counts.commands, map_count(m->uids));
	return map_count(m->uids) ? STATUS_FOUND : STATUS_OK;
}

static int load(struct matching *m, const struct intel_args *args)
{
	const struct config_list none = { NULL, 0 };
	const char *path = intel_path(args->intel);
	struct err err = { "" };
	int rc = 0;

	if (args->config)
		rc = config_load(&m->config, args->config, &err);
	for (size_t i = 0; i < args->nmanifests && rc == 0; i++)
		rc = manifest_set_add(m->manifests, args->manifests[i], &err);
	if (rc != 0) {
		complain("%s", err.msg);
		return -1;
	}
	if (args->config && m->config.intel.count && !args->intel)
		return intel_load(m->intel, &m->config.intel, NULL, 0);
	return intel_load(m->intel, &none, &path, 1);
}

static int open_store(struct matching *m, const struct intel_args *args)
{
	const char *path = database_path(args->database);
	struct err err;

	m->keeps = !args->only_print;
	if (store_open(path, STORE_READ, &m->store, &err) == 0 && m->keeps) {
		/* It is there and ours: only then it may be written to. */
		store_close(&m->store);
		if (store_open(path, STORE_WRITE, &m->store, &err) == 0)
			return 0;
		complain("%s", err.msg);
		complain(
			"intel match: --only-print stores nothing and needs only to read");
		return -1;
	}
	if (m->store)
		return 0;
	complain("%s", err.msg);
	return -1;
}

static void tell(const char *msg)
{
	complain("%s", msg);
}

int intel_run_match(void *ctx)
{
	const struct intel_args *args = ctx;
	struct matching m = { .uids = map_new(),
			      .intel = intel_set_new(),
			      .manifests = manifest_set_new() };
	int status;

	config_init(&m.config);
	if (load(&m, args) != 0) {
		status = STATUS_USAGE;
	} else if (open_store(&m, args) != 0) {
		status = STATUS_DATABASE;
	} else {
		intel_tell_built_in(m.intel, m.manifests, tell);
		status = run(&m, args);
	}
	store_close(&m.store);
	map_free(&m.uids);
	intel_set_free(&m.intel);
	manifest_set_free(&m.manifests);
	config_fini(&m.config);
	return status;
}
