; SPDX-License-Identifier: MIT OR Apache-2.0
;
; The first instructions, from whichever boot loader to boot_entry() in C.
;
; Both ways in deliver the same machine: 32-bit protected mode, paging off,
; interrupts off, flat segments, ebx at the loader's information. We find out
; whether the CPU can run us at all, build tables that map the first 4 GiB three
; times (as they are, at DIRECT_BASE, and at KERNEL_BASE), and jump up. boot_entry
; replaces those tables by the real ones.

%include "kozo_abi.inc"
%include "offsets.inc"

%define MULTIBOOT2_MAGIC        0xe85250d6      ; multiboot2 specification, 3.1.1
%define MULTIBOOT2_I386         0
%define MULTIBOOT2_TAG_END      0
%define MULTIBOOT2_TAG_ALIGN    6               ; modules begin on a page
%define XEN_ELFNOTE_PHYS32_ENTRY 18             ; the PVH note

%define CPUID_MAX_EXTENDED      0x80000000
%define CPUID_FEATURES_EXTENDED 0x80000001
%define CPUID_LONG_MODE         (1 << 29)       ; edx
%define EFLAGS_ID               (1 << 21)

%define CR0_PAGING              (1 << 31)
%define CR4_PAE                 (1 << 5)
%define EFER                    0xc0000080
%define EFER_LONG_MODE          (1 << 8)

%define ENTRY_TABLE             3               ; present, writable
%define ENTRY_LARGE             0x83            ; the same for a 2 MiB page
%define ENTRIES                 512

%define PHYS(symbol)            ((symbol) - KERNEL_BASE)

%define GUARD_SPREAD            0x9e3779b97f4a7c15 ; 2^64 / the golden ratio, odd

%define COM1                    0x3f8
%define DEBUG_PORT              0xe9
%define VGA_TEXT                0xb8000

extern boot_entry, stacks, __stack_chk_guard

section .boot.header progbits alloc noexec nowrite align=8
header:
        dd      MULTIBOOT2_MAGIC
        dd      MULTIBOOT2_I386
        dd      header_end - header
        dd      -(MULTIBOOT2_MAGIC + MULTIBOOT2_I386 + (header_end - header))
        dw      MULTIBOOT2_TAG_ALIGN, 0
        dd      8
        dw      MULTIBOOT2_TAG_END, 0
        dd      8
header_end:

section .note.pvh note alloc noexec nowrite align=4
        dd      4, 8, XEN_ELFNOTE_PHYS32_ENTRY
        db      "Xen", 0
        dq      PHYS(pvh_entry)

section .note.kozo.abi note alloc noexec nowrite align=4 ; which ABI this kernel has
        dd      5, 8, 1
        db      "KOZO", 0, 0, 0, 0
        dq      KOZO_ABI_HASH

section .boot.start progbits alloc exec nowrite align=16
bits 32
global multiboot2_entry, early_high

; multiboot2_entry, pvh_entry - as the two specifications say
;
;   in    eax            multiboot2: its magic number    ebx  its information
;         ebx            PVH: physical address of hvm_start_info
;   out   boot_entry(magic, information, time stamp)
;
pvh_entry:
        xor     eax, eax
multiboot2_entry:
        cli
        cld
        mov     esp, PHYS(stacks + STACK_TOP)
        mov     esi, eax                                ; esi = magic, 0 for PVH
        rdtsc
        push    edx
        push    eax                                     ; [esp] = time stamp
        call    check_long_mode
        call    make_tables

        mov     eax, cr4
        or      eax, CR4_PAE
        mov     cr4, eax
        mov     eax, PHYS(early_root)
        mov     cr3, eax
        mov     ecx, EFER
        rdmsr
        or      eax, EFER_LONG_MODE
        wrmsr
        mov     eax, cr0
        or      eax, CR0_PAGING
        mov     cr0, eax
        lgdt    [PHYS(early_gdt_pointer)]
        jmp     SELECTOR_KERNEL_CODE:PHYS(enter_64)

; check_long_mode - return if the CPU has 64-bit mode, else say so and stop
;
;   uses  eax ecx edx edi
;
check_long_mode:
        pushfd
        pop     eax
        mov     ecx, eax
        xor     eax, EFLAGS_ID                          ; no CPUID if it sticks
        push    eax
        popfd
        pushfd
        pop     eax
        cmp     eax, ecx
        je      no_long_mode
        push    ebx
        mov     eax, CPUID_MAX_EXTENDED
        cpuid
        cmp     eax, CPUID_FEATURES_EXTENDED
        jb      no_long_mode
        mov     eax, CPUID_FEATURES_EXTENDED
        cpuid
        pop     ebx
        test    edx, CPUID_LONG_MODE
        jz      no_long_mode
        ret

; no_long_mode - the one message that must do without 64-bit code
;
no_long_mode:
        mov     esi, PHYS(no_long_mode_text)
        mov     edi, VGA_TEXT
.next:
        lodsb
        test    al, al
        jz      .stop
        out     DEBUG_PORT, al
        mov     dx, COM1
        out     dx, al
        cmp     al, ' '
        jb      .next                                   ; line ends are not for VGA
        mov     ah, 0x07
        stosw
        jmp     .next
.stop:
        cli
        hlt
        jmp     .stop

; make_tables - fill the early page tables, which the loader zeroed
;
;   uses  eax ecx edi
;
make_tables:
        mov     edi, PHYS(early_pages)
        mov     eax, ENTRY_LARGE
        mov     ecx, 4 * ENTRIES                        ; 4 GiB
.page:
        mov     [edi], eax
        add     edi, 8
        add     eax, 1 << 21
        loop    .page

        mov     edi, PHYS(early_low)
        mov     eax, PHYS(early_pages) + ENTRY_TABLE
        mov     ecx, 4
.directory:
        mov     [edi], eax
        add     edi, 8
        add     eax, 4096
        loop    .directory

        mov     dword [PHYS(early_high) + 8 * HIGH_INDEX], PHYS(early_pages) + ENTRY_TABLE
        mov     dword [PHYS(early_root)], PHYS(early_low) + ENTRY_TABLE
        mov     dword [PHYS(early_root) + 8 * DIRECT_INDEX], PHYS(early_low) + ENTRY_TABLE
        mov     dword [PHYS(early_root) + 8 * KERNEL_INDEX], PHYS(early_high) + ENTRY_TABLE
        ret

bits 64
; enter_64 - long mode, still at the physical address
;
enter_64:
        mov     ax, SELECTOR_KERNEL_DATA
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        xor     eax, eax
        mov     fs, ax
        mov     gs, ax
        mov     esp, esp                                ; clear the upper half
        mov     rax, enter_high
        jmp     rax
enter_high:
        pop     rdx                                     ; rdx = time stamp

        ; The stack protector's guard differs from boot to boot. Its lowest byte
        ; is 0, which a text that runs over its end cannot write.
        mov     rax, GUARD_SPREAD
        imul    rax, rdx
        xor     al, al
        mov     [rel __stack_chk_guard], rax

        mov     edi, esi
        mov     esi, ebx
        mov     rsp, stacks + STACK_TOP
        xor     ebp, ebp
        call    boot_entry
        ud2

section .boot.data progbits alloc noexec write align=8
no_long_mode_text:
        db      13, 10, "KOZO cannot start: this processor has no 64-bit mode", 13, 10, 0
early_gdt:
        dq      0
        dq      0x00af9b000000ffff                      ; 64-bit code, ring 0
        dq      0x00cf93000000ffff                      ; data, ring 0
early_gdt_pointer:
        dw      early_gdt_pointer - early_gdt - 1
        dq      PHYS(early_gdt)

section .boot.bss nobits alloc noexec write align=4096
early_root:     resb 4096
early_low:      resb 4096
early_high:     resb 4096
early_pages:    resb 4 * 4096

section .note.GNU-stack noalloc noexec nowrite progbits
