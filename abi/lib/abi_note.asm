; SPDX-License-Identifier: MIT OR Apache-2.0
;
; The ELF note that says which ABI a program was built for. The kernel reads
; init's, and init reads every service's, with elf_abi_hash().

%include "kozo_abi.inc"

NOTE_TYPE_ABI   equ     1

section .note.kozo.abi note alloc noexec nowrite align=4

        dd      name_end - name
        dd      hash_end - hash
        dd      NOTE_TYPE_ABI
name:   db      "KOZO", 0
name_end:
        align   4, db 0
hash:   dq      KOZO_ABI_HASH
hash_end:

section .note.GNU-stack noalloc noexec nowrite progbits
