# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests of scripts/fetch-source.sh: with the real apt-get, whose mirror is a folder here,
and a source package of a few lines. Nobody outside this machine is asked."""

import gzip
import hashlib
import io
import os
import re
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path

from driver.paths import SCRIPTS

from .script_test import run, test_list, write_program

SOURCE_TESTS, test = test_list()

SAMPLE, DESCRIPTION = 'sample_1.0.tar.gz', 'sample_1.0.dsc'


# --- a source package, a mirror of it, and a user -----------------------------------

def sums(kind, files):
    return ''.join(f' {hashlib.new(kind, data).hexdigest()} {len(data)} {name}\n'
                   for name, data in files.items())


def make_package(folder):
    """The files of the source package sample 1.0, in a folder."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode='w') as tar:
        for name, text in (('debian/source/format', '3.0 (native)\n'), ('debian/rules', ''),
                           ('greeting', 'hello\n')):
            member = tarfile.TarInfo(f'sample-1.0/{name}')
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    files = {SAMPLE: gzip.compress(archive.getvalue(), mtime=0)}
    files[DESCRIPTION] = (
        'Format: 3.0 (native)\nSource: sample\nVersion: 1.0\nArchitecture: all\n'
        f'Maintainer: Nobody <nobody@example.org>\nChecksums-Sha256:\n{sums("sha256", files)}'
        f'Files:\n{sums("md5", files)}').encode()
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return files


def accept(path, files, version='1.0'):
    """A list of accepted packages: this one."""
    lines = [f'{hashlib.sha256(data).hexdigest()}  {name}' for name, data in files.items()]
    path.write_text('\n'.join([f'package sample {version} bookworm', *lines]) + '\n')


@contextmanager
def signer(keys):
    """Write a new public key to `keys`; give a function that signs a text with it."""
    # gpg's agent listens at a path in its folder, which must be short.
    with tempfile.TemporaryDirectory(dir='/tmp') as home:
        def gpg(*arguments, text=b''):
            return subprocess.run(['gpg', '--homedir', home, '--batch', '--quiet', '--passphrase',
                                   '', *arguments], input=text, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, check=True).stdout

        try:
            gpg('--quick-gen-key', 'mirror@example.org', 'ed25519', 'sign', 'never')
            keys.write_bytes(gpg('--export'))
            yield lambda text: gpg('--clearsign', text=text)
        finally:
            subprocess.run(['gpgconf', '--homedir', home, '--kill', 'all'], check=True)


def make_mirror(mirror, keys):
    """A mirror of a Debian that consists of the sample."""
    files = make_package(mirror / 'pool')
    entry = ('Package: sample\nFormat: 3.0 (native)\nVersion: 1.0\nArchitecture: all\n'
             'Binary: sample\nMaintainer: Nobody <nobody@example.org>\nDirectory: pool\n'
             f'Files:\n{sums("md5", files)}Checksums-Sha256:\n{sums("sha256", files)}\n').encode()
    release = mirror / 'dists/bookworm'
    (release / 'main/source').mkdir(parents=True)
    (release / 'main/source/Sources').write_bytes(entry)
    with signer(keys) as sign:
        (release / 'InRelease').write_bytes(sign((
            'Origin: Debian\nSuite: stable\nCodename: bookworm\nComponents: main\n'
            'Architectures: amd64\nDate: Sat, 10 Jun 2023 08:00:00 UTC\n'
            f'SHA256:\n{sums("sha256", {"main/source/Sources": entry})}').encode()))
    return files


def make_user(user, mirror):
    """A user who has that mirror, a proxy where nobody answers, and hooks."""
    for name in ('etc/sources.list.d', 'state/lists/partial', 'cache/archives/partial'):
        (user / name).mkdir(parents=True)
    (user / 'etc/sources.list').write_text(f'deb file:{mirror} bookworm main\n')
    (user / 'etc/apt.conf').write_text(
        'Acquire::http::Proxy "http://127.0.0.1:9";\nAcquire::Retries "0";\n'
        f'APT::Update::Pre-Invoke {{ "touch {user}/hook"; }};\n'
        f'APT::Update::Post-Invoke {{ "touch {user}/hook"; }};\n')
    (user / 'apt.conf').write_text(f'Dir::Etc "{user}/etc";\nDir::State "{user}/state";\n'
                                   f'Dir::Cache "{user}/cache";\n')


class World:
    """A folder with all of these; fetch() runs the script there."""

    def __init__(self, folder):
        self.folder = folder
        self.out = folder / 'out'
        self.files = make_mirror(folder / 'mirror/debian', folder / 'keys.gpg')
        make_user(folder / 'user', folder / 'mirror/debian')
        accept(folder / 'list', self.files)

    def fetch(self, **environment):
        settings = {'FETCH_LIST': str(self.folder / 'list'), 'DL': '', 'http_proxy': '',
                    'FETCH_KEYS': str(self.folder / 'keys.gpg'),
                    'APT_CONFIG': str(self.folder / 'user/apt.conf'), **environment}
        return run(SCRIPTS / 'fetch-source.sh', 'sample', self.out, **settings)

    def fetched(self):
        return (self.out / 'sample/greeting').read_text() == 'hello\n'


def everything_in(*folders):
    """What would tell that somebody has written there."""
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_size)
            for folder in folders for path in [folder, *folder.rglob('*')]}


def refused(done, world, *said):
    """It failed with one sentence for people, and has left nothing to build from."""
    assert done.returncode == 1, f'status {done.returncode}: {done.stdout}'
    for wanted in said:
        assert wanted in done.stdout, f'"{wanted}" is not in: {done.stdout}'
    assert not (world.out / 'sample').exists(), 'it was unpacked'
    assert not (world.out / 'apt').exists(), "apt-get's files are left"


# --- from a mirror ------------------------------------------------------------------

@test("a source package is fetched from the user's mirror, whose apt stays as it was")
def _(folder, _build):
    world = World(folder)
    watched = (folder / 'user', Path('/etc/apt'))
    before = everything_in(*watched)
    done = world.fetch()
    assert done.returncode == 0 and not done.stdout, done.stdout
    assert world.fetched()
    assert sorted(path.name for path in world.out.iterdir()) == ['sample', DESCRIPTION, SAMPLE]
    assert not any(path.is_symlink() for path in world.out.iterdir())
    assert everything_in(*watched) == before, 'the configuration, lists or cache have changed'


@test('while a mirror is asked, apt-get reads and writes nothing of the user, and runs no hook')
def _(folder, _build):
    world = World(folder)
    (folder / 'bin').mkdir()
    write_program(folder / 'bin/apt-get', f'#!/bin/sh\n[ "$1" = --print-uris ] || '
                                          f'apt-config dump >> {folder}/dump\n'
                                          f'exec /usr/bin/apt-get "$@"\n')
    assert world.fetch(PATH=f'{folder}/bin:{os.environ["PATH"]}').returncode == 0
    dump = (folder / 'dump').read_text()
    told = re.findall(r'^(Dir::(?:Etc::(?:main|parts|source.*|preferences.*)|State(?:::lists|'
                      r'::status)?|Cache)) "(.*)";$', dump, re.MULTILINE)
    assert len(set(told)) == 10, told
    for name, path in told:
        assert path == '/dev/null' or path.startswith(str(world.out / 'apt')), f'{name} {path}'
    assert 'Invoke' not in dump and 'Acquire::Retries "0"' in dump, dump


@test('a mirror that is not signed with the keys of Debian is not believed')
def _(folder, _build):
    world = World(folder)
    with signer(folder / 'other.gpg'):
        pass
    refused(world.fetch(FETCH_KEYS=str(folder / 'other.gpg')), world, 'is not signed')
    refused(world.fetch(FETCH_KEYS=str(folder / 'none.gpg')), world, 'debian-archive-keyring')


@test('a mirror that has moved on to another version is told with the version that is accepted')
def _(folder, _build):
    world = World(folder)
    accept(folder / 'list', world.files, version='0.9')
    refused(world.fetch(), world, 'have sample 1.0, which is not accepted', 'DL=FOLDER',
            'https://snapshot.debian.org/package/sample/0.9/')


@test('of several accepted versions the one is taken that the mirror has')
def _(folder, _build):
    world = World(folder)
    listed = (folder / 'list').read_text()
    (folder / 'list').write_text('package sample 2.0 bookworm\n' + '0' * 64 + '  sample_2.0.dsc\n'
                                 + listed)
    assert world.fetch().returncode == 0 and world.fetched()


@test('a signed file with another checksum than the accepted one is refused')
def _(folder, _build):
    world = World(folder)
    accept(folder / 'list', {**world.files, SAMPLE: b'another'})
    refused(world.fetch(), world, f'{SAMPLE} is not the file that',
            hashlib.sha256(world.files[SAMPLE]).hexdigest(), hashlib.sha256(b'another').hexdigest())


@test('without a network it is said what to do, and which files from where')
def _(folder, _build):
    world = World(folder)
    (folder / 'user/etc/sources.list').write_text('')
    refused(world.fetch(), world, 'deb.debian.org', 'connect to 127.0.0.1:9', 'there is a network',
            'DL=FOLDER', 'https://snapshot.debian.org/package/sample/1.0/', SAMPLE, DESCRIPTION)


@test('what has been fetched is used again without asking anybody')
def _(folder, _build):
    world = World(folder)
    assert world.fetch().returncode == 0
    (folder / 'mirror').rename(folder / 'gone')
    (world.out / 'sample/greeting').write_text('changed')
    assert world.fetch().returncode == 0 and world.fetched()


# --- from a folder ------------------------------------------------------------------

def offline(folder):
    """A PATH in which whoever asks for something over the network leaves a note."""
    (folder / 'bin').mkdir()
    for name in ('apt-get', 'apt-config'):
        write_program(folder / 'bin' / name, f'#!/bin/sh\ntouch {folder}/asked\nexit 100\n')
    return f'{folder}/bin:{os.environ["PATH"]}'


@test('with DL=DIR the files of that folder are taken, and nobody is asked')
def _(folder, _build):
    world = World(folder)
    make_package(folder / 'DL')
    path = offline(folder)
    for source in (folder / 'DL', world.out):
        done = world.fetch(DL=str(source), PATH=path)
        assert done.returncode == 0 and not done.stdout and world.fetched(), done.stdout
    assert not (folder / 'asked').exists(), 'apt-get was run'


def spoil(path):
    path.write_bytes(path.read_bytes() + b'x')


def rename_all(path):
    path.with_name(DESCRIPTION).rename(path.with_name('sample_7.0.dsc'))


# What may be wrong with the folder, what is said of it.
SPOILED = [
    (spoil, f'{SAMPLE} is not the file that'),
    (Path.unlink, f'{SAMPLE} is not in'),
    (rename_all, 'sample_7.0.dsc in'),
    (lambda path: (path.unlink(), path.with_name(DESCRIPTION).unlink()), 'has no source package'),
]


@test('a folder that lacks something, or has something else, is refused with what it lacks')
def _(folder, _build):
    world = World(folder)
    path = offline(folder)
    for number, (change, said) in enumerate(SPOILED):
        make_package(folder / f'DL{number}')
        change(folder / f'DL{number}' / SAMPLE)
        refused(world.fetch(DL=str(folder / f'DL{number}'), PATH=path), world, said)
    refused(world.fetch(DL=str(folder / 'none'), PATH=path), world, 'is not a folder')
    assert not (folder / 'asked').exists(), 'apt-get was run'


@test('without apt-get it is said that DL=DIR is the way')
def _(folder, _build):
    world = World(folder)
    (folder / 'bin').mkdir()
    for name in ('sh', 'awk', 'grep', 'sed', 'sha256sum', 'mkdir', 'rm', 'cut'):
        (folder / 'bin' / name).symlink_to(f'/usr/bin/{name}')
    refused(world.fetch(PATH=str(folder / 'bin')), world, 'no apt-get', 'DL=FOLDER')


# --- the list -----------------------------------------------------------------------

@test('of each package that was fetched, the list has all files, with the checksums of Debian')
def _(_folder, build):
    listed = dict(reversed(line.split()) for line in
                  (SCRIPTS / 'source-packages').read_text().splitlines()
                  if re.match(r'[0-9a-f]{64}  \S+$', line))
    descriptions = list((build / 'source').glob('*.dsc'))
    assert descriptions
    for description in descriptions:
        assert description.name in listed
        part = re.search(r'^Checksums-Sha256:\n((?: .*\n)+)', description.read_text(), re.MULTILINE)
        for checksum, _, name in map(str.split, part[1].splitlines()):
            assert listed.get(name) == checksum, name
