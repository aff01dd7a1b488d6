#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Calls of sockets at random, each outside and in a sandbox: what is allowed behaves as on a plain network.
#
#   SRT_TEST_SEED=N    other calls (default: 1)
#   SRT_TEST_CALLS=N   so many scripts of them (default: 40)
HOSTS="good.test other.test"
# shellcheck source=../lib/own_hosts.sh
. "$(dirname "$0")/../lib/own_hosts.sh"
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

agree() { # agree SEED
	type -P python3 >/dev/null || skip "python3 is not there"
	must python3 "$TOP/tests/integration/helpers/random_sockets.py" "$SRT_TOP" "$1" "${SRT_TEST_CALLS:-40}"
}

test_case "sockets do inside what they do outside" agree "${SRT_TEST_SEED:-1}"
test_end
