/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/schema.h"

#include "base/compiler.h"

/*
 * Text is stored escaped (base/escape.h): valid UTF-8, one line, nothing
 * that a terminal acts on. Times are milliseconds since 1970, UTC; NULL is
 * "not known" everywhere. Ids count up from 1 in order of first storing.
 */
/* clang-format off */
static const char *const version_1[] = {
	"CREATE TABLE hosts (\n"
	"  id   INTEGER PRIMARY KEY,\n"
	"  name TEXT UNIQUE -- node= of the records; NULL: the log does not say\n"
	")",
	"INSERT INTO hosts (id, name) VALUES (0, NULL)",

	"CREATE TABLE containers (\n"
	"  id           INTEGER PRIMARY KEY,\n"
	"  host_id      INTEGER NOT NULL REFERENCES hosts (id),\n"
	"  container    TEXT NOT NULL, -- the runtime's id of it\n"
	"  name         TEXT,\n"
	"  image        TEXT,          -- as it was asked for: registry/web:1.4\n"
	"  image_digest TEXT,\n"
	"  pod          TEXT,\n"
	"  namespace    TEXT,\n"
	"  runtime      TEXT,\n"
	"  UNIQUE (container, host_id)\n"
	")",

	"CREATE TABLE processes (\n"
	"  id           INTEGER PRIMARY KEY,\n"
	"  uid          TEXT NOT NULL UNIQUE, -- the same in every run over the same log\n"
	"  host_id      INTEGER NOT NULL REFERENCES hosts (id),\n"
	"  boot         TEXT,\n"
	"  parent_id    INTEGER REFERENCES processes (id),\n"
	"  pid          INTEGER,              -- in the initial pid namespace\n"
	"  ppid         INTEGER,\n"
	"  started      INTEGER,              -- first seen, where start_seen is 0\n"
	"  ended        INTEGER,\n"
	"  exit_code    INTEGER,\n"
	"  start_seen   INTEGER NOT NULL,     -- 1: its fork or clone is in the log\n"
	"  observed     INTEGER NOT NULL,     -- 0: known only by what others say of it\n"
	"  container_id INTEGER REFERENCES containers (id)\n"
	")",
	"CREATE INDEX processes_parent ON processes (parent_id)",
	"CREATE INDEX processes_pid ON processes (pid)",
	"CREATE INDEX processes_started ON processes (started)",
	"CREATE INDEX processes_ended ON processes (ended) WHERE ended IS NOT NULL",
	"CREATE INDEX processes_container ON processes (container_id)\n"
	"  WHERE container_id IS NOT NULL",

	"CREATE TABLE images ( -- the programs that a process ran, one after the other\n"
	"  process_id INTEGER NOT NULL REFERENCES processes (id),\n"
	"  seq        INTEGER NOT NULL, -- 0: what it was before its first execve\n"
	"  time       INTEGER,          -- of its execve\n"
	"  serial     INTEGER,          -- of its execve: ausearch -a SERIAL\n"
	"  exe        TEXT,\n"
	"  comm       TEXT,\n"
	"  cwd        TEXT,\n"
	"  tty        TEXT,\n"
	"  argv       TEXT,             -- JSON array of strings\n"
	"  argv_total INTEGER,          -- arguments there were, if not all are in argv\n"
	"  user_id    INTEGER,\n"
	"  gid        INTEGER,\n"
	"  auid       INTEGER,          -- who logged in; NULL: nobody\n"
	"  ses        INTEGER,          -- login session; NULL: none\n"
	"  PRIMARY KEY (process_id, seq)\n"
	") WITHOUT ROWID",
	"CREATE INDEX images_exe ON images (exe)",
	"CREATE INDEX images_time ON images (time)",
	"CREATE INDEX images_ses ON images (ses) WHERE ses IS NOT NULL",

	"CREATE TABLE detectors ( -- what this version of auspex looks for\n"
	"  id          TEXT PRIMARY KEY,\n"
	"  title       TEXT NOT NULL,\n"
	"  severity    TEXT NOT NULL, -- unless the circumstances raise or lower it\n"
	"  needs       TEXT NOT NULL, -- what must be audited\n"
	"  description TEXT NOT NULL,\n"
	"  response    TEXT NOT NULL  -- what to do, a step a line\n"
	") WITHOUT ROWID",

	"CREATE TABLE techniques ( -- MITRE ATT&CK, those that findings use\n"
	"  id      TEXT PRIMARY KEY, -- T1059.004\n"
	"  name    TEXT NOT NULL,\n"
	"  tactics TEXT NOT NULL,    -- ',' between\n"
	"  older   TEXT,             -- its id before ATT&CK v19, where it changed\n"
	"  url     TEXT NOT NULL\n"
	") WITHOUT ROWID",

	"CREATE TABLE findings (\n"
	"  id              INTEGER PRIMARY KEY,\n"
	"  uid             TEXT NOT NULL UNIQUE, -- the same in every run over the same log\n"
	"  detector        TEXT NOT NULL REFERENCES detectors (id),\n"
	"  title           TEXT NOT NULL,\n"
	"  severity        TEXT NOT NULL,        -- info low medium high critical\n"
	"  severity_level  INTEGER NOT NULL,     -- 0 to 4, to compare\n"
	"  confidence      TEXT NOT NULL,        -- low medium high\n"
	"  first_seen      INTEGER,\n"
	"  last_seen       INTEGER,\n"
	"  count           INTEGER NOT NULL,\n"
	"  host_id         INTEGER NOT NULL REFERENCES hosts (id),\n"
	"  process_id      INTEGER REFERENCES processes (id),\n"
	"  container_id    INTEGER REFERENCES containers (id),\n"
	"  summary         TEXT,\n"
	"  caveat          TEXT,                 -- what was not seen\n"
	"  suppressed      TEXT,                 -- why it is not shown unless asked for\n"
	"  manifest        TEXT,                 -- what it was judged against\n"
	"  path            TEXT,                 -- the file, from here\n"
	"  kind            TEXT,                 -- binary library script memfd\n"
	"  sha256          TEXT,\n"
	"  expected_sha256 TEXT,\n"
	"  how             TEXT,                 -- why it was judged so\n"
	"  origin          TEXT,                 -- where its writer had it from\n"
	"  direction       TEXT,                 -- the connection, from here\n"
	"  family          TEXT,\n"
	"  remote_addr     TEXT,\n"
	"  remote_port     INTEGER,\n"
	"  local_addr      TEXT,\n"
	"  local_port      INTEGER,\n"
	"  mechanism       TEXT,                 -- how the shell came by the socket\n"
	"  fds             TEXT,                 -- JSON array of numbers\n"
	"  data_path       TEXT                  -- through which processes and pipes\n"
	")",
	"CREATE INDEX findings_first_seen ON findings (first_seen)",
	"CREATE INDEX findings_process ON findings (process_id)",
	"CREATE INDEX findings_detector ON findings (detector)",

	"CREATE TABLE finding_techniques (\n"
	"  finding_id INTEGER NOT NULL REFERENCES findings (id),\n"
	"  technique  TEXT NOT NULL REFERENCES techniques (id),\n"
	"  n          INTEGER NOT NULL, -- the one that fits best is 0\n"
	"  PRIMARY KEY (finding_id, technique)\n"
	") WITHOUT ROWID",
	"CREATE INDEX finding_techniques_technique ON finding_techniques (technique)",

	"CREATE TABLE finding_processes ( -- as they were when it happened\n"
	"  finding_id INTEGER NOT NULL REFERENCES findings (id),\n"
	"  role       TEXT NOT NULL,    -- process ancestor writer\n"
	"  n          INTEGER NOT NULL, -- ancestors: 0 is the parent\n"
	"  process_id INTEGER REFERENCES processes (id),\n"
	"  pid        INTEGER,\n"
	"  ppid       INTEGER,\n"
	"  exe        TEXT,\n"
	"  comm       TEXT,\n"
	"  cwd        TEXT,\n"
	"  tty        TEXT,\n"
	"  argv       TEXT,             -- JSON array of strings\n"
	"  argv_total INTEGER,\n"
	"  user_id    INTEGER,\n"
	"  user_name  TEXT,             -- from an enriched log\n"
	"  auid       INTEGER,\n"
	"  ses        INTEGER,\n"
	"  started    INTEGER,\n"
	"  observed   INTEGER NOT NULL,\n"
	"  PRIMARY KEY (finding_id, role, n)\n"
	") WITHOUT ROWID",
	"CREATE INDEX finding_processes_process ON finding_processes (process_id)",

	"CREATE TABLE evidence ( -- the audit events that prove a finding\n"
	"  finding_id INTEGER NOT NULL REFERENCES findings (id),\n"
	"  n          INTEGER NOT NULL,\n"
	"  node       TEXT,\n"
	"  time       INTEGER NOT NULL,\n"
	"  serial     INTEGER NOT NULL, -- ausearch -a SERIAL\n"
	"  what       TEXT,\n"
	"  raw        TEXT,             -- its records, a line each\n"
	"  PRIMARY KEY (finding_id, n)\n"
	") WITHOUT ROWID",
	"CREATE INDEX evidence_serial ON evidence (serial, time)",

	"CREATE TABLE manifests ( -- the recorded images that were compared with\n"
	"  id      INTEGER PRIMARY KEY,\n"
	"  name    TEXT NOT NULL UNIQUE,\n"
	"  path    TEXT,\n"
	"  sha256  TEXT,    -- of the manifest file\n"
	"  entries INTEGER\n"
	")",

	"CREATE TABLE sources ( -- the logs that were read, and how far\n"
	"  id          INTEGER PRIMARY KEY,\n"
	"  path        TEXT NOT NULL,\n"
	"  fingerprint TEXT UNIQUE, -- SHA-256 of its first line: rotation changes the path\n"
	"  bytes       INTEGER NOT NULL,\n"
	"  records     INTEGER NOT NULL,\n"
	"  events      INTEGER NOT NULL,\n"
	"  malformed   INTEGER NOT NULL,\n"
	"  first       INTEGER,\n"
	"  last        INTEGER\n"
	")",
	"CREATE UNIQUE INDEX sources_path ON sources (path) WHERE fingerprint IS NULL",

	"CREATE TABLE health ( -- what the logs could not show\n"
	"  id      INTEGER PRIMARY KEY,\n"
	"  host_id INTEGER NOT NULL REFERENCES hosts (id),\n"
	"  kind    TEXT NOT NULL,\n"
	"  first   INTEGER NOT NULL, -- 0: not known\n"
	"  last    INTEGER,\n"
	"  count   INTEGER NOT NULL,\n"
	"  detail  TEXT,\n"
	"  UNIQUE (host_id, kind, first)\n"
	")",
	NULL,
};

static const char *const version_2[] = {
	"CREATE TABLE sessions ( -- of shells that findings are about\n"
	"  finding_id INTEGER PRIMARY KEY REFERENCES findings (id),\n"
	"  started    INTEGER, -- the shell was on the socket\n"
	"  last       INTEGER, -- last thing that was seen to happen in it\n"
	"  ended      INTEGER, -- the shell's end; NULL: not seen\n"
	"  commands   INTEGER NOT NULL -- programs that were run in it\n"
	")",
	"CREATE TABLE session_commands ( -- the first of them\n"
	"  finding_id INTEGER NOT NULL REFERENCES findings (id),\n"
	"  process_id INTEGER NOT NULL REFERENCES processes (id),\n"
	"  seq        INTEGER NOT NULL, -- images (process_id, seq)\n"
	"  PRIMARY KEY (finding_id, process_id, seq)\n"
	") WITHOUT ROWID",
	NULL,
};

static const char *const version_3[] = {
	"CREATE TABLE indicators ( -- what a list says of what a finding is about\n"
	"  finding_id INTEGER PRIMARY KEY REFERENCES findings (id),\n"
	"  kind       TEXT NOT NULL, -- md5 sha1 sha256 url domain address\n"
	"  value      TEXT NOT NULL,\n"
	"  name       TEXT,          -- the family\n"
	"  author     TEXT,\n"
	"  source     TEXT,\n"
	"  imported   INTEGER\n"
	")",
	"CREATE TABLE contents ( -- executed and loaded files whose content is known\n"
	"  id           INTEGER PRIMARY KEY,\n"
	"  host_id      INTEGER NOT NULL REFERENCES hosts (id),\n"
	"  container_id INTEGER NOT NULL, -- 0: in none\n"
	"  root         TEXT NOT NULL,    -- the process's root; '': the host's\n"
	"  path         TEXT NOT NULL,\n"
	"  digest       TEXT NOT NULL,    -- SHA-256, or MD5 by its length\n"
	"  size         INTEGER,\n"
	"  kind         TEXT NOT NULL,    -- binary library script\n"
	"  verdict      TEXT NOT NULL,    -- same added modified unjudged\n"
	"  manifest     TEXT,             -- that it was held against\n"
	"  process_id   INTEGER NOT NULL REFERENCES processes (id), -- the first\n"
	"  exe          TEXT,             -- that it ran then\n"
	"  time         INTEGER NOT NULL,\n"
	"  serial       INTEGER NOT NULL,\n"
	"  UNIQUE (path, digest, host_id, container_id, root)\n"
	")",
	"CREATE TABLE connections ( -- to and from other hosts; the first of each process\n"
	"  process_id  INTEGER NOT NULL REFERENCES processes (id),\n"
	"  remote_addr TEXT NOT NULL,\n"
	"  remote_port INTEGER NOT NULL, -- 0: of a client's, which means nothing\n"
	"  direction   TEXT NOT NULL,    -- outbound inbound\n"
	"  exe         TEXT,             -- that the process ran then\n"
	"  time        INTEGER NOT NULL,\n"
	"  serial      INTEGER NOT NULL,\n"
	"  PRIMARY KEY (process_id, remote_addr, remote_port, direction)\n"
	") WITHOUT ROWID",
	"CREATE INDEX connections_remote_addr ON connections (remote_addr)",
	NULL,
};

/* For views and relations over many findings: man auspex-db, tests/bench. */
static const char *const version_4[] = {
	"CREATE INDEX finding_processes_pid ON finding_processes (pid)\n"
	"  WHERE role = 'process' AND n = 0",
	"CREATE INDEX finding_processes_exe ON finding_processes (exe)\n"
	"  WHERE role = 'process' AND n = 0",
	"CREATE INDEX findings_severity ON findings (severity_level, first_seen)",
	"CREATE INDEX findings_host ON findings (host_id, first_seen)",
	"CREATE INDEX findings_container ON findings (container_id, first_seen)\n"
	"  WHERE container_id IS NOT NULL",
	"CREATE INDEX findings_path ON findings (path, first_seen) WHERE path IS NOT NULL",
	"CREATE INDEX findings_sha256 ON findings (sha256, first_seen)\n"
	"  WHERE sha256 IS NOT NULL",
	"CREATE INDEX findings_remote ON findings (remote_addr, first_seen)\n"
	"  WHERE remote_addr IS NOT NULL",
	"CREATE INDEX processes_container_started ON processes (container_id, started)\n"
	"  WHERE container_id IS NOT NULL",
	"DROP INDEX processes_container",
	"CREATE INDEX containers_name ON containers (name)",
	"CREATE INDEX containers_pod ON containers (pod)",
	"CREATE INDEX containers_image ON containers (image)",
	NULL,
};

static const char *const version_5[] = {
	"CREATE TABLE resume ( -- how to read a log on where it was left\n"
	"  id       INTEGER PRIMARY KEY,\n"
	"  path     TEXT NOT NULL, -- of the file that was read last\n"
	"  made_by  TEXT NOT NULL, -- version, and a digest of the form of state\n"
	"  settings TEXT NOT NULL, -- digest of what the log was judged by\n"
	"  marks    TEXT NOT NULL, -- how far its files were read, a line each\n"
	"  sha256   TEXT NOT NULL, -- of state and undo\n"
	"  state    BLOB NOT NULL, -- what the hosts looked like there\n"
	"  undo     BLOB NOT NULL  -- takes back what was stored as the log ended\n"
	")",
	NULL,
};

/* Without SQL comments, which would stand in the middle of the table's text. */
static const char *const version_6[] = {
	/* JSON array of NAME=VALUE, of variables that change what is loaded */
	"ALTER TABLE images ADD COLUMN env TEXT",
	/* what else than the records shows it to be so */
	"ALTER TABLE findings ADD COLUMN confirmed TEXT",
	NULL,
};

static const char *const version_7[] = {
	/* how it came to be in its container: entry exec found */
	"ALTER TABLE processes ADD COLUMN container_via TEXT",
	NULL,
};

static const char *const version_8[] = {
	/* SHA-256 of what of the arguments is not in argv, a NUL behind each */
	"ALTER TABLE images ADD COLUMN argv_rest TEXT",
	NULL,
};
/* clang-format on */

const struct migration store_migrations[] = {
	{ version_1 }, { version_2 }, { version_3 }, { version_4 },
	{ version_5 }, { version_6 }, { version_7 }, { version_8 },
};
const size_t store_nmigrations = ARRAY_SIZE(store_migrations);
