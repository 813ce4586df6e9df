#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Real captures in, findings out, every field as it was when somebody looked.

golden.py [--write]: each golden/NAME.json is what `analyze -f jsonl` prints
for corpus/NAME.log.xz, with the arguments that corpus/labels.jsonl gives.
"""
import difflib
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "corpus")


def arguments():
    with open(os.path.join(CORPUS, "labels.jsonl"), encoding="utf-8") as labels:
        rows = [json.loads(line) for line in labels]
    return {row["log"]: row.get("args", []) for row in rows}


def findings(auspex, log, args):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [auspex, "analyze", "-q", "-f", "jsonl", "-d", folder + "/db", *args, log],
            cwd=CORPUS, capture_output=True, text=True, check=True)
    return [json.dumps(json.loads(line), indent=1, ensure_ascii=False)
            for line in done.stdout.splitlines()]


def main():
    auspex = os.environ.get("AUSPEX", "auspex")
    folder = os.path.join(HERE, "golden")
    known = arguments()
    failed = 0
    names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    for name in names:
        path = os.path.join(folder, name)
        log = name[:-len(".json")] + ".log.xz"
        now = "\n".join(findings(auspex, log, known[log])) + "\n"
        if "--write" in sys.argv:
            with open(path, "w", encoding="utf-8") as file:
                file.write(now)
            continue
        with open(path, encoding="utf-8") as file:
            was = file.read()
        if was != now:
            failed += 1
            print(f"{name} (golden.py --write writes it again):")
            print("\n".join(difflib.unified_diff(
                was.splitlines(), now.splitlines(), "was", "now", lineterm="", n=1)))
    print(f"{len(names) - failed} passed, {failed} failed")
    return failed != 0 or not names


sys.exit(main())
