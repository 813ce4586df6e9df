# SPDX-License-Identifier: GPL-2.0-or-later
"""sql.py DIR AUSPEX PAGE: holds auspex-db(5) to what DIR/incident.db says."""
import hashlib
import os
import re
import sqlite3
import subprocess
import sys

failed = 0


def check(good, what):
    global failed
    if not good:
        failed += 1
        print("FAILED:", what)


folder, auspex = sys.argv[1:3]
db = sqlite3.connect(f"file:{folder}/incident.db?mode=ro", uri=True)
with open(sys.argv[3], encoding="utf-8") as file:
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


def readers_and_writers():
    """A reader that keeps on reading, a writer, and readers beside it."""
    path = os.path.join(folder, "busy.db")
    with open(os.path.join(folder, "audit.log"), "rb") as log:
        head = log.readlines()[:3000]
    with open(os.path.join(folder, "head.log"), "wb") as log:
        log.writelines(head)

    def run(*args):
        done = subprocess.run([auspex, *args, "-d", path], check=False, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check(done.returncode == 0, f"{args}: {done.stderr.decode()}")
        return done.stdout

    run("analyze", "-q", os.path.join(folder, "head.log"))
    with open(path, "rb") as file:
        before = hashlib.sha256(file.read()).digest()
    for args in (["findings"], ["show", "1"], ["tree"], ["findings", "-S"],
                 ["export", "--to", "ecs"], ["report"]):
        run(*args)
    with open(path, "rb") as file:
        check(hashlib.sha256(file.read()).digest() == before, "readers leave the file as it is")

    count = "SELECT count(*) FROM processes"
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    first = reader.execute(count).fetchone()
    run("analyze", "-q", os.path.join(folder, "audit.log"))
    check(reader.execute(count).fetchone() == first, "a reader keeps what it began with")
    reader.execute("COMMIT")
    check(reader.execute(count).fetchone() > first, "afterwards it sees what was written")
    reader.close()

    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE findings SET title = 'half done'")
    check(b"half done" not in run("findings"), "readers do not see half a transaction")
    writer.execute("ROLLBACK")
    writer.close()


readers_and_writers()
print(f"{len(views)} views, {len(questions)} questions, {failed} failed")
sys.exit(failed != 0)
