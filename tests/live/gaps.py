# SPDX-License-Identifier: GPL-2.0-or-later
"""
What the stream lost and audit.log has is read back: the database is that which
`auspex analyze` makes of the log, row by row. What is lost for good is told.
"""
import os
import signal
import subprocess

from doings import SESSIONS
from lab import assert_same, process_tree, wait_for

LOST = ('dropped_records', 'kernel_lost', 'lost_records', 'log_not_read', 'passed_over')


def health(it, *kinds):
    """[(kind, count, first, last, detail)]"""
    marks = ','.join('?' * len(kinds))
    return it.query('SELECT kind, count, first, last, detail FROM health'
                    f' WHERE kind IN ({marks})', *kinds)


def read_back(it):
    return sum(row[1] for row in health(it, 'read_back'))


def logged(it):
    """How many records the log has."""
    total = 0
    for name in os.listdir(f'{it.dir}/log'):
        with open(f'{it.dir}/log/{name}', 'rb') as file:
            total += file.read().count(b'\n')
    return total


def rotate(it):
    """auditd begins a new log, and has written to it."""
    def inode():
        try:
            return os.stat(f'{it.dir}/log/audit.log').st_ino
        except FileNotFoundError:  # renamed, and not there again yet
            return before
    before = None
    before = inode()
    it.auditd.send_signal(signal.SIGUSR1)

    def rotated():
        it.session(['/bin/true'])
        return inode() != before
    wait_for('a new log', rotated)


def stopped_worker(it, listener, rotations):
    """The ring fills up, and the keeper drops what finds no room."""
    before, had = it.control()['dropped_records'], read_back(it)
    worker = it.find('auspex-worker')
    os.kill(worker, signal.SIGSTOP)
    with it.running(SESSIONS + ['load', listener.port], stdin=subprocess.PIPE) as load:
        for _ in range(rotations + 1):
            rotate(it)
            now = it.control()['dropped_records']
            wait_for('a full ring', lambda now=now:
                     it.control()['dropped_records'] > max(now, before) + 500)
        os.kill(worker, signal.SIGCONT)
        load.stdin.close()
    it.drain()
    assert read_back(it) > had
    return it.control()['dropped_records'] - before


def stopped_keeper(it, listener):
    """auditd's own queue overflows: single records are missing here and there."""
    it.drain()
    had, keeper, before = read_back(it), it.keeper(), logged(it)
    os.kill(keeper, signal.SIGSTOP)
    try:
        # Not more than the kernel keeps for auditd, which takes 8 ms for each
        # record that it drops.
        it.session(['sh', '-c', 'for n in $(seq 40); do echo $n | cat; done'],
                   stdout=subprocess.DEVNULL)
        it.session(SESSIONS + ['reverse_shell', listener.port], False)
        # More than queue (128) and socket (about 170) hold
        wait_for('an overflow', lambda: logged(it) > before + 450)
    finally:
        os.kill(keeper, signal.SIGCONT)
    it.drain()
    assert it.keeper() == keeper
    return wait_for('what auditd dropped', lambda: read_back(it) - had)


def await_another(it, keeper):
    """auditd starts the plugin again when it has a record for it."""
    def again():
        it.session(['/bin/true'])
        return it.keeper() not in (None, keeper) and it.find('auspex-standby')
    wait_for('the plugin', again)


def killed_plugin(it, listener):
    """All of its processes are killed; auditd starts it again when it notices."""
    had, keeper = read_back(it), it.keeper()
    before = logged(it)
    processes = [pid for pid, _ in process_tree(keeper)]
    try:
        # What is recorded while they stand still is theirs and lost with them.
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
        it.session(SESSIONS + ['reverse_shell', listener.port], False)
        wait_for('records', lambda: logged(it) > before)
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGKILL)
    await_another(it, keeper)
    it.drain()
    return read_back(it) - had


def killed_keeper(it):
    """The keeper alone: the worker still stores what it has, and what the log has."""
    keeper = it.keeper()
    os.kill(keeper, signal.SIGKILL)
    await_another(it, keeper)
    it.drain()


def absent_plugin(it, listener, gone=False):
    """auditd goes on without it for a while, and rotates its log; it may be gone then."""
    had = read_back(it)
    it.stop()
    it.write('plugins.d/auspex.conf', it.plugin.replace('active = yes', 'active = no'))
    it.start(plugin=False)
    it.session(SESSIONS + ['reverse_shell', listener.port], False)
    rotate(it)
    it.session(SESSIONS + ['reverse_shell', listener.port], False)
    it.stop()
    for name in os.listdir(f'{it.dir}/log') if gone else ():
        os.unlink(f'{it.dir}/log/{name}')
    it.write('plugins.d/auspex.conf', it.plugin)
    it.start()
    it.drain()
    return read_back(it) - had


def check_same(it, auspex):
    """All is there, once, and nothing was lost."""
    it.stop()
    analysed = f'{it.dir}/analysed.db'
    subprocess.run([auspex, 'analyze', '-q', '-d', analysed, f'{it.dir}/log'],
                   stdout=subprocess.DEVNULL, check=True)
    assert not health(it, *LOST), health(it, *LOST)
    assert_same(it.database, analysed)
