# SPDX-License-Identifier: GPL-2.0-or-later
"""
What the plugin knows is saved from time to time: killed with all its processes
it goes on from there, though the log is too long to be read again.
"""
import contextlib
import os
import signal
import subprocess

import gaps
from doings import AUSPEX, SESSIONS, Listener
from lab import process_tree, wait_for

READ_BACK = 8 << 20
# It is saved after a quarter of what is read back, at the latest.
OPTIONS = {'settings': f'  ring_mib: 4\n  helper: false\n  read_back_mib: {READ_BACK >> 20}\n'}


def log_size(it):
    return os.stat(f'{it.dir}/log/audit.log').st_size


def saved_to(it):
    """How far the log was read when the model was saved last."""
    rows = it.query("SELECT marks FROM resume WHERE path = 'auditd''s records'"
                    " AND length(state) > 0")
    return int(rows[0][0].split()[0]) if rows else 0


@contextlib.contextmanager
def activity(it):
    """Something goes on."""
    with it.running(SESSIONS + ['count'], stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL) as session:
        yield
        session.stdin.close()


def await_save(it):
    """Until all that was logged so far is behind the place of the last save."""
    size = log_size(it)
    with activity(it):
        wait_for('a save', lambda: saved_to(it) >= size)


def log_much(it, listener):
    """More than would be read again."""
    size = log_size(it)
    with it.running(SESSIONS + ['load', listener.port], stdin=subprocess.PIPE) as load:
        wait_for('a long log', lambda: log_size(it) > size + READ_BACK)
        load.stdin.close()


def stopped(pid):
    """Stops a process; false: it was about to end, or has."""
    try:
        os.kill(pid, signal.SIGSTOP)
        # It is not stopped before it has come to be so.
        with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
            return file.read().rsplit(')', 1)[1].split()[0] == 'T'
    except (FileNotFoundError, ProcessLookupError):
        return False


def stopped_saver(it):
    """The pid of one in the middle of its work, which stands still now."""
    def caught():
        pid = it.find('auspex-saver')
        return pid if pid and stopped(pid) else None
    with activity(it):
        return wait_for('a saver at work', caught)


def killed_at_once(it):
    keeper = it.keeper()
    for pid, _ in process_tree(keeper):
        os.kill(pid, signal.SIGKILL)
    gaps.await_another(it, keeper)
    it.drain()


def check_found(it, listener):
    it.finding('reverse_shell', more=f'remote_port = {listener.port}')


def test_killed_whole(it):
    """An old session goes on after the plugin was killed, in a save and between two."""
    first, second, load = Listener(), Listener(), Listener()
    it.drain()
    with it.running(SESSIONS + ['late_shell', first.port], stdin=subprocess.PIPE) as one, \
            it.running(SESSIONS + ['late_shell', second.port], stdin=subprocess.PIPE) as two:
        first.accepted.acquire()
        second.accepted.acquire()
        log_much(it, load)
        await_save(it)
        killed_at_once(it)
        one.communicate(b'go\n')
        check_found(it, first)
        # What is saved now was learnt by two generations.
        await_save(it)
        stopped_saver(it)
        killed_at_once(it)
        two.communicate(b'go\n')
        check_found(it, second)
    it.drain()
    gaps.check_same(it, AUSPEX)


def test_killed_saver(it):
    """The worker goes on, says so, and makes another one."""
    worker = it.find('auspex-worker')
    os.kill(stopped_saver(it), signal.SIGKILL)
    await_save(it)
    wait_for('a word of it', lambda: gaps.health(it, 'save_failed'))
    assert it.find('auspex-worker') == worker
