#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""exports.py DIR: hold DIR/ocsf, ecs and navigator against what their formats require.

OCSF: required attributes of class 2004 and of the objects in it (schema.ocsf.io, 1.8.0).
ECS: @timestamp, and the allowed values of the categorization fields (ECS 9.4).
Navigator: the layer file format 4.5.
"""
import json
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
        check('pid' in process or 'uid' in process, 'ocsf.process: pid or uid')
        for file in (process.get('file'), evidence.get('file')):
            if file:
                need(file, ['name', 'type_id'], 'ocsf.file')
    for observable in doc.get('observables', []):
        need(observable, ['name', 'type_id', 'value'], 'ocsf.observable')


def ecs(doc):
    need(doc, ['@timestamp', 'ecs', 'event', 'rule'], 'ecs')
    check(doc['event']['kind'] == 'alert', 'ecs: kind')
    check(set(doc['event']['category']) <= {'process', 'file', 'network', 'iam', 'authentication'}, 'ecs: category')
    check(set(doc['event']['type']) <= {'start', 'connection', 'creation', 'change'}, 'ecs: type')
    check(doc['event']['outcome'] in ('success', 'failure', 'unknown'), 'ecs: outcome')
    check(isinstance(doc['event']['severity'], int), 'ecs: severity')
    for key in ('id', 'name'):
        check(isinstance(doc['threat']['technique'][key], list), 'ecs: technique lists')


def navigator(doc):
    need(doc, ['name', 'versions', 'domain', 'techniques'], 'navigator')
    check(doc['versions']['layer'] == '4.5' and doc['domain'] == 'enterprise-attack', 'navigator: versions')
    check(len(doc['techniques']) > 0, 'navigator: techniques')
    for technique in doc['techniques']:
        check(technique['techniqueID'].startswith('T') and technique['score'] > 0, 'navigator: technique')


def main():
    folder = sys.argv[1]
    for doc in lines(f'{folder}/ocsf'):
        ocsf(doc)
    for doc in lines(f'{folder}/ecs'):
        ecs(doc)
    with open(f'{folder}/navigator', encoding='utf-8') as file:
        navigator(json.load(file))
    check(passed > 50, 'there was something to look at')
    print(f'{passed} passed, {failed} failed')
    sys.exit(1 if failed else 0)


main()
