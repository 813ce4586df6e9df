/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The views: what an analyst asks without writing a join. Each time stands
 * there twice, as text (ISO 8601, UTC) to read and as milliseconds (_ms) to
 * filter and sort by, because only the latter has an index below it.
 * Findings that are suppressed are in none of them, only in their table.
 *
 * v_ancestry and v_descendants walk the tree inside of a sub-query that
 * begins at one process, and unfold its result with json_each: a recursive
 * view alone would walk all trees before it looks at the WHERE of who asks.
 * A descendant's depth stands above bit 48 of its number there.
 *
 * Of SQLite's JSON only json_each is used: until 3.41 the functions are
 * refused in views where the schema is not trusted, as it is not by us and
 * careful others (https://www.sqlite.org/pragma.html#pragma_trusted_schema).
 *
 * The columns of v_timeline have the same affinity in all of its parts, so
 * that SQLite merges their indices instead of sorting everything
 * (https://www.sqlite.org/optoverview.html#flattening, rule 17).
 */
#include "base/compiler.h"
#include "store/schema.h"

/* SQL has lines of its own. */
/* clang-format off */

#define TIME(ms) "strftime('%Y-%m-%dT%H:%M:%fZ', " ms " / 1000.0, 'unixepoch')"
#define COMMAND(argv) "(SELECT group_concat(value, ' ') FROM json_each(" argv "))"
#define LAST_IMAGE(id) "(SELECT max(seq) FROM images m WHERE m.process_id = " id ")"

/* Deeper trees than this are a loop or an attack on those who draw them. */
#define DEPTH_MAX "512"

#define FINDING_JOINS \
	" LEFT JOIN hosts h ON h.id = f.host_id\n" \
	" LEFT JOIN containers c ON c.id = f.container_id\n" \
	" LEFT JOIN finding_processes p\n" \
	"   ON p.finding_id = f.id AND p.role = 'process' AND p.n = 0\n"

static const char findings_view[] =
	" AS SELECT f.id, f.severity, " TIME("f.first_seen") " AS first_seen,\n"
	"   h.name AS host, c.name AS container, f.detector, f.title, f.summary,\n"
	"   f.confidence, f.count, " TIME("f.last_seen") " AS last_seen,\n"
	"   p.pid, p.exe, " COMMAND("p.argv") " AS command, p.cwd, p.user_id, p.auid, p.ses,\n"
	"   f.path, f.kind, f.sha256, f.origin,\n"
	"   f.direction, f.remote_addr, f.remote_port, f.mechanism,\n"
	"   (SELECT group_concat(technique, ' ') FROM finding_techniques t\n"
	"    WHERE t.finding_id = f.id) AS techniques,\n"
	"   c.container AS container_id, c.image, c.pod, c.namespace,\n"
	"   (SELECT container_via FROM processes q WHERE q.id = f.process_id)\n"
	"   AS container_via,\n"
	"   f.manifest, f.caveat, f.confirmed, f.severity_level, f.process_id, f.uid,\n"
	"   f.first_seen AS first_seen_ms, f.last_seen AS last_seen_ms\n"
	" FROM findings f\n"
	FINDING_JOINS
	" WHERE f.suppressed IS NULL\n";

static const char process_view[] =
	" AS SELECT p.id AS process_id, h.name AS host, p.pid, p.ppid,\n"
	"   " TIME("p.started") " AS started, " TIME("p.ended") " AS ended, p.exit_code,\n"
	"   i.exe, " COMMAND("i.argv") " AS command, i.argv, i.argv_total,\n"
	"   i.argv_rest, i.comm, i.cwd, i.tty, i.env,\n"
	"   i.user_id, i.gid, i.auid, i.ses, i.serial,\n"
	"   c.name AS container, c.container AS container_id, c.image, c.pod, c.namespace,\n"
	"   p.container_via,\n"
	"   (SELECT count(*) FROM images n WHERE n.process_id = p.id) AS images,\n"
	"   (SELECT count(*) FROM findings f\n"
	"    WHERE f.process_id = p.id AND f.suppressed IS NULL) AS findings,\n"
	"   p.observed, p.start_seen, p.parent_id, p.uid,\n"
	"   p.started AS started_ms, p.ended AS ended_ms\n"
	" FROM processes p\n"
	" LEFT JOIN images i ON i.process_id = p.id AND i.seq = " LAST_IMAGE("p.id") "\n"
	" LEFT JOIN hosts h ON h.id = p.host_id\n"
	" LEFT JOIN containers c ON c.id = p.container_id\n";

static const char ancestry_view[] =
	" AS SELECT p.id AS process_id, p.pid, walk.key + 1 AS depth,\n"
	"   a.id AS ancestor_id, a.pid AS ancestor_pid, i.exe AS ancestor_exe,\n"
	"   " COMMAND("i.argv") " AS ancestor_command, i.user_id AS ancestor_user_id,\n"
	"   " TIME("a.started") " AS ancestor_started, a.observed, p.uid\n"
	" FROM processes p\n"
	" CROSS JOIN json_each((\n"
	"   WITH RECURSIVE up (id, depth) AS (\n"
	"     SELECT p.parent_id, 1 WHERE p.parent_id IS NOT NULL\n"
	"     UNION ALL\n"
	"     SELECT q.parent_id, depth + 1 FROM up JOIN processes q ON q.id = up.id\n"
	"     WHERE q.parent_id IS NOT NULL AND depth < " DEPTH_MAX ")\n"
	"   SELECT '[' || group_concat(id) || ']' FROM up)) walk\n"
	" JOIN processes a ON a.id = walk.value\n"
	" LEFT JOIN images i ON i.process_id = a.id AND i.seq = " LAST_IMAGE("a.id") "\n";

static const char descendants_view[] =
	" AS SELECT p.id AS process_id, p.pid, walk.value >> 48 AS depth,\n"
	"   d.id AS descendant_id, d.pid AS descendant_pid, d.parent_id,\n"
	"   i.exe AS descendant_exe, " COMMAND("i.argv") " AS descendant_command,\n"
	"   i.user_id AS descendant_user_id,\n"
	"   " TIME("d.started") " AS descendant_started, p.uid\n"
	" FROM processes p\n"
	" CROSS JOIN json_each((\n"
	"   WITH RECURSIVE down (id, depth) AS (\n"
	"     SELECT q.id, 1 FROM processes q WHERE q.parent_id = p.id\n"
	"     UNION ALL\n"
	"     SELECT q.id, depth + 1 FROM down JOIN processes q ON q.parent_id = down.id\n"
	"     WHERE depth < " DEPTH_MAX ")\n"
	"   SELECT '[' || group_concat(depth << 48 | id) || ']' FROM down)) walk\n"
	" JOIN processes d ON d.id = walk.value & 0xffffffffffff\n"
	" LEFT JOIN images i ON i.process_id = d.id AND i.seq = " LAST_IMAGE("d.id") "\n";

static const char timeline_view[] =
	" AS SELECT " TIME("i.time") " AS time, 'exec' AS what, h.name AS host,\n"
	"   p.pid, i.exe, " COMMAND("i.argv") " AS detail, i.serial,\n"
	"   p.id AS process_id, CAST(NULL AS INTEGER) AS finding_id, i.time AS time_ms\n"
	" FROM images i JOIN processes p ON p.id = i.process_id\n"
	" LEFT JOIN hosts h ON h.id = p.host_id WHERE i.time IS NOT NULL\n"
	" UNION ALL\n"
	" SELECT " TIME("p.ended") ", 'exit', h.name, p.pid,\n"
	"   (SELECT exe FROM images i WHERE i.process_id = p.id ORDER BY seq DESC LIMIT 1),\n"
	"   'exit code ' || p.exit_code, CAST(NULL AS INTEGER), p.id,\n"
	"   CAST(NULL AS INTEGER), p.ended\n"
	" FROM processes p LEFT JOIN hosts h ON h.id = p.host_id WHERE p.ended IS NOT NULL\n"
	" UNION ALL\n"
	" SELECT " TIME("f.first_seen") ", 'finding', h.name, p.pid, p.exe,\n"
	"   f.severity || ': ' || f.summary, CAST(NULL AS INTEGER), f.process_id, f.id,\n"
	"   f.first_seen\n"
	" FROM findings f\n"
	FINDING_JOINS
	" WHERE f.first_seen IS NOT NULL AND f.suppressed IS NULL\n";

static const char attack_view[] =
	" AS SELECT t.id AS technique, t.name, t.tactics, count(*) AS findings,\n"
	"   " TIME("min(f.first_seen)") " AS first_seen,\n"
	"   " TIME("max(f.last_seen)") " AS last_seen, t.url\n"
	" FROM finding_techniques ft JOIN techniques t ON t.id = ft.technique\n"
	" JOIN findings f ON f.id = ft.finding_id\n"
	" WHERE f.suppressed IS NULL GROUP BY ft.technique\n";

static const char network_view[] =
	" AS SELECT f.id AS finding_id, f.severity, " TIME("f.first_seen") " AS first_seen,\n"
	"   h.name AS host, c.name AS container, f.direction, f.family,\n"
	"   f.remote_addr, f.remote_port, f.local_addr, f.local_port, f.mechanism, f.fds,\n"
	"   p.pid, p.exe, f.data_path, f.detector, f.process_id,\n"
	"   f.first_seen AS first_seen_ms\n"
	" FROM findings f\n"
	FINDING_JOINS
	" WHERE f.suppressed IS NULL AND\n"
	"   (f.family IS NOT NULL OR f.remote_addr IS NOT NULL OR f.direction IS NOT NULL)\n";

static const char files_view[] =
	" AS SELECT f.id AS finding_id, f.severity, " TIME("f.first_seen") " AS first_seen,\n"
	"   h.name AS host, c.name AS container, f.path, f.kind, f.sha256,\n"
	"   f.expected_sha256, f.how, f.origin, p.pid, p.exe,\n"
	"   w.pid AS writer_pid, w.exe AS writer_exe, " COMMAND("w.argv") " AS writer_command,\n"
	"   f.manifest, f.detector, f.process_id, w.process_id AS writer_id,\n"
	"   f.first_seen AS first_seen_ms\n"
	" FROM findings f\n"
	FINDING_JOINS
	" LEFT JOIN finding_processes w\n"
	"   ON w.finding_id = f.id AND w.role = 'writer' AND w.n = 0\n"
	" WHERE f.path IS NOT NULL AND f.suppressed IS NULL\n";

#define MS_BETWEEN(from, to) "(" to " - " from ") / 1000.0"

static const char sessions_view[] =
	" AS SELECT s.finding_id, f.severity, f.detector, h.name AS host, c.name AS container,\n"
	"   " TIME("s.started") " AS started, " TIME("s.last") " AS last_activity,\n"
	"   " TIME("s.ended") " AS ended,\n"
	"   " MS_BETWEEN("s.started", "coalesce(s.ended, s.last)") " AS seconds,\n"
	"   s.commands, p.pid, p.exe, f.remote_addr, f.remote_port, f.data_path,\n"
	"   f.process_id, s.started AS started_ms, s.last AS last_activity_ms,\n"
	"   s.ended AS ended_ms\n"
	" FROM sessions s JOIN findings f ON f.id = s.finding_id\n"
	FINDING_JOINS
	" WHERE f.suppressed IS NULL\n";

static const char commands_view[] =
	" AS SELECT k.finding_id, " TIME("i.time") " AS time, p.pid, i.exe,\n"
	"   " COMMAND("i.argv") " AS command, i.cwd, i.user_id,\n"
	"   CASE WHEN k.seq = " LAST_IMAGE("p.id") " THEN " TIME("p.ended") " END AS ended,\n"
	"   CASE WHEN k.seq = " LAST_IMAGE("p.id") " THEN p.exit_code END AS exit_code,\n"
	"   i.serial, i.argv, k.process_id, i.time AS time_ms\n"
	" FROM session_commands k JOIN findings f ON f.id = k.finding_id\n"
	" JOIN processes p ON p.id = k.process_id\n"
	" LEFT JOIN images i ON i.process_id = k.process_id AND i.seq = k.seq\n"
	" WHERE f.suppressed IS NULL\n";

#define CONFIDENCE(c) \
	"CASE " c " WHEN 'high' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END"
#define RANK(f) f ".severity_level, " CONFIDENCE(f ".confidence") ", -" f ".id"

/* Programs that were started side by side within this time do one thing. */
#define PIECES_MS "1000"

static const char related_view[] =
	" AS SELECT pair.finding_id, pair.related_id,\n"
	"   CASE min(pair.near) WHEN 0 THEN 'same process' WHEN 1 THEN 'process above it'\n"
	"    WHEN 2 THEN 'process below it' ELSE 'started beside it' END AS why,\n"
	"   (" RANK("r") ") > (" RANK("f") ") AS leads,\n"
	"   abs(r.first_seen - f.first_seen) / 1000.0 AS seconds,\n"
	"   r.severity, r.detector, r.title, r.summary, r.severity_level\n"
	" FROM (\n"
	"   SELECT a.id AS finding_id, b.id AS related_id, 0 AS near\n"
	"   FROM findings a JOIN findings b ON b.process_id = a.process_id AND b.id <> a.id\n"
	"   UNION ALL\n"
	"   SELECT p.finding_id, b.id, 1 FROM finding_processes p\n"
	"   JOIN findings b ON b.process_id = p.process_id WHERE p.role = 'ancestor'\n"
	"   UNION ALL\n"
	"   SELECT a.id, p.finding_id, 2 FROM findings a\n"
	"   JOIN finding_processes p ON p.process_id = a.process_id AND p.role = 'ancestor'\n"
	"   UNION ALL\n"
	"   SELECT p.finding_id, q.finding_id, 3 FROM finding_processes p\n"
	"   JOIN finding_processes q ON q.process_id = p.process_id\n"
	"     AND q.role = 'ancestor' AND q.finding_id <> p.finding_id AND q.n < 3\n"
	"   JOIN findings a ON a.id = p.finding_id\n"
	"   JOIN findings b ON b.id = q.finding_id\n"
	"     AND abs(b.first_seen - a.first_seen) <= " PIECES_MS "\n"
	"   WHERE p.role = 'ancestor' AND p.n < 3 AND p.observed AND p.pid > 1) pair\n"
	" JOIN findings f ON f.id = pair.finding_id AND f.suppressed IS NULL\n"
	" JOIN findings r ON r.id = pair.related_id AND r.suppressed IS NULL\n"
	" GROUP BY pair.finding_id, pair.related_id\n";

static const char health_view[] =
	" AS SELECT e.kind, h.name AS host, e.count, e.detail,\n"
	"   " TIME("nullif(e.first, 0)") " AS first, " TIME("e.last") " AS last\n"
	" FROM health e LEFT JOIN hosts h ON h.id = e.host_id\n"
	" UNION ALL\n"
	" SELECT 'source', NULL, records, path || ': ' || records || ' records, ' || events\n"
	"   || ' events, ' || malformed || ' malformed', " TIME("first") ", " TIME("last") "\n"
	" FROM sources\n"
	" UNION ALL\n"
	" SELECT 'manifest', NULL, entries, name || coalesce(': ' || path, ''), NULL, NULL\n"
	" FROM manifests\n";

static const char indicators_view[] =
	" AS SELECT f.id AS finding_id, f.severity, " TIME("f.first_seen") " AS first_seen,\n"
	"   h.name AS host, c.name AS container, n.kind, n.value, n.name, n.author,\n"
	"   n.source, " TIME("n.imported") " AS imported, p.pid, p.exe, f.path,\n"
	"   f.remote_addr, f.remote_port, f.detector, f.process_id,\n"
	"   f.first_seen AS first_seen_ms\n"
	" FROM indicators n JOIN findings f ON f.id = n.finding_id\n"
	FINDING_JOINS
	" WHERE f.suppressed IS NULL\n";

static const char contents_view[] =
	" AS SELECT t.path, t.digest, t.kind, t.verdict, h.name AS host,\n"
	"   c.name AS container, nullif(t.root, '') AS root, p.pid, t.exe,\n"
	"   " TIME("t.time") " AS time, t.serial, t.size, t.manifest, t.process_id,\n"
	"   t.time AS time_ms\n"
	" FROM contents t JOIN processes p ON p.id = t.process_id\n"
	" LEFT JOIN hosts h ON h.id = t.host_id\n"
	" LEFT JOIN containers c ON c.id = t.container_id\n";

static const char connections_view[] =
	" AS SELECT " TIME("n.time") " AS time, h.name AS host, c.name AS container,\n"
	"   p.pid, n.exe, n.direction, n.remote_addr,\n"
	"   nullif(n.remote_port, 0) AS remote_port, n.serial, n.process_id,\n"
	"   n.time AS time_ms\n"
	" FROM connections n JOIN processes p ON p.id = n.process_id\n"
	" LEFT JOIN hosts h ON h.id = p.host_id\n"
	" LEFT JOIN containers c ON c.id = p.container_id\n";

/* clang-format on */

const struct view store_views[] = {
	{ "v_findings", findings_view },
	{ "v_process", process_view },
	{ "v_ancestry", ancestry_view },
	{ "v_descendants", descendants_view },
	{ "v_timeline", timeline_view },
	{ "v_attack", attack_view },
	{ "v_network", network_view },
	{ "v_files", files_view },
	{ "v_health", health_view },
	{ "v_sessions", sessions_view },
	{ "v_session_commands", commands_view },
	{ "v_related", related_view },
	{ "v_indicators", indicators_view },
	{ "v_contents", contents_view },
	{ "v_connections", connections_view },
};
const size_t store_nviews = ARRAY_SIZE(store_views);
