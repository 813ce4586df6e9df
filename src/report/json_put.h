/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of JSON objects, put only where they are known: a key whose value
 * is not known is absent. Strings are escaped (base/escape.h) first, so that
 * bytes that are no UTF-8 come through.
 */
#ifndef AUSPEX_REPORT_JSON_PUT_H
#define AUSPEX_REPORT_JSON_PUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "finding/finding.h"

/* Takes value; NULL adds nothing. */
void json_put(json_t *object, const char *key, json_t *value);
json_t *json_escaped(const char *str);
/* NULL and "" add nothing. */
void json_put_text(json_t *object, const char *key, const char *str);
void json_put_number(json_t *object, const char *key, bool known, int64_t value);
/* ISO 8601; 0 adds nothing. */
void json_put_stamp(json_t *object, const char *key, stamp_ms ms);
/* Takes value; an empty object or array is dropped. */
void json_put_object(json_t *object, const char *key, json_t *value);
/* "argv", and "argc" where it is more than what was kept. */
void json_put_argv(json_t *object, const struct finding_process *p);
/* What went on in a shell: times and commands. */
json_t *json_session(const struct finding_session *session);
/* argv with blanks between, in a new string; NULL: not known. */
json_t *json_command_line(const struct finding_process *p);

#endif
