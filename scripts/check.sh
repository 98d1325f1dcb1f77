#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Look for what the compiler does not.
#
#     check.sh [CHECK...]   these, or all; names everything that is wrong, then fails
#     check.sh --list       each check: its name, and the sentence that it makes true
#
# The last three read C as make compiles it: $O/compile_commands.json, which `make
# check` and `make test` write. There each check is a test of its own.
# shellcheck disable=SC2317  # the checks are reached: they are called by their names
set -euo pipefail

list='layout    the top of the tree has what was agreed and nothing else
licence   every file begins with its licence
space     no line ends in space
finished  nothing says that it is unfinished
neutral   neutral code does not ask which CPU this is
names     the kernel names no service but init
format    C is formatted in the house style
shell     shellcheck finds nothing in shell scripts
python    Python can be read, and knows every name it uses
sparse    sparse finds no mixed-up numbers, and no use of shared memory in place
cppcheck  cppcheck finds nothing in C
tidy      clang-tidy finds nothing in C'

if [[ ${1-} == --list ]]; then
	echo "$list"
	exit 0
fi

mapfile -t checks < <(cut -d' ' -f1 <<< "$list")
[[ $# -eq 0 ]] || checks=("$@")
commands=$(realpath -m "${O:-build}/compile_commands.json")
cd "$(dirname "$0")/.."
scripts/preflight.sh check

# --- what there is ------------------------------------------------------------

test_data='^tests/(abi|fuzz/corpus)/'
mapfile -t files < <(git ls-files --cached --others --exclude-standard)
mapfile -t c_files < <(printf '%s\n' "${files[@]}" | grep -E '\.[ch]$' | grep -vE "$test_data")
mapfile -t shell_files < <(grep -lE '^#!.*\b(ba)?sh$' "${files[@]}")
mapfile -t python_files < <(printf '%s\n' "${files[@]}" | grep -E '\.py$')

# What a check prints is wrong; if it prints nothing, all is well.

# --- the tree -----------------------------------------------------------------

check_layout() {
	local agreed='Makefile|README\.md|LICENSE|kernel|services|abi|scripts|tests|docs|\..*'

	printf '%s\n' "${files[@]%%/*}" | sort -u | grep -vxE "$agreed"
}

check_licence() {
	local need without="^LICENSE\$|\.(md|png|json)\$|^services/init/root/|$test_data"

	mapfile -t need < <(printf '%s\n' "${files[@]}" | grep -vE "$without" | sort)
	printf '%s\n' "${need[@]}" | comm -23 - <(awk '
		FNR <= 3 && /SPDX-License-Identifier: MIT OR Apache-2.0/ { print FILENAME }
		FNR > 3 { nextfile }' "${need[@]}" | sort)
}

check_space() {
	grep -HnIE '[[:space:]]$' "${files[@]}" | grep -vE "^LICENSE|$test_data" | cut -d: -f1,2
}

check_finished() {
	grep -HnIE '\b(TODO|FIXME|XXX|HACK)\b' "${files[@]}" | grep -v '^scripts/check.sh:'
}

check_neutral() {
	local asks='^[[:space:]]*#[[:space:]]*(if|ifdef|elif).*(x86|X86|amd64|aarch64|AARCH64)'

	grep -HnE "$asks" "${c_files[@]}" | grep -v '^kernel/arch/'
}

# init is the one program whose name the kernel knows: it hands the machine to it.
check_names() {
	local service

	for service in services/*/main.c; do
		service=${service#services/} service=${service%/main.c}
		[[ $service == init ]] ||
			printf '%s\n' "${files[@]}" | grep '^kernel/' | xargs grep -Hnwi "$service"
	done
}

# --- how it is written --------------------------------------------------------

check_format() {
	clang-format --dry-run "${c_files[@]}" 2>&1 |
		sed -n 's/: warning: code should.*/: run make format/p'
}

check_shell() {
	shellcheck --format=gcc "${shell_files[@]}"
}

check_python() {
	pyflakes3 "${python_files[@]}"
}

# --- what C means -------------------------------------------------------------

# The ABI's number types are DISTINCT for sparse. It is meant to find one used as
# another; that they mix with plain numbers, as in all arithmetic, is no news. It does
# not know -iquote.
check_sparse() {
	sed -nE '/"file":"tests/d; s/ -iquote / -isystem /g
		/ -ffreestanding /s/.*"command":"[^ ]* (.*)".*/\1/p' "$commands" |
		xargs -L 1 sparse -fmax-warnings=unlimited 2>&1 | awk '
		/ note: in included file/ { next }
		/ restricted [a-z_]+ degrades to integer$/ { next }
		/ (cast (to|from)|bad assignment .* to) restricted [a-z_]+$/ { next }
		/ \(different base types\)$/ { what = $0; next }
		what && /^[^ ]+    expected / { sub(/^[^ ]+ +/, ""); expected = $0; next }
		what && /^[^ ]+    got / {
			sub(/^[^ ]+ +/, "")
			if (expected ~ /restricted/ && /restricted/)
				print what ": " expected ", " $0
			what = ""
			next
		}
		{ print }'
}

check_cppcheck() {
	cppcheck --quiet --project="$commands" -j "$(nproc)" --std=c11 --platform=unix64 \
		--enable=warning,style,performance,portability \
		--suppressions-list=.cppcheck --template='{file}:{line}: {message} [{id}]' 2>&1 |
		sed "s|^$PWD/||"
}

check_tidy() {
	sed -nE '/"file":"tests/d; s/.*"file":"([^"]*)".*/\1/p' "$commands" |
		xargs -P "$(nproc)" -n 4 clang-tidy -p "$(dirname "$commands")" --quiet 2>&1 |
		grep -E ': (warning|error): |^([Ee]rror|xargs)' | sed "s|^$PWD/||"
}

# ------------------------------------------------------------------------------

if [[ " ${checks[*]} " =~ \ (sparse|cppcheck|tidy)\  && ! -r $commands ]]; then
	echo "check.sh: there is no $commands; \`make check\` writes it" >&2
	exit 2
fi

wrong=0
for check in "${checks[@]}"; do
	found=$("check_$check" | sort -u) || true
	if [[ -n $found ]]; then
		echo "check: $check: not so: $(sed -n "s/^$check  *//p" <<< "$list")"
		echo "$found"
		wrong=1
	fi
done
exit "$wrong"
