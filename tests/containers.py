#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""containers.py    hold the attribution to containers against the truth.

containers/truth.jsonl says of each log which of its execve events (by serial)
happened in which container: entry, by what the container itself started; exec,
by what was put into it from outside. All other programs ran on the host. The
same must come out of the execve records alone, and without titles. With the
runtimes' files (containers/files.tar.xz) a container has the names that stand
beside its id. A log that begins in the middle must name the container that
its processes are in as soon as any of its records does.
"""
import collections
import contextlib
import json
import lzma
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile

HERE = os.path.join(os.environ.get("TEST_SRC", os.path.dirname(os.path.abspath(__file__))),
                    "containers")
DUMP = os.path.join(os.getcwd(), "truth", "dump_state")
AUSPEX = os.environ.get("AUSPEX", os.path.join(os.getcwd(), "..", "src", "auspex"))
NAMES = ("name", "image", "pod", "namespace")


def dump(log, *options):
    """The rows that the world model gives for a log."""
    run = subprocess.run([DUMP, *options, log], capture_output=True, text=True,
                         errors="replace", check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def wanted(truth):
    """serial -> (id, via) of all that ran in a container."""
    return {serial: (c["id"], via) for c in truth["containers"]
            for via in ("entry", "exec") for serial in c.get(via, [])}


class Test:
    """One log in all its forms."""

    def __init__(self, truth, tmp):
        self.truth = truth
        self.tmp = tmp
        self.faults = []
        self.asked = collections.Counter()
        with lzma.open(os.path.join(HERE, truth["log"] + ".log.xz")) as log:
            self.lines = log.readlines()

    def write(self, name, keep):
        path = os.path.join(self.tmp, name)
        with open(path, "wb") as out:
            out.writelines(line for line in self.lines if keep(line))
        return path

    def fault(self, form, text):
        self.faults.append(f"{self.truth['log']} ({form}): {text}")

    def held(self, form, log, *options):
        """Each execve of the log against the truth."""
        want = wanted(self.truth)
        seen = set()
        for row in dump(log, *options):
            if row["what"] != "exec":
                continue
            c = row.get("container")
            have = (c.get("id"), c.get("via")) if c else None
            serial = row["serial"]
            seen.add(serial)
            self.asked[form] += 1
            if have != want.get(serial):
                self.fault(form, f"event {serial}, {row.get('exe')}: {have}, "
                                 f"not {want.get(serial)}")
        for serial in set(want) - seen:
            self.fault(form, f"event {serial} is no execve")

    def named(self, log, *options):
        """What the runtimes' files say of the containers."""
        for c in self.truth["containers"]:
            if "files" not in c:
                continue
            rows = dump(log, *options, "--containers", os.path.join(self.tmp, c["files"]))
            found = [r["container"] for r in rows
                     if r.get("container", {}).get("id") == c["id"]]
            if not found:
                self.fault("names", f"nothing runs in {c['id']}")
            for name in (n for n in NAMES if n in c):
                self.asked["names"] += 1
                wrong = {f.get(name) for f in found} - {c[name]}
                if wrong:
                    self.fault("names", f"{c['id']}: {name} is {wrong}, not {c[name]}")

    def stored(self, log):
        """What the database keeps of where a process ran and how it came there."""
        path = os.path.join(self.tmp, "stored." + self.truth["log"])
        subprocess.run([AUSPEX, "analyze", "-d", path, log], capture_output=True, check=True)
        with contextlib.closing(sqlite3.connect(path)) as db:
            have = {serial: (container, via) for serial, container, via in db.execute(
                "SELECT i.serial, v.container_id, v.container_via"
                " FROM v_process v JOIN images i USING (process_id)"
                " WHERE v.container_id IS NOT NULL")}
        for serial, want in wanted(self.truth).items():
            self.asked["stored"] += 1
            if have.get(serial) != want:
                self.fault("stored", f"event {serial}: {have.get(serial)}, not {want}")

    def from_the_middle(self):
        """Begins right after the container's first program was started."""
        c = self.truth["containers"][0]
        log = self.write("late.log", lambda line:
                         int(line.split(b":", 2)[1].split(b")")[0]) > c["entry"][0])
        rows = dump(log)
        pids = {r["pid"] for r in rows if r["what"] == "exec" and
                r["serial"] in c["entry"]}
        for row in rows:
            if row["what"] != "process" or row["pid"] not in pids:
                continue
            self.asked["late"] += 1
            if row.get("container", {}).get("id") != c["id"]:
                self.fault("late", f"process {row['pid']}: {row.get('container')}")
        if not pids:
            self.fault("late", "nothing was left to ask for")

    def run(self):
        log = self.write("all.log", lambda line: True)
        untitled = self.write("untitled.log",
                              lambda line: not line.startswith(b"type=PROCTITLE"))
        self.held("all records", log)
        self.held("execve only", log, "--exec-only")
        self.held("execve only, no titles", untitled, "--exec-only")
        self.named(log)
        self.named(log, "--exec-only")
        self.stored(log)
        if self.truth.get("late"):
            self.from_the_middle()


def main():
    asked = collections.Counter()
    faults = []
    with tempfile.TemporaryDirectory() as tmp:
        with tarfile.open(os.path.join(HERE, "files.tar.xz")) as files:
            # Older ones know no filter; the archive is our own.
            files.extractall(tmp, **({"filter": "data"} if hasattr(tarfile, "data_filter")
                                     else {}))
        with open(os.path.join(HERE, "truth.jsonl"), encoding="utf-8") as rows:
            for row in rows:
                test = Test(json.loads(row), tmp)
                test.run()
                asked.update(test.asked)
                faults += test.faults
    for fault in faults:
        print(fault)
    print(", ".join(f"{form}: {n}" for form, n in sorted(asked.items())),
          f"- {len(faults)} wrong")
    # A test that asks nothing proves nothing.
    sys.exit(1 if faults or len(asked) < 6 else 0)


main()
