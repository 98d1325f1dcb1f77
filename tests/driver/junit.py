# SPDX-License-Identifier: MIT OR Apache-2.0
"""Results as a JUnit file, which CI systems read."""

import re
from xml.etree import ElementTree as xml

# XML cannot hold these, not even escaped; a log may have any byte.
FORBIDDEN = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


def plain(text):
    return FORBIDDEN.sub(lambda match: f'\\x{ord(match[0]):02x}', text)


def write(results, path):
    root = xml.Element('testsuites', totals(results))
    for suite in sorted({result.suite for result in results}):
        members = [result for result in results if result.suite == suite]
        node = xml.SubElement(root, 'testsuite', name=plain(suite), **totals(members))
        for result in sorted(members, key=lambda result: result.name):
            add_case(node, result)
    xml.indent(root)
    xml.ElementTree(root).write(path, encoding='utf-8', xml_declaration=True)


def totals(results):
    return {
        'tests': str(len(results)),
        'failures': str(sum(result.failed for result in results)),
        'skipped': str(sum(result.skipped for result in results)),
        'time': f'{sum(result.seconds for result in results):.3f}',
    }


def add_case(node, result):
    case = xml.SubElement(node, 'testcase', classname=plain(result.suite),
                          name=plain(result.name), time=f'{result.seconds:.3f}')
    if result.failed:
        failure = xml.SubElement(case, 'failure', message=plain(result.failure.splitlines()[0]))
        failure.text = plain(result.failure)
    if result.skipped:
        xml.SubElement(case, 'skipped')
