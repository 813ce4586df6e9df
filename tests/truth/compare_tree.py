#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""compare_tree.py MODEL EVENTS   hold the tree against the process connector.

MODEL is what dump_state printed, EVENTS what watch_procs wrote of the same
run. Compared are, for each process of the run: its parent, how many programs
it ran, its end. A process of which no rule records anything may be absent.
Prints a line for each difference and the totals; exits 0 when there is none.
"""
import json
import sys


def read(path):
    with open(path, encoding='utf-8') as lines:
        return [json.loads(line) for line in lines]


def truth_of(events):
    """pid -> {parent, execs, code} of what descends from the run's root."""
    root = next(e['pid'] for e in events if e['what'] == 'root')
    truth = {root: {'parent': None, 'execs': 0}}
    for event in events:
        pid = event['pid']
        if event['what'] == 'fork' and event['parent'] in truth:
            truth.setdefault(pid, {'parent': event['parent'], 'execs': 0})
        elif pid in truth and event['what'] == 'exec':
            truth[pid]['execs'] += 1
        elif pid in truth and event['what'] == 'exit':
            truth[pid]['code'] = event['code']
    return truth


def main():
    truth = truth_of(read(sys.argv[2]))
    processes, execs, bad, silent = {}, {}, [], 0
    for row in read(sys.argv[1]):
        if row['what'] == 'process':
            processes.setdefault(row['pid'], []).append(row)
        else:
            execs[row['pid']] = execs.get(row['pid'], 0) + 1
    for pid, true in truth.items():
        rows = processes.get(pid, [])
        if not rows and not true['execs']:
            silent += 1
            continue
        if len(rows) != 1:
            bad.append(f'{pid}: {len(rows)} processes in the model')
            continue
        row = rows[0]
        if true['parent'] and row.get('parent') != true['parent']:
            bad.append(f"{pid}: child of {true['parent']}, the model says {row.get('parent')}")
        if true['parent'] and not row['start_seen']:
            bad.append(f'{pid}: the model has not seen it begin')
        if execs.get(pid, 0) != true['execs']:
            bad.append(f"{pid}: ran {true['execs']} programs, the model says {execs.get(pid, 0)}")
        # A signal's end is not recorded.
        if 'code' in true and not true['code'] & 0x7f and row.get('exit') != true['code'] >> 8:
            bad.append(f"{pid}: exit status {true['code'] >> 8}, the model says {row.get('exit')}")
    for pid, rows in processes.items():
        if pid not in truth and any(row.get('parent') in truth for row in rows):
            bad.append(f'{pid}: in the model, but the kernel never made it: {rows}')
    for line in bad:
        print(line)
    print(f'processes {len(truth) - silent}, silent {silent}, execs {sum(execs.values())}, '
          f'differences {len(bad)}')
    return bool(bad)


if __name__ == '__main__':
    sys.exit(main())
