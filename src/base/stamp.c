/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/stamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/compiler.h"
#include "base/num.h"
#include "base/slice.h"

enum { MS = 1000, EPOCH_DIGITS = 9 };
static const int64_t day_ms = 24 * 3600 * (int64_t)MS;
/* The year 9999: four digits are what readers of ISO 8601 expect. */
static const int64_t stamp_limit = 253402300800000;

/* Splits into broken-down UTC and milliseconds; false beyond four-digit years. */
static bool split(int64_t ms, struct tm *tm, int *millis)
{
	time_t seconds = (time_t)(ms / MS);

	if (ms < 0 || ms >= stamp_limit)
		return false;
	*millis = (int)(ms % MS);
	return gmtime_r(&seconds, tm) != NULL;
}

void stamp_iso(int64_t ms, char out[STAMP_MAX])
{
	struct tm tm;
	int millis;
	size_t len;

	if (!split(ms, &tm, &millis)) {
		snprintf(out, STAMP_MAX, "%lld", (long long)ms);
		return;
	}
	len = strftime(out, STAMP_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, STAMP_MAX - len, ".%03dZ", millis);
}

void stamp_short(int64_t ms, char out[STAMP_MAX])
{
	struct tm tm;
	int millis;

	if (split(ms, &tm, &millis))
		strftime(out, STAMP_MAX, "%Y-%m-%d %H:%M:%S", &tm);
	else
		snprintf(out, STAMP_MAX, "%lld", (long long)ms);
}

/* Cuts n digits off *s. */
static bool cut_digits(struct slice *s, size_t n, int *out)
{
	uint64_t value;

	if (s->len < n || !num_u64(slice_make(s->ptr, n), &value))
		return false;
	*out = (int)value;
	*s = slice_skip(*s, n);
	return true;
}

static bool cut_char(struct slice *s, const char *any)
{
	if (s->len == 0 || !strchr(any, s->ptr[0]))
		return false;
	*s = slice_skip(*s, 1);
	return true;
}

/* ".9", ".915", ".915273": to milliseconds, the rest is cut. */
static bool cut_fraction(struct slice *s, int *millis)
{
	int unit = 100;
	size_t digits = 0;

	*millis = 0;
	while (s->len > 0 && s->ptr[0] >= '0' && s->ptr[0] <= '9') {
		*millis += (s->ptr[0] - '0') * unit;
		unit /= 10;
		*s = slice_skip(*s, 1);
		digits++;
	}
	return digits > 0;
}

/* "", "Z", "+01:00", "+0100": how far the text is ahead of UTC. */
static bool cut_zone(struct slice *s, int64_t *ahead)
{
	int hours, minutes = 0;
	bool west;

	*ahead = 0;
	if (s->len == 0 || cut_char(s, "Zz"))
		return true;
	west = s->ptr[0] == '-';
	if (!cut_char(s, "+-") || !cut_digits(s, 2, &hours))
		return false;
	cut_char(s, ":");
	if (s->len > 0 && !cut_digits(s, 2, &minutes))
		return false;
	*ahead = (west ? -1 : 1) * (hours * 60 + minutes) * (int64_t)60 * MS;
	return true;
}

static bool parse_iso(struct slice s, int64_t *out)
{
	struct tm tm = { 0 }, check;
	int millis = 0;
	int64_t ahead;
	time_t seconds;

	if (!cut_digits(&s, 4, &tm.tm_year) || !cut_char(&s, "-") ||
	    !cut_digits(&s, 2, &tm.tm_mon) || !cut_char(&s, "-") ||
	    !cut_digits(&s, 2, &tm.tm_mday))
		return false;
	if (cut_char(&s, "Tt ")) {
		if (!cut_digits(&s, 2, &tm.tm_hour) || !cut_char(&s, ":") ||
		    !cut_digits(&s, 2, &tm.tm_min))
			return false;
		if (cut_char(&s, ":") && !cut_digits(&s, 2, &tm.tm_sec))
			return false;
		if (cut_char(&s, ".,") && !cut_fraction(&s, &millis))
			return false;
		if (!cut_zone(&s, &ahead))
			return false;
	} else {
		ahead = 0;
	}
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	check = tm;
	seconds = timegm(&check);
	/* timegm makes 1 March of 29 February: such a date was not meant. */
	if (s.len > 0 || check.tm_mday != tm.tm_mday || check.tm_mon != tm.tm_mon ||
	    check.tm_hour != tm.tm_hour || check.tm_min != tm.tm_min)
		return false;
	*out = (int64_t)seconds * MS + millis - ahead;
	return true;
}

static bool parse_epoch(struct slice s, int64_t *out)
{
	const char *dot = s.len ? memchr(s.ptr, '.', s.len) : NULL;
	struct slice whole = dot ? slice_make(s.ptr, (size_t)(dot - s.ptr)) : s;
	struct slice rest = slice_skip(s, whole.len + 1);
	uint64_t seconds;
	int millis = 0;

	/* "2026" is rather meant as a year than as half past midnight of 1970. */
	if (whole.len < EPOCH_DIGITS || !num_u64(whole, &seconds) ||
	    seconds >= (uint64_t)(stamp_limit / MS))
		return false;
	if (dot && (!cut_fraction(&rest, &millis) || rest.len > 0))
		return false;
	*out = (int64_t)seconds * MS + millis;
	return true;
}

/* "2 hours ago", "2 hours", "2h": so long before now. */
static bool parse_ago(struct slice s, int64_t now, int64_t *out)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {
		{ "s", 1 },     { "sec", 1 },     { "second", 1 }, { "m", 60 },
		{ "min", 60 },  { "minute", 60 }, { "h", 3600 },   { "hour", 3600 },
		{ "d", 86400 }, { "day", 86400 }, { "w", 604800 }, { "week", 604800 },
	};
	size_t digits = 0;
	uint64_t n;

	while (digits < s.len && s.ptr[digits] >= '0' && s.ptr[digits] <= '9')
		digits++;
	/* No more than nine digits, so that weeks do not overflow. */
	if (digits > 9 || !num_u64(slice_make(s.ptr, digits), &n))
		return false;
	s = slice_skip(s, digits);
	cut_char(&s, " ");
	if (slice_ends(s, SLICE_LIT(" ago")))
		s.len -= 4;
	if (s.len > 3 && s.ptr[s.len - 1] == 's')
		s.len--;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (slice_eq_str(s, units[i].name)) {
			*out = now - (int64_t)n * units[i].seconds * MS;
			return true;
		}
	}
	return false;
}

bool stamp_parse(const char *text, int64_t now, int64_t *out)
{
	int64_t today = now - now % day_ms;
	const struct {
		const char *name;
		int64_t ms;
	} words[] = {
		{ "now", now },
		{ "today", today },
		{ "yesterday", today - day_ms },
	};
	struct slice s = slice_str(text);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasecmp(text, words[i].name) == 0) {
			*out = words[i].ms;
			return true;
		}
	}
	return parse_iso(s, out) || parse_epoch(s, out) || parse_ago(s, now, out);
}
