/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes out of a file of indicators: all there is, or what fits a query. */
#include <string.h>

#include "intel/db_priv.h"

int intel_db_sources(struct intel_db *db,
		     void (*each)(void *ctx, const struct intel_source *source),
		     void *ctx, struct err *err)
{
	sqlite3_stmt *stmt = intel_db_prepare(db, SQL_SOURCES, err);
	struct arena arena;
	int rc;

	if (!stmt)
		return -1;
	arena_init(&arena);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct intel_source source = {
			.id = sqlite3_column_int64(stmt, 0),
			.name = intel_db_column(db, stmt, 1, &arena),
			.author = intel_db_column(db, stmt, 2, &arena),
			.path = intel_db_column(db, stmt, 3, &arena),
			.format = intel_db_column(db, stmt, 4, &arena),
			.imported = sqlite3_column_int64(stmt, 5),
			.indicators = (uint64_t)sqlite3_column_int64(stmt, 6),
			.allowed = (uint64_t)sqlite3_column_int64(stmt, 7),
		};

		each(ctx, &source);
		arena_reset(&arena);
	}
	arena_fini(&arena);
	return intel_db_end(db, stmt, rc, err);
}

static bool read_match(struct intel_db *db, sqlite3_stmt *stmt, struct arena *arena,
		       struct intel_match *out)
{
	const void *key = sqlite3_column_blob(stmt, 1);
	int kind = sqlite3_column_int(stmt, 0);
	size_t len = (size_t)sqlite3_column_bytes(stmt, 1);

	if (kind < 0 || kind >= IND_KIND_MAX || !key)
		return false;
	*out = (struct intel_match){
		.kind = (enum indicator_kind)kind,
		.value = indicator_text((enum indicator_kind)kind, key, len, arena),
		.name = intel_db_column(db, stmt, 2, arena),
		.author = intel_db_column(db, stmt, 3, arena),
		.source = intel_db_column(db, stmt, 4, arena),
		.imported = sqlite3_column_int64(stmt, 5),
		.until = sqlite3_column_int64(stmt, 6),
	};
	return true;
}

int intel_db_each(struct intel_db *db,
		  void (*each)(void *ctx, const struct intel_match *match, bool allow),
		  void *ctx, struct err *err)
{
	sqlite3_stmt *stmt = intel_db_prepare(db, SQL_EACH, err);
	struct intel_match match;
	struct arena arena;
	int rc;

	if (!stmt)
		return -1;
	arena_init(&arena);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (read_match(db, stmt, &arena, &match))
			each(ctx, &match, sqlite3_column_int(stmt, 7) != 0);
		arena_reset(&arena);
	}
	arena_fini(&arena);
	return intel_db_end(db, stmt, rc, err);
}

bool intel_db_has(struct intel_db *db, enum indicator_kind kind)
{
	sqlite3_stmt *stmt = intel_db_prepare(db, SQL_HAS, NULL);
	bool has;

	if (!stmt)
		return false;
	sqlite3_bind_int(stmt, 1, (int)kind);
	has = sqlite3_step(stmt) == SQLITE_ROW;
	sqlite3_reset(stmt);
	return has;
}

/* Does the row speak of what is asked for? Its columns are MATCH_COLUMNS. */
static bool fits(sqlite3_stmt *stmt, const struct intel_query *q)
{
	int64_t until = sqlite3_column_int64(stmt, 6);
	int port = sqlite3_column_int(stmt, 8);

	if (sqlite3_column_type(stmt, 9) != SQLITE_NULL && q->size != SIZE_UNKNOWN &&
	    (uint64_t)sqlite3_column_int64(stmt, 9) != q->size)
		return false;
	return (port < 0 || q->port < 0 || port == q->port) &&
	       (until == 0 || q->when < until);
}

static int find_key(struct intel_db *db, const struct intel_query *q, const void *key,
		    struct arena *arena, struct intel_match *out, struct err *err)
{
	sqlite3_stmt *stmt = intel_db_prepare(db, SQL_FIND, err);
	int rc, found = 0;

	if (!stmt)
		return -1;
	sqlite3_bind_int(stmt, 1, (int)q->kind);
	intel_db_bind_key(stmt, 2, key, q->len);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !found) {
		if (!fits(stmt, q))
			continue;
		if (sqlite3_column_int(stmt, 7))
			found = 2;
		else if (read_match(db, stmt, arena, out))
			found = 1;
	}
	return intel_db_end(db, stmt, rc, err) == 0 ? found : -1;
}

static int know_prefixes(struct intel_db *db, struct err *err)
{
	sqlite3_stmt *stmt = intel_db_prepare(db, SQL_PREFIXES, err);
	int rc;

	if (!stmt)
		return -1;
	db->nprefixes = 0;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		int length = sqlite3_column_int(stmt, 0);

		if (length >= 0 && length <= 8 * ADDRESS_LEN &&
		    db->nprefixes < sizeof(db->prefixes))
			db->prefixes[db->nprefixes++] = (uint8_t)length;
	}
	db->knows_prefixes = true;
	return intel_db_end(db, stmt, rc, err);
}

/* By each length of network that there is; mostly there is but one. */
static int find_address(struct intel_db *db, const struct intel_query *q,
			struct arena *arena, struct intel_match *out, struct err *err)
{
	struct intel_query one = *q;
	uint8_t key[ADDRESS_KEY_LEN];
	int found = 0;

	one.len = sizeof(key);
	if (!db->knows_prefixes && know_prefixes(db, err) != 0)
		return -1;
	for (size_t i = 0; i < db->nprefixes && found == 0; i++) {
		uint8_t length = db->prefixes[i];

		memcpy(key, q->key, ADDRESS_LEN);
		for (unsigned bit = length; bit < 8 * ADDRESS_LEN; bit++)
			key[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
		key[ADDRESS_LEN] = length;
		found = find_key(db, &one, key, arena, out, err);
	}
	return found;
}

int intel_db_find(struct intel_db *db, const struct intel_query *q, struct arena *arena,
		  struct intel_match *out, struct err *err)
{
	if (q->kind == IND_ADDRESS)
		return q->len >= ADDRESS_LEN ? find_address(db, q, arena, out, err) : 0;
	return find_key(db, q, q->key, arena, out, err);
}
