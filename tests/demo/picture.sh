#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The picture of the dashboard for the README, from real sandboxes on a real terminal: `make picture`.
#
#   tests/demo/picture.sh FILE
#
# In a throw-away home directory three servers run, a scripted client has them do what they are
# asked about, and tmux is the terminal. What is on its screen at a question becomes an SVG.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
build=${SRT_TEST_BUILD:-$top/build}
case $build in /*) ;; *) build=$top/$build ;; esac
srt_top=$build/srt-top
demo=$build/tests/demo
output=${1:?file}
case $output in /*) ;; *) output=$PWD/$output ;; esac
COLS=100 ROWS=30

work=$(mktemp -d /tmp/srt-top-picture.XXXXXX) || exit 1
started=()

on_tmux() {
	TMUX_TMPDIR=$work tmux -L picture -f /dev/null "$@"
}

clean_up() {
	local pid

	trap - EXIT INT TERM HUP
	on_tmux kill-server 2>/dev/null
	for pid in "${started[@]}"; do
		kill "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

export HOME=$work/me SRT_TOP_RUNTIME_DIR=$work/run LC_ALL=C.UTF-8
unset XDG_STATE_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR SRT_TOP_DB
for variable in HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy; do
	unset $variable
done
mkdir -m 700 "$HOME" "$SRT_TOP_RUNTIME_DIR" "$HOME/.ssh"
mkdir -p "$HOME/notes" "$HOME/src/app" "$HOME/.config/srt-top"
echo '{"theme":"dark","notify":{"bell":false}}' >"$HOME/.config/srt-top/config.json"
printf 'Host notes.example\n' >"$HOME/.ssh/config"
echo '//registry.example/:_authToken=not-a-real-token' >"$HOME/.npmrc"
mkdir "$HOME/bin"
cp "$demo/sample_server" "$HOME/bin/notes-server"
cd "$HOME" || exit 1

die() {
	echo "picture: $*" >&2
	on_tmux capture-pane -p 2>/dev/null >&2
	exit 1
}

wait_for() { # wait_for COMMAND...: at most 30 s
	local last=$((SECONDS + 30))

	until "$@"; do
		[ $SECONDS -lt $last ] || return 1
		sleep 0.02
	done
}

shows() {
	on_tmux capture-pane -p 2>/dev/null | grep -qF -- "$1"
}

"$demo/origin" "$work/port" "$work/origin.log" &
started+=($!)
wait_for test -s "$work/port" || die "the loopback HTTP server did not start"
SAMPLE_URL=http://localhost:$(<"$work/port")/news
export SAMPLE_URL

"$srt_top" rules add --name files allow write "$HOME/src" >/dev/null || die "no rule"
"$srt_top" rules add --name notes allow connect localhost >/dev/null || die "no rule"

# Attached from the start: questions are held for it.
on_tmux new-session -d -x "$COLS" -y "$ROWS" \
	"env TERM=screen-256color $(printf '%q' "$srt_top")"
wait_for shows 'No session is running' || die "the dashboard does not come up"

# Two that are busy on their own, now more, now less, and one that asks once they have a past.
cat >bin/file-server <<'END'
#!/bin/sh
for round in $(seq 20); do
	for i in $(seq $((round * 7 % 11 + 1))); do
		echo $i >~/src/app/main-$round-$i.c
		cat ~/.npmrc
	done
	echo x >~/notes/list
	sleep 8
done
exec sleep 600
END
cat >bin/web-fetch <<'END'
#!/bin/sh
for round in $(seq 30); do
	curl -sS -m 5 "http://telemetry.example.org/$round"
	cat /usr/share/common-licenses/* >/dev/null
	sleep $((round * 5 % 9 + 1))
done
exec sleep 600
END
chmod +x bin/*
PATH=$HOME/bin:$PATH
"$srt_top" run -n files -m enforce -- file-server >/dev/null 2>&1 &
started+=($!)
wait_for shows ' files ' || die "no session"
"$srt_top" run -n fetch -m enforce -- web-fetch >/dev/null 2>&1 &
started+=($!)
wait_for shows ' fetch ' || die "no session"
wait_for shows 'telemetry.example.org' || die "no denial"
sleep "${PICTURE_SECONDS:-130}"
"$demo/client" -d 400 -c fetch -c fetch -c save_note=hello -- \
	"$srt_top" run -n notes -m ask -- notes-server >/dev/null 2>&1 &
started+=($!)
wait_for shows 'wants to write' || die "no question"
on_tmux capture-pane -p -e -N >"$work/screen"
"$demo/screen_svg" "$COLS" 'The dashboard of srt-top: sessions, their events, and a question' \
	<"$work/screen" >"$work/picture.svg" || die "no picture"
mv "$work/picture.svg" "$output"
echo "picture: $output"
