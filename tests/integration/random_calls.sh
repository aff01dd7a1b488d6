#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Calls at random, each outside and in a sandbox: what fails inside alone is one denial, and nothing else is.
#
#   SRT_TEST_SEED=N    other calls (default: 1)
#   SRT_TEST_CALLS=N   so many of them at each level (default: 20)
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

agree() { # agree LEVEL SEED
	type -P python3 >/dev/null || skip "python3 is not there"
	must python3 "$TOP/tests/integration/helpers/random_calls.py" "$SRT_TOP" \
		"$BUILD/tests/integration/helpers/raw_call" "$1" "$2" "${SRT_TEST_CALLS:-20}"
}

# Masks see reads at the first of them, notifications at all.
seed=${SRT_TEST_SEED:-1}
for level in refused everyday full; do
	test_case "$level: denials are what fails in the sandbox alone" agree "$level" $((seed++))
done
test_end
