# SPDX-License-Identifier: GPL-2.0-or-later
"""sql.py DATABASE PAGE: holds auspex-db(5) to what the database says."""
import re
import sqlite3
import sys

failed = 0


def check(good, what):
    global failed
    if not good:
        failed += 1
        print("FAILED:", what)


db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
with open(sys.argv[2], encoding="utf-8") as file:
    page = file.read()

views = dict(re.findall(r"^\.It Sy (v_\w+)\n.*?^\.Bd -filled -compact\n(.*?)^\.Ed$", page,
                        re.M | re.S))
there = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")}
check(set(views) == there, f"the page has {sorted(views)}, the database {sorted(there)}")
for view, text in views.items():
    named = re.findall(r"\w+", text)
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({view})")]
    check(named == columns, f"{view} has {columns}, the page {named}")

questions = re.findall(r"^\.It\n([^\n]*)\n\.Bd -literal -offset indent\n(.*?)^\.Ed$", page,
                       re.M | re.S)
check(len(questions) >= 20, f"there are {len(questions)} questions")
for question, query in questions:
    try:
        rows = db.execute(query.replace("\\e", "\\")).fetchall()
    except sqlite3.Error as error:
        check(False, f"{question} {error}")
        continue
    promised = not question.endswith("*")
    check(bool(rows) == promised, f"{question} gives {len(rows)} rows")
print(f"{len(views)} views, {len(questions)} questions, {failed} failed")
sys.exit(failed != 0)
