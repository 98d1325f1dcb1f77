; SPDX-License-Identifier: MIT OR Apache-2.0
;
; The note that says which ABI a program was built for, and what of it lies where: struct
; program_layout. The kernel reads init's, and init reads every service's, with
; elf_abi_hash(). The linker script puts it where PROGRAM_NOTE_AT says.

%include "kozo_abi.inc"

extern program_start, program_code, program_data, program_file_end, program_end, _start

NOTE_TYPE_ABI   equ     1

section .note.kozo.abi note alloc noexec nowrite align=4

        dd      name_end - name
        dd      layout_end - layout
        dd      NOTE_TYPE_ABI
name:   db      "KOZO", 0
name_end:
        align   4, db 0
layout: dq      KOZO_ABI_HASH
        dq      program_start, program_code, program_data, program_file_end, program_end
        dq      _start
layout_end:

section .note.GNU-stack noalloc noexec nowrite progbits
