#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""auspex as the plugin of a real auditd: live.py [CASE]...

Needs root, auditd and a kernel that audits; says why and exits with 77 where
it cannot run. $KILLS is how often the worker is killed (default 40).
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import bundle
import confined
import gaps
import lab
import reloading
import saves
from doings import AUSPEX, LIBRARY, SESSIONS, Listener, sha256
from lab import Lab, assert_same, wait_for


def test_confined(it):
    """No process has more rights than it needs."""
    confined.check_all(it)


def test_confined_without_counters(it):
    """Whoever does not want the counters has nobody who could ask for them."""
    confined.check_all(it, counters=False)


def test_counters(it):
    """auditd and the kernel are asked how they fare, by who may ask nothing else."""
    # Without CAP_KILL: it is of auditd's session.
    since = os.stat(f'{it.dir}/auditd.conf').st_mtime
    wait_for("auditd's state", lambda: [
        path for path in lab.STATES if os.path.exists(path) and os.stat(path).st_mtime >= since])
    lab.auditctl('-r', '1000000')
    try:
        it.kill('auspex-probe')  # another one asks at once
        wait_for("the kernel's rate limit", lambda: it.query(
            "SELECT 1 FROM health WHERE kind = 'rate_limit'"))
    finally:
        lab.auditctl('-r', '0')


def test_keeper_allocates_nothing(it):
    """After its start the keeper maps no memory, whatever it is given."""
    keeper = it.keeper()
    before = confined.memory_of(keeper)
    listener = Listener()
    it.session(['sh', '-c', 'for n in $(seq 300); do echo $n | cat; done'],
               stdout=subprocess.DEVNULL)
    os.kill(keeper, signal.SIGHUP)
    it.kill('auspex-worker')
    it.session(SESSIONS + ['reverse_shell', listener.port], False)
    it.finding('reverse_shell', f'remote_port = {listener.port}')
    assert it.keeper() == keeper
    after = confined.memory_of(keeper)
    assert before == after, sorted(set(before) ^ set(after))


def test_reverse_shell(it):
    """A reverse shell is in the database while it still runs."""
    listener = Listener(b'id\n')
    with it.running(SESSIONS + ['reverse_shell', listener.port]) as shell:
        found = it.finding('reverse_shell', more=f'remote_port = {listener.port}')
        assert found['severity'] == 'critical'
        assert shell.poll() is None, 'only after the end'
        # The records say that it is on the connection, and so does /proc.
        wait_for('a confirmation', lambda: it.query(
            'SELECT 1 FROM findings WHERE remote_port = ? AND confirmed LIKE ?',
            listener.port, '%: 0, 1, 2%are the connection to 127.0.0.1%'))
        listener.ending.set()


def test_hashes(it):
    """What is executed gets its true SHA-256."""
    target = '/dev/shm/auspex-live-dropped'
    if os.path.exists(target):
        os.unlink(target)
    # They live until the answer is there: how long that takes, nobody promises.
    with it.running(SESSIONS + ['dropped', '/bin/sleep', target, 'inf']) as program:
        it.finding('fileless_execution_devshm',
                   more=f"path = '{target}' AND sha256 = '{sha256('/bin/sleep', b'x')}'")
        os.unlink(target)
        program.kill()
    with it.running(SESSIONS + ['memfd', '/bin/sleep', 'hashed', 'inf']) as program:
        it.finding('fileless_execution_memfd', more=f"sha256 = '{sha256('/bin/sleep')}'")
        program.kill()


def prepare_container(it):
    """An image, a list of indicators, and a container in which all was changed."""
    if not bundle.is_possible():
        raise lab.Skip('runc is not installed')
    it.bundle = bundle.Bundle(f'{it.dir}/bundle', AUSPEX)
    it.bundle.add('/bin/sleep', more=b'modified')
    it.bundle.add('/bin/sleep', '/opt/bot', b'bot')
    it.bundle.add(LIBRARY, '/opt/evil.so', b'evil')
    it.write('bots.txt', sha256('/bin/sleep', b'bot') + '\n')
    os.chmod(f'{it.dir}/bots.txt', 0o644)
    image = bundle.ANNOTATIONS['io.kubernetes.cri.image-name']
    it.settings += f'  manifests: ["{image}={it.bundle.manifest}"]\n'
    return f'intel: ["{it.dir}/bots.txt"]\n'


def test_container(it):
    """What runs in a container: its image, pod and name, and true digests."""
    command = 'LD_PRELOAD=/opt/evil.so /bin/sleep inf & /opt/bot inf & wait'
    expected = [
        ('modified_binary_executed', '/bin/sleep', sha256('/bin/sleep', b'modified')),
        ('added_library_loaded', '/opt/evil.so', sha256(LIBRARY, b'evil')),
        ('added_binary_executed', '/opt/bot', sha256('/bin/sleep', b'bot')),
        ('added_malicious_binary_executed', '/opt/bot', sha256('/bin/sleep', b'bot')),
    ]
    container = (it.bundle.id, 'web', bundle.ANNOTATIONS['io.kubernetes.cri.image-name'],
                 'web-0', 'shop')
    with it.bundle.running(it, command):
        for detector, path, digest in expected:
            found = it.finding(detector, f"path = '{path}' AND sha256 = '{digest}'")
            rows = wait_for('its container', lambda found=found: it.query(
                'SELECT container, c.name, image, pod, namespace FROM containers c JOIN'
                ' findings f ON f.container_id = c.id WHERE f.uid = ?', found['uid']))
            assert rows == [container], (detector, rows)
        wait_for('a variable', lambda: it.query(
            "SELECT 1 FROM images WHERE env = '[\"LD_PRELOAD=/opt/evil.so\"]'"))
    it.drain()
    inside = it.query('SELECT count(*) FROM processes p JOIN containers c'
                      ' ON c.id = p.container_id WHERE c.container = ?', it.bundle.id)
    assert inside == [(3,)], inside


def test_formats(it):
    """Records that auditd has put into words give the same findings as those it has not."""
    found = {}
    for form in ('RAW', 'ENRICHED'):
        it.stop()
        it.restart_as(form)
        test_reverse_shell(it)
        test_hashes(it)
        test_container(it)
        found[form] = it.query(
            'SELECT detector, severity, confidence, f.path, sha256, mechanism, fds, suppressed,'
            ' f.confirmed IS NULL, c.image, c.pod FROM findings f LEFT JOIN containers c'
            " ON c.id = f.container_id WHERE f.path IS NULL OR f.path NOT LIKE '%:drained-%'"
            ' ORDER BY 1, 4, 5, 6')
        with open(f'{it.dir}/log/audit.log', 'rb') as log:
            assert (b'\x1d' in log.read()) == (form == 'ENRICHED')
    assert found['RAW'] == found['ENRICHED'], found
    wanted = {'reverse_shell', 'fileless_execution_devshm', 'fileless_execution_memfd',
              'modified_binary_executed', 'added_library_loaded',
              'added_malicious_binary_executed'}
    assert wanted <= {row[0] for row in found['RAW']}, found


def test_container_before(it):
    """The same of one that ran before auditd did."""
    it.stop()
    with it.bundle.running(it, '/bin/sleep inf & wait'):
        wait_for('the container', lambda: subprocess.run(
            ['runc', 'ps', it.bundle.id], capture_output=True, check=False,
            text=True).stdout.count('sleep') > 0)
        it.start()
        wait_for('what /proc says of it', lambda: it.query(
            "SELECT 1 FROM processes p JOIN containers c ON c.id = p.container_id"
            " JOIN images i ON i.process_id = p.id WHERE NOT p.start_seen"
            " AND i.exe = '/bin/sleep' AND c.pod = 'web-0'"))


def test_reload(it):
    """SIGHUP: new settings count, broken ones do not, and nobody dies."""
    keeper, worker = it.keeper(), it.find('auspex-worker')
    it.configure('exceptions:\n  - detector: fileless_execution_memfd\n'
                 '    path: "/memfd:excepted*"\n    reason: as the test wants it\n')
    it.auditd.send_signal(signal.SIGHUP)
    listener = Listener()
    names = []

    # auditd passes the signal on in its own time, and others go on meanwhile
    def excepted():
        names.append(f'excepted-{len(names)}')
        it.session(SESSIONS + ['memfd', '/bin/true', names[-1], '0'])
        found = it.finding('fileless_execution_memfd', more=f"path LIKE '%:{names[-1]}%'")
        return 'as the test wants it' in (found['suppressed'] or '')
    wait_for('a suppressed finding', excepted)
    if not lab.restarts_on_hup():
        assert (keeper, worker) == (it.keeper(), it.find('auspex-worker'))
    broken(it, listener)


def broken(it, listener):
    """Of wrong settings the old ones stay in force; who has none waits for right ones."""
    keeper, worker = it.keeper(), it.find('auspex-worker')
    it.configure('nonsense: [')
    it.auditd.send_signal(signal.SIGHUP)
    if lab.restarts_on_hup():
        wait_for('another plugin', lambda: it.keeper() not in (None, keeper))
        it.session(SESSIONS + ['reverse_shell', listener.port], False)
        it.configure('')
    else:
        wait_for('a failed reload', lambda: it.query(
            "SELECT 1 FROM health WHERE kind = 'reload_failed'"))
        it.session(SESSIONS + ['reverse_shell', listener.port], False)
    it.finding('reverse_shell', more=f'remote_port = {listener.port}')
    if not lab.restarts_on_hup():
        it.configure('')
        assert (keeper, worker) == (it.keeper(), it.find('auspex-worker'))


def test_helper_stopped(it):
    """A helper that hangs is not waited for."""
    os.kill(it.find('auspex-helper'), signal.SIGSTOP)
    listener = Listener()
    it.session(SESSIONS + ['reverse_shell', listener.port], False)
    it.finding('reverse_shell', more=f'remote_port = {listener.port}')
    it.kill('auspex-helper')
    wait_for('another helper', lambda: it.find('auspex-helper'))


def test_killed_keeper(it):
    """auditd starts the plugin again, and the gap is told."""
    keeper = it.keeper()
    os.kill(keeper, signal.SIGKILL)
    listener = Listener()

    def another_shell():
        it.session(SESSIONS + ['reverse_shell', listener.port], False)
        return it.keeper() not in (None, keeper) and it.find('auspex-standby')
    wait_for('the plugin', another_shell)
    it.session(SESSIONS + ['reverse_shell', listener.port], False)
    it.finding('reverse_shell', more=f'remote_port = {listener.port}')
    wait_for('the gap', lambda: it.query(
        "SELECT 1 FROM health WHERE kind = 'keeper_died'"))


def test_restart(it):
    """auditd is stopped and started: one database, both parts in it."""
    listener = Listener()
    it.session(SESSIONS + ['reverse_shell', listener.port], False)
    it.stop()
    assert it.query(f'SELECT 1 FROM findings WHERE remote_port = {listener.port}')
    it.start()
    listener = Listener()
    it.session(SESSIONS + ['reverse_shell', listener.port], False)
    it.finding('reverse_shell', more=f'remote_port = {listener.port}')


def test_running_before(it):
    """A connection that is older than the plugin becomes a shell's."""
    listener = Listener()
    it.stop()
    with subprocess.Popen(SESSIONS + ['late_shell', listener.port], stdin=subprocess.PIPE,
                          preexec_fn=it.login()) as waiting:
        listener.accepted.acquire()
        it.start()
        wait_for('what /proc says of it', lambda: it.query(
            'SELECT 1 FROM processes WHERE pid = ? AND NOT observed', waiting.pid))
        waiting.communicate(b'go\n')
    found = it.finding('reverse_shell', more=f'remote_port = {listener.port}')
    assert found['remote_addr'] == '127.0.0.1'


def test_quiet(it):
    """
    The plugin's own doings are not audited, though its login uid would be: while
    nobody else of that login uid does anything, nothing is written.
    """
    it.drain()
    before = it.log()
    assert [line for line in before if 'drained-' in line], 'nothing is audited'
    time.sleep(10)
    after = it.log()
    own = [line for line in after if f'exe="{it.auspex}"' in line]
    assert not own, own[:3]
    own = [line for line in after[len(before):] if ' auid=4999 ' in line]
    assert not own, own[:3]


def prepare_small_disk(it):
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs',
                    f'{it.dir}/db'], check=True)
    shutil.chown(f'{it.dir}/db', it.user)
    return ''


def test_disk_full(it):
    """On a full disk nobody dies, and all is there once there is room again."""
    keeper = it.keeper()
    it.drain()
    with open(f'{it.dir}/db/filler', 'wb', buffering=0) as file:
        try:
            while file.write(b'x' * 4096):
                pass
        except OSError:
            pass
    # The log of SQLite may have room still: until the plugin says that it has none.
    names = []
    while not it.control()['failures']:
        names.append(f'full-{len(names)}')
        it.session(SESSIONS + ['memfd', '/bin/true', names[-1], '0'])
    names.append(f'full-{len(names)}')
    it.session(SESSIONS + ['memfd', '/bin/true', names[-1], '0'])
    os.unlink(f'{it.dir}/db/filler')
    for name in names:
        it.finding('fileless_execution_memfd', f"path LIKE '%:{name}%'")
    wait_for('a word of it', lambda: it.query(
        "SELECT 1 FROM health WHERE kind = 'store_failed' AND count > 0"))
    it.drain()
    assert it.keeper() == keeper
    assert it.control()['dropped_records'] == 0


def test_dropped(it):
    """What finds no room is counted to the record, and the window is told."""
    it.drain()
    before = it.query("SELECT coalesce(sum(count), 0) FROM health"
                      " WHERE kind = 'dropped_records'")[0][0]
    assert before == it.control()['dropped_records'] == 0
    start = time.time() * 1000
    worker = it.find('auspex-worker')
    os.kill(worker, signal.SIGSTOP)
    listener = Listener()
    with it.running(SESSIONS + ['load', listener.port], stdin=subprocess.PIPE) as load:
        wait_for('a full ring', lambda: it.control()['dropped_records'] > 100)
        load.stdin.close()
    os.kill(worker, signal.SIGCONT)
    wait_for('an empty ring',
             lambda: it.control()['head'] - it.control()['keep'] < 1 << 18)
    it.drain()
    assert it.query("SELECT detail FROM health WHERE kind = 'log_not_read'")
    rows = it.query("SELECT first, last, count FROM health WHERE kind = 'dropped_records'")
    assert sum(row[2] for row in rows) == it.control()['dropped_records'], rows
    for first, last, _ in rows:
        assert start - 1000 < first <= last < time.time() * 1000 + 1000, rows


def killed_at_random(it, kills):
    """
    Under load the worker is killed again and again; the database is that
    which the log gives in one go.
    """
    listener = Listener()
    random.seed(1)
    with it.running(SESSIONS + ['load', listener.port], stdin=subprocess.PIPE) as load:
        killed = set()
        while len(killed) < kills:
            time.sleep(random.uniform(0.02, 0.4))  # at any moment
            pid = wait_for('a worker', lambda: it.find('auspex-worker'))
            if pid not in killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        load.stdin.close()  # which ends it
    it.drain()
    it.stop()
    analysed = f'{it.dir}/analysed.db'
    subprocess.run([AUSPEX, 'analyze', '-q', '-d', analysed, f'{it.dir}/log/audit.log'],
                   stdout=subprocess.DEVNULL, check=True)
    lost = it.query("SELECT kind, count FROM health WHERE kind IN ('dropped_records',"
                    " 'kernel_lost', 'passed_over', 'keeper_died', 'state_lost')")
    assert not lost, lost
    found = len(it.query("SELECT 1 FROM findings WHERE detector = 'reverse_shell'"))
    assert found and found == listener.count, (found, listener.count)
    assert_same(it.database, analysed)
    return f'{len(killed)} times, {found} shells found'


# What the helper knows, a log does not say.
GAPS = {'settings': '  ring_mib: 1\n  helper: false\n', 'depth': 128}


def test_confined_without_helper(it):
    """Who only opens the log needs one capability to read it."""
    confined.check_all(it, helper=False)


def test_gaps(it):
    """What is lost between auditd and the worker is read back from audit.log."""
    listener = Listener()
    gaps.stopped_keeper(it, listener)
    gaps.stopped_worker(it, listener, rotations=1)
    gaps.check_same(it, AUSPEX)


def test_restarts(it):
    """What is logged while no plugin runs is read when it does again."""
    listener = Listener()
    it.drain()
    with it.running(SESSIONS + ['late_shell', listener.port],
                    stdin=subprocess.PIPE) as waiting:
        listener.accepted.acquire()
        assert gaps.absent_plugin(it, listener)
        gaps.killed_plugin(it, listener)
        gaps.killed_keeper(it)
        # It is known by what was recorded before all that.
        waiting.communicate(b'go\n')
    it.drain()
    gaps.check_same(it, AUSPEX)


def test_log_gone(it):
    """What nobody has any more is told with its window, and nothing else is."""
    listener = Listener()
    it.drain()
    start = time.time() * 1000
    assert gaps.absent_plugin(it, listener, gone=True) == 0
    rows = gaps.health(it, *gaps.LOST)
    assert [row[:2] for row in rows] == [('lost_records', 0)], rows
    assert start - 10000 < rows[0][2] < rows[0][3] < time.time() * 1000 + 1000, rows
    assert listener.count and not it.query(
        "SELECT 1 FROM findings WHERE detector = 'reverse_shell'")


def prepare_hostile_log(it):
    """Where the plugin looks for the log, there is none of auditd's."""
    it.log_conf = f'{it.dir}/hostile.conf'
    it.write('hostile.conf', f'log_file = {it.dir}/fifo\n')
    os.mkfifo(f'{it.dir}/fifo')
    return ''


def test_hostile_log(it):
    """It is refused with a word, and nobody hangs; unit/test_mender.c has more."""
    it.drain()
    rows = it.query("SELECT detail FROM health WHERE kind = 'log_not_read'")
    assert len(rows) == 1 and 'fifo is no regular file' in rows[0][0], rows
    if lab.cuts_raw():
        it.stop()
        it.restart_as('RAW')
        it.session(['sh', '-c', 'for n in $(seq 40); do /bin/true; done'])
        wait_for('a word of what is cut', lambda: it.query(
            "SELECT 1 FROM health WHERE kind = 'cut_records'"))


CASES = {
    'RAW': ({}, [test_confined, test_counters, test_reverse_shell, test_hashes, test_reload,
                 test_keeper_allocates_nothing, test_helper_stopped, test_killed_keeper]),
    'ENRICHED': ({'format': 'ENRICHED'}, [test_reverse_shell, test_restart,
                                          test_running_before]),
    'reload': ({'prepare': reloading.prepare}, [reloading.test_reload_all,
                                                reloading.test_rules_reloaded]),
    'few rights': ({'settings': '  counters: false\n'}, [test_confined_without_counters]),
    'containers': ({'prepare': prepare_container},
                   [test_formats, test_container_before]),
    'small disk': ({'prepare': prepare_small_disk}, [test_disk_full]),
    # No log to read it back from: it is lost, and told.
    'small ring': ({'settings': '  ring_mib: 1\n  helper: false\n', 'write_logs': 'no'},
                   [test_dropped]),
    'gaps': (GAPS, [test_confined_without_helper, test_gaps]),
    'gaps ENRICHED': ({**GAPS, 'format': 'ENRICHED'}, [test_gaps]),
    'restarts': (GAPS, [test_restarts]),
    'saves': (saves.OPTIONS, [saves.test_killed_saver, saves.test_killed_whole]),
    'log gone': (GAPS, [test_log_gone]),
    'no such log': ({**GAPS, 'prepare': prepare_hostile_log}, [test_hostile_log]),
    'own records': ({'auid': 4999}, [test_quiet]),
}


# Those in which the log cannot make good what auditd has cut.
NO_LOG = ('small ring', 'no such log')


def run(name, options, tests):
    if name in NO_LOG and lab.cuts_raw():
        options = {**options, 'format': 'ENRICHED'}
    with Lab(AUSPEX, **options) as it:
        for test in tests:
            start = time.monotonic()
            test(it)
            print(f'ok {name}: {test.__name__} ({time.monotonic() - start:.1f} s)',
                  flush=True)


def run_kills():
    # What the helper knows, a log does not say.
    with Lab(AUSPEX, settings='  helper: false\n  ring_mib: 256\n') as it:
        done = killed_at_random(it, int(os.environ.get('KILLS', '40')))
        print(f'ok worker killed {done}', flush=True)


def main():
    wanted = sys.argv[1:] or [*CASES, 'kills']
    lab.end_on_signals()
    try:
        for name in wanted:
            if name == 'kills':
                run_kills()
            else:
                run(name, *CASES[name])
    except lab.Skip as reason:
        print(f'skipped: {reason}')
        sys.exit(77)


if __name__ == '__main__':
    main()
