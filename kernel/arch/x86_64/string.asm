; SPDX-License-Identifier: MIT OR Apache-2.0
;
; What the compiler may call on its own (kernel/include/string.h). Sizes are
; small or page multiples here, so words first and the odd bytes last is enough;
; all of it is exact for any size.

default rel
global memcpy, memset, memcmp, strlen

section .text

; void *memcpy(void *to, const void *from, size_t n)
;
;   in    rdi rsi rdx    out   rax = to    uses  rcx rdx rsi rdi
;
memcpy:
        mov     rax, rdi
        mov     rcx, rdx
        shr     rcx, 3
        rep movsq
        mov     ecx, edx
        and     ecx, 7
        rep movsb
        ret

; void *memset(void *to, int byte, size_t n)
;
;   in    rdi esi rdx    out   rax = to    uses  rcx rdx rdi r8 r9
;
memset:
        mov     r8, rdi
        movzx   eax, sil
        mov     r9, 0x0101010101010101
        imul    rax, r9
        mov     rcx, rdx
        shr     rcx, 3
        rep stosq
        mov     ecx, edx
        and     ecx, 7
        rep stosb
        mov     rax, r8
        ret

; int memcmp(const void *a, const void *b, size_t n)
;
;   in    rdi rsi rdx    out   eax, as the C standard says    uses  rcx rdi rsi
;
memcmp:
        xor     eax, eax
        mov     rcx, rdx
        test    rcx, rcx
        jz      .same
        repe cmpsb
        je      .same
        movzx   eax, byte [rdi - 1]
        movzx   ecx, byte [rsi - 1]
        sub     eax, ecx
.same:
        ret

; size_t strlen(const char *s)
;
;   in    rdi            out   rax         uses  none
;
strlen:
        xor     eax, eax
.next:
        cmp     byte [rdi + rax], 0
        je      .end
        inc     rax
        jmp     .next
.end:
        ret

section .note.GNU-stack noalloc noexec nowrite progbits
