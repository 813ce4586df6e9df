#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""auspex below auditd's own dispatcher, at a rate of one's choice:

    live_rate.py BUILD LOG SECONDS RATE [OPTION]...

BUILD is the folder that auspex was built in (make -C tests bench/send_records).
RATE is in records a second; 0: as many as auditd takes. The records come over
the network input of an auditd in a network name space of its own; the
kernel's audit is not touched. Options:
    slow-disk    each fsync takes half a second (needs patchelf)
    reader       somebody keeps a read transaction of the database open
    stop-helper  the helper hangs
    log          auditd writes its log too
    kill-worker  the worker is killed every 5 seconds
    memory=N     what memory each process has, every N seconds
    depth=N      q_depth of auditd (default 2000)
    plugin=PATH  another plugin than auspex, for comparison
Prints what auditd, the keeper and the database say, as JSON.
"""
import json
import mmap
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'live'))
import lab  # noqa: E402

PORT = 6060
CONF = lab.CONF.replace('local_events = yes', 'local_events = no').replace(
    'distribute_network = no', 'distribute_network = yes') + f"""\
tcp_listen_port = {PORT}
tcp_listen_queue = 5
tcp_max_per_addr = 1
tcp_client_max_idle = 0
transport = TCP
"""
STATE = '/run/auditd.state'


def cpu_seconds(pid):
    """Of a process and those of its children that it has waited for."""
    with open(f'/proc/{pid}/stat', encoding='ascii') as file:
        fields = file.read().rsplit(')', 1)[1].split()
    return sum(int(x) for x in fields[11:15]) / os.sysconf('SC_CLK_TCK')


def memory_kib(pid):
    """Proportional and resident set size."""
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as file:
        found = {line.split()[0]: int(line.split()[1]) for line in file if 'kB' in line}
    return found['Pss:'], found['Rss:']


class Rate:
    def __init__(self, build, log, options):
        self.build, self.log = build, log
        self.flags = {o for o in options if '=' not in o}
        self.values = dict(o.split('=', 1) for o in options if '=' in o)
        self.dir = subprocess.run(['mktemp', '-d', '/tmp/auspex-rate.XXXXXX'],
                                  capture_output=True, text=True, check=True).stdout.strip()

    def lay_out(self):
        os.chmod(self.dir, 0o711)
        for name in ('log', 'plugins.d', 'db'):
            os.mkdir(f'{self.dir}/{name}', 0o700)
        subprocess.run(['chown', 'nobody', f'{self.dir}/db'], check=True)
        subprocess.run(['install', '-m', '750', f'{self.build}/src/auspex',
                        f'{self.build}/src/auspex-keeper', self.dir], check=True)
        if 'slow-disk' in self.flags:
            subprocess.run(['cc', '-shared', '-fPIC', '-O2', '-D_GNU_SOURCE', '-o',
                            f'{self.dir}/slow.so', f'{HERE}/slow_sync.c'], check=True)
            os.chmod(f'{self.dir}/slow.so', 0o755)
            # Its processes have no environment that could name it.
            subprocess.run(['patchelf', '--add-needed', f'{self.dir}/slow.so',
                            f'{self.dir}/auspex'], check=True)
        self.write('auspex.yaml', f'plugin:\n  database: {self.dir}/db/auspex.db\n'
                                  f'  user: nobody\n  auditd_conf: {self.dir}/auditd.conf\n',
                   0o644)
        self.write('auditd.conf', CONF.format(**{
            **lab.AUDITD, 'dir': self.dir, 'depth': self.values.get('depth', '2000'),
            'write_logs': 'yes' if 'log' in self.flags else 'no'}))
        plugin = lab.PLUGIN.format(dir=self.dir)
        if 'plugin' in self.values:
            plugin = plugin.replace(f'{self.dir}/auspex\n', self.values['plugin'] + '\n')
            plugin = plugin.replace(f'args = plugin -c{self.dir}/auspex.yaml\n', '')
        self.write('plugins.d/auspex.conf', plugin)

    def write(self, name, text, mode=0o640):
        with open(f'{self.dir}/{name}', 'w', encoding='utf-8') as file:
            file.write(text)
        os.chmod(f'{self.dir}/{name}', mode)

    def start(self):
        self.auditd = subprocess.Popen(
            # A /run of its own: every auditd writes its state to the same file there.
            ['unshare', '-n', '-m', 'sh', '-c', 'ip link set lo up && mount -t tmpfs tmpfs /run'
             f' && exec auditd -n -c {self.dir}'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if 'plugin' in self.values:
            time.sleep(2)
        else:
            lab.wait_for('the worker', lambda: self.find('auspex-standby'))

    def find(self, name):
        for pid, comm in lab.process_tree(self.auditd.pid)[1:]:
            if comm == name:
                return pid
        return None

    def control(self):
        """The figures of the page that keeper and worker share."""
        keeper = self.find('auspex-keeper')
        for fd in os.listdir(f'/proc/{keeper}/fd'):
            path = f'/proc/{keeper}/fd/{fd}'
            if 'auspex-control' in os.readlink(path):
                with open(path, 'rb') as file, \
                        mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ) as page:
                    return dict(zip(lab.CTL, struct.unpack_from(f'{len(lab.CTL)}Q', page)))
        return {}

    def state(self):
        os.kill(self.auditd.pid, signal.SIGCONT)
        time.sleep(0.5)
        with open(f'/proc/{self.auditd.pid}/root{STATE}', encoding='ascii') as file:
            return dict(line.strip().split(' = ', 1) for line in file if ' = ' in line)

    def memory(self):
        """[(process, PSS, RSS)] of the plugin, in KiB."""
        found = []
        for pid, comm in lab.process_tree(self.auditd.pid)[1:]:
            try:
                found.append((comm, *memory_kib(pid)))
            except OSError:
                pass
        return found

    def cpu(self):
        """{process: CPU seconds so far}; auditd's is the first."""
        found = {}
        for pid, comm in lab.process_tree(self.auditd.pid):
            try:
                found[comm] = found.get(comm, 0) + cpu_seconds(pid)
            except OSError:
                pass
        return found

    def sample(self, at):
        """One line for each look, as it is taken: whoever waits half an hour sees it."""
        line = {'s': round(at), **{comm: f'{pss} {rss}' for comm, pss, rss in self.memory()}}
        print(json.dumps(line), file=sys.stderr, flush=True)
        return line

    def reader(self):
        db = sqlite3.connect(f'file:{self.dir}/db/auspex.db?mode=ro', uri=True)
        db.execute('BEGIN')
        db.execute('SELECT count(*) FROM processes').fetchone()
        return db

    def run(self, seconds, rate):
        self.lay_out()
        self.start()
        held = None
        if 'stop-helper' in self.flags:
            os.kill(self.find('auspex-helper'), signal.SIGSTOP)
        sender = subprocess.Popen(
            ['nsenter', '-t', str(self.auditd.pid), '-n', f'{self.build}/tests/bench/send_records',
             '127.0.0.1', str(PORT), self.log, str(seconds), str(rate)],
            stdout=subprocess.PIPE, text=True)
        start = last = time.monotonic()
        begun = self.cpu()
        kills, peak, every = 0, 0, float(self.values.get('memory', 0))
        self.samples = []
        while sender.poll() is None and time.monotonic() < start + seconds + 30:
            time.sleep(0.5)
            if every and time.monotonic() - start >= every * len(self.samples):
                self.samples.append(self.sample(time.monotonic() - start))
            if 'reader' in self.flags and not held and time.monotonic() - last > 2:
                held = self.reader()
            if 'kill-worker' in self.flags and time.monotonic() - last > 5:
                last = time.monotonic()
                pid = self.find('auspex-worker')
                if pid:
                    os.kill(pid, signal.SIGKILL)
                    kills += 1
            peak = max(peak, sum(pss for _, pss, _ in self.memory()))
        sent, took = sender.stdout.read().split()
        return self.report(int(sent), float(took), kills, peak, held, begun)

    def report(self, sent, took, kills, peak, held, begun):
        state = self.state()
        cpus = {comm: round(cpu - begun.get(comm, 0), 2) for comm, cpu in self.cpu().items()}
        result = {
            'records sent': sent, 'seconds': took, 'records/s': int(sent / took),
            'auditd': {k: v for k, v in state.items() if 'queue' in k or 'plugin' in k},
            'worker killed': kills, 'peak memory of the plugin, MiB (PSS)': peak // 1024,
            # From the first record on: what it takes to start is not counted.
            'cpu seconds of auditd': cpus.pop('auditd'),
            'cpu seconds of the plugin, by process': cpus,
        }
        if 'plugin' not in self.values:
            control = self.control()
            lab.wait_for('the worker to be done',
                         lambda: self.control()['head'] - self.control()['done'] < 4096)
            result['keeper'] = {k: control[k] for k in (
                'lines_bytes', 'dropped_records', 'away_us', 'deaths')}
            result['database'] = self.database()
        if held:
            held.close()
        return result

    def database(self):
        with sqlite3.connect(f'file:{self.dir}/db/auspex.db?mode=ro', uri=True) as db:
            return {
                'records': db.execute('SELECT sum(records) FROM sources').fetchone()[0],
                'processes': db.execute('SELECT count(*) FROM processes').fetchone()[0],
                'health': db.execute('SELECT kind, sum(count) FROM health GROUP BY 1').fetchall(),
                'wal MiB': os.path.getsize(f'{self.dir}/db/auspex.db-wal') >> 20,
                'check': db.execute('PRAGMA quick_check').fetchone()[0],
            }

    def stop(self):
        self.auditd.terminate()
        self.auditd.wait(30)
        time.sleep(3)
        subprocess.run(['rm', '-rf', self.dir], check=True)


def main():
    build, log, seconds, rate = sys.argv[1:5]
    it = Rate(os.path.abspath(build), os.path.abspath(log), sys.argv[5:])
    try:
        print(json.dumps(it.run(float(seconds), float(rate)), indent=1))
    finally:
        it.stop()


if __name__ == '__main__':
    main()
