#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""readme.py README SOURCE [--write]    hold the transcripts of README against the program.

A transcript is a fenced block that begins with "$ COMMAND". The commands run one
after the other in a folder with the log and the manifest of the bundled incident
(SOURCE is the tests folder), the program being $AUSPEX. What a command prints must
be what stands below it; a line "..." stands for any lines. With --write the
transcripts are written again, as far as they leave nothing out.
"""
import difflib
import lzma
import os
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```\n\$ (.+)\n((?:.*\n)*?)```$", re.M)


def unpack(source, folder):
    for name in ("audit.log", "image.mtree"):
        with lzma.open(os.path.join(source, "data/incident", name + ".xz")) as packed, \
                open(os.path.join(folder, name), "wb") as plain:
            plain.write(packed.read())


def run(command, folder):
    path = os.path.dirname(os.environ["AUSPEX"]) + ":" + os.environ["PATH"]
    env = {"PATH": path, "LC_ALL": "C.UTF-8", "HOME": folder}
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=env, text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120)
    return done.stdout


def as_expression(text):
    """text with its lines "..." standing for any lines."""
    lines = (r"(?:.*\n)*?" if line == "...\n" else re.escape(line)
             for line in text.splitlines(keepends=True))
    return re.compile("".join(lines))


def main():
    readme, source = sys.argv[1], os.path.abspath(sys.argv[2])
    write = "--write" in sys.argv
    good = bad = 0
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    with tempfile.TemporaryDirectory() as folder:
        unpack(source, folder)
        for match in list(BLOCK.finditer(text)):
            command, wanted = match.groups()
            got = run(command, folder)
            if as_expression(wanted).fullmatch(got):
                good += 1
            elif write and "...\n" not in wanted:
                text = text.replace(f"```\n$ {command}\n{wanted}```", f"```\n$ {command}\n{got}```")
                good += 1
            else:
                bad += 1
                print(f"{readme}: $ {command}")
                print("".join(difflib.unified_diff(wanted.splitlines(True), got.splitlines(True),
                                                   "README", "program", n=1)))
    if write:
        with open(readme, "w", encoding="utf-8") as file:
            file.write(text)
    print(f"{good} passed, {bad} failed")
    sys.exit(0 if good and not bad else 1)


main()
