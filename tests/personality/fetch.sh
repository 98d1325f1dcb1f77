#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Fetch Debian's static busybox, as it is, for the test personality to run.
#
#     fetch.sh OUT
set -eu

if [ $# -ne 1 ]; then
	echo "usage: fetch.sh OUT" >&2
	exit 2
fi
out=$1
work=$out.work

die() {
	echo "fetch: $*" >&2
	exit 1
}

command -v apt-get > /dev/null ||
	die "this system has no apt-get; put a busybox that is linked statically, for x86_64, at $out"
rm -rf "$work"
mkdir -p "$work"

download() {
	(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download busybox-static:amd64)
}

# Without lists, or with old ones, apt-get does not know where the package is.
update() {
	[ "$(id -u)" -eq 0 ] && apt-get -qq update
}

download || { update && download; } ||
	die "cannot fetch Debian's package busybox-static; see that there is a network," \
		"run 'apt-get update' as root, and try again"
dpkg-deb -x "$work"/busybox-static_*.deb "$work"
cp "$work/bin/busybox" "$out" || die "there is no busybox in Debian's package busybox-static"
rm -rf "$work"
