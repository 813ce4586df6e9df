#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ask_store.py DATABASE [LIMIT_MS]   how long the views take to answer.

DATABASE is one of bench/make_store. Each question is asked five times; the median of
the processor's time is printed in ms, which is what it takes on a quiet machine once
the file is in memory. Exit status 1: one took longer than LIMIT_MS (50).
"""
import sqlite3
import statistics
import sys
import time

DAY = 1795000000000
QUESTIONS = """
SELECT * FROM v_findings WHERE id = 4321
SELECT * FROM v_findings ORDER BY first_seen_ms DESC LIMIT 100
SELECT * FROM v_findings WHERE severity_level >= 4 ORDER BY first_seen_ms DESC LIMIT 100
SELECT * FROM v_findings WHERE detector = 'reverse_shell'
SELECT * FROM v_findings WHERE host = 'node1' AND severity = 'critical' LIMIT 100
SELECT * FROM v_findings WHERE container = 'web35'
SELECT * FROM v_findings WHERE pod = 'web-35'
SELECT * FROM v_findings WHERE first_seen_ms BETWEEN DAY + 36000000 AND DAY + 37800000
SELECT * FROM v_findings WHERE process_id = 500500
SELECT * FROM v_findings WHERE pid = 1234
SELECT * FROM v_findings WHERE path = '/tmp/.x/77'
SELECT * FROM v_findings WHERE remote_addr = '203.0.113.77'
SELECT * FROM v_findings WHERE exe = '/usr/bin/curl' AND ses = 77
SELECT host, severity, count(*) FROM v_findings GROUP BY host, severity_level
SELECT * FROM v_process WHERE process_id = 500000
SELECT * FROM v_process WHERE uid = '0000000000000000000000000007a120'
SELECT * FROM v_process WHERE pid = 123456
SELECT * FROM v_process WHERE parent_id = 5000
SELECT * FROM v_process WHERE ses = 14
SELECT * FROM v_process WHERE exe = '/tmp/.x/kworkerd'
SELECT * FROM v_process WHERE started_ms BETWEEN DAY + 36000000 AND DAY + 36060000
SELECT * FROM v_process WHERE container = 'web35' ORDER BY started_ms DESC LIMIT 100
SELECT * FROM v_process WHERE container = 'none' ORDER BY started_ms DESC LIMIT 100
SELECT * FROM v_process WHERE pod = 'web-35' ORDER BY started_ms DESC LIMIT 100
SELECT * FROM v_process WHERE ended_ms BETWEEN DAY + 36000000 AND DAY + 36010000
SELECT * FROM v_ancestry WHERE process_id = 999999
SELECT * FROM v_ancestry WHERE pid = 999999
SELECT * FROM v_ancestry WHERE uid = '000000000000000000000000000f423e'
SELECT * FROM v_descendants WHERE process_id = 900000 LIMIT 1000
SELECT * FROM v_descendants WHERE pid = 990001 LIMIT 1000
SELECT * FROM v_timeline WHERE time_ms BETWEEN DAY + 36000000 AND DAY + 36030000
SELECT * FROM v_timeline WHERE time_ms BETWEEN DAY + 36000000 AND DAY + 36030000 ORDER BY time_ms
SELECT * FROM v_timeline ORDER BY time_ms DESC LIMIT 100
SELECT * FROM v_timeline WHERE what = 'finding' ORDER BY time_ms DESC LIMIT 100
SELECT * FROM v_timeline WHERE process_id = 500000
SELECT * FROM v_timeline WHERE finding_id = 4321
SELECT * FROM v_attack ORDER BY findings DESC
SELECT * FROM v_attack WHERE technique = 'T1059.004'
SELECT * FROM v_network WHERE remote_addr = '203.0.113.77'
SELECT * FROM v_network WHERE finding_id = 4322
SELECT remote_addr, remote_port, direction, count(*) FROM v_network GROUP BY 1, 2, 3
SELECT * FROM v_files WHERE path = '/tmp/.x/77'
SELECT * FROM v_files WHERE sha256 LIKE '%00000000000000000000004d'
SELECT DISTINCT sha256, path FROM v_files
SELECT * FROM v_health
SELECT * FROM v_sessions WHERE finding_id = 4321
SELECT * FROM v_session_commands WHERE finding_id = 4321
"""


def ask(db, query):
    took = []
    for _ in range(5):
        began = time.process_time()
        rows = len(db.execute(query).fetchall())
        took.append((time.process_time() - began) * 1000)
    return statistics.median(took), rows


def main():
    limit = float(sys.argv[2]) if len(sys.argv) > 2 else 50
    db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
    worst = 0
    for query in QUESTIONS.strip().splitlines():
        ms, rows = ask(db, query.replace("DAY", str(DAY)))
        worst = max(worst, ms)
        print(f"{ms:8.2f} {'SLOW' if ms > limit else '    '} {rows:5} rows  {query}", flush=True)
    print(f"the slowest took {worst:.1f} ms")
    sys.exit(worst > limit)


main()
