#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the doctor says of a profile of rules is so.

Each labelled attack is analysed as it would have been recorded with the rules of
a profile: events that no rule of its makes are left out. A detector that the
doctor calls blind must have found nothing, one that it says sees all that it
finds in the whole logs. For a profile the doctor looks at all these logs at once.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

from score import Bench

ARCHES = {'b64': (0xc000003e, 'x86_64'), 'b32': (0x40000003, 'i386')}
EVENT = re.compile(rb'msg=audit\(([0-9.:]+)\)')
FIELDS = re.compile(rb' (arch|syscall|success|a[0-3])=(\w+)')


def auspex(*args, status=(0,)):
    run = subprocess.run([os.environ['AUSPEX'], *args], capture_output=True, check=False)
    if run.returncode not in status:
        sys.exit(f'auspex {args}: {run.returncode}: {run.stderr.decode()}')
    return run.stdout.decode()


def numbers(machine):
    """The calls of a machine, as ausyscall(8) has them."""
    dump = subprocess.run(['ausyscall', machine, '--dump'], capture_output=True, text=True,
                          check=True).stdout
    return {name: int(number) for number, name in
            (line.split() for line in dump.splitlines()[1:] if len(line.split()) == 2)}


def rules(profile, calls):
    """{(arch, number): [[(field, operator, value)]]}: the filters of each rule."""
    found = {}
    for line in auspex('rules', '-p', profile, '--arch', 'x86_64').splitlines():
        rule = re.match(r'-a always,exit -F arch=(b..) -S (\S+)(.*) -k', line)
        if not rule or rule[2] == 'all':
            continue
        filters = [(field.encode(), operator, int(value)) for field, operator, value in
                   re.findall(r'-F (a\d|success)([=&])(\d+)', rule[3])]
        arch = ARCHES[rule[1]][0]
        for call in rule[2].split(','):
            if call in calls[arch]:
                found.setdefault((arch, calls[arch][call]), []).append(filters)
    return found


def passes(fields, filters):
    for field, operator, value in filters:
        if field == b'success':
            good = fields.get(field) == b'yes'
        else:
            have = int(fields[field], 16) & 0xffffffff
            good = have & value if operator == '&' else have == value
        if not good:
            return False
    return True


def recorded(log, made_by):
    """The lines of log without the events that no rule makes."""
    lines = log.split(b'\n')
    gone = set()
    for line in lines:
        if b'type=SYSCALL' not in line:
            continue
        fields = dict(FIELDS.findall(line))
        key = int(fields[b'arch'], 16), int(fields[b'syscall'])
        if not any(passes(fields, filters) for filters in made_by.get(key, [])):
            gone.add(EVENT.search(line)[1])
    return b'\n'.join(line for line in lines
                      if not (EVENT.search(line) and EVENT.search(line)[1] in gone))


def found_in(bench, label, path):
    """The detectors that have a finding in the log at path."""
    database = f'{bench.tmp}/profile.db'
    out = auspex('analyze', '-q', '-d', database, '-f', 'jsonl',
                 *bench.arguments(label.get('args', [])), path)
    for rest in ('', '-wal', '-shm'):
        if os.path.exists(database + rest):
            os.remove(database + rest)
    return {json.loads(line)['detector'] for line in out.splitlines()}


def sights(path):
    """{detector: sight}, as the doctor says of a log."""
    rows = (line.split(maxsplit=2) for line in
            auspex('doctor', '-mi', path, status=(0, 1)).split('\n\n')[0].splitlines()[1:])
    return {row[0]: row[1] for row in rows}


def look(labels, bench, profile, made_by):
    """Returns {detector: [attacks that it finds in the profile's logs, in whole ones]}."""
    counts = {}
    with open(f'{bench.tmp}/{profile}', 'wb') as whole:
        for label in labels:
            with open(bench.unpacked(label['log']), 'rb') as file:
                log = recorded(file.read(), made_by)
            path = f'{bench.tmp}/part'
            with open(path, 'wb') as file:
                file.write(log)
            whole.write(log + b'\n')
            here = found_in(bench, label, path)
            for wanted in label['expect']:
                for detector in set(wanted['any']) & label['found']:
                    count = counts.setdefault(detector, [0, 0])
                    count[0] += bool(here & set(wanted['any']))
                    count[1] += 1
    return counts


def main():
    calls = {arch: numbers(machine) for arch, machine in ARCHES.values()}
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as tmp, open(sys.argv[1], encoding='utf-8') as lines:
        bench = Bench(sys.argv[1], tmp)
        labels = [label for label in map(json.loads, lines) if 'expect' in label]
        for label in labels:
            label['found'] = found_in(bench, label, bench.unpacked(label['log']))
        for profile in ('minimal', 'standard'):
            counts = look(labels, bench, profile, rules(profile, calls))
            says = sights(f'{tmp}/{profile}')
            for detector, (here, whole) in sorted(counts.items()):
                wrong = here if says[detector] == 'blind' else \
                    here != whole if says[detector] == 'sees' else False
                passed += not wrong
                failed += bool(wrong)
                print(f'{"not ok" if wrong else "ok"} {profile}: {detector} '
                      f'{says[detector]}, found {here} of {whole}')
    print(f'{passed} passed, {failed} failed')
    sys.exit(1 if failed or not passed else 0)


main()
