; SPDX-License-Identifier: MIT OR Apache-2.0
;
; The copy window: the only code that touches memory which others can take away.
;
;   A page fault between window_start and window_end goes on at window_landing, with
;   the address in rax and the error code in rdx. None of these has pushed anything.

%include "kozo_abi.inc"

section .text
global share_copy, share_load, share_store
global window_start, window_end, window_landing

; share_copy - copy bytes that may not be there
;
;   in    rdi, rsi, rdx  to, from, how many
;   out   eax            OK, or as at window_landing
;   uses  rcx rsi rdi
;
share_copy:
        mov     rcx, rdx
        xor     eax, eax
window_start:
        rep movsb
        ret

; share_load - fetch 32 bits that may not be there
;
;   in    rdi, rsi       to, from
;   out   eax            as above
;   uses  ecx
;
share_load:
        mov     ecx, [rsi]
        mov     [rdi], ecx
        xor     eax, eax
        ret

; share_store - put 32 bits where there may be nothing
;
;   in    rdi, esi       to, value
;   out   eax            as above
;
share_store:
        mov     [rdi], esi
        xor     eax, eax
        ret
window_end:

window_landing:
        mov     eax, ERR_PEER_DIED
        ret

section .note.GNU-stack noalloc noexec nowrite progbits
