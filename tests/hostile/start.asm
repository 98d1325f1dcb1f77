; SPDX-License-Identifier: MIT OR Apache-2.0
;
; The way into the test loader and out of it again. QEMU enters by the PVH note,
; in 32-bit protected mode. C runs in 64-bit mode, so that it reaches memory above
; 4 GiB; the kernel is entered as its two specifications ask, in 32-bit mode.

%define XEN_ELFNOTE_PHYS32_ENTRY 18

%define CR0_PROTECTED           1
%define CR0_PAGING              (1 << 31)
%define CR4_PAE                 (1 << 5)
%define EFER                    0xc0000080
%define EFER_LONG_MODE          (1 << 8)

%define ENTRY_TABLE             3               ; present, writable
%define ENTRY_LARGE             0x83            ; the same for a 2 MiB page
%define ENTRIES                 512
%define MAPPED_GIB              8

%define CODE_64                 0x08
%define DATA                    0x10
%define CODE_32                 0x18

%define STACK_BYTES             0x10000

extern loader_main

section .note.pvh note alloc noexec nowrite align=4
        dd      4, 8, XEN_ELFNOTE_PHYS32_ENTRY
        db      "Xen", 0
        dq      _start

section .text
bits 32
global _start

; _start - from QEMU
;
;   in    ebx            physical address of hvm_start_info
;   out   loader_main(hvm_start_info)
;
_start:
        cli
        cld
        mov     esp, stack_top
        call    make_tables
        mov     eax, cr4
        or      eax, CR4_PAE
        mov     cr4, eax
        mov     eax, root
        mov     cr3, eax
        mov     ecx, EFER
        rdmsr
        or      eax, EFER_LONG_MODE
        wrmsr
        mov     eax, cr0
        or      eax, CR0_PAGING
        mov     cr0, eax
        lgdt    [gdt_pointer]
        jmp     CODE_64:in_64

; make_tables - map the first gibibytes as they are, with large pages
;
;   uses  eax ecx edx edi
;
make_tables:
        mov     edi, pages
        mov     eax, ENTRY_LARGE
        xor     edx, edx                                ; edx:eax = entry
        mov     ecx, MAPPED_GIB * ENTRIES
.page:
        mov     [edi], eax
        mov     [edi + 4], edx
        add     edi, 8
        add     eax, 1 << 21
        adc     edx, 0
        loop    .page

        mov     edi, directory
        mov     eax, pages + ENTRY_TABLE
        mov     ecx, MAPPED_GIB
.gibibyte:
        mov     [edi], eax
        add     edi, 8
        add     eax, 4096
        loop    .gibibyte
        mov     dword [root], directory + ENTRY_TABLE
        ret

bits 64
in_64:
        mov     ax, DATA
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     esp, stack_top
        mov     edi, ebx
        xor     ebp, ebp
        call    loader_main
        ud2

; enter_kernel - leave for good, in the state that multiboot2 and PVH agree on
;
;   in    edi            where the kernel begins, a physical address
;         esi            what eax is to hold
;         edx            what ebx is to hold
;
global enter_kernel
enter_kernel:
        push    CODE_32
        lea     rax, [rel in_32]
        push    rax
        retfq

bits 32
in_32:
        mov     ebp, edi
        mov     ebx, edx
        mov     eax, CR0_PROTECTED
        mov     cr0, eax
        mov     ecx, EFER
        xor     eax, eax
        xor     edx, edx
        wrmsr
        xor     eax, eax
        mov     cr4, eax
        mov     cr3, eax
        mov     ax, DATA
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     eax, esi
        jmp     ebp

section .data align=8
gdt:
        dq      0
        dq      0x00af9b000000ffff                      ; 64-bit code
        dq      0x00cf93000000ffff                      ; data, flat
        dq      0x00cf9b000000ffff                      ; 32-bit code, flat
gdt_pointer:
        dw      gdt_pointer - gdt - 1
        dd      gdt

section .bss align=4096
root:           resb 4096
directory:      resb 4096
pages:          resb MAPPED_GIB * 4096
                resb STACK_BYTES
stack_top:

section .note.GNU-stack noalloc noexec nowrite progbits
