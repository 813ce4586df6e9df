/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a Sigma rule asks of an activity. */
#ifndef AUSPEX_DETECT_SIGNATURE_PRIV_H
#define AUSPEX_DETECT_SIGNATURE_PRIV_H

#include "base/arena.h"
#include "sigma/sigma.h"
#include "state/activity.h"

enum signature_field {
#define FIELD(NAME, ...) FIELD_##NAME,
#include "detect/signature_fields.def"
#undef FIELD
	FIELD_KEYWORDS, /* rules without a field's name */
	FIELD_RECORD,   /* a key of the records, by its name */
	FIELD_MAX
};

enum { LIMIT_SUBJECT_VALUES = 64, LIMIT_SUBJECT_ANCESTORS = 32 };

/* The values of one field, once somebody has asked for them. */
struct subject_values {
	bool known;
	size_t count;
	struct sigma_value first;
	struct sigma_value *more; /* all, if there are several; in the subject's arena */
};

/* One activity, as rules of one source see it. */
struct subject {
	struct arena arena;
	const struct activity *act;
	const char *target; /* the file it is about; NULL: none */
	const char *mode;   /* of a chmod; or NULL */
	struct subject_values fields[FIELD_MAX];
};

/* A sigma_resolve_fn. */
int subject_resolve(enum sigma_source source, struct slice field);
/* A sigma_field_fn; ctx: a struct subject. */
bool subject_get(void *ctx, int field, struct slice name, size_t index,
		 struct sigma_value *value);
/* A sigma_known_fn: what all events of the same shape have in common. */
bool subject_known_by_shape(void *ctx, int field, struct slice name);
/* The values of the fields are asked for anew; target, mode: borrowed. */
void subject_start(struct subject *s, const struct activity *act);

/* A file that an event did something to, as its process sees it. */
struct touched {
	enum sigma_source source;
	const char *path; /* in arena */
	const char *mode; /* in arena; NULL: no chmod */
};
enum { LIMIT_TOUCHED = 4 };
/* What the event of act did to files by name; returns how many. */
size_t touched_files(const struct activity *act, struct arena *arena,
		     struct touched out[LIMIT_TOUCHED]);

#endif
