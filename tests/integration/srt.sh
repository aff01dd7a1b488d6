#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Called as srt: upstream's command line, messages, statuses and signals.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

srt() { # srt ARGUMENT...: output to files out and err, status in $STATUS
	"$SRT" "$@" >out 2>err </dev/null
	STATUS=$?
}

srt_bg() { # the same in the background; its pid in $RUN
	"$SRT" "$@" >out 2>err </dev/null &
	RUN=$!
	remember "$RUN"
}

default_settings() { # arguments as for settings(): becomes ~/.srt-settings.json
	settings "$@"
	mv settings.json "$HOME/.srt-settings.json"
}

work() { # the working directory, writable by the default settings
	mkdir "$HOME/work"
	cd "$HOME/work" || exit 1
	default_settings .
}

# --- command line ---

words_reach_the_program() {
	srt printf '<%s>' 'a  b' "c'd" '$HOME' '*' '' '!x' '=y' '`id`' $'l1\nl2' '~' é
	is "$STATUS" 0 "status"
	is "$(<out)" "<a  b><c'd><\$HOME><*><><!x><=y><\`id\`>"$'<l1\nl2>'"<~><é>" "words"
	is "$(<err)" "" "standard error"
}

a_text_is_for_the_shell() {
	srt -c 'echo "a b" | tr a-z A-Z; echo $((1 + 2)) $#' ignored words
	is "$(<out)" $'A B\n3 0' "output"
}

statuses_are_the_commands_own() {
	srt -c 'exit 42'
	is "$STATUS" 42 "exit"
	srt no-such-command-at-all
	is "$STATUS" 127 "not found"
	has "$(<err)" no-such-command-at-all "message"
	srt -c 'kill -KILL $$'
	is "$STATUS" 137 "killed"
}

options_may_stand_behind_the_command() {
	srt echo a -s /no/such/file
	is "$STATUS" 1 "status"
	has "$(<err)" 'Error: /no/such/file does not exist.' "message"
	has "$(<err)" 'Refusing to run with the built-in defaults' "second line"
	srt -- echo -s x
	is "$(<out)" "-s x" "behind --"
}

nothing_to_run_is_an_error() {
	srt
	is "$STATUS" 1 "status"
	is "$(<err)" 'Error: No command specified. Use -c <command> or provide command arguments.' "message"
	srt -c '' -d
	is "$STATUS" 1 "status of an empty text"
}

version_and_help() {
	srt --version
	is "$(<out)" 0.0.83 "version"
	srt ls --help
	is "$STATUS" 0 "status"
	has "$(<out)" '--control-fd' "help"
	srt --control-fd 2 true
	is "$STATUS" 1 "bad descriptor"
	has "$(<err)" "error: option '--control-fd <fd>' argument '2' is invalid." "message"
}

debugging_goes_to_standard_error() {
	echo '{"network":{"allowedDomains":[],"deniedDomains":[],"alowedDomains":[]},
		"filesystem":{"denyRead":[],"allowWrite":["/no/such/place"],"denyWrite":[]}}' >s.json
	srt -d -s s.json -c 'echo x >f; echo hi'
	is "$(<out)" hi "output"
	has "$(<err)" '/no/such/place: left out: does not exist' "an entry without effect"
	has "$(<err)" "refused write $PWD/f" "what was refused"
	has "$(<err)" '[SandboxDebug] ' "debug lines"
	has "$(<err)" 'network.alowedDomains' "the key that nobody knows"
	SRT_DEBUG=1 srt -s s.json true
	has "$(<err)" '[SandboxDebug] ' "by the environment"
	srt -s s.json true
	is "$(<err)" "" "without either"
}

# --- settings ---

bad_settings_run_nothing() {
	local file

	printf ' \n' >blank
	echo '{bad' >broken
	echo '{}' >empty
	for file in blank broken empty .; do
		srt -s "$file" echo RAN
		is "$STATUS" 1 "status for $file"
		is "$(<out)" "" "output for $file"
		has "$(<err)" "Error: $file " "message for $file"
	done
	srt -s empty true
	has "$(<err)" 'network: Required; filesystem: Required' "what is wrong"
	cp empty "$HOME/.srt-settings.json"
	srt echo RAN
	is "$STATUS" 1 "the default file counts too"
}

a_pipe_is_a_settings_file() {
	settings
	srt -s <(cat settings.json) -c 'echo ran; : >f'
	is "$STATUS,$(<out)" "1,ran" "what it does not let be written"
	srt -s /dev/stdin -c 'cat; : >f' < <(cat settings.json)
	is "$STATUS,$(<out)" "1," "the one of standard input"
}

a_path_that_is_not_set_is_the_systems() {
	STATUS=0
	(unset PATH && "$SRT" -c 'echo "${PATH:+set}"') >out 2>err || STATUS=$?
	is "$STATUS,$(<out)" "0,set" "the command ran, with its shell's own"
	is "$(<err)" "" "message"
}

what_cannot_be_honoured_is_refused() {
	echo '{"network":{"allowedDomains":[],"deniedDomains":[],"tlsTerminate":{}},
		"filesystem":{"denyRead":[],"allowWrite":[],"denyWrite":[]}}' >s.json
	srt -s s.json echo RAN
	is "$STATUS" 1 "status"
	has "$(<err)" network.tlsTerminate "the field is named"
}

defaults_allow_no_write_and_no_host() {
	start_origin
	srt -c "echo x >f; cat /etc/passwd >/dev/null && curl -s --noproxy '' -o /dev/null -w '%{http_code}' http://127.0.0.1:$PORT/"
	is "$(<out)" 403 "the proxy's answer"
	must_not test -e f
	has "$(<err)" "Read-only file system" "the write"
}

rules_of_the_history_do_not_apply() {
	mkdir "$HOME/place"
	must "$SRT_TOP" rules add --name touch allow write "$HOME/place" --scope dir
	srt touch "$HOME/place/f"
	is "$STATUS" 1 "status"
	must_not test -e "$HOME/place/f"
}

# --- what the command finds inside ---

environment_is_upstreams() {
	srt -c 'echo "$TMPDIR|$SANDBOX_RUNTIME|$RSYNC_PROXY|$CLOUDSDK_PROXY_USERNAME"; echo "$HTTP_PROXY"; echo "$GIT_SSH_COMMAND"'
	has "$(<out)" '/tmp/claude|1|localhost:1080|srt.' "variables"
	has "$(sed -n 2p out)" '@localhost:3128' "the proxy's URL"
	has "$(sed -n 3p out)" 'ssh -o ControlMaster=no -o ControlPath=none -o ProxyCommand=' "ssh"
	is "$(sed -n '1s/.*|srt[.]//p' out | base64 -d | head -c 12)" 'echo "$TMPDI' "attribution"
	CLAUDE_TMPDIR=/b srt -c 'echo $TMPDIR'
	is "$(<out)" /b "CLAUDE_TMPDIR"
	CLAUDE_CODE_TMPDIR=/a CLAUDE_TMPDIR=/b srt -c 'echo $TMPDIR'
	is "$(<out)" /a "CLAUDE_CODE_TMPDIR"
}

only_its_own_descriptors_are_inherited() {
	echo secret >file
	"$SRT" -c 'cat <&7; ls /proc/self/fd' 7<file >out 2>err
	has_not "$(<out)" secret "a descriptor of the caller"
}

git_over_ssh_gets_through_without_socat() {
	local bin

	start_origin
	default_settings "" "" "" "" 127.0.0.1
	mkdir "$HOME/bin"
	for bin in bash sh printf cat sed; do
		ln -s "$(type -P "$bin")" "$HOME/bin/$bin"
	done
	ln -s "$(type -P bwrap)" "$HOME/bin/bwrap"
	PATH=$HOME/bin "$SRT" -c "c=\${GIT_SSH_COMMAND#*ProxyCommand=\'}; c=\${c%\'}; c=\${c/\%h:\%p/127.0.0.1:$PORT}
		printf 'GET /by-tunnel HTTP/1.0\r\n\r\n' | \$c" >out 2>err </dev/null
	has "$(<out)" "200" "the answer through the tunnel: $(<err)"
	has "$(<origin.log)" /by-tunnel "the request"
}

# --- history ---

refused_writes_are_in_the_history() {
	local object=$HOME/f

	srt touch "$object"
	is "$STATUS" 1 "status"
	WAIT_SECONDS=5 wait_for srt_event write "$object" || fail "no event: $("$SRT_TOP" events --json)"
	is "$("$SRT_TOP" sessions --json | jq -r 'select(.server == "touch") | .mode')" enforce "session"
}

srt_event() {
	[ -n "$("$SRT_TOP" events --json --denied --name touch |
		jq --arg kind "$1" --arg object "$2" 'select(.kind == $kind and .object == $object)')" ]
}

# Without $SHELL bash asks the user database, by way of a socket.
what_leaves_nothing_to_tell_leaves_no_history() {
	SHELL=/bin/sh srt true
	is "$STATUS" 0 "status"
	[ ! -e "$HOME/.local/state/srt-top/srt-top.db" ] || fail "there is one: $("$SRT_TOP" events --json)"
}

a_database_that_cannot_be_opened_is_no_obstacle() {
	SRT_TOP_DB=/proc/no/such/place srt echo hi
	is "$STATUS/$(<out)/$(<err)" 0/hi/ "status, output, standard error"
}

# --- signals ---

term_and_int_end_it_with_0() { # term_and_int_end_it_with_0 SIGNAL
	local marker="86434.$NUMBER$RANDOM"

	work
	srt_bg -c "trap '' TERM INT; : >ready; sleep $marker; : >late"
	wait_for test -e ready || fail "not ready"
	kill -"$1" "$RUN"
	wait_run
	is "$STATUS" 0 "status"
	wait_for no_pids_with "$marker" || fail "something goes on"
	must_not test -e late
}

a_signal_before_the_command_keeps_it_from_starting() { # … SIGNAL
	local real

	work
	real=$(type -P bwrap)
	printf '#!/bin/sh\n: >%s\nwhile [ ! -e %s ]; do sleep 0.02; done\nexec %s "$@"\n' \
		"$CASE/waiting" "$CASE/go" "$real" >"$CASE/bwrap"
	chmod 755 "$CASE/bwrap"
	jq --arg path "$CASE/bwrap" '.bwrapPath = $path' "$HOME/.srt-settings.json" >"$CASE/s.json"
	srt_bg -s "$CASE/s.json" -c ': >ran'
	wait_for test -e "$CASE/waiting" || fail "not ready"
	kill -"$1" "$RUN"
	: >"$CASE/go"
	wait_run
	is "$STATUS" 1 "status"
	is "$(<err)" "Error: interrupted by SIG$1" "message"
	must_not test -e ran
}

hangup_ends_it_by_the_signal() {
	work
	srt_bg -c ': >ready; sleep 600'
	wait_for test -e ready || fail "not ready"
	kill -HUP "$RUN"
	wait_run
	is "$STATUS" 129 "status"
}

killing_it_ends_everything() {
	local marker="86435.$NUMBER$RANDOM"

	work
	srt_bg -c "setsid sleep $marker & : >ready; sleep $marker"
	wait_for test -e ready || fail "not ready"
	kill -KILL "$RUN"
	wait_for no_pids_with "$marker" || fail "something goes on"
}

bwrap_killed_is_told() {
	local bwrap

	work
	srt_bg -c ': >ready; sleep 600'
	wait_for test -e ready || fail "not ready"
	for bwrap in $(cat "/proc/$RUN/task/$RUN/children"); do
		[ "$(<"/proc/$bwrap/comm")" != bwrap ] || kill -KILL "$bwrap"
	done
	wait_run
	is "$STATUS" 1 "status"
	is "$(<err)" "Process killed by signal: SIGKILL" "message"
}

background_processes_end_with_it() {
	local marker="86436.$NUMBER$RANDOM"

	srt -c "sleep $marker & echo done"
	is "$(<out)" "done" "output"
	wait_for no_pids_with "$marker" || fail "something goes on"
}

# --- control descriptor ---

code() { # the proxy's answer inside, as words of a shell
	echo "curl -s --noproxy '' -o /dev/null -w '%{http_code} ' http://127.0.0.1:$PORT/"
}

policies_come_in_while_it_runs() {
	start_origin
	work
	mkfifo policies
	srt_with_policies() {
		"$SRT" --control-fd 3 -c "$(code); : >asked; while [ ! -e allowed ]; do sleep 0.05; done; $(code)
			: >again; while [ ! -e denied ]; do sleep 0.05; done; $(code)" 3<policies >out 2>err </dev/null
	}
	srt_with_policies &
	RUN=$!
	exec 4>policies
	wait_for test -e asked || fail "not ready"
	settings "" "" "" "" 127.0.0.1
	jq -c . settings.json >&4
	echo '{"network":1}' >&4
	# The complaint about the second line says that the first is in force.
	wait_for said 'Invalid config on control fd 3: ignored, previous config still in force' err ||
		fail "no complaint"
	: >allowed
	wait_for test -e again || fail "not asked again"
	settings
	jq -c . settings.json >&4
	echo 'no json' >&4
	wait_for is_twice 'Invalid config' || fail "no second complaint"
	: >denied
	exec 4>&-
	wait_run
	is "$STATUS/$(<out)" "0/403 200 403 " "status and answers"
}

is_twice() {
	[ "$(grep -c "$1" err)" -eq 2 ]
}

the_descriptor_is_hidden_inside() {
	echo secret >policy
	"$SRT" --control-fd 7 -c 'cat <&7; readlink /proc/self/fd/7' 7<policy >out 2>err </dev/null
	is "$(<out)" /dev/null "what it is inside"
}

a_descriptor_that_cannot_be_read_runs_nothing() {
	"$SRT" --control-fd 7 echo RAN 7>write-only >out 2>err </dev/null
	is "$?" 1 "status"
	is "$(<out)" "" "output"
	has "$(<err)" 'Refusing to run the command without the control channel it asks for.' "message"
}

test_case "words reach the program byte for byte" words_reach_the_program
test_case "-c gives a text to the shell" a_text_is_for_the_shell
test_case "the exit status is the command's own" statuses_are_the_commands_own
test_case "options may stand behind the command's words" options_may_stand_behind_the_command
test_case "nothing to run is an error" nothing_to_run_is_an_error
test_case "--version, --help and a mistake" version_and_help
test_case "-d and SRT_DEBUG tell more on standard error" debugging_goes_to_standard_error
test_case "bad settings run nothing" bad_settings_run_nothing
test_case "settings can come through a pipe" a_pipe_is_a_settings_file
test_case "without PATH programs are those of the system" a_path_that_is_not_set_is_the_systems
test_case "what cannot be honoured is refused by name" what_cannot_be_honoured_is_refused
test_case "without a file nothing is written and no host reached" defaults_allow_no_write_and_no_host
test_case "rules that srt-top keeps do not apply" rules_of_the_history_do_not_apply
test_case "the environment is upstream's" environment_is_upstreams
test_case "descriptors of the caller stay outside" only_its_own_descriptors_are_inherited
test_case "git's ssh gets through the proxy without socat" git_over_ssh_gets_through_without_socat
test_case "a refused write is in the history" refused_writes_are_in_the_history
test_case "without anything to tell there is none" what_leaves_nothing_to_tell_leaves_no_history
test_case "a database that cannot be opened is no obstacle" a_database_that_cannot_be_opened_is_no_obstacle
test_case "SIGTERM ends everything, with 0" term_and_int_end_it_with_0 TERM
test_case "SIGINT to it alone ends everything, with 0" term_and_int_end_it_with_0 INT
test_case "SIGTERM before the command runs keeps it from running" a_signal_before_the_command_keeps_it_from_starting TERM
test_case "and so does SIGINT" a_signal_before_the_command_keeps_it_from_starting INT
test_case "SIGHUP ends it by that signal" hangup_ends_it_by_the_signal
test_case "SIGKILL leaves nothing running" killing_it_ends_everything
test_case "bwrap killed is told" bwrap_killed_is_told
test_case "background processes end with the command" background_processes_end_with_it
test_case "--control-fd: policies loosen and tighten while it runs" policies_come_in_while_it_runs
test_case "--control-fd: hidden inside" the_descriptor_is_hidden_inside
test_case "--control-fd: one that cannot be read runs nothing" a_descriptor_that_cannot_be_read_runs_nothing
test_end
