# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests of what is said of the tree as a whole: that each check of it finds what it is
for, and that the same tree gives the same images."""

import json
import os
import re
import shutil
import subprocess

from driver.paths import SCRIPTS, SOURCE

from .script_test import run, test_list

TREE_TESTS, test = test_list()

# --- checks ----------------------------------------------------------------------

LICENCE = '/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n'
C_FILE = 'kernel/core/planted.c'
USES = LICENCE + '#include "cap.h"\n#include "shared.h"\n'

# For each check, what it must find: a file, its text, and what the check says. Words
# that would be found right here are written in two pieces.
PLANTED = [
    ('layout', 'stray/file', '# SPDX-License-Identifier: MIT OR Apache-2.0\n', 'stray'),
    ('licence', C_FILE, '#include "cap.h"\n', C_FILE),
    ('space', C_FILE, LICENCE + '#include "cap.h" \n', f'{C_FILE}:2'),
    ('finished', C_FILE, LICENCE + '/* TO' + 'DO */\n', f'{C_FILE}:2'),
    ('neutral', C_FILE, LICENCE + '#ifdef __x86_64__\n#endif\n', f'{C_FILE}:2'),
    ('names', C_FILE, LICENCE + '/* for fsd */\n', f'{C_FILE}:2'),
    ('format', C_FILE, LICENCE + 'int  x;\n', f'{C_FILE}:2'),
    ('shell', 'scripts/planted.sh', '#!/bin/sh\necho $1\n', 'scripts/planted.sh:2'),
    ('python', 'tests/planted.py', 'print(x)\n', "undefined name 'x'"),
    ('python', 'tests/planted.py', 'import os\n', 'imported but unused'),
    ('sparse', C_FILE, USES + 'rights_t f(cptr_t c)\n{\n\treturn c;\n}\n',
     'expected restricted rights_t, got restricted cptr_t'),
    ('sparse', C_FILE, USES + 'word_t f(struct ipc_buffer SHARED *b)\n{\n\treturn b->word[0];\n}\n',
     'dereference of noderef expression'),
    ('sparse', C_FILE, USES + 'word_t *f(struct ipc_buffer SHARED *b)\n{\n\treturn b->word;\n}\n',
     'different address spaces'),
    ('cppcheck', C_FILE, LICENCE + 'int f(int i)\n{\n\tint a[2] = { 0 };\n\n\treturn a[2] + i;\n}\n',
     'arrayIndexOutOfBounds'),
    ('tidy', C_FILE, LICENCE + '#define TWICE(x) x * 2\nint f(int i)\n{\n\treturn TWICE(i + 1);\n}\n',
     'bugprone-macro-parentheses'),
    ('tidy', C_FILE, LICENCE + 'int f(int i)\n{\n\treturn i ? f(i - 1) : 0;\n}\n',
     'misc-no-recursion'),
    ('tidy', C_FILE, LICENCE + 'int f(int i)\n{\n\tint n = 0;\n\n\treturn i == 1 ? i / n : n;\n}\n',
     'core.DivideZero'),
]


def small_tree(folder, build):
    """A tree in which every check finds nothing, with one C file and how it is compiled."""
    tree = folder / 'tree'
    for name in ('scripts/check.sh', 'scripts/preflight.sh', 'services/fsd/main.c',
                 '.clang-format', '.clang-tidy', '.cppcheck'):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCE / name, tree / name)
    for name in ('kernel', 'services', 'abi', 'tests'):
        (tree / name).mkdir(exist_ok=True)
    (tree / 'tests/sound.py').write_text(
        '# SPDX-License-Identifier: MIT OR Apache-2.0\nprint("sound")\n')
    (tree / C_FILE).parent.mkdir()
    (tree / C_FILE).write_text(USES)
    include = ' '.join(f'-I{path}' for path in (
        build / 'abi', SOURCE / 'abi/lib', *(SOURCE / 'kernel' / name for name in
                                             ('include', 'core', 'memory', 'arch/x86_64'))))
    (folder / 'compile_commands.json').write_text('[\n' + json.dumps(
        {'directory': str(tree), 'file': C_FILE,
         'command': f'gcc -std=c17 -ffreestanding {include} -c {C_FILE}'},
        separators=(',', ':')) + ']\n')
    subprocess.run(['git', 'init', '--quiet', tree], check=True)
    return tree


def check(tree, *names):
    return run(tree / 'scripts/check.sh', *names, O=str(tree.parent))


@test('no check finds anything where there is nothing to find')
def _(folder, build):
    done = check(small_tree(folder, build))
    assert done.returncode == 0 and not done.stdout, done.stdout


@test('each check finds what was planted for it')
def _(folder, build):
    tree = small_tree(folder, build)
    listed = run(SCRIPTS / 'check.sh', '--list').stdout
    assert {line.split()[0] for line in listed.splitlines()} == {name for name, *_ in PLANTED}
    for name, file, text, said in PLANTED:
        before = (tree / file).read_text() if (tree / file).exists() else None
        (tree / file).parent.mkdir(exist_ok=True)
        (tree / file).write_text(text)
        done = check(tree, name)
        assert done.returncode == 1 and said in done.stdout, f'{name}: {done.stdout}'
        (tree / file).unlink()
        if before is not None:
            (tree / file).write_text(before)


@test('the checks that read C do not pass before make has said how it is compiled')
def _(folder, _build):
    for name in ('sparse', 'cppcheck', 'tidy'):
        done = run(SCRIPTS / 'check.sh', name, O=str(folder))
        assert done.returncode == 2 and 'compile_commands.json' in done.stdout, done.stdout


@test('make says what it would do for the tests of a new tree, and leaves nothing there')
def _(folder, _build):
    done = run('make', '-n', '-C', SOURCE, f'O={folder}/build', 'test', MAKEFLAGS='')
    assert done.returncode == 0, done.stdout[-1000:]
    assert not list(folder.iterdir()), list(folder.iterdir())


# --- builds ----------------------------------------------------------------------

SHIPPED = ('kozo-kernel', 'initrd.cpio', 'kozo.iso', 'kozo.img')


def copy_tree(to):
    listed = run('git', '-C', SOURCE, 'ls-files', '-z', '--cached', '--others',
                 '--exclude-standard').stdout
    for name in filter(None, listed.split('\0')):
        if (SOURCE / name).exists():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SOURCE / name, to / name)
            shutil.copymode(SOURCE / name, to / name)


@test('the same tree, elsewhere and under other settings, gives the same images byte for byte')
def _(folder, build):
    copy_tree(folder / 'another/tree')
    version = re.search(r'\((.*)\)', (build / 'include/version.h').read_text())[1]
    settings = os.environ.get('MAKEFLAGS', '').partition(' -- ')[2].split()
    done = run('/bin/sh', '-c', 'umask 077; exec make "$@"', 'make', *settings, '-s', '-j2',
               '-C', folder / 'another/tree', 'O=other/build', f'VERSION={version}', 'all', 'iso',
               timeout=600, MAKEFLAGS='', TZ='Asia/Tokyo', LC_ALL='POSIX', HOME=str(folder))
    assert done.returncode == 0, done.stdout
    for name in SHIPPED:
        one, two = build / name, folder / 'another/tree/other/build' / name
        assert one.read_bytes() == two.read_bytes(), f'cmp -l {one} {two}'
    shutil.rmtree(folder / 'another')
