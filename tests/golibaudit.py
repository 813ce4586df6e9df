#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds what our reader makes of go-libaudit's test logs against the goldens
of go-libaudit: every value that it gives must be one that we have, under the
name that it has there, or differ for a reason of the list below.

usage: golibaudit.py DUMP_EVENTS LOGS GOLDENS
"""
import collections
import datetime
import errno
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

REASONS = {
    "avc": "an AVC's result and permissions are free text, not fields",
    "object": "go-libaudit names what an event did; our reader does not judge",
    "ancient": "go-libaudit takes the last of two equal keys, old auid= and new auid=",
    "signal": "go-libaudit gives signals by name",
    "punctuation": "RHEL 5 wrote (... res=success): our raw value keeps the parenthesis",
    "mode": "go-libaudit gives the permissions of a mode alone",
}
# What an event was about, by go-libaudit's own judgement.
JUDGED = {"network", "category", "record_type", "summary", "ecs", "tags", "session", "result",
          "@timestamp", "sequence"}
used = collections.Counter()
failures = []


def because(reason):
    used[reason] += 1
    return True


def dump(program, path):
    out = subprocess.run([program, path], check=True, stdout=subprocess.PIPE).stdout
    return [json.loads(line) for line in out.decode().splitlines()]


def flat(fields):
    for key, value in fields:
        if isinstance(value, list):
            yield from flat(value)
        else:
            yield key, value.encode("latin-1").decode("utf-8", "replace")


def unset(value):
    return "unset" if value == "4294967295" else value


def result(value):
    if value.endswith(")"):
        because("punctuation")
        value = value[:-1]
    return {"yes": "success", "1": "success", "success": "success"}.get(value, "fail")


def exit_name(value):
    number = int(value)
    return errno.errorcode.get(-number, value) if number < 0 else value


def label(prefix, value):
    names = ["user", "role", "domain", "level", "category"]
    parts = value.split(":", len(names) - 1)
    return {"%s_%s" % (prefix, name): part for name, part in zip(names, parts)}


def sockaddr(event):
    addr = event.get("sockaddr")
    if not addr:
        return {}
    family = {1: "unix", 2: "ipv4", 10: "ipv6", 16: "netlink"}
    out = {"family": family.get(addr["family"], str(addr["family"]))}
    if addr["family"] == 1:
        out["path"] = addr["addr"]
    elif addr["family"] in (2, 10):
        out.update(addr=addr["addr"], port=str(addr["port"]))
    return out


def view(event, record):
    """A record of ours under go-libaudit's names."""
    out = {}
    for key, value in flat(record["fields"]):
        if key in ("auid", "old-auid", "ses", "old auid", "new auid"):
            value = unset(value)
        if key in ("success", "res"):
            key, value = "result", result(value)
        elif key == "arch":
            value = record.get("arch", value)
        elif key == "syscall":
            value = record.get("syscall", value)
        elif key == "exit":
            value = exit_name(value)
        elif key in ("subj", "obj"):
            out.update(label(key, value))
        elif key == "proctitle":
            value = value.replace("\0", " ")
        out.setdefault(key, value)
    if record["type"] == "SOCKADDR":
        out.update(sockaddr(event))
    if record["type"] == "EXECVE":
        out.update(("a%d" % i, arg) for i, arg in enumerate(event.get("argv", [])))
    return out


def explained(record, key):
    fields = dict(flat(record["fields"]))
    if record["type"] == "AVC" and key in ("seresult", "seperms"):
        return because("avc")
    if record["type"] == "LOGIN" and "old auid" in fields:
        return because("ancient")
    if key == "sig":
        return because("signal")
    return False


def stamp(text):
    text = text.rstrip("Z")
    text = text if "." in text else text + ".0"
    when = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f")
    epoch = datetime.datetime(1970, 1, 1)
    return round((when - epoch) / datetime.timedelta(milliseconds=1))


def check_record(where, event, record, want):
    """One record against auparse's golden."""
    have = view(event, record)
    if stamp(want["@timestamp"]) != event["time"]:
        failures.append("%s: time %s, not %s" % (where, event["time"], want["@timestamp"]))
    for key in want.get("keys", []):
        if key not in event["keys"] and key != have.get("key"):
            failures.append("%s: key %r" % (where, key))
    for key, value in (want.get("data") or {}).items():
        if have.get(key) != value and not explained(record, key):
            failures.append("%s: %s is %r, not %r" % (where, key, have.get(key), value))


def records_of(events):
    """Our records by (type, serial), in their order."""
    out = collections.defaultdict(list)
    for event in events:
        for record in event["records"]:
            name = (record["type"] or "").lower()
            out[name, event["serial"]].append((event, record))
    return out


def type_name(text):
    match = re.match(r"unknown\[(\d+)\]", text)
    return {"1323": "mmap", "1327": "proctitle"}.get(match[1], text) if match else text


def check_auparse(program, logs, goldens):
    for golden in sorted(glob.glob(os.path.join(goldens, "*.log.golden"))):
        name = os.path.basename(golden)[:-len(".golden")]
        ours = records_of(dump(program, os.path.join(logs, "golibaudit_" + name)))
        with open(golden, encoding="utf-8") as file:
            wanted = json.load(file)
        for want in wanted:
            if want is None:  # a line that go-libaudit refuses, and so do we
                continue
            key = type_name(want["record_type"]), want["sequence"]
            where = "%s %s:%d" % (name, *key)
            if not ours[key]:
                failures.append(where + ": we have no such record")
                continue
            event, record = ours[key].pop(0)
            check_record(where, event, record, want)


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, path + (key,))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


def yaml_tests(path):
    """The few forms of YAML that these files have."""
    tests, lines = {}, None
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("    ") and lines is not None:
                lines.append(line.strip())
            elif re.match(r"  \S.*: [|>]$", line):
                lines = tests.setdefault(line.strip().rsplit(":", 1)[0], [])
    return {name: [line for line in lines if line] for name, lines in tests.items()}


def has_mode(value, event):
    modes = [int(mode, 8) & 0o7777 for record in event["records"]
             for key, mode in flat(record["fields"]) if key == "mode"]
    return int(value, 8) in modes


def check_leaf(where, path, value, event, have):
    if path[0] in JUDGED:
        because("object")
    elif value in have:
        pass
    elif path[-1] in ("seresult", "seperms"):
        because("avc")
    elif path[-1] == "sig":
        because("signal")
    elif path == ("file", "mode") and has_mode(value, event):
        because("mode")
    else:
        failures.append("%s: %s: we have no %r" % (where, ".".join(path), value))


def check_coalesce(program, goldens):
    for golden in sorted(glob.glob(os.path.join(goldens, "*.json.golden"))):
        tests = yaml_tests(golden.replace(".json.golden", ".yaml"))
        with open(golden, encoding="utf-8") as file:
            wanted = json.load(file)
        for want in wanted:
            where = "%s %s" % (os.path.basename(golden), want["test_name"])
            with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
                log.write("\n".join(tests[want["test_name"]]) + "\n")
                log.flush()
                events = dump(program, log.name)
            if len(events) != 1:
                failures.append("%s: %d events, not one" % (where, len(events)))
                continue
            have = set()
            for record in events[0]["records"]:
                have.update(view(events[0], record).values())
            if events[0]["serial"] != want["event"]["sequence"]:
                failures.append(where + ": another serial")
            if events[0]["time"] != stamp(want["event"]["@timestamp"]):
                failures.append(where + ": another time")
            for path, value in leaves(want["event"]):
                check_leaf(where, path, value, events[0], have)


def check_reassembly(program, logs):
    """Which events come out of its logs for the reassembler, from its tests."""
    expected = {
        "normal": [(58, 2), (59, 5), (60, 5), (61, 4), (62, 1)],
        "out_of_order": [(58, 2), (59, 5), (60, 5), (61, 4), (62, 1)],
        "lost_messages": [(49, 2), (59, 5), (60, 5), (61, 4), (62, 1)],
        "rollover": [(4294967294, 1), (4294967295, 1), (0, 1), (1, 1), (2, 1)],
    }
    for name, want in expected.items():
        events = dump(program, os.path.join(logs, "golibaudit_%s.log" % name))
        have = [(e["serial"], len(e["records"])) for e in events]
        if sorted(have) != sorted(want):
            failures.append("%s: events %s, not %s" % (name, have, want))


def main():
    program, logs, goldens = sys.argv[1:]
    check_auparse(program, logs, goldens)
    check_coalesce(program, goldens)
    check_reassembly(program, logs)
    for reason, count in sorted(used.items()):
        print("%d times: %s" % (count, REASONS[reason]))
    for failure in failures:
        print(failure)
    print("%d differences without a reason" % len(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
