#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Look for what the compiler does not: layout, licences, formatting, scripts.
# Names everything that is wrong, then fails.
set -euo pipefail

cd "$(dirname "$0")/.."
scripts/preflight.sh check

wrong=0
# complain WHAT < LIST: each line of the list is something wrong
complain() {
	local line

	while IFS= read -r line; do
		echo "check: $1: $line" >&2
		wrong=1
	done
}

top_level='Makefile|README\.md|LICENSE|kernel|services|abi|scripts|tests|docs|\..*'
test_data='^tests/(abi|fuzz/corpus)/'
no_licence="^LICENSE\$|\.(md|png)\$|^services/init/root/|$test_data"
left_over='\b(TODO|FIXME|XXX|HACK)\b'

mapfile -t files < <(git ls-files --cached --others --exclude-standard)
mapfile -t c_files < <(printf '%s\n' "${files[@]}" | grep -E '\.[ch]$' | grep -vE "$test_data")
mapfile -t shell_files < <(grep -lE '^#!.*\b(ba)?sh$' "${files[@]}")
mapfile -t python_files < <(printf '%s\n' "${files[@]}" | grep -E '\.py$')

complain 'not in the agreed layout' \
	< <(printf '%s\n' "${files[@]%%/*}" | sort -u | grep -vxE "$top_level")

complain 'no SPDX line at its beginning' < <(
	printf '%s\n' "${files[@]}" | grep -vE "$no_licence" | while IFS= read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT OR Apache-2.0' ||
			echo "$file"
	done
)

complain 'space at the end of a line' \
	< <(grep -nIE '[[:space:]]$' "${files[@]}" | grep -vE "^LICENSE|$test_data" | cut -d: -f1,2)

complain 'unfinished' \
	< <(grep -nIE "$left_over" "${files[@]}" | grep -v '^scripts/check.sh:')

complain 'asks which CPU this is, outside kernel/arch' < <(
	grep -nE '^[[:space:]]*#[[:space:]]*(if|ifdef|elif).*(x86|X86|amd64|aarch64|AARCH64)' \
		"${c_files[@]}" | grep -v '^kernel/arch/'
)

complain 'not formatted; run make format' \
	< <(clang-format --dry-run "${c_files[@]}" 2>&1 | sed -n 's/: warning: code should.*//p')

complain 'shellcheck' < <(shellcheck --format=gcc "${shell_files[@]}")

complain 'not Python' < <(python3 - "${python_files[@]}" 2>&1 <<-'END'
	import ast, sys
	for name in sys.argv[1:]:
	    try:
	        ast.parse(open(name).read(), name)
	    except SyntaxError as error:
	        print(f'{name}:{error.lineno}: {error.msg}')
	END
)

exit "$wrong"
