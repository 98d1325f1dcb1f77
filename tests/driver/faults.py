# SPDX-License-Identifier: MIT OR Apache-2.0
"""The fault campaign: faults are put into the supervisor and its services, one after the
other, while others work, and somebody at the console looks whether the machine is still his.

The machine is tests/faults: keeper as it is, an injector beside it, and services that look on.
What is chosen follows from a seed; a fault of a run is made again by its number. When exactly
it strikes depends on when a key is pressed, and so do the few that had no effect last time.
"""

import json
import random
import re
import select
import socket
import subprocess
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from boot.machine import Failure
from boot.qemu import Monitor

from .result import Result

KINDS = ('kill', 'hang', 'loop', 'code', 'data', 'wild', 'leak', 'hog', 'flood', 'ring')
SENTENCES = {
    'kill': 'jump to nowhere', 'hang': 'wait for ever', 'loop': 'endless loop',
    'code': 'bit flips in code', 'data': 'bit flips in data or stack',
    'wild': 'wild writes', 'leak': 'leaked capabilities', 'hog': 'memory hog',
    'flood': 'message flood', 'ring': 'hostile ring contents',
}
SUPERVISOR = 'supervisor'
JUDGES = ('reader', 'scribe', 'drain')
USERS = {  # who of those that look on uses a service, directly or by way of others
    'fsd': {'reader', 'scribe'}, 'notebook': {'scribe'}, 'pump': {'drain'}, 'reader': {'reader'},
    'scribe': {'scribe'}, 'drain': {'drain'}, 'pulse': set(), 'beat': set(), SUPERVISOR: set(),
}
TARGETS = tuple(USERS)
RINGS = ('pump', 'drain')
PROMPT = 'Init> '
MEMORY = '64'
FAULTS_PER_MACHINE = 400
FRUITLESS = 60      # so often in vain: that kind does nothing to that service
CONSOLE_SECONDS = 10
ECHO_SECONDS = 1    # not for ever: what the supervisor says may stand in the midst of an echo
PROGRAM_ERRORS = re.compile(r'init: panic|keeper: panic|KOZO crash report')


class Lost(Exception):
    """The machine does not answer any more; says where."""


class Line:
    """One serial line of a machine."""

    def __init__(self, path, log):
        self._socket = socket.socket(socket.AF_UNIX)
        for _ in range(500):
            try:
                self._socket.connect(str(path))
                break
            except OSError:
                time.sleep(0.01)
        else:
            raise Lost('QEMU did not start')
        self._log = log
        self._text = ''

    def send(self, text):
        try:
            self._socket.sendall(text.encode())
        except OSError as error:
            raise Lost('QEMU has ended') from error

    def wait(self, pattern, seconds=CONSOLE_SECONDS):
        """Up to a match, which is returned with all in front of it; None: it does not come."""
        regex, end = re.compile(pattern, re.MULTILINE), time.monotonic() + seconds
        while not (match := regex.search(self._text)):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                return None
            data = self._socket.recv(65536)
            if not data:
                raise Lost('QEMU has ended')
            self._log.write(data)
            self._text += data.decode(errors='replace').replace('\r', '')
        text, self._text = self._text[:match.end()], self._text[match.end():]
        return match, text

    def flush(self):
        self._text = ''

    def close(self):
        self._socket.close()


class Machine:
    """One with two serial lines, both of which are read at once: boot.qemu looks at its log every
    10 ms, and a campaign waits for an answer five times in each of its thousands of faults."""

    def __init__(self, build, logs):
        self.logs = logs
        logs.mkdir(parents=True, exist_ok=True)
        paths = [logs / 'com1.socket', logs / 'com2.socket']
        serial = [part for path in paths
                  for part in ('-serial', f'unix:{path},server=on,wait=off')]
        for path in paths:
            path.unlink(missing_ok=True)
        self._log = open(logs / 'serial.log', 'ab', buffering=0)
        monitor, monitor_end = socket.socketpair()
        self._process = subprocess.Popen(
            ['qemu-system-x86_64', '-kernel', build / 'kozo-kernel', '-initrd',
             build / 'faults.cpio', '-m', MEMORY, '-cpu', 'max', '-display', 'none', '-monitor',
             'none', '-no-reboot', '-icount', 'shift=0,sleep=off', *serial,
             '-chardev', f'socket,id=monitor,fd={monitor_end.fileno()}', '-mon',
             'chardev=monitor,mode=control'],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            pass_fds=[monitor_end.fileno()])
        monitor_end.close()
        self._monitor_socket = monitor
        self.console, self.injector = (Line(path, self._log) for path in paths)
        self.number = {}

    def begin(self):
        """Wait until injector and console are there."""
        while True:
            found = self.injector.wait(r'^(?:service (\d+) (\w+)|ready)\n')
            if not found:
                raise Lost('the injector did not start')
            if not found[0][1]:
                break
            self.number[found[0][2]] = int(found[0][1])
        if not self.console.wait(PROMPT):
            raise Lost('there was no prompt')

    def examine(self):
        """Where processor and emulator are, some times: for whoever looks why it was lost."""
        try:
            monitor = Monitor(self._monitor_socket)
            for _ in range(3):
                for command in ('info status', 'info registers', 'info pic'):
                    self._log.write(monitor.human(command).encode())
                for task in Path(f'/proc/{self._process.pid}/task').iterdir():
                    self._log.write((task / 'stat').read_bytes())
                time.sleep(0.3)
        except (Failure, OSError) as error:
            self._log.write(f'the emulator does not answer: {error}\n'.encode())

    def close(self):
        self._process.kill()
        self._process.wait()
        self._monitor_socket.close()
        self.console.close()
        self.injector.close()
        self._log.close()

    def inject(self, fault):
        self.injector.send(f'inject {KINDS.index(fault.kind)} {self.number[fault.service]} '
                           f'{fault.seed}\n')
        answer = self.injector.wait(r'^injected (.*)\n')
        if not answer:
            raise Lost('the injector does not answer')
        return answer[0][1]

    def look(self):
        """What the injector sees, when all go on as before or have not for a while."""
        self.injector.send('look\n')
        answer = self.injector.wait(r'^result (.*)\n')
        if not answer:
            raise Lost('the injector does not answer')
        return {name: [int(number) for number in numbers.split(',')]
                for name, numbers in (pair.split('=') for pair in answer[0][1].split())}

    def ask(self, command):
        """What the console answers; None: there is no prompt any more."""
        self.console.flush()
        self.console.send(command + '\r')
        self.console.wait(re.escape(command) + '\n', ECHO_SECONDS)
        found = self.console.wait(f'^(?:.*){PROMPT}')
        return found[1] if found else None

    def answers(self, command, pattern, tries=3):
        """Somebody asks, and asks again if he is told that it did not work."""
        for _ in range(tries):
            text = self.ask(command)
            if text is None:
                return False
            if re.search(pattern, text):
                return True
        return False


@dataclass
class Fault:
    number: int
    kind: str
    service: str
    seed: int
    status: str = ''             # of the injection, if that failed
    effect: str = ''             # '': none
    survived: bool = False
    why: list = field(default_factory=list)   # it was not survived
    disturbed: int = 0           # rounds of clients that had to be made again
    wrong: int = 0               # answers that looked right
    lasting: bool = False        # what it damaged was kept, and so was the damage
    others: int = 0              # services that ended, too
    detected: int = None         # instructions from the fault to its detection
    recovered: int = None        # and from there until it was started again

    def __str__(self):
        return f'{self.number}: {self.kind} in {self.service}, seed {self.seed}'


CAUSES = {0: 'crash', 1: 'hang', 2: 'killed', 3: 'wrong answer to ping'}


def judge(fault, seen, pinged):
    """What the fault did, by what the injector saw and the console answered."""
    users = USERS[fault.service]
    by_name = {name: dict(zip(JUDGES, seen[name]))
               for name in ('rounds', 'disturbed', 'wrong', 'noticed')}
    fault.disturbed = sum(by_name['disturbed'].values())
    fault.wrong = sum(by_name['wrong'][name] for name in users)
    fault.others = seen['others'][0]
    stuck = [name for name in JUDGES if by_name['rounds'][name] < 3]
    if 'cause' in seen:
        fault.effect = CAUSES[seen['cause'][0]]
        fault.detected = seen['detected'][0]
        fault.recovered = seen['recovered'][0] or None
    elif fault.wrong:
        fault.effect = 'wrong answer'
    elif any(by_name['noticed'].values()):
        fault.effect = 'detected corruption'
    elif set(stuck) & users or fault.disturbed or not pinged:
        fault.effect = 'does not work'
    for name in JUDGES:
        if name in users:
            continue
        if name in stuck:
            fault.why.append(f'{name} did not go on')
        if by_name['wrong'][name]:
            fault.why.append(f'{name} had wrong answers')
    if fault.why and not fault.effect:
        fault.effect = 'does not work'


def clean(machine, fault):
    """The service begins anew: what was changed in it and had no effect yet is gone."""
    if fault.service == SUPERVISOR:
        machine.console.flush()
        machine.console.send('kill supervisor\r')
        return machine.console.wait(r'IPC_OK: fsd\n(?s:.)*' + PROMPT) is not None
    return machine.answers(f'restart {fault.service}', 'was started again') or \
        machine.answers(f'run {fault.service}', 'was started|runs already')


def strike(machine, fault):
    """One fault, from before it strikes until all is well. False: this machine is spoilt."""
    fault.status = machine.inject(fault)
    if fault.status != 'success':
        return True
    pinged = machine.answers(f'ping {fault.service}', 'alive')
    judge(fault, machine.look(), pinged)
    if not machine.answers('ping fsd', 'fsd is alive'):
        fault.why.append('fsd does not answer right' if machine.ask('version') else
                         f'{PROMPT.strip()} does not answer')
    if fault.why and not fault.effect:
        fault.effect = 'does not work'
    fault.survived = not fault.why
    if not fault.survived:
        return False
    if fault.effect in CAUSES.values() and fault.recovered:
        return True
    if not clean(machine, fault):
        return False
    fault.lasting = bool(fault.effect) and min(machine.look()['rounds']) < 3
    return not fault.lasting


class Campaign:
    """Machines in threads of their own that share the numbers of the faults."""

    def __init__(self, build, logs, count, seed, jobs=2, report=print, first=()):
        self.build, self.logs, self.count, self.seed = build, logs, count, seed
        self.jobs, self.report = jobs, report
        self.first = first  # pairs of kind and service, before any are chosen
        self.faults, self.lost = [], []
        self._lock, self._next, self._stopped = threading.Lock(), 0, False
        self._tried, self._effective = Counter(), Counter()

    def run(self):
        workers = [threading.Thread(target=self._work, args=(number,))
                   for number in range(self.jobs)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def stop(self):
        """No more than those that are at work."""
        self._stopped = True

    def is_enough(self):
        least = max(1, self.count // 100)
        by_kind, by_service = Counter(), Counter()
        for (kind, service), count in self._effective.items():
            by_kind[kind] += count
            by_service[service] += count
        return (sum(self._effective.values()) >= self.count and
                all(by_kind[kind] >= least for kind in KINDS) and
                all(by_service[service] >= least for service in TARGETS))

    def _choose(self):
        """The next one; None: there were enough, or far too many in vain."""
        with self._lock:
            if self._stopped or self.is_enough() or self._next > 20 * self.count + 1000:
                return None
            number, self._next = self._next, self._next + 1
            rng = random.Random(f'{self.seed}:{number}')
            while True:
                kind, service = rng.choice(KINDS), rng.choice(TARGETS)
                if number < len(self.first):
                    kind, service = self.first[number]
                pair = kind, service
                if kind == 'ring' and service not in RINGS:
                    continue
                if self._tried[pair] >= FRUITLESS and not self._effective[pair]:
                    continue
                self._tried[pair] += 1
                return Fault(number, kind, service, rng.randrange(1, 2**31))

    def _done(self, fault):
        with self._lock:
            self.faults.append(fault)
            if fault.effect:
                self._effective[fault.kind, fault.service] += 1
            if fault.why:
                self.report(f'not survived: {fault}: {fault.effect}: {", ".join(fault.why)}')
            elif len(self.faults) % 500 == 0:
                self.report(f'{len(self.faults)} faults, '
                            f'{sum(self._effective.values())} with an effect')

    def _work(self, worker):
        machines = 0
        while True:
            machines += 1
            if not self._one_machine(self.logs / f'{worker}-{machines}'):
                return

    def _one_machine(self, logs):
        """False: there is nothing more to do."""
        machine, fault = Machine(self.build, logs), None
        keep = False
        try:
            machine.begin()
            for _ in range(FAULTS_PER_MACHINE):
                fault = self._choose()
                if not fault:
                    return False
                good = strike(machine, fault)
                self._done(fault)
                if fault.why:
                    machine.examine()
                if not good:
                    keep = True
                    return True
            return True
        except Lost as error:
            keep = True
            machine.examine()
            if not fault:
                raise  # there is no such machine here
            fault.effect = fault.effect or 'does not work'
            fault.survived = False
            fault.why.append(str(error))
            self._done(fault)
            return True
        finally:
            machine.close()
            self._look_for_panic(logs, fault)
            if not keep:
                for path in logs.iterdir():
                    path.unlink()
                logs.rmdir()

    def _look_for_panic(self, logs, fault):
        text = (logs / 'serial.log').read_text(errors='replace')
        if match := PROGRAM_ERRORS.search(text):
            with self._lock:
                self.lost.append(f'{fault}: {text[match.start():match.start() + 200]!r}')


# --- the report ---------------------------------------------------------------------------


def middle(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))] if values else None


def amount(value):
    return '' if value is None else f'{value:,}'


def row(name, faults):
    effective = [fault for fault in faults if fault.effect]
    detected = [fault.detected for fault in effective if fault.detected is not None]
    recovered = [fault.recovered for fault in effective if fault.recovered]
    survived = sum(fault.survived for fault in effective)
    share = f'{100 * survived / len(effective):.2f} %' if effective else ''
    numbers = (len(effective), survived, share, len(faults) - len(effective),
               sum(fault.disturbed for fault in effective), sum(fault.wrong for fault in effective),
               *(amount(middle(values, part)) for values in (detected, recovered)
                 for part in (0.5, 0.99)))
    return f'| {name} | ' + ' | '.join(map(str, numbers)) + ' |'


HEAD = ('| | faults | survived | | no effect | rounds disturbed | silent wrong answers '
        '| detected after | 99 % | recovered after | 99 % |\n' + '|---' * 11 + '|')


def report(campaign):
    """The campaign's tables, in Markdown."""
    faults = [fault for fault in campaign.faults if fault.status in ('', 'success')]
    groups = defaultdict(list)
    for fault in faults:
        groups[fault.service].append(fault)
        groups[fault.kind].append(fault)
        groups[fault.service, fault.kind].append(fault)
    lines = [f'Seed {campaign.seed}. Times are instructions: median, and 99th percentile.', '',
             HEAD, row('all', faults)]
    lines += [row(service, groups[service]) for service in TARGETS]
    lines += [row(SENTENCES[kind], groups[kind]) for kind in KINDS]
    lines += ['', HEAD]
    lines += [row(f'{service}: {SENTENCES[kind]}', groups[service, kind])
              for service in TARGETS for kind in KINDS if groups[service, kind]]
    lines += ['', '| effect | faults |', '|---|---|']
    effects = Counter(fault.effect or 'none' for fault in faults)
    lines += [f'| {effect} | {count} |' for effect, count in effects.most_common()]
    lines += [f'| and was there after a restart | {sum(fault.lasting for fault in faults)} |']
    why = Counter((fault.service, fault.effect, ', '.join(fault.why)) for fault in faults if fault.why)
    lines += ['', '| not survived: in | effect | what was wrong | faults |', '|---|---|---|---|']
    lines += [f'| {service} | {effect} | {reason} | {count} |'
              for (service, effect, reason), count in why.most_common()]
    refused = Counter(fault.status for fault in campaign.faults
                      if fault.status not in ('', 'success'))
    lines += ['', *(f'{count} faults could not be injected: {status}.'
                    for status, count in refused.most_common())]
    lines += [f'A panic of keeper or the kernel: {text}' for text in campaign.lost]
    return '\n'.join(lines) + '\n'


def save(campaign, folder):
    (folder / 'faults.md').write_text(report(campaign))
    (folder / 'faults.json').write_text(json.dumps([vars(f) for f in campaign.faults]) + '\n')


# --- a few of them, in `make test` ----------------------------------------------------------

TEST_FAULTS, TEST_SEED, SECONDS = 100, 1, 240
RECOVERY_MAX = 10_000_000


def is_explained(fault):
    """Whom the console asks, and what it compares the answer with, is data that nobody checks."""
    return fault.kind in ('data', 'wild') and fault.service == SUPERVISOR and \
        fault.effect in ('does not work', 'wrong answer') and \
        fault.why == ['fsd does not answer right']


# What was not survived once, several times each.
FIRST = 3 * (('loop', 'pulse'), ('flood', 'pulse'), ('loop', SUPERVISOR), ('flood', SUPERVISOR),
             ('code', SUPERVISOR))


def is_noticed(fault):
    return fault.effect in ('crash', 'hang')


def too_slow(fault):
    return fault.recovered and fault.recovered > RECOVERY_MAX


def run_faults(build, logs):
    """A short campaign: its Results."""
    start = time.monotonic()
    campaign = Campaign(build, logs, TEST_FAULTS, TEST_SEED, jobs=1, first=FIRST)
    campaign.run()
    save(campaign, build)
    lost = [fault for fault in campaign.faults if fault.why and not is_explained(fault)]
    slow = [fault for fault in campaign.faults if too_slow(fault)]
    unnoticed = [fault for fault in campaign.faults
                 if fault.number < len(FIRST) and not is_noticed(fault)]
    seconds = time.monotonic() - start
    table = (build / 'faults.md').read_text()
    checks = (
        ('the machine survives faults in all of its services', lost, seconds),
        ('neither the kernel nor keeper fails by a fault of others', campaign.lost, 0),
        (f'a service runs again within {RECOVERY_MAX:,} instructions', slow, 0),
        ('loops and floods are noticed, and code of the supervisor that is damaged', unnoticed, 0),
        ('every kind of fault was seen in effect', [] if campaign.is_enough() else ['no'], 0))
    return [Result('faults', name, logs, spent, '\n'.join(map(str, wrong)) + '\n' + table
                   if wrong else '') for name, wrong, spent in checks]
