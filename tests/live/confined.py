# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel says of the rights of the plugin's processes."""
import pwd
import re

from lab import wait_for

CAPS = {name: 1 << number for name, number in (
    ('dac_read_search', 2), ('kill', 5), ('setgid', 6), ('setuid', 7), ('setpcap', 8),
    ('ipc_lock', 14), ('sys_ptrace', 19), ('audit_control', 30))}


def caps(*names):
    return sum(CAPS[name] for name in names)


LOOK = ('dac_read_search', 'sys_ptrace')
KEEPER = ('kill', 'ipc_lock', 'setuid', 'setgid', 'setpcap')


def status_of(pid):
    with open(f'/proc/{pid}/status', encoding='utf-8') as file:
        return dict(line.rstrip('\n').split(':\t', 1) for line in file if ':\t' in line)


def check(it, name, user, allowed, seccomp, bounding=0):
    status = status_of(wait_for(name, lambda: it.find(name)))
    uid = str(pwd.getpwnam(user).pw_uid)
    assert status['Uid'].split() == [uid] * 4, (name, status['Uid'])
    if user != 'root':
        assert status['Groups'].strip() == '', (name, status['Groups'])
    for key, value in (('CapEff', allowed), ('CapPrm', allowed), ('CapInh', 0),
                       ('CapAmb', 0), ('CapBnd', bounding)):
        assert int(status[key], 16) == value, (name, key, status[key])
    assert status['NoNewPrivs'] == '1', name
    if seccomp:
        assert status['Seccomp'] == '2', (name, status['Seccomp'])


def check_all(it, counters=True, helper=True):
    """Each process has the rights that it needs, and no others."""
    with open(it.auspex, 'rb') as file:
        filtered = b'__asan_init' not in file.read()
    more = ('audit_control',) if counters else ()
    look = LOOK if helper else ('dac_read_search',)  # it opens the log alone
    keeper = wait_for('the keeper', it.keeper)
    # What it may, its children may have: it executes them.
    own = caps(*KEEPER, *look, *more)
    check(it, 'auspex-keeper', 'root', own, filtered, bounding=own)
    check(it, 'auspex-worker', it.user, 0, filtered)
    check(it, 'auspex-standby', it.user, 0, filtered)
    check(it, 'auspex-helper', it.user, caps(*look), filtered)
    if counters:
        check(it, 'auspex-probe', it.user, caps('dac_read_search', 'audit_control'),
              filtered)
    else:
        assert not it.find('auspex-probe')
    status = status_of(keeper)
    # SIGPIPE is ignored; 32 and 33 are the C library's own
    ignored = int(status['SigIgn'], 16) & ~(1 << 12 | 3 << 31)
    assert ignored == 0, status['SigIgn']
    assert int(status['SigBlk'], 16) & ~(1 << 0 | 1 << 14 | 1 << 16) == 0, status['SigBlk']


def memory_of(pid):
    """The mappings of a process, but for its stack, which the kernel makes longer."""
    with open(f'/proc/{pid}/maps', encoding='utf-8') as file:
        return [re.sub(' +', ' ', line) for line in file if '[stack]' not in line]
