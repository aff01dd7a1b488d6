# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced first by scripts that need names of their own, set in HOSTS ("a.test b.test"): the script
# runs again inside a mount namespace of its own, where /etc/hosts says that these are 127.0.0.1.
if [ -z "${SRT_TEST_HOSTS:-}" ]; then
	hosts=$(mktemp /tmp/srt-top-hosts.XXXXXX) || exit 1
	trap 'rm -f "$hosts"' EXIT
	printf '127.0.0.1 localhost %s\n::1 localhost\n' "${HOSTS:?}" >"$hosts"
	chmod 644 "$hosts"
	map=(--map-current-user --keep-caps)
	[ "$(id -u)" -ne 0 ] || map=()
	SRT_TEST_HOSTS=1 unshare "${map[@]}" --mount bash -c \
		'mount --bind "$1" /etc/hosts && shift && exec setpriv --inh-caps=-all "$@"' bash "$hosts" "$0" "$@"
	exit
fi
