#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Finds what is missing on this machine and installs it with the system's own package manager.
# Where nothing is missing it does nothing and needs no network.
#
#   tests/deps.sh [-n] GROUP...
#
#   build  what building and running need
#   demo   what `make demo` needs beyond that
#   tests  what `make check` needs beyond that
#   real   what `make check-real` needs beyond that
#   ci     other compilers and checkers: make fuzz, make valgrind, .ci/run
#   -n     only say what is missing; exit 1 if anything is
set -u

# group | probe | Debian, Ubuntu | Fedora | Arch | Homebrew       ("-": not needed or not there)
table='
build|cmd:cc|gcc|gcc|gcc|-
build|cmd:make|make|make|make|make
build|cmd:pkg-config|pkg-config|pkgconf-pkg-config|pkgconf|pkgconf
build|libc|libc6-dev|glibc-devel|glibc|-
build|static-libc|libc6-dev|glibc-static|glibc|-
build|linux-headers|linux-libc-dev|kernel-headers|linux-api-headers|-
build|pkg:libcjson|libcjson-dev|cjson-devel|cjson|cjson
build|pkg:libseccomp|libseccomp-dev|libseccomp-devel|libseccomp|-
build|pkg:sqlite3|libsqlite3-dev|sqlite-devel|sqlite|sqlite
build|pkg:libevent_core|libevent-dev|libevent-devel|libevent|libevent
build|pkg:libpsl|libpsl-dev|libpsl-devel|libpsl|libpsl
build|pkg:libidn2|libidn2-dev|libidn2-devel|libidn2|libidn2
build|unistring-archive|libunistring-dev|-|-|-
build|pkg:libpcre2-8|libpcre2-dev|pcre2-devel|pcre2|pcre2
build|pkg:ncursesw|libncurses-dev|ncurses-devel|ncurses|ncurses
build|cmd:bwrap|bubblewrap|bubblewrap|bubblewrap|-
demo|cmd:jq|jq|jq|jq|jq
tests|pkg:check|check|check-devel|check|check
tests|cmd:bash|bash|bash|bash|bash
tests|cmd:tmux|tmux|tmux|tmux|tmux
tests|cmd:mandoc|mandoc|mandoc|mandoc|-
tests|cmd:curl|curl|curl|curl|curl
tests|cmd:setpriv|util-linux|util-linux|util-linux|-
tests|cmd:pgrep|procps|procps-ng|procps-ng|-
tests|cmd:sqlite3|sqlite3|sqlite|sqlite|sqlite
tests|cmd:strace|strace|strace|strace|-
tests|cmd:python3|python3|python3|python|-
tests|cmd:musl-gcc|musl-tools|musl-gcc|musl|-
tests|cmd:useradd|passwd|shadow-utils|shadow|-
real|cmd:node|nodejs|nodejs|nodejs|node
real|cmd:npm|npm|nodejs-npm|npm|node
ci|cmd:clang|clang|clang|clang|-
ci|fuzzer|libclang-rt-VERSION-dev|compiler-rt|compiler-rt|-
ci|asan|gcc|libasan libubsan|gcc-libs|-
ci|cmd:valgrind|valgrind|valgrind|valgrind|-
ci|cmd:shellcheck|shellcheck|ShellCheck|shellcheck|shellcheck
'

say() {
	echo "deps: $*"
}

compiler_file() {
	# A compiler names the full path of a file that it has, and the bare name of one it has not.
	case $("$1" -print-file-name="$2" 2>/dev/null) in
	/*) return 0 ;;
	esac
	return 1
}

program_compiles() {
	probe_dir=$(mktemp -d) || return 1
	echo 'int main(void) { return 0; }' >"$probe_dir/probe.c"
	"$@" -o "$probe_dir/probe" "$probe_dir/probe.c" >/dev/null 2>&1
	probe_status=$?
	rm -rf "$probe_dir"
	return $probe_status
}

is_there() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 || [ -x "/usr/sbin/${1#cmd:}" ] ;;
	pkg:*) "${PKG_CONFIG:-pkg-config}" --exists "${1#pkg:}" 2>/dev/null ;;
	libc) program_compiles cc ;;
	# The shim needs none where core/shim/syscalls.h knows the architecture.
	static-libc)
		case $(uname -sm) in
		'Linux x86_64' | 'Linux aarch64') return 0 ;;
		Linux*) compiler_file cc libc.a ;;
		esac
		;;
	# With it libidn2 and libpsl are linked as archives, which spares the loader's work at each start.
	unistring-archive) compiler_file cc libunistring.a ;;
	linux-headers) [ "$(uname -s)" != Linux ] || [ -e /usr/include/linux/seccomp.h ] ;;
	asan) program_compiles cc -fsanitize=address,undefined ;;
	fuzzer)
		# The library comes with clang itself on some systems and apart on others.
		for library in "$(clang -print-runtime-dir 2>/dev/null)"/libclang_rt.fuzzer* \
			"$(clang -print-resource-dir 2>/dev/null)"/lib/*/libclang_rt.fuzzer*; do
			[ -e "$library" ] && return 0
		done
		return 1
		;;
	*) return 1 ;;
	esac
}

# Debian names clang's libraries after its version, which is known once clang is there; before
# that the name of its default version is a part of the meta package's name.
clang_version() {
	if command -v clang >/dev/null 2>&1; then
		clang -dumpversion | cut -d. -f1
	else
		apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p'
	fi
}

# Sets `missing` (probes, for reading) and `packages` (column $column of their rows).
find_missing() {
	missing=
	packages=
	for group in "$@"; do
		rows=$(printf '%s' "$table" | grep "^$group|") || {
			say "there is no group called $group" >&2
			exit 2
		}
		while IFS='|' read -r _ probe debian fedora arch brew; do
			case $column in
			debian) package=$debian ;;
			fedora) package=$fedora ;;
			arch) package=$arch ;;
			*) package=$brew ;;
			esac
			[ "$package" != - ] || continue
			is_there "$probe" && continue
			case $package in
			*VERSION*) package=$(echo "$package" | sed "s/VERSION/$(clang_version)/") ;;
			esac
			missing="$missing ${probe#*:}"
			case " $packages " in
			*" $package "*) ;;
			*) packages="$packages $package" ;;
			esac
		done <<END
$rows
END
	done
}

# Runs a command of the package manager, as root where it is not brew, and says so.
run_manager() {
	if [ "$manager" != brew ] && [ "$(id -u)" -ne 0 ]; then
		if ! command -v sudo >/dev/null 2>&1; then
			say "installing needs root, and there is no sudo here. As root, run:" >&2
			echo "  $*" >&2
			exit 1
		fi
		[ -t 0 ] && sudo=sudo || sudo='sudo -n'
		say "running with sudo: $*"
		$sudo "$@"
	else
		say "running: $*"
		"$@"
	fi
}

# shellcheck disable=SC2086 # $packages is a list of words
install_packages() {
	case $manager in
	apt-get)
		export DEBIAN_FRONTEND=noninteractive
		if ! run_manager apt-get install -y --no-install-recommends $packages; then
			say "that failed; with fresh package lists once more"
			run_manager apt-get update &&
				run_manager apt-get install -y --no-install-recommends $packages
		fi
		;;
	dnf) run_manager dnf install -y $packages ;;
	pacman) run_manager pacman -S --needed --noconfirm $packages ;;
	brew) run_manager brew install $packages ;;
	esac
}

only_say=0
if [ "${1-}" = -n ]; then
	only_say=1
	shift
fi
[ $# -gt 0 ] || {
	echo "usage: tests/deps.sh [-n] build|demo|tests|real|ci..." >&2
	exit 2
}

manager=none
column=debian
for candidate in apt-get:debian dnf:fedora pacman:arch brew:brew; do
	if command -v "${candidate%%:*}" >/dev/null 2>&1; then
		manager=${candidate%%:*}
		column=${candidate##*:}
		break
	fi
done

find_missing "$@"
[ -n "$missing" ] || exit 0
say "missing:$missing"
[ $only_say -eq 0 ] || exit 1
if [ "$manager" = none ]; then
	say "no apt-get, dnf, pacman or brew here; please install these by hand" >&2
	exit 1
fi
install_packages || {
	say "the installation failed; see above" >&2
	exit 1
}
find_missing "$@"
if [ -n "$missing" ]; then
	say "still missing after the installation:$missing" >&2
	exit 1
fi
say "all there now"
