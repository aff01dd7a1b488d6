#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The whole job in one go, for `make demo`: an MCP server that wants more than it is given, what
# it is refused, the answers, and the settings file that comes of them.
#
#   tests/demo/demo.sh [--plain]
#
# With a terminal it opens the dashboard while a scripted client keeps the server busy. Without
# one, or with --plain, the same story runs by itself in plain lines. Everything happens in a
# throw-away home directory, with a loopback HTTP server; all of it is removed at the end.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
build=${SRT_TEST_BUILD:-$top/build}
case $build in /*) ;; *) build=$top/$build ;; esac
srt_top=$build/srt-top
demo=$build/tests/demo

work=$(mktemp -d /tmp/srt-top-demo.XXXXXX) || exit 1
started=()
clean_up() {
	local pid

	trap - EXIT INT TERM HUP
	for pid in "${started[@]}"; do
		kill "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

export HOME=$work/home SRT_TOP_RUNTIME_DIR=$work/run
unset XDG_STATE_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR SRT_TOP_DB
for variable in HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy; do
	unset $variable
done
mkdir -m 700 "$HOME" "$SRT_TOP_RUNTIME_DIR" "$HOME/.ssh"
mkdir "$HOME/notes"
cat >"$HOME/.ssh/config" <<'END'
Host notes.example
  User sample
END
echo '//registry.example/:_authToken=not-a-real-token' >"$HOME/.npmrc"
cd "$HOME" || exit 1

"$demo/origin" "$work/port" "$work/origin.log" &
started+=($!)

die() {
	echo "demo: $*" >&2
	[ ! -s "$work/err" ] || sed 's/^/  /' "$work/err" >&2
	exit 1
}

wait_for() { # wait_for COMMAND...: at most 30 s
	local last=$((SECONDS + 30))

	until "$@"; do
		[ $SECONDS -lt $last ] || return 1
		sleep 0.02
	done
}

gone() {
	[ ! -e "/proc/$1" ] || grep -qs '^State:[[:space:]]*[ZX]' "/proc/$1/status"
}

wait_for test -s "$work/port" || die "the loopback HTTP server did not start"
SAMPLE_URL=http://localhost:$(<"$work/port")/news
export SAMPLE_URL

# --- with a terminal ---

with_dashboard() {
	cat <<END

srt-top: a demonstration

A sample MCP server runs in the sandbox. A scripted client calls its tools,
one every two seconds:

  read_notes   reads ~/.ssh/config and ~/.npmrc  hidden: they may hold secrets
  save_note    writes ~/notes/today.txt          nothing may be written yet
  fetch        calls ${SAMPLE_URL#http://}        no host may be reached yet

The dashboard shows what is refused, and asks. The call waits for your answer
and then goes on:

  a  allow      d  deny      ?  all keys      q  quit: the demonstration ends

END
	printf 'Press Enter to open it. '
	read -r _ || exit 1
	"$demo/client" -r -d 2000 -c read_notes -c save_note=hello -c fetch -c "read_notes=$HOME/.npmrc" -- \
		"$srt_top" run -n sample -m ask -- "$demo/sample_server" \
		>"$work/client" 2>"$work/err" </dev/null &
	started+=($!)
	"$srt_top" || die "the dashboard ended with an error"
	kill "${started[-1]}" 2>/dev/null
	wait "${started[-1]}" 2>/dev/null
	echo "What the client was told, the last lines of it:"
	tail -n 8 "$work/client" | sed "s|$HOME|~|g; s/^/  /"
	echo
	"$srt_top" export sample || exit 1
	echo "That is the settings file that comes of your answers: srt-top export sample"
}

# --- without one ---

step() {
	printf '\n%s\n' "$*"
}

indent() {
	sed "s|$HOME|~|g; s/^/  /"
}

question() { # question KIND OBJECT: the id of the question about it
	"$srt_top" pending --json 2>/dev/null |
		jq -r --arg kind "$1" --arg object "$2" \
			'select(.kind == $kind and .object == $object) | .id' | head -n 1
}

is_asked() {
	[ -n "$(question "$@")" ]
}

reply() { # reply KIND OBJECT VERDICT [ARGUMENT...]
	local kind=$1 object=$2 id

	shift 2
	wait_for is_asked "$kind" "$object" || die "no question came about: $kind $object"
	id=$(question "$kind" "$object")
	echo "  asked:    $kind $object" | sed "s|$HOME|~|g"
	echo "  answered: srt-top answer $id $*"
	"$srt_top" answer "$id" "$@" >>"$work/answers" 2>&1 || die "the answer was not taken: $(tail -n 1 "$work/answers")"
}

# drive ARGUMENT-OF-RUN... -- CALL...: the client's words go to $work/client
drive() {
	local run=() calls=()

	while [ "$1" != -- ]; do
		run+=("$1")
		shift
	done
	shift
	for call in "$@"; do
		calls+=(-c "$call")
	done
	"$demo/client" "${calls[@]}" -- "$srt_top" run "${run[@]}" -- "$demo/sample_server" \
		>"$work/client" 2>"$work/err" </dev/null
}

denials() { # denials NAME
	"$srt_top" events --json --denied --name "$1" || die "the history cannot be read"
}

in_plain_lines() {
	local host=${SAMPLE_URL#http://} client

	host=${host%%/*}
	step "1. The server with nothing allowed: srt-top run -n sample -m enforce -- sample_server"
	drive -n sample -m enforce -- read_notes save_note=hello fetch
	[ $? -eq 1 ] || die "the server should have been refused something"
	indent <"$work/client"
	step "   What srt-top saw: srt-top events --denied"
	"$srt_top" events --denied --name sample | indent
	[ -n "$(denials sample)" ] || die "no denial was seen"

	step "2. Again, asking: srt-top run -n sample -m ask --hold 30 -- sample_server"
	drive -n sample -m ask --hold 30 -- read_notes save_note=hello fetch "read_notes=$HOME/.npmrc" &
	client=$!
	started+=("$client")
	reply read "$HOME/.ssh/config" allow --for always
	reply write "$HOME/notes/today.txt" allow --scope dir --for always
	reply connect "$host" allow --for always
	reply read "$HOME/.npmrc" deny --for always
	wait_for gone "$client" || die "the client did not end"
	echo "  The calls that waited, as the client saw them:"
	indent <"$work/client"
	[ "$(grep -c ': ok: ' "$work/client")" -eq 3 ] || die "three calls should have succeeded"
	[ "$(grep -c ': error: ' "$work/client")" -eq 1 ] || die "one call should have been refused"

	step "3. The history: srt-top events --name sample"
	"$srt_top" events --name sample | indent

	step "4. The settings file that comes of it: srt-top export sample"
	"$srt_top" export sample >"$work/sample.json" 2>"$work/err" || die "the export failed"
	indent <"$work/sample.json"

	step "5. The same calls with that file alone: srt-top run -n exported -m enforce -s sample.json"
	drive -n exported -m enforce -s "$work/sample.json" -- read_notes save_note=again fetch ||
		die "a call failed: $(<"$work/client")"
	indent <"$work/client"
	[ -z "$(denials exported)" ] || die "something was refused: $(denials exported)"
	drive -n closed -m enforce -s "$work/sample.json" -- "read_notes=$HOME/.npmrc"
	[ $? -eq 1 ] || die "what was denied is open: $(<"$work/client")"
	indent <"$work/client"
	step "verified: with the exported file every allowed call works, nothing of it is refused," \
		"and what was denied stays closed."
}

if [ "${1-}" != --plain ] && [ -t 0 ] && [ -t 1 ]; then
	with_dashboard
else
	in_plain_lines
fi
