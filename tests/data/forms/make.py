#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""make.py OUT: a small image with whiteouts, links and odd names as `docker save` writes it."""
import hashlib, io, json, sys, tarfile

LAYERS = [
    [('d', 'etc'), ('f', 'etc/motd', 'hello\n'), ('f', 'etc/old', 'old\n'), ('d', 'usr'), ('d', 'usr/bin'),
     ('f', 'usr/bin/ls', '#!/bin/sh\n', 0o755), ('h', 'usr/bin/dir', 'usr/bin/ls'), ('l', 'bin', 'usr/bin'),
     ('d', 'opt'), ('f', 'opt/a/b/c', 'deep\n'), ('f', 'opt/x', 'x\n')],
    [('f', 'etc/.wh.old', ''), ('d', 'opt/a'), ('f', 'opt/a/.wh..wh..opq', ''), ('f', 'opt/a/new', 'new\n'),
     ('f', 'usr/bin/su', 'set\n', 0o4755), ('f', 'srv/a b/\u00e9#=\\', 'odd\n')],
    [('f', 'etc/motd', 'hello again\n'), ('h', 'usr/bin/sudo', 'usr/bin/su'), ('f', 'usr/bin/.wh.dir', '')],
]

def add(tar, kind, name, text='', mode=0o644):
    info = tarfile.TarInfo(name)
    info.mode = {'d': 0o755, 'l': 0o777}.get(kind, mode)
    if kind == 'd':
        info.type = tarfile.DIRTYPE
    elif kind in 'lh':
        info.type = tarfile.SYMTYPE if kind == 'l' else tarfile.LNKTYPE
        info.linkname = text
    data = text.encode() if kind == 'f' else b''
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))

def member(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))

blobs = []
for entries in LAYERS:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as tar:
        for entry in entries:
            add(tar, *entry)
    blobs.append(out.getvalue())
digests = [hashlib.sha256(blob).hexdigest() for blob in blobs]
config = json.dumps({
    'architecture': 'amd64', 'os': 'linux', 'config': {}, 'created': '2026-01-01T00:00:00Z',
    'history': [{'created': '2026-01-01T00:00:00Z'}] * len(blobs),
    'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + d for d in digests]}}).encode()
name = hashlib.sha256(config).hexdigest() + '.json'
manifest = [{'Config': name, 'RepoTags': ['registry.local/test/forms:1'],
             'Layers': [d + '/layer.tar' for d in digests]}]
with tarfile.open(sys.argv[1], 'w') as tar:
    for digest, blob in zip(digests, blobs):
        member(tar, digest + '/layer.tar', blob)
    member(tar, name, config)
    member(tar, 'manifest.json', json.dumps(manifest).encode())
