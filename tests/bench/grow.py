#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes long logs on standard output, for bench_reader.

grow.py repeat N LOG   the log N times, each time with later stamps and serials
grow.py burst N        N events that never end
grow.py cliff N LOG    the log, a burst of N, the log again
"""
import re
import sys

STAMP = re.compile(rb"msg=audit\((\d+)\.(\d+):(\d+)\)")


def span(path):
    first = last = None
    top = 0
    with open(path, "rb") as log:
        for line in log:
            match = STAMP.search(line)
            if match:
                sec, serial = int(match[1]), int(match[3])
                first = sec if first is None else first
                last = sec
                top = max(top, serial)
    return last - first + 60, top


def copy(path, secs, serials, out):
    def shift(match):
        serial = (int(match[3]) + serials) % 2**32
        return b"msg=audit(%d.%s:%d)" % (int(match[1]) + secs, match[2], serial)

    with open(path, "rb") as log:
        for line in log:
            out.write(STAMP.sub(shift, line, count=1) if secs else line)


def burst(count, sec, out):
    for serial in range(count):
        out.write(b"type=SYSCALL msg=audit(%d.000:%d): arch=c000003e syscall=42 "
                  b"success=yes exit=0 a0=3 a1=1 a2=10 a3=0 items=0 ppid=1 pid=2\n"
                  % (sec + serial // 1000, serial))


def main():
    out = sys.stdout.buffer
    kind, count = sys.argv[1], int(sys.argv[2])
    if kind == "burst":
        burst(count, 1800000000, out)
        return
    path = sys.argv[3]
    secs, serials = span(path)
    if kind == "cliff":
        copy(path, 0, 0, out)
        burst(count, 1900000000, out)
        copy(path, 2 * 10**8, 0, out)
        return
    for i in range(count):
        copy(path, i * secs, i * serials, out)


if __name__ == "__main__":
    main()
