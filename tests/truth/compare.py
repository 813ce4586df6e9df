#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""compare.py RULES MODEL STRACE...   hold the world model against what strace saw.

RULES is "whole" where all that the model follows was recorded; else what
stands at a descriptor may be unknown, but not wrong. MODEL is what
dump_state printed; STRACE... are the files of
  strace -ff -yy -v -ttt -T --decode-pids=pidns -e trace=%process,%desc,%network
of the same run. Compared are, for each process that strace saw:
  the process that made it, the arguments of each of its execve in order, and
  what stood at descriptors 0, 1 and 2 at each of them, as the kernel last
  named it to strace.
What stood there before the run is known to strace alone. Prints a line for
each difference and the totals; exits 0 when there is none.
"""
import codecs
import json
import re
import sys

LINE = re.compile(r'^(\d+\.\d+) (\w+)\((.*)\)\s+= (.*?)(?: <(\d+\.\d+)>)?$')
# The execve of a thread that is not the first ends under the first one's number.
CUT_EXEC = re.compile(r'^(\d+\.\d+) (execve)\((.*) <(pid changed to \d+) \.\.\.>()$')
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\.\.\.)?')
CLONES = ('clone', 'clone3', 'fork', 'vfork')


class Call:
    """One line of strace."""

    def __init__(self, tid, order, match):
        self.tid, self.order = tid, order
        start, self.name, self.args, self.result, spent = match.groups()
        self.start = float(start)
        self.end = self.start + float(spent or 0)
        # A child does nothing before its parent's clone has begun; the
        # parent has what it had then.
        self.at = self.start if self.name in CLONES else self.end

    def number(self):
        match = re.match(r'-?\d+', self.result)
        return int(match.group()) if match else None


def without_strings(text):
    return STRING.sub('""', text)


def descriptors(text):
    """(number, name) of each N<NAME> in text; names nest and hold "->"."""
    found, at = [], 0
    text = without_strings(text)
    for match in re.finditer(r'(?<![\w<:])(\d+)<', text):
        if match.start() < at:
            continue
        depth, at = 1, match.end()
        while at < len(text) and depth:
            if text[at] == '<':
                depth += 1
            elif text[at] == '>' and text[at - 1] != '-':
                depth -= 1
            at += 1
        found.append((int(match.group(1)), text[match.end():at - 1]))
    return found


def argv_of(args):
    start = args.index('[') if args.startswith('"') or 'AT_FDCWD' in args else args.index(', [') + 2
    out, at = [], start + 1
    while at < len(args) and args[at] != ']':
        match = STRING.match(args, at)
        if not match:
            at += 1
            continue
        out.append(codecs.escape_decode(match.group(1).encode())[0].decode('utf-8', 'replace'))
        at = match.end()
    return out


class Table:
    """What stands at each number, and is closed by execve."""

    def __init__(self, before, names=None, marked=None):
        self.before = before  # names that were there before the run
        self.names, self.marked = dict(names or {}), set(marked or ())

    def copy(self):
        return Table(self.before, self.names, self.marked)

    def put(self, fd, name, marked):
        self.names[fd] = name
        (self.marked.add if marked else self.marked.discard)(fd)

    def drop(self, fd):
        self.names.pop(fd, None)
        self.marked.discard(fd)

    def mention(self, fd, name):
        """strace says what stands at fd."""
        if fd not in self.names:
            self.before.add(name)
        self.names[fd] = name

    def exec(self):
        for fd in self.marked:
            self.names.pop(fd, None)
        self.marked.clear()


class Task:
    """A thread of strace's; process is the first of its group."""

    def __init__(self, tid, table):
        self.tid, self.table = tid, table
        self.process, self.parent = self, None
        self.execs = []


GIVES = {'open', 'openat', 'openat2', 'creat', 'socket', 'accept', 'accept4', 'dup', 'dup2', 'dup3',
         'memfd_create', 'epoll_create1', 'epoll_create', 'eventfd2', 'timerfd_create', 'signalfd4',
         'inotify_init1', 'pidfd_open', 'pidfd_getfd', 'userfaultfd', 'fsopen', 'fsmount', 'open_tree',
         'io_uring_setup', 'bpf', 'perf_event_open', 'fanotify_init', 'landlock_create_ruleset'}


class Truth:
    def __init__(self, files):
        self.tasks, self.calls, self.before = {}, [], set()
        for path in files:
            self.read(path)
        self.calls.sort(key=lambda c: (c.at, c.start, c.tid, c.order))
        for call in self.calls:
            self.take(call)

    def read(self, path):
        tid = int(path.rsplit('.', 1)[1])
        with open(path, encoding='latin-1') as lines:
            for order, line in enumerate(lines):
                match = LINE.match(line) or CUT_EXEC.match(line)
                if match:
                    self.calls.append(Call(tid, order, match))

    def task(self, tid):
        if tid not in self.tasks:
            self.tasks[tid] = Task(tid, Table(self.before))
        return self.tasks[tid]

    def take(self, call):
        task = self.task(call.tid)
        table = task.table
        if call.name == 'execve' or call.name == 'execveat':
            self.exec(task, call)
            return
        for fd, name in descriptors(call.args):
            if call.name not in ('pipe', 'pipe2', 'socketpair', 'recvmsg'):
                table.mention(fd, name)
        number = call.number()
        if number is None or (number < 0 and call.name != 'close'):
            return
        if call.name in CLONES:
            self.clone(task, call)
        elif call.name in ('pipe', 'pipe2', 'socketpair', 'recvmsg'):
            for fd, name in descriptors(call.args):
                table.put(fd, name, 'CLOEXEC' in call.args)
        elif call.name in GIVES or (call.name == 'fcntl' and 'F_DUPFD' in call.args) or \
                (call.name == 'ioctl' and 'TIOCGPTPEER' in call.args):
            for fd, name in descriptors(call.result):
                table.put(fd, name, 'CLOEXEC' in without_strings(call.args))
        else:
            self.change(table, call)

    @staticmethod
    def change(table, call):
        first = re.match(r'(\d+)', call.args)
        fd = int(first.group(1)) if first else -1
        if call.name == 'close' and 'EBADF' not in call.result:
            table.drop(fd)
        elif call.name == 'close_range':
            low, high = (int(re.match(r'\d+', x.strip()).group()) for x in call.args.split(',')[:2])
            for number in [n for n in table.names if low <= n <= high]:
                if 'CLOEXEC' in call.args:
                    table.marked.add(number)
                else:
                    table.drop(number)
        elif call.name == 'fcntl' and 'F_SETFD' in call.args:
            (table.marked.add if 'FD_CLOEXEC' in call.args else table.marked.discard)(fd)
        elif call.name == 'ioctl' and 'FIOCLEX' in call.args:
            table.marked.add(fd)
        elif call.name == 'ioctl' and 'FIONCLEX' in call.args:
            table.marked.discard(fd)

    def clone(self, task, call):
        outside = re.search(r'/\* (\d+) in strace', call.result)
        tid = int(outside.group(1)) if outside else call.number()
        child = self.task(tid)
        if 'CLONE_THREAD' in call.args:
            child.process = task.process
        child.parent = task.process.parent if 'CLONE_PARENT' in call.args and \
            'CLONE_PARENT_SETTID' not in call.args.replace('CLONE_PARENT|', '') else task.process
        child.table = task.table if 'CLONE_FILES' in call.args else task.table.copy()

    @staticmethod
    def exec(task, call):
        if call.number() != 0 and not call.result.startswith('pid changed'):
            return
        table = task.process.table = task.table = task.table.copy()
        table.exec()
        path = STRING.search(call.args).group(1)
        task.process.execs.append((path, argv_of(call.args), {fd: table.names.get(fd) for fd in range(3)}))


def same_argv(path, argv, model):
    """What the kernel makes of "#!" stands in the records."""
    rest = len(argv) - 1
    return argv == model or len(model) > rest + 1 and model[-rest - 1] == path and \
        model[len(model) - rest:] == argv[1:]


class Model:
    def __init__(self, path):
        self.processes, self.rows, self.uids = {}, {}, {}
        with open(path, encoding='utf-8') as lines:
            for row in map(json.loads, lines):
                if row['what'] == 'exec':
                    self.rows.setdefault(row['pid'], []).append(row)
                else:
                    self.processes.setdefault(row['pid'], []).append(row)
                    self.uids[row['uid']] = row


class Comparison:
    def __init__(self, truth, model, whole):
        self.truth, self.model, self.whole = truth, model, whole
        self.bad = 0
        self.pipes, self.back = {}, {}
        self.count = {'processes': 0, 'execs': 0, 'descriptors': 0, 'from before': 0}

    def wrong(self, text):
        self.bad += 1
        print(text)

    def run(self):
        for task in sorted(self.truth.tasks.values(), key=lambda t: t.tid):
            if task.process is task:
                self.process(task)
        self.strangers()

    def strangers(self):
        """Nobody is in the model that never was."""
        root = min(t.tid for t in self.truth.tasks.values() if not t.parent)
        above, rows = set(), self.model.processes.get(root)
        while rows and rows[0].get('parent') not in above | {None}:
            above.add(rows[0]['parent'])
            rows = self.model.processes.get(rows[0]['parent'])
        for pid, rows in self.model.processes.items():
            if pid not in self.truth.tasks and pid not in above | {1} and \
                    rows[0].get('parent') not in above | {None}:
                self.wrong(f'{pid}: in the model, but strace never saw it: {rows}')

    def process(self, task):
        rows = self.model.processes.get(task.tid, [])
        if not rows:
            # Nothing that it did is recorded by the rules.
            if task.execs:
                self.wrong(f'{task.tid}: not in the model: {task.execs}')
            return
        self.count['processes'] += 1
        if len(rows) != 1:
            self.wrong(f'{task.tid}: {len(rows)} processes in the model')
        parent = rows[0].get('parent')
        if task.parent and parent != task.parent.tid:
            self.wrong(f'{task.tid}: child of {task.parent.tid}, the model says {parent}')
        if task.parent and not rows[0]['start_seen']:
            self.wrong(f'{task.tid}: the model has not seen it begin')
        execs = self.model.rows.get(task.tid, [])
        if len(execs) != len(task.execs) or \
                not all(same_argv(e[0], e[1], row['argv']) for e, row in zip(task.execs, execs)):
            self.wrong(f"{task.tid}: ran {[e[1] for e in task.execs]}, "
                       f"the model says {[row['argv'] for row in execs]}")
            return
        for (_, argv, fds), row in zip(task.execs, execs):
            self.count['execs'] += 1
            for fd in range(3):
                self.descriptor(task.tid, argv, fd, fds[fd], row['fds'].get(str(fd)))

    def descriptor(self, pid, argv, fd, truth, model):
        if truth is None:
            return  # nothing was said of it
        if truth in self.truth.before and (model is None or model['kind'] == 'unknown'):
            self.count['from before'] += 1
            return
        if not self.whole and (model is None or model['kind'] == 'unknown'):
            self.count['not known'] = self.count.get('not known', 0) + 1
            return
        self.count['descriptors'] += 1
        if model is None or not self.agree(truth, model):
            self.wrong(f'{pid} {" ".join(argv)[:40]!r} descriptor {fd}: {truth}, the model says {model}')

    def same_channel(self, name, made):
        """One pipe of the kernel's is one of the model's."""
        return self.pipes.setdefault(name, made) == made and \
            self.back.setdefault(made, name) == name

    def agree(self, name, model):
        kind = model['kind']
        pipe = re.match(r'pipe:\[(\d+)\]', name)
        if pipe:
            return kind == 'pipe' and self.same_channel(name, model['channel'])
        sock = re.match(r'(TCP|UDP)(?:v6)?:\[(.*)\]$', name)
        if sock:
            peer = sock.group(2).partition('->')[2]
            if kind != 'socket':
                return False
            return not peer or 'remote' not in model and model['role'] == 'accepted' or \
                peer.strip('[]').replace(']:', ':') == f"{model.get('remote')}:{model.get('port')}"
        if re.match(r'(UNIX|socket|NETLINK)', name):
            return kind in ('socket', 'socketpair')
        if 'char 136:' in name or name.startswith('/dev/pts/'):
            return kind == 'pty'
        if name.startswith('/memfd:'):
            return kind == 'memfd'
        path = re.sub(r'<[^<>]*>$', '', name)
        path = codecs.escape_decode(path.encode())[0].decode('utf-8', 'replace')
        if kind == 'unknown' or 'path' not in model:
            return False
        return model['path'] == path.removesuffix(' (deleted)') or path.endswith(' (deleted)') or \
            '#' in model['path']


def main():
    comparison = Comparison(Truth(sys.argv[3:]), Model(sys.argv[2]), sys.argv[1] == 'whole')
    comparison.run()
    print(', '.join(f'{key} {value}' for key, value in comparison.count.items()) +
          f', differences {comparison.bad}')
    return comparison.bad != 0


if __name__ == '__main__':
    sys.exit(main())
