#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""score.py LABELS...    hold the findings of auspex against labelled logs.

Each line of a LABELS file is a JSON object about one log:
  log      file beside LABELS; .xz is unpacked first
  about    what was done, in words
  args     further arguments of analyze; the file after -m or = is beside LABELS
  expect   list of wanted findings, absent for an honest log; of each:
             any        detector ids, one of which is the right answer
             severity   at least this one, if given
             where      values it must hold: {"network.remote_port": 4444}; a text
                        that ends in * is a beginning
  quiet    detector ids that must not be there, or a name of GROUPS
  only     true: nothing but what is expected and tolerated may be found
  tolerate detector ids that may be there as well

The program is $AUSPEX. Prints a line for each fault and a line of totals;
exits 0 when there was no fault.
"""
import json
import lzma
import os
import subprocess
import sys
import tempfile

SEVERITIES = ["info", "low", "medium", "high", "critical"]
GROUPS = {
    "shell": ["reverse_shell", "bind_shell", "relayed_shell", "remote_command_execution",
              "unexpected_child_shell"],
    "drift": ["added_binary_executed", "modified_binary_executed", "added_library_loaded",
              "modified_library_loaded", "fileless_execution_memfd", "fileless_execution_devshm",
              "deleted_binary_executed", "loader_execution", "added_script_executed"],
}


class Fault(Exception):
    """A log whose findings are not what its label says."""


class Bench:
    """One folder of labels and logs, unpacked into a folder of its own."""

    def __init__(self, labels, tmp):
        self.folder = os.path.dirname(labels)
        self.tmp = tmp

    def unpacked(self, name):
        path = os.path.join(self.folder, name)
        if not name.endswith(".xz"):
            return path
        out = os.path.join(self.tmp, name[:-3])
        if not os.path.exists(out):
            with lzma.open(path) as packed, open(out, "wb") as plain:
                plain.write(packed.read())
        return out

    def arguments(self, args):
        """args with the names of files beside LABELS made into paths."""
        made = []
        for before, arg in zip([""] + args, args):
            if before == "-m":
                image, sep, name = arg.rpartition("=")
                arg = image + sep + self.unpacked(name)
            made.append(arg)
        return made

    def findings(self, label):
        command = [os.environ["AUSPEX"], "analyze", "-d", os.path.join(self.tmp, "findings.db"),
                   "-f", "jsonl", *self.arguments(label.get("args", [])),
                   self.unpacked(label["log"])]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        for rest in ("", "-wal", "-shm"):
            if os.path.exists(command[3] + rest):
                os.remove(command[3] + rest)
        if run.returncode != 0:
            raise Fault(f"exit status {run.returncode}: {run.stderr.strip()}")
        return [json.loads(line) for line in run.stdout.splitlines()]


def value_at(finding, key):
    for part in key.split("."):
        finding = finding.get(part) if isinstance(finding, dict) else None
    return finding


def holds(finding, want):
    if finding["detector"] not in want["any"]:
        return False
    if SEVERITIES.index(finding["severity"]) < SEVERITIES.index(want.get("severity", "info")):
        return False
    for key, value in want.get("where", {}).items():
        got = value_at(finding, key)
        if isinstance(value, str) and value.endswith("*"):
            if not isinstance(got, str) or not got.startswith(value[:-1]):
                return False
        elif got != value:
            return False
    return True


def judge(label, findings):
    """Raises Fault where findings are not what label says."""
    names = [finding["detector"] for finding in findings]
    rest = list(findings)
    for want in label.get("expect", []):
        good = [finding for finding in rest if holds(finding, want)]
        if not good:
            raise Fault(f"wanted {want}, got {names}")
        rest.remove(good[0])
    rest = [finding for finding in rest if finding["detector"] not in label.get("tolerate", [])]
    if label.get("only") and rest:
        raise Fault(f"also found {[(f['detector'], f['summary']) for f in rest]}")
    quiet = label.get("quiet", [])
    quiet = GROUPS[quiet] if isinstance(quiet, str) else quiet
    loud = [finding["summary"] for finding in rest if finding["detector"] in quiet]
    if loud:
        raise Fault(f"false alarm: {loud}")


def main():
    good = {"attacks": 0, "honest": 0}
    count = {"attacks": 0, "honest": 0}
    for labels in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as tmp, open(labels, encoding="utf-8") as lines:
            bench = Bench(labels, tmp)
            for label in map(json.loads, lines):
                kind = "attacks" if "expect" in label else "honest"
                count[kind] += 1
                try:
                    judge(label, bench.findings(label))
                    good[kind] += 1
                except Fault as fault:
                    print(f"{labels}: {label['log']} ({label['about']}): {fault}")
    print(f"detected {good['attacks']} of {count['attacks']}, "
          f"quiet on {good['honest']} of {count['honest']}")
    if not sum(count.values()):
        sys.exit("no labels were read")
    sys.exit(0 if good == count else 1)


if __name__ == "__main__":
    main()
