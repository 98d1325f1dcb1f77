# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every boot of KOZO that is tested: one Case each, its name a sentence that is true
when it passes."""

import functools
import re

from . import initrd
from .case import BANNER, BOOTED, HASH, READY, TROUBLE, Case
from .hostile import HOSTILE
from .machine import Failure
from .refusals import REFUSALS
from .routes import ISOLATES, ROUTES
from .sanitizers import SANITIZERS
from .steps import (SHARED_MEMORY, answers, in_order, crash_report_names, ends, halts, idles,
                    lists_the_initrd, sees, protects_itself, sends_nmi, serial_has,
                    serial_matches_log, shows_a_text_file, spoils, takes_no_interrupts, types)

BOOT_TICKS_MAX = 400_000  # it takes 272,000; what is allowed at all are 1.5 million
PROMPT_TICKS_MAX = 1_500_000  # it takes 940,000; what is allowed at all are 20 million


def console(name, *steps, **how):
    """Something at the prompt of a machine that has booted."""
    return Case(name, (*BOOTED, *steps), **how)


def at_most(limit):
    def wrong(match):
        ticks = int(match[1])
        if not 0 < ticks <= limit:
            return f'boot took {ticks} instructions; at most {limit} are allowed'
        return None

    return wrong


def edits(keys, *patterns):
    """Keys are pressed that end with a command in the line; it answers with the patterns."""
    return lambda machine: (types(keys)(machine), machine.see(*patterns),
                            machine.see('^Init> '))


INSTRUCTIONS = ('-icount', 'shift=0,sleep=off')
# A machine on which an instruction takes so long that little happens in two seconds.
SOON = ('-icount', 'shift=10,sleep=off')

IDLER = b'''service  idler
title    "Idler"
purpose  "waits for what nobody sends"
program  fsd
rank     11
memory   private 512K
slots    64
time     borrowed reserve 20ms per 100ms
priority 128
device   initrd
deadline 2s
restart  never
'''


def claims(name, *devices):
    """The manifest of a service by that name, for more devices."""
    text = IDLER.decode().replace('idler', name).replace('Idler', name)
    text = text.replace('20ms', '1ms').replace('512K', '1M')
    text += ''.join(f'device   {device}\n' for device in devices)
    return initrd.with_files(f'{name}.manifest', data=text.encode())


def all_of(*changes):
    """One change of the archive after the other."""
    return lambda archive: functools.reduce(lambda changed, change: change(changed), changes,
                                            archive)


def pieces(first, last):
    """Memory of devices, each of which is 24 frames, as it lies nowhere well."""
    return [f'memory {start + 0x1000:#x}-{start + 0x1ffefff:#x} read'
            for start in range(first, last, 0x2000000)]


# What a machine of the tests cannot give, and why. There is room for 256 frames.
NO_DEVICE = "not all of it is a device's that may be had"
CANNOT = {
    'apic': ('memory 0xfee00000-0xfee00fff', NO_DEVICE, ['memory 0xfee00000-0xfee00fff read']),
    'ram': ('memory 0xff000-0x100fff', NO_DEVICE, ['memory 0xff000-0x100fff read']),
    'many': ('memory 0x94001000-0x95ffefff', 'there is no room for another',
             pieces(0x8c000000, 0x98000000)),
    'nowhere': ('irq 250', 'this machine has no such interrupt', ['irq 250']),
    'second': ('irq 0', 'somebody else has this interrupt', ['irq 0 isa']),
}
CLAIMS = {'first': ['irq 2', *pieces(0x80000000, 0x8c000000)],
          **{name: devices for name, (_, _, devices) in CANNOT.items()}}


def changed_function(program, function, code):
    return initrd.changed(program, initrd.with_function(function, code))


def only_once(manifest):
    """It is not started again."""
    kept = [line for line in manifest.splitlines(True)
            if not line.startswith((b'backoff', b'attempts', b'escalate'))]
    return b''.join(kept).replace(b'restart  always', b'restart  never')


def without_a_second_life(archive):
    """Neither fsd nor notebook is started again, and notebook dies of its first commit."""
    for change in (initrd.changed('fsd.manifest', only_once),
                   initrd.changed('notebook.manifest', only_once),
                   changed_function('notebook', 'kept_commit', initrd.WRITE_TO_NULL)):
        archive = change(archive)
    return archive


BOOTS = [
    Case('boot costs few instructions',
         (sees(r'^boot: (\d+) TSC ticks from kernel entry to init', check=at_most(BOOT_TICKS_MAX)),),
         qemu=INSTRUCTIONS),
    Case('a machine with 16 MiB comes to the prompt in few instructions',
         (sees(r'^boot: (\d+) TSC ticks from kernel entry to the prompt',
               check=at_most(PROMPT_TICKS_MAX)),
          sees('^Init> '), answers('ping fsd', 'is alive')),
         qemu=INSTRUCTIONS, memory='16M'),
]

CRASH_REPORT = (sees('^---- KOZO crash report ----$'), sees('^cause: .+$'), sees('^version: .+$'),
                sees(f'^abi: {HASH}$'), sees('^backtrace:$'), sees('^  #0 0x[0-9a-f]{16} '),
                sees('^---- end of crash report ----$'))
NUMBERS = r' *\d+ +\d+ +\d+ +\d+ +'  # of a service in ps: times, messages, memory
COMMANDS = ('help', 'mem', 'hw', 'caps', 'ls', 'cat', 'ping', 'version', 'shutdown', 'reboot',
            'services', 'ps', 'tree', 'log', 'restart', 'kill', 'run', 'note', 'notes')

CONSOLE = [
    console('a prompt at which nobody types leaves the processor alone', idles,
            answers('ping fsd', 'is alive'), idles),
    console('help names every command', answers('help', *(rf'\b{c}\b' for c in COMMANDS))),
    console('mem tells how much memory there is, who has it, and what is left',
            answers('mem', r'^free +[1-9]\d* KiB$', r'^fsd +512 +[1-9]\d* +4 +[1-9]\d*$')),
    console('a service that was killed comes back, and its clients carry on',
            answers('kill fsd', '^fsd was ended$'), answers('ping fsd', '^fsd is alive'),
            answers('ps', rf'^fsd {NUMBERS}128 +1  runs$'),
            in_order('log', r'supervisor: started, instance 1$', r'fsd: started, instance 1$',
                     r'crash 1: fsd: killed at the console$', r'recovered in \d+ us$',
                     r'fsd: started, instance 2$')),
    console('restart starts a service again',
            answers('restart fsd', '^fsd was started again$'), shows_a_text_file,
            answers('run fsd', '^fsd runs already$'),
            in_order('log', 'fsd: ended, to be started again$', 'fsd: started, instance 2$')),
    console('a service is named wrongly',
            answers('kill nobody', '^there is no service "nobody"; there is fsd, notebook$'),
            answers('kill fds', '^there is no service "fds"; did you mean "fsd"\\?$')),
    console('the supervisor comes back, and finds the services as they were',
            answers('kill fsd', '^fsd was ended$'), types('kill supervisor'),
            sees('^supervisor: panic: killed at the console'),
            sees('^keeper: the supervisor has panicked, and is started again$'), READY,
            answers('ping fsd', '^fsd is alive'), answers('ping supervisor', 'is alive$'),
            answers('ps', r'^supervisor +\d+ +\d+ +- +64 +254 +1  runs$', '^  console +',
                    rf'^fsd {NUMBERS}128 +1  runs$'),
            in_order('log', 'crash 1: fsd: killed',
                     r'crash 2: supervisor: panic: killed at the console at \S+ask\.c:\d+$',
                     r'recovered in \d+ us$', r'#\d 0x[0-9a-f]{16} kozo_panic\+0x',
                     r'#\d 0x[0-9a-f]{16} ask_answer\+0x', r'#\d 0x[0-9a-f]{16} main\+0x',
                     'rax [0-9a-f]{16}', 'supervisor: started, instance 2$')),
    console('a supervisor that faults is recorded, with its registers and what led there',
            types('restart fsd'),
            sees('^keeper: the supervisor was stopped by a page fault at 0x'), READY,
            in_order('log', 'crash 1: supervisor: page fault, writing to 0x10',
                     r'#0 0x[0-9a-f]{16} service_restart\+0x4$',
                     r'#1 0x[0-9a-f]{16} ask_answer\+0x',
                     r'#\d 0x[0-9a-f]{16} main\+0x', 'rax [0-9a-f]{16}',
                     'supervisor: started, instance 2$'),
            initrd=changed_function('supervisor', 'service_restart', initrd.WRITE_TO_NULL)),
    console('a supervisor that has lost its stack is recorded without it',
            types('restart fsd'), READY,
            in_order('log', 'crash 1: supervisor: invalid opcode',
                     r'#0 0x[0-9a-f]{16} service_restart\+0xb\n +rax [0-9a-f]{16}',
                     'rbp fffffffffffffff8'),
            initrd=changed_function('supervisor', 'service_restart', initrd.LOSE_STACK)),
    console('a supervisor that lies about what it said in panic harms only itself',
            types('restart fsd'), sees('^keeper: the supervisor has panicked'), READY,
            in_order('log', 'crash 1: supervisor: panic: $', 'supervisor: started, instance 2$'),
            initrd=changed_function('supervisor', 'service_restart', initrd.LIE_IN_PANIC)),
    console('a console that faults takes the supervisor with it, and both come back',
            types('version'),
            sees('^keeper: the supervisor was stopped by a page fault at 0x'), READY,
            in_order('log', 'crash 1: supervisor: page fault, writing to 0x10',
                     r'#0 0x[0-9a-f]{16} run_version\+0x4$', 'supervisor: started, instance 2$'),
            initrd=changed_function('supervisor', 'run_version', initrd.WRITE_TO_NULL)),
    console('a supervisor that ends too often is begun anew, with all services',
            answers('kill fsd', '^fsd was ended$'), *((types('kill supervisor'), READY) * 8),
            types('kill supervisor'),
            sees('^keeper: it ends too often: all services are begun anew$'), READY,
            answers('ps', rf'^fsd {NUMBERS}128 +0  runs$'), answers('ping fsd', 'is alive'),
            answers('log', 'supervisor: ended too often: keeper has begun all services anew$')),
    console('a service that faults is recorded, with its registers and what led there',
            types('ls'), sees('^supervisor: fsd was stopped by a page fault'),
            in_order('log', r'crash 1: fsd: page fault, writing to 0x10, where nothing is mapped$',
                     r'recovered in \d+ us$', r'#0 0x[0-9a-f]{16} fs_on_list\+0x4$',
                     r'#\d 0x[0-9a-f]{16} main\+0x', r'rax [0-9a-f]{16}', r'gs +[0-9a-f]{16}$'),
            answers('ping fsd', 'is alive'),
            initrd=changed_function('fsd', 'fs_on_list', initrd.WRITE_TO_NULL)),
    console('a supervisor whose code was damaged is begun anew before it does what is typed',
            spoils('supervisor', 'tell_tree'), types('ping fsd'),
            sees('^keeper: the supervisor has panicked'), READY,
            in_order('log', 'crash 1: supervisor: panic: this program is not what was started'),
            forbidden=('^fsd is alive',), **SHARED_MEMORY),
    console('the supervisor checks its code before it does what is typed',
            types('ping fsd'), sees('^keeper: the supervisor was stopped by an exception'), READY,
            initrd=changed_function('supervisor', 'code_check', initrd.NO_INSTRUCTION),
            forbidden=('^fsd is alive',)),
    console('the supervisor checks its code while somebody types',
            lambda machine: machine.type('p'),
            sees('keeper: the supervisor was stopped by an exception'), READY,
            initrd=changed_function('supervisor', 'code_check', initrd.NO_INSTRUCTION)),
    console('a service that hangs is found by its deadline, and comes back',
            types('ls'), sees('^supervisor: fsd does not answer, and is ended$'), sees('^Init> '),
            in_order('log', 'crash 1: fsd: it did not answer in time$', r'recovered in \d+ us$',
                     r'#0 0x[0-9a-f]{16} fs_on_list\+0x4$', r'#\d 0x[0-9a-f]{16} main\+0x'),
            answers('ping fsd', 'is alive'),
            initrd=changed_function('fsd', 'fs_on_list', initrd.LOOP)),
    console('a service that gives a wrong answer is started again',
            answers('ping notebook', '^notebook answers, but wrongly, and is ended$'),
            in_order('log', 'crash 1: notebook: its answer was wrong$', r'recovered in \d+ us$',
                     'notebook: started, instance 2$'),
            initrd=changed_function('notebook', 'answer', initrd.RETURN)),
    Case('a supervisor that does not answer its own console is begun anew',
         (BANNER, sees("^supervisor: panic: the supervisor's first thread: "),
          sees('^keeper: the supervisor has panicked, and is started again$')),
         initrd=changed_function('supervisor', 'ask_answer', initrd.RETURN)),
    console('a console that does not react is begun anew, and the services go on',
            types('version'), sees('supervisor: panic: the console does not react'), READY,
            answers('ps', rf'^fsd {NUMBERS}128 +0  runs$'), answers('ping fsd', 'is alive'),
            initrd=changed_function('supervisor', 'run_version', initrd.LOOP)),
    console('a supervisor that hangs is found by keeper, and comes back',
            types('kill supervisor'), READY, types('restart fsd'),
            sees('^keeper: the supervisor does not answer, and is started again$'), READY,
            in_order('log', 'crash 2: supervisor: it did not answer in time$',
                     r'#0 0x[0-9a-f]{16} service_restart\+0x4$',
                     r'#1 0x[0-9a-f]{16} ask_answer\+0x',
                     'rax [0-9a-f]{16}', 'supervisor: started, instance 3$'),
            initrd=changed_function('supervisor', 'service_restart', initrd.LOOP)),
    Case('a service that hangs at once is given up in the end',
         (BANNER, *(sees('^supervisor: fsd does not answer, and is ended$') for _ in range(2)),
          sees('^supervisor: fsd ends too often: those who use it are started again, too$'),
          sees('^supervisor: fsd: it ends too often, and is given up$'), sees('^Init> '),
          answers('ping fsd', '^fsd does not run: given up$'),
          answers('log', 'fsd: ended too often, and was given up$')),
         initrd=initrd.changed('fsd', initrd.at_entry(initrd.LOOP)), qemu=SOON, seconds=60),
    Case('a supervisor that hangs at once stops the machine in the end',
         (BANNER, sees('^keeper: the supervisor does not answer, and is started again$'),
          *(sees('^keeper: it ends too often: all services are begun anew$') for _ in range(4)),
          sees('^keeper: panic: the supervisor cannot be kept running'), *CRASH_REPORT, halts),
         initrd=initrd.changed('supervisor', initrd.at_entry(initrd.LOOP)), qemu=SOON, seconds=60,
         forbidden=('KOZO cannot start',)),
    Case('a supervisor that faults at once stops the machine in the end',
         (BANNER, sees('^keeper: the supervisor was stopped by an exception at 0x'),
          *(sees('^keeper: it ends too often: all services are begun anew$') for _ in range(4)),
          sees('^keeper: panic: the supervisor cannot be kept running'), *CRASH_REPORT, halts),
         initrd=initrd.changed('supervisor', initrd.undefined_at_entry),
         forbidden=('KOZO cannot start',)),
    console('ping tells of a service that speaks no protocol what its thread does',
            answers('ping idler', '^idler is alive: it waits for messages$'),
            answers('kill idler', '^idler was ended$'), answers('ping idler', 'does not run: down$'),
            initrd=initrd.with_files('idler.manifest', data=IDLER)),
    console('tree shows who watches whom', answers('tree', '^keeper$', '^ +supervisor$',
                                                   r'^ +notebook \(runs\)$', r'^ +fsd \(runs\)$')),
    console('services says what each is for', answers('services', '^fsd +File service: ')),
    console('caps of a service says in words what it can touch',
            answers('caps fsd', 'may write to the kernel log', 'may answer those who ask the service fsd',
                    'may control its own thread', 'may tell the supervisor that it has failed',
                    r'may make things of 128 KiB of memory',
                    r'has [1-9]\d* KiB of memory')),
    console('caps says in the same words what the supervisor can touch',
            answers('caps', 'may change its own capability space',
                    'may tell keeper that it has failed$',
                    'may tell the supervisor that it has failed$',
                    'may ask the service fsd: ', 'may set one timer',
                    r"may make things of \d+ [MG]iB of devices' memory",
                    'ports from 0x0 to 0xffff$', 'CPU time at priorities below 255$')),
    console('ls lists what is in the initrd', lists_the_initrd),
    console('cat prints a file of the initrd', shows_a_text_file),
    console('cat of a file that is not there says so',
            answers('cat no/such/file', 'there is nothing by that name')),
    console('cat without a name says what it needs', answers('cat', r'\bcat PATH\b')),
    console('ping of nobody says so', answers('ping nobody', r'\bnobody\b.*\bfsd\b')),
    console('ping reaches every service, and says which does not answer',
            answers('ping notebook', '^notebook is alive'), answers('ping fsd', '^fsd is alive')),
    Case('who asks a service that is not started again does not wait for it',
         (BANNER, sees(r'IPC_OK: fsd$', 'supervisor: notebook was stopped by a page fault'),
          answers('kill fsd', '^fsd was ended$'), answers('ping fsd', 'does not run: down$'),
          types('run notebook'),
          sees('notebook was started$', 'supervisor: notebook was stopped by a page fault')),
         initrd=without_a_second_life),
    console('a service that is started again on failure stays down when it is killed',
            answers('kill notebook', '^notebook was ended$'),
            answers('ping notebook', 'does not run: down$'),
            answers('run notebook', '^notebook was started$'), answers('ping notebook', 'is alive'),
            initrd=initrd.changed('notebook.manifest', lambda manifest: manifest.replace(
                b'restart  always', b'restart  on-failure'))),
    console('notebook begins with notes from a file, which fsd reads to it',
            answers('notes', '^   1  .*note TEXT.*$')),
    console('what notebook was told survives it, and its supervisor',
            answers('note the milk is gone', '^there are 2 now$'),
            answers('kill notebook', '^notebook was ended$'),
            answers('notes', '^   2  the milk is gone$'),
            types('kill supervisor'), READY,
            answers('restart fsd', '^fsd was started again$'),
            answers('note so is the cat', '^there are 3 now$'),
            answers('restart notebook', '^notebook was started again$'),
            answers('notes', '^   1  .*note TEXT', '^   2  the milk is gone$',
                    '^   3  so is the cat$')),
    console('notebook begins anew when it comes upon a note that cannot be',
            answers('note x', '^there are'), types('notes'),
            sees('^notebook: panic: assertion failed'), sees('^Init> '),
            answers('notes', '^   1  .*note TEXT.*$'), answers('note x', '^there are'),
            answers('kill notebook', 'was ended'), answers('notes', '^   1  .*note TEXT.*$'),
            initrd=initrd.changed('notebook', initrd.spoil_notes)),
    console('notebook refuses what is no note, and more notes than it has room for',
            answers('note ' + 'x' * 65, '^note: an argument is malformed or out of range$'),
            *(answers(f'note {i}', f'^there are {i} now$') for i in range(2, 33)),
            answers('note 33', '^note: there is no room for another$')),
    console('version tells the version and the ABI', answers('version', rf'KOZO .+, ABI {HASH}')),
    console('an unknown command is told about help, and of the nearest one there is',
            answers('frobnicate', r'^there is no command "frobnicate"; "help" lists'),
            answers('verison', r'did you mean "version"\?')),
    console('keys go back in the line, and to lines that were typed before',
            edits('sion\x01ver\x05x\b', HASH), edits('zzz\x15\x1b[A', HASH),
            edits('XXXversio\x1b[H\x1b[3~\x1b[3~\x1b[3~\x1b[Fn', HASH),
            edits('\x1b[Ax\x1b[B\x1b[A', HASH), edits('verxion\x1b[D\x1b[D\x1b[D\bs', HASH)),
    console('what was typed outlives the supervisor', answers('version', HASH),
            types('kill supervisor'), READY, edits('\x1b[A\x1b[A', HASH)),
    console("a PS/2 keyboard's other keys edit the line, too",
            edits('sioXn\x1b[D\b\x1b[Hver\x1b[F', HASH), edits('zz\x01\x0b\x1b[A', HASH),
            edits('\x1b[Aq\x1b[D\x1b[3~\x1b[C', HASH), edits('\x1b[A\x1b[B\x1b[A', HASH),
            keyboard=True),
    console('a PS/2 keyboard types letters, digits and signs',
            answers('aZ09 !@#$%^&*()_+-=[]{};:\'"~`|\\,./<>?', r'\bhelp\b'), keyboard=True),
    console('an empty line is answered by the next prompt', answers('')),
    console('a line feed ends a line too', lambda machine: machine.type('version\n'),
            sees(HASH), sees('^Init> ')),
    console('a line that is too long leaves the console alive',
            types('x' * 1000), sees('^Init> '), answers('version', HASH)),
    console('backspace takes back what was typed',
            types('verx\x7fsip\bon'), sees(rf'KOZO .+, ABI {HASH}')),
    console('bytes that are no text leave the console alive',
            types('\0\x1b[A\x03\u00e9'), sees('^Init> '), answers('version', HASH)),
    console('shutdown turns the machine off', types('shutdown'), ends('guest-shutdown')),
    console('reboot starts the machine again', types('reboot'), ends('guest-reset')),
    Case('a fault of keeper stops the machine, with a crash report that names its functions',
         (BANNER, sees('^keeper: panic: there is no supervisor that can be started'), *CRASH_REPORT,
          crash_report_names('start', 'main'), serial_matches_log, halts),
         initrd=initrd.without('supervisor'), forbidden=('KOZO cannot start',)),
    Case("a crash report does not follow a frame pointer into a device's memory",
         (BANNER, *CRASH_REPORT, halts),
         archive='guest.cpio', qemu=('-append', 'crash=device'), forbidden=('KOZO cannot start',)),
    Case('the kernel leaves the serial port to a driver that uses it, but for a crash report',
         (sees('^it is taken$'), *CRASH_REPORT,
          serial_has('the serial port is free', 'it still is', 'KOZO crash report',
                     without='it is taken'), halts),
         archive='guest.cpio', qemu=('-append', 'crash=serial'), forbidden=('KOZO cannot start',)),
    console('every protection that the processor has is on', protects_itself, cpu='max'),
    Case('a processor on which programs may read the kernel has page tables that hide it',
         (BANNER, sees(ISOLATES), READY,
          answers('ping fsd', 'is alive')), cpu='Haswell'),
    Case('on another processor they show it, unless somebody wants otherwise',
         (*BOOTED, answers('ping fsd', 'is alive')), cpu='EPYC',
         forbidden=(*TROUBLE, "programs' page tables", 'Meltdown')),
    Case('page tables that hide the kernel can be had, on a kernel that checks itself',
         (BANNER, sees(ISOLATES), READY,
          types('kill supervisor'), READY, answers('ping fsd', 'is alive')),
         cpu='max', debug=True, qemu=('-append', 'check=50 isolation=on')),
    Case('whoever does not want them is told what that means',
         (BANNER, sees(r'^boot: programs may read the kernel.s memory \(Meltdown\): isolation=off$'),
          READY), cpu='Haswell', qemu=('-append', 'isolation=off')),
    Case('a wish for page tables that nobody understands is told, and the processor decides',
         (BANNER, sees('^boot: isolation= is auto, on or off; it counts as auto$'),
          sees(ISOLATES), READY),
         cpu='Haswell', qemu=('-append', 'isolation=offf')),
    console('an NMI stops the machine with a crash report', sends_nmi,
            sees('^cause: (in the kernel: )?non-maskable interrupt'), halts,
            forbidden=('KOZO cannot start',)),
    console('an NMI does so where page tables hide the kernel', sends_nmi,
            sees('^cause: (in the kernel: )?non-maskable interrupt'), halts, cpu='Haswell',
            forbidden=('KOZO cannot start',)),
    console('nothing interrupts a machine on which no timer is armed', takes_no_interrupts(1),
            qemu=('-d', 'int')),
    console('hw prints a report on the machine to paste, between two lines',
            answers('hw', r'^---- KOZO hardware report ----$', rf'^abi: {HASH}$',
                    r'^boot: PVH, \d+ TSC ticks$', r'^vendor: GenuineIntel$',
                    r'^processor: family 6, model 85, stepping 4$',
                    r'^name: Intel Xeon Processor \(Skylake\)$', r'^hypervisor: TCGTCGTCGTCG$',
                    r'^features: nx smep smap .*1gib-pages$', r'^without: umip ',
                    r'^processors: 2 listed', r'^memory: \d+ KiB$', r'^screen: text',
                    r'^---- end of hardware report ----$'),
            cpu='Skylake-Server-v1', qemu=('-smp', '2')),
]


def damage(name, invariant, sentence):
    """The kernel breaks something in itself, at one of its next system calls, and notices it."""
    line = f'invariant {invariant}: {sentence}'
    return Case(f'a check notices {name}: {sentence}',
                (sees('^Init> '), *(types('caps supervisor') for _ in range(3)),
                 sees(line), sees(f'^cause: invariant {invariant} is violated'), halts),
                debug=True, qemu=('-append', f'damage={name}'), forbidden=('KOZO cannot start',))


INVARIANTS = [
    Case('a debug kernel boots, and every invariant holds all the way',
         (*BOOTED, answers('ls', 'init'), answers('ping fsd', r'\bfsd\b')),
         debug=True, qemu=('-append', 'check=50')),
    damage('flag', 1, 'a slot does not lead back to where it was reached from'),
    damage('cycle', 1, 'a slot does not lead back to where it was reached from'),
    damage('end', 1, 'a list of children does not end at their parent'),
    damage('lost', 1, 'a full slot is not in the tree'),
    damage('remains', 1, 'an empty slot is not empty all through'),
    damage('holder', 1, 'a slot does not know where it lies'),
    damage('outside', 1, 'a slot of the tree lies in no CNode, thread or tomb'),
    damage('rights', 2, 'a child has rights that its parent lacks'),
    damage('range', 2, '(a part of a frame|an object) lies outside'),
    damage('device', 2, "a device's memory came of RAM"),
    damage('cached', 5, "a device's memory is mapped cached, or RAM is not"),
    damage('watermark', 3, "an object lies above its untyped's watermark"),
    damage('unused', 3, 'an untyped without children has a watermark'),
    damage('object', 3, 'free memory of an untyped belongs to something else'),
    damage('frame', 3, 'a frame reaches memory of the kernel or an object'),
    damage('entry', 4, 'an entry is not what its frame asks for'),
    damage('stray', 4, 'a page-table entry has no slot behind it'),
    damage('back', 4, 'a page-table entry and its slot disagree'),
    damage('mapped', 4, 'a page-table entry and its slot disagree'),
    damage('entries', 4, 'a mapped slot and its page-table entry disagree'),
    damage('level', 4, 'a table has another level than its capability says'),
    damage('places', 4, 'a table does not know where it is installed'),
    damage('restricted', 4, 'the restricted root is not the wide one without the region'),
    damage('reach', 5, 'a mapping reaches memory of the kernel or an object'),
    damage('write', 5, 'a mapping allows what its capability does not'),
    damage('kernel', 5, "users reach the kernel's half"),
    damage('state', 6, "a thread's state and its queue disagree"),
    damage('queue', 6, 'a queue and what is in it disagree'),
    damage('tail', 6, 'a queue does not end with its last link'),
    damage('bit', 6, 'the map of priorities is wrong'),
    damage('told', 6, 'a thread tells of a fault, and does not call'),
    damage('cache', 6, 'a thread uses something else than its slots hold'),
    damage('reply', 8, 'a thread receives with a Reply that knows nothing of it'),
    damage('caller', 8, 'a Reply owes an answer to a thread that does not await it'),
    damage('owed', 8, 'a thread does not know how many answers it owes'),
    damage('ready', 6, 'a context is ready and not queued, or in the wrong queue'),
    damage('cancel', 6, 'a cancel goes on at a sender that is not there'),
    damage('budget', 7, 'a context has more left than its budget, or owes more'),
    damage('context', 7, 'a thread runs on time that it does not have'),
    damage('loan', 7, 'a thread borrows from a context that knows nothing of it'),
    damage('borrower', 7, 'a thread that does not exist borrows time'),
    damage('bound', 8, '(a thread|a notification) is bound to (a notification|a thread) that knows'),
    damage('meeting', 8, 'senders and receivers wait at the same endpoint'),
    damage('fpu', 12, 'the CPU has the FPU registers of the wrong thread'),
    damage('breakpoints', 12, 'the CPU has the breakpoints of the wrong thread'),
    damage('alarm', 13, 'the alarm is not set to the first moment'),
    damage('moment', 13, 'the timeline is broken below a timer'),
    damage('count', 11, "an object's count is not the number of slots that name it"),
    damage('tomb', 11, 'a slot names an object that is dead'),
]


def personality(name, **machine):
    """tests/personality in init's place: programs for Linux, and what they print, in order."""
    lines = ('personality: true ends with 0, signal 0', 'personality: false ends with 1, signal 0',
             'hello', 'personality: echo ends with 0, signal 0',
             'hello from hello: 2, 1.00, x', 'personality: hello ends with 7, signal 0',
             'EFAULT, as it should be', 'personality: bad_pointer ends with 0, signal 0',
             'taken from work, and nothing is lost', 'personality: kick ends with 0, signal 0',
             'a', 'b', 'c', 'personality: sh ends with 0, signal 0',
             'in new', 'out old', 'personality: sh ends with 5, signal 0',
             'status 3', 'd', 'e', 'personality: sh ends with 0, signal 0',
             'deep', "sh: can't fork: Resource temporarily unavailable",
             'personality: sh ends with 2, signal 0',
             *(f'child {i}' for i in range(1, 10)), 'personality: sh ends with 0, signal 0',
             'personality: passed')
    return Case(f"programs for Linux run as guests, and so does Debian's busybox: {name}",
                (*(sees(f'^{re.escape(line)}$') for line in lines), ends('guest-shutdown')),
                archive='personality.cpio', **machine)


PERSONALITY = [
    personality('as shipped'),
    personality('with every feature that a processor has', cpu='max'),
    personality('with page tables that hide the kernel', cpu='max',
                qemu=('-append', 'isolation=on')),
    personality('on a kernel that checks itself', cpu='max', debug=True,
                qemu=('-append', 'check=50')),
    personality('under UBSan and KASAN', sanitized=True, seconds=60),
]

SECOND_SERIAL = ('-chardev', 'null,id=second', '-device',
                 'isa-serial,iobase=0x2f8,irq=3,chardev=second')


def drives(instance, turn, *others):
    """tests/service/driver.c has used its devices; the console may be in the middle of a line."""
    line = f"info: instance {instance}: 32 of 32 bytes came back, turn {turn} in the screen's memory"
    return sees('(?:Init> )?'.join(re.escape(character) for character in line) + '$', *others)


def has_marks(turn):
    """The driver has marked each page of the screen's memory, where that is for the machine."""
    def step(machine):
        for page in range(7):
            line = machine.monitor.human(f'xp /1wx {0xb9000 + (page << 12):#x}')
            if int(line.split()[-1], 16) != 0x5ca1 << 16 | turn << 8 | page:
                raise Failure(f'page {page} of turn {turn} is not marked: {line}')
    return step


def drives_again(name, qemu, **machine):
    return Case(
        'a driver has the ports, the interrupt and the memory of its device, and has them again: '
        + name,
        (BANNER, drives(1, 1, 'IPC_OK: fsd$', '^Init> '), has_marks(1),
         answers('caps driver', "may read and write the processor's ports from 0x2f8 to 0x2ff$",
                 'may take the interrupts of one device$',
                 "may read and write 28 KiB of devices' memory there$",
                 "may read 4 KiB of devices' memory there$"),
         types('kill driver'), drives(2, 2), has_marks(2), types('kill supervisor'), READY,
         types('ping driver'), drives(2, 3), sees('^driver is alive'), types('kill driver'),
         drives(3, 4), has_marks(4), answers('ps', r'^driver .* 50 +2  runs$'),
         *((types('kill supervisor'), READY) * 7), types('kill supervisor'),
         sees('all services are begun anew$'), drives(1, 5), has_marks(5)),
        archive='service.cpio', initrd=initrd.without('tester.manifest'), qemu=qemu, **machine)


SERVICES = [
    Case('what services are written with works, and withstands a hostile peer: tests/service',
         (sees(r'1\.\.20$'), sees('^peer: panic: [0-9a-f]{16} is free already at .*:[0-9]+$'),
          sees('^supervisor: peer has panicked: [0-9a-f]{16} is free already at .*:[0-9]+$'),
          sees('^supervisor: peer was stopped by a page fault at 0x[0-9a-f]+, address 0x[0-9a-f]+$'),
          sees('^supervisor: peer does not answer, and is ended$'),
          sees('^supervisor: peer has panicked: dies between doing and answering,.as it was asked'),
          sees(r'ok 18 - '), sees(r'^tester: info: one line\.and no \.\[31mother$'),
          sees(r'ok 19 - '), sees(r'ok 20 - '), ends('guest-shutdown')),
         archive='service.cpio', memory='16M', seconds=15, qemu=(*SECOND_SERIAL, *INSTRUCTIONS),
         forbidden=(*TROUBLE, r'not ok \d', 'this is left out')),
    drives_again('as shipped', SECOND_SERIAL),
    drives_again('on a kernel that checks itself', (*SECOND_SERIAL, '-append', 'check=50'),
                 debug=True),
    Case('who claims a device that the machine cannot give is not started, and it is told why',
         (BANNER, sees(*(rf'^supervisor: {name}: device {device}: {why}$'
                         for name, (device, why, _) in CANNOT.items())),
          sees('^Init> '),
          answers('ps', *(rf'^{name} .* given up$' for name in CANNOT),
                  rf'^first {NUMBERS}128 +0  runs$'),
          answers('ping fsd', 'is alive')),
         initrd=all_of(*(claims(name, *devices) for name, devices in CLAIMS.items()))),
]

# The driver must see what is wrong, or nothing above means anything.
DRIVER = [
    Case('the driver notices that a line does not come', (*BOOTED, sees('no such line')),
         seconds=5, failure='not within 5 s: the log has /no such line/'),
    Case('the driver notices lines in the wrong order', (sees('^Init> '), BANNER),
         seconds=5, failure='not within 5 s'),
    Case('the driver notices a line that must not be', BOOTED, initrd=initrd.missing,
         failure='the log must not have: KOZO cannot start'),
    Case('the driver notices that QEMU has ended', (*BOOTED, types('shutdown'), sees('more')),
         failure='QEMU ended .status 0. before'),
    Case('the driver notices a wrong end', (*BOOTED, types('shutdown'), ends('guest-reset')),
         failure='QEMU ended for guest-shutdown, not guest-reset'),
    Case('the driver notices that QEMU cannot start', BOOTED, qemu=('-device', 'nonsense'),
         failure='QEMU did not start: .*nonsense'),
]

CASES = (ROUTES + BOOTS + REFUSALS + HOSTILE + CONSOLE + INVARIANTS + PERSONALITY + SERVICES + DRIVER +
         SANITIZERS)
