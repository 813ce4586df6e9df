#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""exports.py AUSPEX DIR: hold the exports of DIR/incident.db, and of a hostile one with
containers, against what their formats require.

OCSF: required attributes of class 2004 and of the objects in it (schema.ocsf.io, 1.8.0).
ECS: @timestamp, and the allowed values of the categorization fields (ECS 9.4).
Navigator: the layer file format 4.5.
"""
import ipaddress
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys

failed = 0
passed = 0


def check(ok, what):
    global failed, passed
    if ok:
        passed += 1
    else:
        failed += 1
        print('FAIL', what)


def need(obj, keys, where):
    for key in keys:
        check(isinstance(obj, dict) and key in obj, f'{where}: {key}')


def lines(path):
    with open(path, encoding='utf-8') as file:
        return [json.loads(line) for line in file]


OBSERVED = {1: 'device.hostname', 2: '_endpoint.ip', 8: 'hashes[].value', 45: 'path'}


def ocsf_process(process):
    check('pid' in process or 'uid' in process, 'ocsf.process: pid or uid')
    check(isinstance(process.get('pid', 1), int), 'ocsf.process: pid is a number')
    for key in ('uid', 'name'):
        check(isinstance(process.get('user', {}).get(key, ''), str), f'ocsf.user: {key} is text')
    if 'parent_process' in process:
        ocsf_process(process['parent_process'])


def ocsf_file(file):
    need(file, ['name', 'type_id'], 'ocsf.file')
    check('/' not in file['name'] or file['name'] == '/', 'ocsf.file: a name without a folder')
    for fingerprint in file.get('hashes', []):
        need(fingerprint, ['algorithm_id', 'value'], 'ocsf.fingerprint')
        check(fingerprint['algorithm_id'] == 3, 'ocsf.fingerprint: SHA-256')


def ocsf(doc):
    need(doc, ['activity_id', 'category_uid', 'class_uid', 'type_uid', 'severity_id', 'time', 'metadata',
               'finding_info'], 'ocsf')
    check(doc['class_uid'] == 2004 and doc['category_uid'] == 2, 'ocsf: class and category')
    check(doc['type_uid'] == doc['class_uid'] * 100 + doc['activity_id'], 'ocsf: type_uid')
    check(doc['severity_id'] in range(1, 7) and isinstance(doc['time'], int), 'ocsf: severity and time')
    need(doc['metadata'], ['version', 'product'], 'ocsf.metadata')
    need(doc['finding_info'], ['uid', 'title'], 'ocsf.finding_info')
    need(doc['finding_info']['analytic'], ['type_id'], 'ocsf.analytic')
    need(doc['device'], ['type_id'], 'ocsf.device')
    need(doc['device']['os'], ['name', 'type_id'], 'ocsf.os')
    for attack in doc['finding_info'].get('attacks', []):
        need(attack, ['version'], 'ocsf.attack')
        check({'technique', 'sub_technique', 'tactic'} & attack.keys(), 'ocsf.attack: one of three')
    for evidence in doc['evidences']:
        check(evidence, 'ocsf.evidences: not empty')
        process = evidence.get('process', {})
        if process:
            ocsf_process(process)
        for file in (process.get('file'), evidence.get('file')):
            if file:
                ocsf_file(file)
    for observable in doc.get('observables', []):
        need(observable, ['name', 'type_id', 'value'], 'ocsf.observable')
        check(observable['name'].endswith(OBSERVED.get(observable['type_id'], '?')), 'ocsf.observable: type')


def ecs(doc):
    need(doc, ['@timestamp', 'ecs', 'event', 'rule'], 'ecs')
    check(doc['event']['kind'] == 'alert', 'ecs: kind')
    check(set(doc['event']['category']) <= {'process', 'file', 'network', 'iam', 'authentication'}, 'ecs: category')
    check(set(doc['event']['type']) <= {'start', 'connection', 'creation', 'change'}, 'ecs: type')
    check(doc['event']['outcome'] in ('success', 'failure', 'unknown'), 'ecs: outcome')
    check(isinstance(doc['event']['severity'], int), 'ecs: severity')
    check(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z', doc['@timestamp']), 'ecs: @timestamp')
    technique = doc['threat']['technique']
    check(all(re.fullmatch(r'T\d{4}', t) for t in technique['id']), 'ecs: techniques')
    for below in technique.get('subtechnique', {}).get('id', []):
        check(re.fullmatch(r'T\d{4}\.\d{3}', below) and below[:5] in technique['id'], 'ecs: subtechniques')
    check(all(re.fullmatch(r'TA\d{4}', t) for t in doc['threat']['tactic']['id']), 'ecs: tactics')
    for end in ('source', 'destination'):
        ip = doc.get(end, {}).get('ip')
        if ip:
            ipaddress.ip_address(ip)


def navigator(doc):
    need(doc, ['name', 'versions', 'domain', 'techniques'], 'navigator')
    check(doc['versions']['layer'] == '4.5' and doc['domain'] == 'enterprise-attack', 'navigator: versions')
    check(len(doc['techniques']) > 0, 'navigator: techniques')
    gradient = doc['gradient']
    check(len(gradient['colors']) >= 2 and gradient['minValue'] < gradient['maxValue'], 'navigator: gradient')
    for technique in doc['techniques']:
        check(technique['techniqueID'].startswith('T') and technique['score'] > 0, 'navigator: technique')


HOSTILE = '"\'`$(id)</x> \x1b[31m\u202e\\\n=1,;{}'


def make_hostile(folder):
    """The incident in a container, with names that others chose."""
    path = os.path.join(folder, 'hostile.db')
    shutil.copy(os.path.join(folder, 'incident.db'), path)
    db = sqlite3.connect(path)
    argv = json.dumps(['sh', '-c', HOSTILE])
    for sql in ("INSERT INTO containers (id, host_id, container, name, image, image_digest, pod, namespace, runtime)"
                " VALUES (1, 0, ?1, ?1, ?1, ?1, ?1, ?1, 'containerd')",
                "UPDATE findings SET container_id = 1, summary = ?1, path = '/tmp/' || ?1, direction = 'inbound'",
                "UPDATE hosts SET name = ?1 WHERE id <> 0",
                "UPDATE finding_processes SET exe = '/x/' || ?1, cwd = ?1, user_name = ?1, argv = ?2",
                "UPDATE evidence SET what = ?1, raw = ?1"):
        db.execute(sql, (HOSTILE, argv)[:2 if '?2' in sql else 1])
    db.execute("UPDATE findings SET sha256 = ?", ('ab' * 32,))
    db.commit()
    db.close()


def exported(auspex, folder, name, to):
    path = os.path.join(folder, f'{name}.{to}')
    done = subprocess.run([auspex, 'export', '-d', os.path.join(folder, name + '.db'), '--to', to, '-o', path],
                          check=False, timeout=60)
    check(done.returncode == 0, f'{name}: export --to {to}')
    with open(path, 'rb') as file:
        check(not re.search(rb'[\x00-\x09\x0b-\x1f\x7f]', file.read()), f'{name}.{to}: nothing that acts')
    return path


def drawn(path):
    if not shutil.which('dot'):
        print('graphviz is not installed: the graph was not drawn')
        return
    done = subprocess.run(['dot', '-Tsvg', path], check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check(done.returncode == 0 and b'<svg' in done.stdout, f'{path}: {done.stderr.decode()}')


def main():
    auspex, folder = sys.argv[1:]
    make_hostile(folder)
    for name in ('incident', 'hostile'):
        before = len(lines(exported(auspex, folder, name, 'jsonl')))
        docs = lines(exported(auspex, folder, name, 'ocsf'))
        for doc in docs:
            ocsf(doc)
            if name == 'hostile':
                container = doc['evidences'][0]['container']
                check(container['uid'] and container['image']['name'], 'ocsf: container')
        check(len(docs) == before > 0, f'{name}: as many of OCSF')
        docs = lines(exported(auspex, folder, name, 'ecs'))
        for doc in docs:
            ecs(doc)
        check(len(docs) == before, f'{name}: as many of ECS')
        with open(exported(auspex, folder, name, 'navigator'), encoding='utf-8') as file:
            navigator(json.load(file))
        drawn(exported(auspex, folder, name, 'dot'))
    print(f'{passed} passed, {failed} failed')
    sys.exit(1 if failed else 0)


main()
