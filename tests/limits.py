# SPDX-License-Identifier: GPL-2.0-or-later
"""
limits.py: logs of one attack on the memory each, and the row that tells of it.
The limits are those of src/state/limits.h.
"""
import os
import sqlite3
import subprocess
import sys
import tempfile

AUSPEX = os.environ["AUSPEX"]
LIMITS = os.path.join(os.environ.get("TEST_SRC", "tests"), "..", "src", "state", "limits.h")

CALL = ("{node}type=SYSCALL msg=audit(1795000000.{ms:03}:{serial}): arch=c000003e "
        "syscall={nr} success=yes exit={exit} a0={a0} a1={a1} a2={a2} a3=0 items={items} "
        "ppid={ppid} pid={pid} auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 "
        "fsgid=0 tty=(none) ses=3 comm=\"x\" exe=\"/usr/bin/x\" key=\"k\"\n")
PATH = ("type=CWD msg=audit(1795000000.{ms:03}:{serial}): cwd=\"/\"\n"
        "type=PATH msg=audit(1795000000.{ms:03}:{serial}): item=0 name=\"{name}\" "
        "inode={inode} dev=fe:00 mode={mode} ouid=0 ogid=0 rdev=00:00 nametype={kind}\n")
END = "{node}type=PROCTITLE msg=audit(1795000000.{ms:03}:{serial}): proctitle=\"x\"\n"
FORK, EXIT_GROUP, DUP2, OPENAT = 56, 231, 33, 257


def limit(name):
    """A number of the header: N, or A << B."""
    with open(LIMITS, encoding="utf-8") as header:
        for line in header:
            if line.strip().startswith(name + " ="):
                number = line.split("=")[1].split(",")[0].split("<<")
                return int(number[0]) << int(number[1] if len(number) > 1 else 0)
    sys.exit(f"limits.h has no {name}")


class Log:
    """Writes events to auspex's standard input."""

    def __init__(self, out):
        self.out = out
        self.serial = 0

    def call(self, nr, pid, ppid=1, exit=0, a0="0", a1="0", a2="0", node="", path=None):
        self.serial += 1
        values = {"serial": self.serial, "ms": self.serial // 1000 % 1000, "nr": nr,
                  "pid": pid, "ppid": ppid, "exit": exit, "a0": a0, "a1": a1, "a2": a2,
                  "node": f"node={node} " if node else "", "items": 1 if path else 0}
        text = CALL.format(**values)
        if path:
            text += PATH.format(**values, **path)
        self.out.write(text + END.format(**values))


def dup_storm(log):
    for fd in range(limit("LIMIT_FDS") + 5):
        log.call(DUP2, 1000, exit=4 + fd, a0="3", a1=f"{4 + fd:x}")


def line_of_ended(log):
    """Each the child of one that has ended; the store has heard of most."""
    for i in range(30000):
        log.call(FORK, 1000 + i, ppid=999 + i, exit=1001 + i, a0="1200011")
        log.call(EXIT_GROUP, 1000 + i, ppid=999 + i)


def many_hosts(log):
    for i in range(limit("LIMIT_HOSTS") + 3):
        log.call(FORK, 1000, exit=1001, a0="1200011", node=f"host{i}")


def many_fifos(log):
    for i in range(limit("LIMIT_CHANNELS") + 3):
        log.call(OPENAT, 1000, exit=3 + i, a0="ffffff9c",
                 path={"name": f"/tmp/f{i}", "inode": i + 1, "mode": "010600",
                       "kind": "NORMAL"})


def long_names(log):
    """
    Files with long names, open in many processes: the history of the oldest
    files goes, and the processes are put away.
    """
    for i in range(limit("LIMIT_STATE_BYTES") // 3500):
        log.call(OPENAT, 1000 + i // 100, exit=3 + i % 100, a0="ffffff9c", a2="441",
                 path={"name": f"/tmp/{i}" + "/x" * 1900, "inode": i + 1,
                       "mode": "0100600", "kind": "CREATE"})


ATTACKS = {
    dup_storm: ["state_descriptors"],
    line_of_ended: ["state_ancestors"],
    many_hosts: ["state_hosts"],
    many_fifos: ["state_channels"],
    long_names: ["state_files", "state_idle"],
}


def attack(make, kinds, tmp):
    """Which rows are not there."""
    path = os.path.join(tmp, make.__name__ + ".db")
    with subprocess.Popen([AUSPEX, "analyze", "-q", "-d", path, "-"], text=True,
                          stdin=subprocess.PIPE) as run:
        make(Log(run.stdin))
        run.stdin.close()
        if run.wait() != 0:
            return [f"{make.__name__}: analyze gives {run.returncode}"]
    db = sqlite3.connect(path)
    rows = dict(db.execute("SELECT kind, count FROM v_health WHERE kind LIKE 'state_%'"))
    db.close()
    os.unlink(path)
    print(f"{make.__name__}: {rows}")
    return [f"{make.__name__}: no row {kind}" for kind in kinds if rows.get(kind, 0) <= 0]


def main():
    with tempfile.TemporaryDirectory() as tmp:
        faults = [fault for make, kinds in ATTACKS.items()
                  for fault in attack(make, kinds, tmp)]
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


main()
