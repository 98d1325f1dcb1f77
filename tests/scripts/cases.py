# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests of scripts/ and of the test driver itself, none of which boots anything."""

import os
import re
import subprocess
import sys
import time

from boot import matrix
from boot.case import Case
from boot.routes import ROUTES
from boot.runner import run_boot_case
from driver import bench
from driver.paths import SCRIPTS, SOURCE
from driver.result import Result

from .script_test import run, test_list, wait_for, write_program

ISO_BYTES_MAX = 6_000_000

SCRIPT_TESTS, test = test_list()


# --- the test personality's busybox --------------------------------------------------

@test('a busybox that cannot be fetched is told, with what to do, and leaves nothing behind')
def _(machine, _build):
    (machine / 'bin').mkdir()
    write_program(machine / 'bin/apt-get', '#!/bin/sh\nexit 100\n')
    busybox = machine / 'busybox'
    done = run(SOURCE / 'tests/personality/fetch.sh', busybox,
               PATH=f'{machine}/bin:{os.environ["PATH"]}')
    assert done.returncode == 1, f'status {done.returncode}'
    assert 'cannot fetch' in done.stdout and 'try again' in done.stdout, done.stdout
    assert not busybox.exists()


# --- preflight -------------------------------------------------------------------

TOOLS = ('gcc', 'make', 'nasm', 'cpio', 'xorriso', 'grub-mkimage', "GRUB's modules for BIOS",
         "GRUB's modules for UEFI", 'mformat', 'qemu-system-x86_64', 'OVMF', 'addr2line',
         'python3', 'xmllint', "cmocka's header", 'bochs', "Bochs' BIOS", "Bochs' VGA BIOS",
         "Bochs' display for terminals", 'musl-gcc', 'sparse', 'cppcheck', 'clang-tidy', 'clang-format',
         'shellcheck', 'pyflakes3', 'dpkg-source', "the keys of Debian's archive", 'gpg')


def preflight_on(machine, goal='test', **environment):
    """Run preflight where `machine` has all there is of tools and files."""
    return run('/bin/sh', SCRIPTS / 'preflight.sh', goal, PATH=str(machine),
               PREFLIGHT_ROOT=str(machine), **environment)


def fake_debian(machine, user):
    """Only apt-get is there, and it notes what it is asked to do."""
    note = f'#!/bin/sh\necho "$(/usr/bin/basename "$0")" "$@" >> {machine}/notes\n'
    write_program(machine / 'apt-get', note)
    write_program(machine / 'sudo', note + '"$@"\n')
    write_program(machine / 'id', f'#!/bin/sh\necho {user}\n')
    (machine / 'env').symlink_to('/usr/bin/env')


def notes(machine):
    return (machine / 'notes').read_text().splitlines()


@test('preflight without apt-get names every missing tool in one message')
def _(machine, _build):
    done = preflight_on(machine)
    named = [line for line in done.stdout.splitlines() if "missing for 'test'" in line]
    assert done.returncode == 1, f'status {done.returncode}'
    assert len(named) == 1, done.stdout
    for tool in TOOLS:
        assert tool in named[0], f'{tool} is not named: {named[0]}'
    assert 'no apt-get' in done.stdout, done.stdout


@test('preflight as root has apt-get install what is missing, and nothing else')
def _(machine, _build):
    fake_debian(machine, user=0)
    write_program(machine / 'gcc', '#!/bin/sh\n')
    done = preflight_on(machine, 'build')
    update, install = notes(machine)
    assert re.search(r'^apt-get .*\bupdate$', update), update
    assert re.search(r'^apt-get .*\binstall --no-install-recommends .*\bnasm\b', install), install
    assert not re.search(r'\b(gcc|qemu-system-x86|sudo)\b', install), install
    assert done.returncode == 1 and 'still missing: ld, make, nasm' in done.stdout, done.stdout


@test('preflight as another user says what it will run through sudo')
def _(machine, _build):
    fake_debian(machine, user=1000)
    done = preflight_on(machine, 'build')
    assert re.search('will run: sudo apt-get install .* nasm', done.stdout), done.stdout
    assert [line for line in notes(machine) if line.startswith('sudo env ')], notes(machine)


@test('preflight without root or sudo says what root should run')
def _(machine, _build):
    fake_debian(machine, user=1000)
    (machine / 'sudo').unlink()
    done = preflight_on(machine, 'build')
    assert done.returncode == 1 and 'as root, run: apt-get install' in done.stdout, done.stdout
    assert not (machine / 'notes').exists(), notes(machine)


@test('preflight is quick and silent when nothing is missing')
def _(_folder, _build):
    seconds = []
    for _ in range(5):
        start = time.monotonic()
        done = run(SCRIPTS / 'preflight.sh', 'test')
        seconds.append(time.monotonic() - start)
        assert done.returncode == 0 and not done.stdout, done.stdout
    assert min(seconds) < 0.1, f'{min(seconds):.3f} s'


# --- images ----------------------------------------------------------------------


def image_sources(folder):
    (folder / 'kernel').write_bytes(bytes(range(256)) * 100)
    (folder / 'text').write_text('a text\n')


@test('the same files give the same initrd, byte for byte')
def _(folder, _build):
    image_sources(folder)
    for name, umask, mtime in (('one', 0o022, 1), ('two', 0o077, 2)):
        os.utime(folder / 'text', (mtime, mtime))
        done = run('/bin/sh', '-c', f'umask {umask:o}; exec "$@"', 'sh', SCRIPTS / 'mkinitrd.sh',
                   folder / name, f'a/b={folder}/text', f'kernel={folder}/kernel')
        assert done.returncode == 0, done.stdout
    assert (folder / 'one').read_bytes() == (folder / 'two').read_bytes()


@test('the same kernel and initrd give the same ISO, byte for byte')
def _(folder, _build):
    image_sources(folder)
    for name, wait in (('one', 2.1), ('two', 0)):  # the clock of FAT has steps of 2 s
        done = run(SCRIPTS / 'mkiso.sh', folder / 'kernel', folder / 'text', folder / name)
        assert done.returncode == 0 and not done.stdout, done.stdout
        time.sleep(wait)
    assert (folder / 'one').read_bytes() == (folder / 'two').read_bytes()


@test('the ISO is small, and the disk image is whole mebibytes')
def _(_folder, build):
    size = (build / 'kozo.iso').stat().st_size
    assert size < ISO_BYTES_MAX, f'{size} bytes'
    assert (build / 'kozo.img').stat().st_size % 2**20 == 0


@test('each script refuses wrong arguments and says how to use it')
def _(_folder, _build):
    for name in ('mkinitrd.sh', 'mkiso.sh', 'mkimg.sh', 'mkusb.sh', 'crash-report.sh',
                 'fetch-source.sh'):
        done = run(SCRIPTS / name, 'one')
        assert done.returncode == 2 and f'usage: {name}' in done.stdout, f'{name}: {done.stdout}'
    done = run(SCRIPTS / 'preflight.sh', 'nonsense')
    assert done.returncode == 2 and 'usage: preflight.sh' in done.stdout, done.stdout
    done = run(SCRIPTS / 'run.sh', BOOT='nonsense')
    assert done.returncode == 2 and 'BOOT is' in done.stdout, done.stdout


# --- crash reports ---------------------------------------------------------------

REPORT = '''Init> panic
---- KOZO crash report ----
cause: an earlier one
---- end of crash report ----
---- KOZO crash report ----
cause: asked for at {source}/kernel/core/panic.c:1
program: init
registers:
backtrace:
  #0 {address} user
  #1 0xffffffff80000010 panic+0x10
---- end of crash report ----
more
'''


def crashed_program(folder):
    """Make a program with debug information; return where its code is."""
    services = folder / 'services/init'
    services.mkdir(parents=True)
    source, program = services / 'main.c', services / 'init.debug'
    source.write_text('int crash_here(void)\n{\n\treturn 1;\n}\n')
    done = run('gcc', '-g', '-static', '-nostdlib', '-Wl,-e,crash_here', '-o', program, source)
    assert done.returncode == 0, done.stdout
    symbols = run('nm', program).stdout
    return '0x' + re.search(r'^(\w{16}) T crash_here$', symbols, re.MULTILINE)[1]


@test('a crash report gets symbols and loses what names its machine')
def _(folder, _build):
    address = crashed_program(folder)
    (folder / 'log').write_text(REPORT.format(address=address, source=SOURCE))
    done = run(SCRIPTS / 'crash-report.sh', folder / 'log', folder / 'report', folder,
               HOME=str(folder))
    report = (folder / 'report').read_text()
    assert done.returncode == 0, done.stdout
    assert 'earlier' not in report and 'more' not in report, report
    assert re.search(rf'{address} user crash_here \S*main\.c:2$', report, re.MULTILINE), report
    assert 'cause: asked for at kernel/core/panic.c:1\n' in report, report
    for secret in (str(SOURCE), str(folder)):
        assert secret not in report, f'{secret} in: {report}'


@test('a crash report that was cut off is kept and says so')
def _(folder, _build):
    (folder / 'log').write_text('---- KOZO crash report ----\r\ncause: worse than most\r\n')
    done = run(SCRIPTS / 'crash-report.sh', folder / 'log', folder / 'report', folder)
    report = (folder / 'report').read_text()
    assert done.returncode == 0, done.stdout
    assert report.endswith('cause: worse than most\n(the log ends here)\n'), report


@test('a log without a crash gives no report')
def _(folder, _build):
    (folder / 'log').write_text('all is well\n')
    done = run(SCRIPTS / 'crash-report.sh', folder / 'log', folder / 'report', folder)
    assert done.returncode == 1 and not (folder / 'report').exists(), done.stdout


# --- manifests -------------------------------------------------------------------

EXAMPLES = SOURCE / 'tests/manifests'
GRAPH = """\
  10  blockd            Block cache
        needed by files, ide, indexer
  20  files             File service
        uses blockd.fs
        needed by indexer
  40  ide               Disk driver
        uses blockd.fs
  60  indexer           Search index
        uses files.fs
"""


def check_manifests(build, *arguments):
    return run(build / 'host/manifest', *arguments)


@test('manifests that fit together are passed in silence, or shown as a graph')
def _(_folder, build):
    examples = sorted(EXAMPLES.glob('*.manifest'))
    done = check_manifests(build, *examples)
    assert (done.returncode, done.stdout) == (0, ''), done.stdout
    done = check_manifests(build, '--graph', *reversed(examples))
    assert (done.returncode, done.stdout) == (0, GRAPH), done.stdout
    ours = sorted(SOURCE.glob('services/*/*.manifest'))
    done = check_manifests(build, *ours)
    assert ours and (done.returncode, done.stdout) == (0, ''), done.stdout


@test('a mistake in a manifest is told with its file and line')
def _(folder, build):
    def refused(message, *arguments):
        done = check_manifests(build, *arguments)
        assert done.returncode == 1 and done.stdout == message + '\n', done.stdout

    files = EXAMPLES / 'files.manifest'
    refused(f'{files}:15: there is no service blockd', files)
    refused(f'{EXAMPLES}/blockd.manifest:11: with this, services are promised 3072 KiB, '
            'and the machine has 3071 KiB', '--memory', '3071', EXAMPLES / 'blockd.manifest')
    for name, text in (('empty', ''), ('wrong', '\nrank x\n'), ('other', files.read_text())):
        (folder / f'{name}.manifest').write_text(text)
    refused(f'{folder}/empty.manifest: nothing above states service\n'
            f'{folder}/wrong.manifest:2: x is not a number',
            folder / 'empty.manifest', folder / 'wrong.manifest', EXAMPLES / 'blockd.manifest')
    refused(f'{folder}/other.manifest:3: the manifest of files is called files.manifest',
            folder / 'other.manifest')
    refused(f'{folder}/none: cannot be opened', folder / 'none')
    refused('usage: manifest [--memory KIB] [--graph] NAME.manifest...', '--grph', files)


# --- the debugger ----------------------------------------------------------------


@test("gdb's KOZO commands show threads, capabilities and the derivation tree")
def _(folder, build):
    for name in ('kozo-kernel', 'kozo-kernel-x86_64.debug', 'initrd.cpio', 'abi', 'services'):
        (folder / name).symlink_to(build / name)
    commands = ('hbreak syscall_wait', 'continue', 'kozo-threads', 'kozo-caps', 'kozo-tree',
                'kozo-check', 'kozo-program init')
    done = run(SCRIPTS / 'debug.sh', '-batch', *(f'-ex={command}' for command in commands),
               O=str(folder), SERIAL='0')
    for wanted in (r'^\* +\d+ +supervisor +running', r'^ +3 +init +receiving', r'^ +1  CNode \d+ of 4096 slots: manage',
                   r'CNode 1:3.*Thread|Thread.*CNode 1:3', r'\bno violations$',
                   r'have the names of init\.$'):
        assert re.search(wanted, done.stdout, re.MULTILINE), f'{wanted}: {done.stdout}'


@test('gdb sees who waits for whom in a sound tree, finds a damaged link, and takes QEMU along')
def _(folder, build):
    for name in ('kozo-kernel', 'kozo-kernel-x86_64.debug', 'initrd.cpio', 'abi', 'services'):
        (folder / name).symlink_to(build / name)
    # Keeper and supervisor answer first, then fsd the console.
    commands = ('break syscall_reply_recv', 'ignore 2 3', 'continue', 'kozo-threads', 'kozo-tree', 'kozo-check',
                'set variable cap_root.first->next->prev = 0', 'kozo-check')
    done = run(SCRIPTS / 'debug.sh', '-nx', '--batch',
               *(f'-ex={command}' for command in commands), O=str(folder))
    for wanted in (r'^ +\d+ +supervisor +awaits reply .*held by Thread \d+ \(fsd\)$',
                   r'^\* +\d+ +fsd +running', r'^ +Endpoint \d+: send receive grant  \[CNode 1:',
                   r', \d+ objects: no violations$',
                   r'\[CNode 1:\d+\] does not point back at ', r', \d+ objects: 1 violation$'):
        assert re.search(wanted, done.stdout, re.MULTILINE), f'{wanted}: {done.stdout}'
    running = run('sh', '-c', 'cat /proc/[0-9]*/cmdline 2> /dev/null').stdout
    assert str(folder) not in running, 'QEMU runs on'


# --- the test driver -------------------------------------------------------------

# What a unit test program prints and its exit status; then what the driver makes of it.
PROGRAMS = {
    'good': ('1..2\nok 1 - one\nok 2 - two\n', 0, '2 passed, 0 failed'),
    'failing': ('1..2\nok 1 - one\nnot ok 2 - two\n# 1 != 2\n', 1, '1 passed, 1 failed'),
    'skipping': ('1..2\nok 1 - one\nnot ok 2 # SKIP two\n', 0, '1 passed, 0 failed'),
    'stopping early': ('1..2\nok 1 - one\n', 0, '1 passed, 1 failed'),
    'with a bad end': ('1..1\nok 1 - one\n', 99, '1 passed, 1 failed'),
    'without a test': ('', 0, '0 passed, 1 failed'),
    'saying odd bytes': ('1..1\nnot ok 1 - one\n# \\001 < & \\033[0m \\377\n', 1,
                         '0 passed, 1 failed'),
}


@test('the driver counts what unit test programs print, and believes no early end')
def _(folder, _build):
    for name, (output, status, verdict) in PROGRAMS.items():
        build = folder / name.replace(' ', '-')
        (build / 'host/tests').mkdir(parents=True)
        write_program(build / 'host/tests/x_test', f"#!/bin/sh\nprintf '{output}'\nexit {status}\n")
        done = run(sys.executable, SOURCE / 'tests/run.py', '--kind', 'unit', '--build', build)
        good = verdict.endswith(' 0 failed')
        assert done.stdout.splitlines()[-1] == verdict, f'{name}: {done.stdout}'
        assert (done.returncode == 0) == good, f'{name}: status {done.returncode}'
        checked = run('xmllint', '--noout', build / 'test-results.xml')
        assert checked.returncode == 0, f'{name}: {checked.stdout}'


# What a row takes now and took before, and what is said of it.
COMPARED = ((100, 100, ''), (102, 100, ''), (103, 100, '3.0% more'), (50.9, 50, ''),
            (51.1, 50, '2.2% more'), (90, 100, ''), (None, 100, 'only'), (100, None, 'only'))


@test('bench-check finds a row that is more than 2 % worse, and one that is not compared')
def _(_folder, _build):
    for now, before, want in COMPARED:
        said = bench.worse({'row': now} if now else {}, {'row': before} if before else {})
        assert want in said and bool(said) == bool(want), f'{now}, {before}: {said}'


@test('a second test run in a build folder waits until the first has ended')
def _(folder, _build):
    (folder / 'host/tests').mkdir(parents=True)
    write_program(folder / 'host/tests/x_test', f'''#!/bin/sh
echo 1..1; touch {folder}/started
tries=0
while [ ! -e {folder}/go ] && [ $((tries += 1)) -lt 500 ]; do sleep 0.02; done
echo ok 1 - one
''')
    first = start_run(folder)
    wait_for(lambda: (folder / 'started').exists())
    second = start_run(folder)
    assert second.stdout.readline().startswith('another test run is at work in'), 'it says nothing'
    assert (folder / 'test-logs/unit-x-test/stdout').exists(), 'the logs of the first are gone'
    (folder / 'go').touch()
    for process in (first, second):
        assert process.communicate(timeout=50)[0].endswith('\n1 passed, 0 failed\n')


def start_run(build):
    return subprocess.Popen([sys.executable, SOURCE / 'tests/run.py', '--kind', 'unit',
                             '--build', build], stdout=subprocess.PIPE, text=True)


@test('the boot matrix has every route with its result, and is whole or not there')
def _(folder, _build):
    results = [Result('boot', case.name, folder, 1.25) for case in ROUTES]
    results[0] = Result('boot', ROUTES[0].name, folder, 60, failure='not within 60 s')
    results[1] = Result('boot', ROUTES[1].name, folder, skipped=True)
    rows = matrix.rows(results)
    assert [row[0] for row in rows] == [case.name for case in ROUTES], rows
    assert [row[-1] for row in rows] == ['FAIL', 'skip'] + ['pass'] * (len(ROUTES) - 2), rows
    assert matrix.rows(results[1:]) == []


@test('a machine that this host cannot give is skipped, if the case allows it')
def _(folder, build):
    for optional in (True, False):
        case = Case('x', (), qemu=('-device', 'nonsense'), optional=optional)
        result = run_boot_case(case, build, folder)
        assert result.skipped == optional and result.failed != optional, result


@test('a test run without a test fails')
def _(folder, _build):
    done = run(sys.executable, SOURCE / 'tests/run.py', '--kind', 'unit', '--build', folder)
    assert done.stdout.splitlines()[-1] == '0 passed, 0 failed', done.stdout
    assert done.returncode == 1, f'status {done.returncode}'
