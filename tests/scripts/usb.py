# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests of mkusb.sh on files that a fake lsblk takes for disks."""

import shlex

from driver.paths import SCRIPTS

from .script_test import run, test_list, write_program

USB_TESTS, test = test_list()

IMAGE = bytes(range(256)) * 8192  # 2 MiB
STICK = {'TYPE': 'disk', 'RM': '1', 'RO': '0', 'TRAN': 'usb', 'SIZE': '8000000000',
         'VENDOR': 'Cruz', 'MODEL': 'Test Stick', 'PKNAME': 'sdy',
         'PATH,MOUNTPOINT': '/dev/sdz\n/dev/sdz1', 'NAME,SIZE,FSTYPE,LABEL': 'sdz1 vfat HOLIDAY'}


def plug_in(folder, **changes):
    """A stick with these differences from a good one; returns its device file."""
    for column, answer in {**STICK, 'PATH': folder / 'sdz', **changes}.items():
        (folder / column).write_text(f'{answer}\n')
    (folder / 'in use by').write_text('disk\npart\n')
    write_program(folder / 'lsblk', f'''#!/bin/sh
case "$*" in
*--list\\ --output\\ TYPE\\ *) name='in use by' ;;
*) name=$(echo "$*" | sed 's/.*--output \\([^ ]*\\).*/\\1/') ;;
esac
[ "$name" != NAME,SIZE,FSTYPE,LABEL ] || [ ! -e {shlex.quote(str(folder))}/later ] ||
	cp {shlex.quote(str(folder))}/later {shlex.quote(str(folder))}/PATH,MOUNTPOINT
cat {shlex.quote(str(folder))}/"$name"
''')
    write_program(folder / 'blockdev', '#!/bin/sh\n')
    (folder / 'image').write_bytes(IMAGE)
    (folder / 'sdz').write_bytes(b'old' * 1000)
    return folder / 'sdz'


def mkusb(folder, *arguments, answer='sdz\n'):
    return run(SCRIPTS / 'mkusb.sh', folder / 'image', *arguments, stdin=answer,
               PATH=f'{folder}:/usr/bin:/bin')


@test('a USB stick is shown and asked for by name, then written and read back')
def _(folder, _build):
    device = plug_in(folder)
    done = mkusb(folder, device)
    assert done.returncode == 0 and 'KOZO is on' in done.stdout, done.stdout
    for shown in ('Cruz Test Stick', '8.0GB', 'HOLIDAY', 'Type sdz'):
        assert shown in done.stdout, f'{shown}: {done.stdout}'
    assert device.read_bytes()[:len(IMAGE)] == IMAGE


@test('any answer but the name of the stick leaves it as it is')
def _(folder, _build):
    device = plug_in(folder)
    for answer in ('', '\n', 'y\n', 'yes\n', 'sdy\n', 'sdz1\n'):
        done = mkusb(folder, device, answer=answer)
        assert done.returncode == 1 and 'nothing was written' in done.stdout, done.stdout
        assert device.read_bytes().startswith(b'old')


# How it differs from a good stick; then what is said.
REFUSED = [
    ({'TYPE': 'part'}, 'is a partition; the image is for the whole /dev/sdy'),
    ({'TYPE': 'loop'}, "of the kind 'loop'"),
    ({'TYPE': 'rom'}, "of the kind 'rom'"),
    ({'RM': '0', 'TRAN': 'sata'}, 'is built in'),
    ({'RM': '0', 'TRAN': 'nvme'}, 'is built in'),
    ({'RM': '0', 'TRAN': ''}, 'is built in'),
    ({'RO': '1'}, 'is write-protected'),
    ({'SIZE': '0'}, 'there is no medium'),
    ({'SIZE': str(len(IMAGE) - 1)}, 'is too small: 2.1MB do not fit'),
    ({'PATH,MOUNTPOINT': '/dev/sdz\n/dev/sdz1 /media/my stick'},
     'is in use: /dev/sdz1 on /media/my stick'),
    ({'PATH,MOUNTPOINT': '/dev/sdz [SWAP]'}, 'is in use: /dev/sdz on [SWAP]'),
    ({'in use by': 'disk\npart\ncrypt'}, 'is in use as part of another volume (crypt)'),
]


@test('what is not a free stick is refused before anything is asked')
def _(folder, _build):
    for changes, said in REFUSED:
        device = plug_in(folder)
        for column, answer in changes.items():
            (folder / column).write_text(f'{answer}\n')
        done = mkusb(folder, device)
        assert done.returncode == 1, f'{changes}: {done.stdout}'
        assert said in done.stdout and 'nothing was written' in done.stdout, done.stdout
        assert 'Type' not in done.stdout, f'{changes}: {done.stdout}'
        assert device.read_bytes().startswith(b'old')


@test('a USB disk that calls itself fixed is written, but only after a warning')
def _(folder, _build):
    device = plug_in(folder, RM='0')
    done = mkusb(folder, device)
    assert done.returncode == 0 and 'calls itself fixed' in done.stdout, done.stdout


@test('a stick that was mounted while the question stood is refused')
def _(folder, _build):
    device = plug_in(folder)
    (folder / 'later').write_text('/dev/sdz1 /media/stick\n')
    done = mkusb(folder, device)
    assert done.returncode == 1 and 'in use: /dev/sdz1 on /media/stick' in done.stdout, done.stdout
    assert device.read_bytes().startswith(b'old')


@test('a stick that does not keep what is written is noticed')
def _(folder, _build):
    device = plug_in(folder)
    write_program(folder / 'dd', f'''#!/bin/sh
/bin/dd "$@"
printf X | /bin/dd of={device} bs=1 seek=1000000 conv=notrunc status=none
''')
    done = mkusb(folder, device)
    assert done.returncode == 1 and 'try another stick' in done.stdout, done.stdout


@test('what is no disk at all is refused, by the real lsblk')
def _(folder, _build):
    device = plug_in(folder)
    (folder / 'lsblk').unlink()
    for name, said in ((device, 'is not a disk'), ('/dev/null', 'is not a disk'),
                       ('/dev/nonsense', 'there is no /dev/nonsense')):
        done = mkusb(folder, name)
        assert done.returncode == 1 and said in done.stdout, done.stdout


@test('without a device, mkusb.sh names those that would do')
def _(folder, _build):
    device = plug_in(folder)
    done = mkusb(folder)
    assert done.returncode == 2 and f'{device}: Cruz Test Stick, 8.0GB' in done.stdout, done.stdout
    plug_in(folder, RM='0', TRAN='sata')
    done = mkusb(folder)
    assert done.returncode == 2 and 'Cruz' not in done.stdout, done.stdout
