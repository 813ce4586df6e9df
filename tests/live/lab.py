# SPDX-License-Identifier: GPL-2.0-or-later
"""An auditd of our own with auspex as its plugin, and sessions that it sees.

Rules see only sessions whose login uid is 4200 to 4999, so that nothing else
on the machine is audited. One auditd runs on a machine at a time: a lock
keeps two tests apart, and nothing is done where another auditd runs.
"""
import contextlib
import ctypes
import fcntl
import mmap
import os
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

LOCK = os.path.join(tempfile.gettempdir(), 'auditd.lock')
STATES = ('/run/audit/auditd.state', '/var/run/auditd.state')  # from 4.1.2 on, and before
CONF = """\
local_events = yes
write_logs = {write_logs}
log_file = {dir}/log/audit.log
log_group = root
log_format = {format}
flush = INCREMENTAL_ASYNC
freq = 500
max_log_file = 4000
num_logs = {num_logs}
priority_boost = 4
name_format = NONE
max_log_file_action = KEEP_LOGS
space_left = 75
space_left_action = IGNORE
admin_space_left = 50
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
use_libwrap = no
distribute_network = no
q_depth = {depth}
overflow_action = SYSLOG
max_restarts = 10
plugin_dir = {dir}/plugins.d
end_of_event_timeout = 2
"""
AUDITD = {'format': 'RAW', 'depth': 20000, 'write_logs': 'yes', 'num_logs': 20}
# The first fields of struct ring_ctl.
CTL = ('head', 'lines_bytes', 'dropped_records', 'dropped_bytes', 'cut_lines', 'away_us',
       'deaths', 'keep', 'done', 'failures')
PLUGIN = """\
active = yes
direction = out
path = {dir}/auspex
type = always
args = plugin -c{dir}/auspex.yaml
format = string
"""


class Skip(Exception):
    """The machine does not allow the test."""


def auditctl(*args):
    return subprocess.run(['auditctl', *args], capture_output=True, text=True, check=False)


def kernel_status():
    return {k: v for k, v in (line.split(maxsplit=1) for line in
                              auditctl('-s').stdout.splitlines() if ' ' in line)}


def end_on_signals():
    """Whoever ends the test early is to find no auditd of ours, nor one half put away."""
    def end(*_):
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, lambda *_: None)  # children do not inherit that
        sys.exit(1)
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, end)


def end_with_parent():
    """A child is to get SIGTERM when it has lost who started it, however that died."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG, linux/prctl.h


def check_machine():
    """Raises Skip with the reason where no auditd can be run."""
    if os.geteuid() != 0:
        raise Skip('needs root')
    for program in ('auditd', 'auditctl'):
        if not shutil.which(program, path=os.environ['PATH'] + ':/usr/sbin:/sbin'):
            raise Skip(f'{program} is not installed')
    status = kernel_status()
    if 'enabled' not in status:
        raise Skip('the kernel does not let us at its audit (a container?)')
    if status['enabled'] == '2':
        raise Skip("the kernel's audit rules are locked (-e 2)")
    if status.get('pid', '0') != '0':
        raise Skip('another auditd is running')
    if subprocess.run(['sh', '-c', 'echo 4999 >/proc/self/loginuid'],
                      stderr=subprocess.DEVNULL, check=False).returncode:
        raise Skip('the login uid cannot be set')


def version():
    """(4, 2, 1), of auditd: auditctl comes with it."""
    words = re.findall(r'\d+', auditctl('-v').stdout)
    return tuple(int(word) for word in words)


def cuts_raw():
    """Does it take the end off each record that it hands over with log_format = RAW?"""
    return (4, 2) <= version() < (4, 2, 2)


def restarts_on_hup():
    """Does SIGHUP start plugins again, or is it passed on to them?"""
    return version() >= (4, 2)


PATIENCE = int(os.environ.get('PATIENCE', '120'))  # seconds; what is waited for comes at once on an idle machine


def wait_for(what, condition):
    """Waits until condition() is true and returns its value; fails at last."""
    end = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'waited {PATIENCE} s in vain: {what}')
        time.sleep(0.02)


def process_tree(pid):
    """[(pid, name)] of pid and everything below it."""
    children = []
    try:
        with open(f'/proc/{pid}/comm', encoding='utf-8') as file:
            found = [(pid, file.read().strip())]
        # auditd starts a plugin again from another thread
        for thread in os.listdir(f'/proc/{pid}/task'):
            with open(f'/proc/{pid}/task/{thread}/children', encoding='utf-8') as file:
                children += file.read().split()
    except OSError:
        return []
    for child in children:
        found += process_tree(int(child))
    return found


class Lab:
    def __init__(self, auspex, user='nobody', settings='', auid=None, prepare=None,
                 **auditd):
        self.auspex_built = auspex
        self.prepare = prepare  # called with the lab before anything runs
        self.user, self.settings, self.auid = user, settings, auid
        self.auditd_options = {**AUDITD, **auditd}
        self.auditd = None
        self.lock = None
        self.next_auid = 4200
        self.log_conf = None  # auditd.conf as the plugin reads it
        self.top = ''
        self.drained = 0

    def __enter__(self):
        self.lock = open(LOCK, 'w', encoding='utf-8')
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        check_machine()
        self.dir = tempfile.mkdtemp(prefix='auspex-live.')
        os.chmod(self.dir, 0o711)
        for name in ('log', 'plugins.d'):
            os.mkdir(f'{self.dir}/{name}', 0o700)
        os.mkdir(f'{self.dir}/db', 0o700)
        shutil.chown(f'{self.dir}/db', self.user)
        self.database = f'{self.dir}/db/auspex.db'
        self.auspex = f'{self.dir}/auspex'
        for program in (self.auspex, self.auspex + '-keeper'):
            shutil.copy(os.path.join(os.path.dirname(self.auspex_built),
                                     os.path.basename(program)), program)
            os.chmod(program, 0o750)
        self.write('auditd.conf', CONF.format(dir=self.dir, **self.auditd_options))
        self.plugin = PLUGIN.format(dir=self.dir)
        self.write('plugins.d/auspex.conf', self.plugin)
        try:
            self.top = self.prepare(self) if self.prepare else ''
            self.configure('')
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        if os.environ.get('KEEP_LAB'):
            print('kept', self.dir, file=sys.stderr)
        else:
            if os.path.ismount(f'{self.dir}/db'):
                subprocess.run(['umount', '-l', f'{self.dir}/db'], check=True)
            shutil.rmtree(self.dir)
        self.lock.close()

    def write(self, name, text):
        with open(f'{self.dir}/{name}', 'w', encoding='utf-8') as file:
            file.write(text)
        os.chmod(f'{self.dir}/{name}', 0o640)

    def configure(self, more):
        """The settings of auspex; more: YAML of its top level."""
        self.write('auspex.yaml', f'{self.top}\n{more}\nplugin:\n  database: {self.database}\n'
                                  f'  user: {self.user}\n'
                                  f'  auditd_conf: {self.log_conf or self.dir + "/auditd.conf"}\n{self.settings}')
        os.chmod(f'{self.dir}/auspex.yaml', 0o644)

    def rules(self):
        """The standard rules, for our sessions alone."""
        text = subprocess.run([self.auspex_built, 'rules', '--exe', self.auspex],
                              capture_output=True, text=True, check=True).stdout
        text = re.sub(r'^(-a always.*) -k auspex$',
                      r'\1 -F auid>=4200 -F auid<=4999 -k auspex', text, flags=re.M)
        return '-D\n-b 65536\n-f 0\n--backlog_wait_time 0\n' + text

    def start(self, plugin=True):
        """Starts auditd and waits until the plugin's worker runs."""
        def prepare():
            end_with_parent()
            if self.auid:
                with open('/proc/self/loginuid', 'w', encoding='utf-8') as file:
                    file.write(str(self.auid))
        self.out = open(f'{self.dir}/auditd.out', 'a', encoding='utf-8')
        self.auditd = subprocess.Popen(['auditd', '-n', '-c', self.dir], stdout=self.out,
                                       stderr=self.out, preexec_fn=prepare)
        wait_for('auditd', lambda: kernel_status().get('pid') == str(self.auditd.pid))
        self.write('rules', self.rules())
        loaded = auditctl('-R', f'{self.dir}/rules')
        if loaded.returncode:
            raise AssertionError('auditctl: ' + loaded.stderr)
        if plugin:
            wait_for('the worker', lambda: self.find('auspex-standby'))

    def restart_as(self, form):
        """Starts it with another log_format, a new log and a new database."""
        self.auditd_options['format'] = form
        self.write('auditd.conf', CONF.format(dir=self.dir, **self.auditd_options))
        shutil.rmtree(f'{self.dir}/log')
        os.mkdir(f'{self.dir}/log', 0o700)
        self.database = f'{self.dir}/db/{form}.db'
        self.configure('')
        self.start()

    def log(self):
        """The lines of auditd's log."""
        with open(f'{self.dir}/log/audit.log', encoding='utf-8', errors='replace') as file:
            return file.readlines()

    def stop(self):
        auditctl('-D')
        if self.auditd:
            self.auditd.terminate()
            try:
                self.auditd.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.auditd.kill()
                raise
            self.unregister()
            self.auditd = None
            self.out.close()
            self.settle()

    def unregister(self):
        """
        Of an auditd that has died (with log_format = RAW 4.1 does so whenever it
        is to end) the kernel hears when it has a record for it.
        """
        def gone():
            if kernel_status().get('pid') != str(self.auditd.pid):
                return True
            auditctl('-m', 'is anybody there?')
            return False
        wait_for('the kernel to know the end of auditd', gone)

    def settle(self):
        """Waits until nobody writes to the database any more."""
        wait_for('the end of the plugin', lambda: not subprocess.run(
            ['pgrep', '-f', f'^{self.auspex}(-keeper|) '], stdout=subprocess.DEVNULL,
            check=False).returncode == 0)

    def find(self, name):
        """The pid of one of the plugin's processes, or None."""
        for pid, comm in process_tree(self.auditd.pid)[1:]:
            if comm == name:
                return pid
        return None

    def keeper(self):
        return self.find('auspex-keeper')

    def kill(self, name, sig=signal.SIGKILL):
        pid = self.find(name)
        if pid:
            try:
                os.kill(pid, sig)
            except ProcessLookupError:
                pid = None
        return pid

    def session(self, command, check=True, **options):
        """Runs command as a login session of its own."""
        subprocess.run(command, preexec_fn=self.login(), check=check, **options)

    @contextlib.contextmanager
    def running(self, command, **options):
        """The same for as long as the block lasts, or longer; gives the process."""
        with subprocess.Popen(command, preexec_fn=self.login(), **options) as process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise

    def drain(self):
        """Waits until all that was recorded so far has been stored."""
        self.drained += 1
        name = f'drained-{self.drained}'
        self.session([sys.executable, f'{os.path.dirname(__file__)}/sessions.py', 'memfd',
                      '/bin/true', name, '0'])
        self.finding('fileless_execution_memfd', more=f"path LIKE '%:{name}%'")

    def login(self):
        """What a child does to be a login session of its own."""
        auid = self.next_auid
        self.next_auid += 1

        def set_auid():
            with open('/proc/self/loginuid', 'w', encoding='utf-8') as file:
                file.write(str(auid))
        return set_auid

    def control(self):
        """The figures of the page that keeper and worker share (src/keeper/ring.h)."""
        keeper = self.keeper()
        for fd in os.listdir(f'/proc/{keeper}/fd'):
            path = f'/proc/{keeper}/fd/{fd}'
            if 'auspex-control' in os.readlink(path):
                with open(path, 'rb') as file, \
                        mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ) as page:
                    return dict(zip(CTL, struct.unpack_from(f'{len(CTL)}Q', page)))
        raise AssertionError('the keeper has no control page')

    def query(self, sql, *args):
        try:
            with sqlite3.connect(f'file:{self.database}?mode=ro', uri=True) as db:
                return db.execute(sql, args).fetchall()
        except sqlite3.OperationalError:
            return []

    def finding(self, detector, more='1'):
        """Waits for a finding and returns it as a dict."""
        sql = f'SELECT * FROM findings WHERE detector = ? AND {more}'

        def look():
            with sqlite3.connect(f'file:{self.database}?mode=ro', uri=True) as db:
                db.row_factory = sqlite3.Row
                try:
                    return db.execute(sql, (detector,)).fetchone()
                except sqlite3.OperationalError:
                    return None
        return wait_for(f'{detector} where {more}', look)


# What a database says, without the numbers of rows and what only one way of
# reading can know.
CONTENT = {
    'findings': """SELECT f.uid, f.detector, f.severity, f.confidence, f.first_seen,
        f.last_seen, f.count, f.summary, f.caveat, f.path, f.remote_addr, f.remote_port,
        f.mechanism, f.fds, f.data_path, p.uid FROM findings f
        LEFT JOIN processes p ON p.id = f.process_id ORDER BY 1""",
    'evidence': """SELECT f.uid, e.n, e.time, e.serial, e.what FROM evidence e
        JOIN findings f ON f.id = e.finding_id ORDER BY 1, 2""",
    'processes': """SELECT p.uid, q.uid, p.pid, p.ppid, p.started, p.ended, p.exit_code,
        p.start_seen, p.observed FROM processes p
        LEFT JOIN processes q ON q.id = p.parent_id ORDER BY 1""",
    'images': """SELECT p.uid, i.seq, i.time, i.serial, i.exe, i.cwd, i.argv, i.user_id,
        i.auid FROM images i JOIN processes p ON p.id = i.process_id ORDER BY 1, 2""",
}


def content(database, table):
    with sqlite3.connect(f'file:{database}?mode=ro', uri=True) as db:
        return db.execute(CONTENT[table]).fetchall()


def assert_same(one, other):
    """Two databases say the same."""
    for table in CONTENT:
        a, b = content(one, table), content(other, table)
        if a != b:
            lost = [row for row in b if row not in set(a)][:3]
            more = [row for row in a if row not in set(b)][:3]
            raise AssertionError(f'{table}: {len(a)} rows, not {len(b)}; '
                                 f'lost {lost}, too many {more}')
