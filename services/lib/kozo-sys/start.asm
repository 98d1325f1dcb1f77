; SPDX-License-Identifier: MIT OR Apache-2.0
;
; _start - where every program begins
;
;   in    rdi   address of struct boot_info (init) or struct start_info
;         rsp   top of the stack; every other register is zero
;   out   to kozo_start with rdi as it was, which does not return
;
;   The frame pointer is zero, so that a backtrace ends here.

extern kozo_start

section .text
global _start
_start:
        xor     ebp, ebp
        and     rsp, -16                                ; System V ABI, 3.2.2
        call    kozo_start
        ud2

section .note.GNU-stack noalloc noexec nowrite progbits
