#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Fetch a source package of Debian's, and unpack it.
#
#     fetch-source.sh NAME OUT
#
# leaves the package's files in OUT, and what is in them in OUT/NAME. Only versions that
# scripts/source-packages names are taken, and only files with the checksums it names.
# With DL=DIR they are taken from that folder, and nobody else is asked; otherwise from
# OUT, if they are there already, or from a mirror of Debian.
#
# The mirror is asked by an apt-get whose configuration, lists and cache are all in
# OUT/apt, so root is not needed. Of the user's own configuration only the mirrors and
# the proxies are read; nothing of it is changed, and no hook that it names is run. What
# apt-get fetches must be signed by Debian.
#
# FETCH_LIST and FETCH_KEYS are for tests: another list, and a file with other keys.
set -eu

if [ $# -ne 2 ]; then
	echo "usage: fetch-source.sh NAME OUT" >&2
	exit 2
fi
name=$1
out=$2
list=${FETCH_LIST-${0%/*}/source-packages}
keys=${FETCH_KEYS-/usr/share/keyrings/debian-archive-keyring.gpg}
debian=http://deb.debian.org/debian

# die LINE...
die() {
	printf 'fetch-source: %s\n' "$1" >&2
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" >&2
	exit 1
}

# --- what is accepted -----------------------------------------------------------

versions() {
	awk -v name="$name" '$1 == "package" && $2 == name { print $3 }' "$list"
}

release_of() {
	awk -v name="$name" -v version="$1" \
		'$1 == "package" && $2 == name && $3 == version { print $4 }' "$list"
}

# The files of a version, each with its checksum before it, as sha256sum reads them.
checksums_of() {
	awk -v name="$name" -v version="$1" '
		$1 == "package" { wanted = $2 == name && $3 == version; next }
		wanted && NF == 2' "$list"
}

files_of() {
	checksums_of "$1" | awk '{ print $2 }'
}

description_of() {
	files_of "$1" | grep '\.dsc$'
}

# What a folder would have to hold, for people.
wanted() {
	for version in $(versions); do
		echo "$name $version, from https://snapshot.debian.org/package/$name/$version/:"
		files_of "$version" | sed 's/^/    /'
	done
}

# die_for_want_of_files LINE...
die_for_want_of_files() {
	die "$@" "put all files of one of these into a folder, and run again with DL=FOLDER:" \
		"$(wanted)"
}

# The first accepted version whose files are all in a folder, as they should be.
whole_in() {
	for version in $(versions); do
		if checksums_of "$version" |
			(cd "$1" && sha256sum --check --status 2> /dev/null); then
			echo "$version"
			return
		fi
	done
	return 1
}

# refuse VERSION DIR: say which file is not there, or not as it should be
refuse() {
	for file in $(files_of "$1"); do
		[ -f "$2/$file" ] || die_for_want_of_files "$file is not in $2"
		is=$(sha256sum "$2/$file" | cut -d' ' -f1)
		should_be=$(checksums_of "$1" | awk -v file="$file" '$2 == file { print $1 }')
		[ "$is" = "$should_be" ] ||
			die "$2/$file is not the file that $list accepts" \
				"its SHA-256 is $is" "it should be   $should_be"
	done
}

# --- from a folder --------------------------------------------------------------

say_what_the_folder_lacks() {
	for version in $(versions); do
		[ ! -e "$1/$(description_of "$version")" ] || refuse "$version" "$1"
	done
	for file in "$1/${name}_"*.dsc; do
		[ ! -e "$file" ] ||
			die_for_want_of_files "${file##*/} in $1 is of a version that is not accepted"
	done
	die_for_want_of_files "$1 has no source package $name"
}

take_from_folder() {
	[ -d "$1" ] || die "DL=$1 is not a folder"
	taken=$(whole_in "$1") || say_what_the_folder_lacks "$1"
	[ "$(cd "$1" && pwd -P)" != "$(cd "$out" && pwd -P)" ] || return 0
	for file in $(files_of "$taken"); do
		cp "$1/$file" "$out/$file"
	done
}

# --- from a mirror --------------------------------------------------------------

# Mirrors of Debian, those of the user first.
mirrors() {
	{
		apt-get --print-uris update 2> /dev/null |
			sed -n "s|^'\([a-z+]*:/[^']*/debian\)/*/dists/.*|\1|p"
		echo "$debian"
	} | awk '!seen[$0]++'
}

proxies() {
	apt-config dump 2> /dev/null | grep -E '^Acquire::(https?|ForceIPv[46]|Retries)\b' || :
}

# As it takes the place of all other configuration, nobody's hooks are run.
configure() {
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/files"
	: > "$apt/status"
	{
		proxies
		cat <<-END
			Dir::Etc::main "/dev/null";
			Dir::Etc::parts "/dev/null";
			Dir::Etc::sourcelist "$apt/sources.list";
			Dir::Etc::sourceparts "/dev/null";
			Dir::Etc::preferences "/dev/null";
			Dir::Etc::preferencesparts "/dev/null";
			Dir::State "$apt";
			Dir::State::lists "$apt/lists";
			Dir::State::status "$apt/status";
			Dir::Cache "$apt/cache";
			Acquire::GzipIndexes "true";
			APT::Update::Error-Mode "any";
			APT::Sandbox::User "root";
		END
	} > "$apt/apt.conf"
}

apt() {
	(cd "$apt/files" && APT_CONFIG=$apt/apt.conf apt-get -qq "$@")
}

# ask MIRROR VERSION
ask() {
	echo "deb-src [signed-by=$keys] $1 $(release_of "$2") main" > "$apt/sources.list"
	echo "$1:"
	apt update && apt --download-only source "$name=$2"
}

# The version, if it is not accepted, that the mirror has which was asked last.
other_version() {
	apt --print-uris source "$name" 2> /dev/null |
		sed -n "s|^'[^']*' ${name}_\([^ ]*\)\.dsc .*|\1|p" |
		grep -vxF -e "$(versions)" || :
}

say_what_the_mirrors_lack() {
	[ -z "$other" ] ||
		die_for_want_of_files "the mirrors have $name $other, which is not accepted"
	die_for_want_of_files "cannot fetch Debian's source package $name; apt-get said:" \
		"$(cat "$apt/log")" \
		"See that there is a network, and try again. Where there is none,"
}

take_from_mirror() {
	command -v apt-get > /dev/null || die_for_want_of_files "this system has no apt-get"
	[ -r "$keys" ] || die "$keys is missing; please install debian-archive-keyring"
	configure
	other=
	for mirror in $(mirrors); do
		for taken in $(versions); do
			ask "$mirror" "$taken" >> "$apt/log" 2>&1 || continue
			refuse "$taken" "$apt/files"
			cp "$apt/files"/* "$out" # of a mirror in a folder these are links
			return
		done
		other=${other:-$(other_version)}
	done
	say_what_the_mirrors_lack
}

# --------------------------------------------------------------------------------

unpack() {
	rm -rf "${out:?}/$name" "$out/$name.new"
	dpkg-source --no-check --no-copy -x "$out/$(description_of "$taken")" "$out/$name.new" \
		> /dev/null || die "dpkg-source cannot unpack $name $taken"
	mv "$out/$name.new" "$out/$name"
}

[ -n "$(versions)" ] || die "$list has no version of $name"
mkdir -p "$out"
out=$(cd "$out" && pwd)
apt=$out/apt
rm -rf "$apt"
trap 'rm -rf "$apt"' EXIT
if [ -n "${DL-}" ]; then
	take_from_folder "$DL"
else
	taken=$(whole_in "$out") || take_from_mirror
fi
unpack
