#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# See that this machine has the tools that a goal needs.
#
#     preflight.sh [build|iso|run|test|debug|check|all]
#
# All missing tools are named in one message. Where there is apt-get they are
# then installed: directly as root, otherwise through sudo. Plain sh and, when
# nothing is missing, nearly all built-ins: every `make run` and `make test`
# starts here, on machines that may have next to nothing.
#
# PREFLIGHT_ROOT is for tests: a folder to look for files in instead of /.
set -eu

goal=${1:-build}

# --- what each goal needs: what it is called, and Debian's package ------------

build_tools() {
	tool gcc gcc
	tool ld binutils
	tool make make
	tool nasm nasm
	tool cpio cpio
	file "the C library's headers" libc6-dev /usr/include/stdio.h
}

iso_tools() {
	build_tools
	tool xorriso xorriso
	tool grub-mkimage grub-common
	file "GRUB's modules for BIOS" grub-pc-bin /usr/lib/grub/i386-pc/kernel.img
	file "GRUB's modules for UEFI" grub-efi-amd64-bin /usr/lib/grub/x86_64-efi/kernel.img
	tool mformat mtools
}

run_tools() {
	iso_tools
	tool qemu-system-x86_64 qemu-system-x86
	"${0%/*}/find-ovmf.sh" > /dev/null || lacks "OVMF (UEFI firmware for QEMU)" ovmf
	tool addr2line binutils
}

test_tools() {
	run_tools
	check_tools
	tool xmllint libxml2-utils
	tool gdb gdb
	file "cmocka's header" libcmocka-dev /usr/include/cmocka.h
	tool bochs bochs
	file "Bochs' BIOS" bochsbios /usr/share/bochs/BIOS-bochs-latest
	file "Bochs' VGA BIOS" vgabios /usr/share/bochs/VGABIOS-lgpl-latest
	file "Bochs' display for terminals" bochs-term /usr/lib*/bochs/plugins/libbx_term_gui.so \
		/usr/lib/*/bochs/plugins/libbx_term_gui.so
	tool clang clang
	tool dpkg-deb dpkg
	tool musl-gcc musl-tools
	tool gpg gpg
	tool gpg-agent gpg-agent
	file "libFuzzer" libclang-rt-dev /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a
}

debug_tools() {
	run_tools
	tool gdb gdb
}

# For what is built from Debian's source packages: scripts/fetch-source.sh.
source_tools() {
	tool dpkg-source dpkg-dev
	file "the keys of Debian's archive" debian-archive-keyring \
		/usr/share/keyrings/debian-archive-keyring.gpg
}

check_tools() {
	build_tools
	source_tools
	tool python3 python3
	tool git git
	tool clang-format clang-format
	tool clang-tidy clang-tidy
	tool sparse sparse
	tool cppcheck cppcheck
	tool shellcheck shellcheck
	tool pyflakes3 pyflakes3
}

all_tools() {
	test_tools
	debug_tools
}

# ------------------------------------------------------------------------------

# lacks NAME PACKAGE
lacks() {
	case ", $missing," in
	*", $1,"*) return ;;
	esac
	missing="$missing${missing:+, }$1"
	case " $packages " in
	*" $2 "*) ;;
	*) packages="$packages${packages:+ }$2" ;;
	esac
}

# tool COMMAND PACKAGE
tool() {
	command -v "$1" > /dev/null || lacks "$1" "$2"
}

# file NAME PACKAGE PATH...: any one of the paths will do
file() {
	name=$1 package=$2
	shift 2
	for path in "$@"; do
		if [ -e "${PREFLIGHT_ROOT-}$path" ]; then
			return
		fi
	done
	lacks "$name" "$package"
}

look() {
	missing='' packages=''
	"${goal}_tools"
	[ -z "$missing" ]
}

die() {
	echo "preflight: $*" >&2
	exit 1
}

# as_root COMMAND...
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=300 "$@" < /dev/null
}

install_packages() {
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo > /dev/null ||
			die "neither root nor sudo; as root, run: apt-get install $packages"
		echo "preflight: will run: sudo apt-get update"
		echo "preflight: will run: sudo apt-get install --no-install-recommends $packages"
	fi
	# A stale list is worth a try: it may still name what is on the mirror.
	apt update || echo "preflight: apt-get update failed; trying with the lists as they are"
	# shellcheck disable=SC2086  # one word a package
	apt install --no-install-recommends $packages || die "apt-get could not install: $packages"
}

case $goal in
build | iso | run | test | debug | check | all) ;;
*)
	echo "usage: preflight.sh [build|iso|run|test|debug|check|all]" >&2
	exit 2
	;;
esac

if look; then
	exit 0
fi
echo "preflight: missing for '$goal': $missing" >&2
command -v apt-get > /dev/null ||
	die "this system has no apt-get; please install them with its own package manager"
install_packages
look || die "still missing: $missing"
