#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Names that must not come into being have mount points on the host while something runs. Runs that
# share a directory share them: none takes another's protection away, and nothing stays behind.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# The working directory of all runs, with nothing in it; settings that allow writing it.
work() { # work [DENY_WRITE]
	WORK_DIR=$HOME/work
	mkdir -p "$WORK_DIR"
	cd "$WORK_DIR" || fail "no work directory"
	settings . "${1-}"
	mv settings.json ..
	SETTINGS=$HOME/settings.json
}

# A run of its own name, its output in files; its pid in $RUN.
start() { # start NAME SCRIPT
	"$SRT_TOP" run -n "$1" -m enforce -s "$SETTINGS" -- sh -c "$2" >"$HOME/out.$1" 2>"$HOME/err.$1" &
	RUN=$!
	remember "$RUN"
}

until_file() { # until_file NAME: shell text that waits for it, in $HOME/go (readable inside)
	echo "while [ ! -e ~/go/$1 ]; do sleep 0.02; done"
}

ends_well() { # ends_well PID NAME
	wait_for gone "$1" || fail "$2 did not end"
	wait "$1" || fail "$2 failed: $(<"$HOME/err.$2")"
}

sweeper_of() { # sweeper_of PID: its sweeper's pid, if it has one
	local comm

	for comm in $(grep -lsx srt-top-sweeper /proc/[0-9]*/comm); do
		if grep -qs "^PPid:[[:space:]]$1\$" "${comm%comm}status"; then
			comm=${comm#/proc/}
			echo "${comm%/comm}"
		fi
	done
}

left() {
	ls -A "$WORK_DIR"
}

nothing_left() {
	[ -z "$(left)" ]
}

only_own_is_left() {
	[ "$(left)" = own ]
}

held() {
	[ -f .bashrc ] && [ -d .vscode ]
}

ATTACK='for f in .bashrc .mcp.json .gitconfig late; do echo evil >$f; rm -f $f; mv $f moved; done
	mkdir .vscode/x .idea/x .claude/commands; rmdir .vscode; mv .idea moved; echo evil >.claude/agents; true'

# Nothing that ATTACK tries came to be, by what is seen on the host.
unharmed() {
	[ ! -e moved ] || fail "a protected name was moved"
	for name in .bashrc .mcp.json .gitconfig late .vscode/x .idea/x .claude/commands .claude/agents; do
		[ ! -s "$name" ] || fail "$name was written"
	done
}

absent_names_are_protected_and_leave_nothing() {
	work late
	start t "$ATTACK; ls -A ~/work >~/work/seen"
	ends_well "$RUN" t
	unharmed
	is "$(left)" seen "what is left"
	has "$(<seen)" .bashrc "what is seen inside"
	must_be_denied write "$WORK_DIR/.vscode/x"
	must_be_denied write "$WORK_DIR/.idea/x"
}

the_first_ends_first() {
	local first second

	work late
	mkdir "$HOME/go"
	start first "echo up; $(until_file first)"
	first=$RUN
	wait_for said up "$HOME/out.first" || fail "the first did not start: $(<"$HOME/err.first")"
	start second "echo up; $(until_file second); $ATTACK; echo fine >own"
	second=$RUN
	wait_for said up "$HOME/out.second" || fail "the second did not start: $(<"$HOME/err.second")"
	: >"$HOME/go/first"
	ends_well "$first" first
	must held
	: >"$HOME/go/second"
	ends_well "$second" second
	unharmed
	is "$(left)" own "what is left"
	is "$(<own)" fine "what is not denied"
	is "$("$SRT_TOP" events --json --name first | jq -c 'select(.verdict == "deny")')" "" \
		"denials of the bystander"
}

the_second_ends_first() {
	local first second

	work late
	mkdir "$HOME/go"
	start first "echo up; $(until_file first); $ATTACK"
	first=$RUN
	wait_for said up "$HOME/out.first" || fail "the first did not start"
	start second "$ATTACK"
	second=$RUN
	ends_well "$second" second
	must held
	: >"$HOME/go/first"
	ends_well "$first" first
	unharmed
	must nothing_left
}

eight_at_once() {
	local i pids=()

	work late
	for i in 1 2 3 4 5 6 7 8; do
		start "r$i" "$ATTACK; echo fine >own$i"
		pids+=("$RUN")
	done
	for i in 1 2 3 4 5 6 7 8; do
		ends_well "${pids[i - 1]}" "r$i"
	done
	unharmed
	is "$(left | tr '\n' ' ')" "own1 own2 own3 own4 own5 own6 own7 own8 " "what is left"
}

killed_supervisors_leave_nothing() {
	work late
	mkdir "$HOME/go"
	start t "echo up; $(until_file never)"
	wait_for said up "$HOME/out.t" || fail "did not start"
	must held
	kill -KILL "$RUN"
	wait_for nothing_left || fail "left behind: $(left)"
}

# bwrap makes a mount point that is gone: nothing may be removed while it is still at work.
killed_while_bwrap_works() {
	local real bwrap

	real=$(command -v bwrap) || fail "no bwrap"
	work late
	mkdir "$HOME/go"
	printf '#!/bin/sh\necho $$ >%s\n%s\nexec %s "$@"\n' "$HOME/bwrap.pid" \
		"while [ ! -e $HOME/go/bwrap ]; do sleep 0.02; done" "$real" >"$HOME/bwrap"
	chmod 755 "$HOME/bwrap"
	jq --arg path "$HOME/bwrap" '.bwrapPath = $path' "$SETTINGS" >"$HOME/with_bwrap.json"
	SETTINGS=$HOME/with_bwrap.json
	start t true
	wait_for test -s "$HOME/bwrap.pid" || fail "bwrap was not started: $(<"$HOME/err.t")"
	bwrap=$(<"$HOME/bwrap.pid")
	remember "$bwrap"
	# While bwrap is started they are made.
	wait_for held || fail "nothing is kept free"
	kill -KILL "$RUN"
	wait_for gone "$RUN" || fail "did not end"
	: >"$HOME/go/bwrap"
	wait_for gone "$bwrap" || fail "bwrap did not end"
	wait_for nothing_left || fail "left behind: $(left)"
}

killed_supervisors_leave_other_runs_alone() {
	local first second sweeper

	work late
	mkdir "$HOME/go"
	start first "echo up; $(until_file never)"
	first=$RUN
	wait_for said up "$HOME/out.first" || fail "the first did not start"
	start second "echo up; $(until_file second); $ATTACK"
	second=$RUN
	wait_for said up "$HOME/out.second" || fail "the second did not start"
	sweeper=$(sweeper_of "$first")
	[ -n "$sweeper" ] || fail "no sweeper"
	kill -KILL "$first"
	wait_for gone "$sweeper" || fail "the sweeper does not end"
	must held
	: >"$HOME/go/second"
	ends_well "$second" second
	unharmed
	must nothing_left
}

the_next_run_takes_over_what_is_left() {
	local sweeper

	work late
	mkdir "$HOME/go"
	start t "echo up; $(until_file never)"
	wait_for said up "$HOME/out.t" || fail "did not start"
	sweeper=$(sweeper_of "$RUN")
	[ -n "$sweeper" ] || fail "no sweeper"
	kill -KILL "$sweeper" "$RUN"
	wait_for gone "$RUN" || fail "did not end"
	wait_for gone "$sweeper" || fail "the sweeper did not end"
	must held
	start next "$ATTACK"
	ends_well "$RUN" next
	unharmed
	must nothing_left
}

no_sweeper_without_a_reason() {
	mkdir "$HOME/go"
	settings
	"$SRT_TOP" run -n t -m enforce -s settings.json -- sh -c "echo up; $(until_file end)" >out 2>err &
	RUN=$!
	remember "$RUN"
	wait_for said up || fail "did not start: $(<err)"
	is "$(sweeper_of "$RUN")" "" "sweeper"
	: >"$HOME/go/end"
	wait_run
}

files_of_the_user_stay() {
	work late
	: >.bashrc
	mkdir .vscode
	: >late
	chmod 444 late
	start t "$ATTACK"
	ends_well "$RUN" t
	unharmed
	is "$(left | tr '\n' ' ')" ".bashrc .vscode late " "what is left"
}

what_the_user_makes_meanwhile_stays() {
	work late
	mkdir "$HOME/go"
	start t "echo up; $(until_file end); cat .bashrc; echo evil >>.bashrc; echo evil >>.vscode/settings"
	wait_for said up "$HOME/out.t" || fail "did not start"
	chmod u+w .bashrc
	echo mine >.bashrc
	echo mine >.vscode/settings
	echo mine >new
	mv new .profile
	: >"$HOME/go/end"
	wait_for gone "$RUN" || fail "did not end"
	is "$(left | tr '\n' ' ')" ".bashrc .profile .vscode " "what is left"
	is "$(cat .bashrc .vscode/settings .profile)" $'mine\nmine\nmine' "what the user wrote"
}

# One run denies a name as a file, the other what would lie below it.
file_for_one_directory_for_the_other() {
	local first

	work "a b/c"
	mkdir "$HOME/go"
	start first "echo up; $(until_file first); echo evil >a; echo evil >a/b; mkdir b/c; echo evil >b; mkdir b/d"
	first=$RUN
	wait_for said up "$HOME/out.first" || fail "the first did not start"
	settings . "a/b b"
	mv settings.json ..
	start second "echo evil >a; echo evil >a/b; mkdir b/c; echo evil >b; mkdir b/d; ls a b; echo end"
	wait_for gone "$RUN" || fail "did not end"
	has "$(<"$HOME/out.second")" end "the second's output"
	must_not test -s a
	must test -d b
	: >"$HOME/go/first"
	wait_for gone "$first" || fail "did not end"
	must nothing_left
}

# Below a directory that the other run keeps from coming into being.
what_another_run_holds_is_missing_in_settings_too() {
	local first

	work
	mkdir "$HOME/go"
	start first "echo up; $(until_file first)"
	first=$RUN
	wait_for said up "$HOME/out.first" || fail "the first did not start"
	jq -n '{network: {allowedDomains: [], deniedDomains: []}, filesystem: {denyRead: [".bashrc", ".*"],
		allowWrite: [".", ".vscode", ".idea"], allowRead: [".profile"], denyWrite: [".m*", ".idea/x"]}}' \
		>"$SETTINGS"
	start second "echo up; $(until_file second); $ATTACK"
	wait_for said up "$HOME/out.second" || fail "the second did not start: $(<"$HOME/err.second")"
	: >"$HOME/go/first"
	ends_well "$first" first
	: >"$HOME/go/second"
	ends_well "$RUN" second
	unharmed
}

# What a person allows brings its placeholders along, and they go by the same rules.
grants_bring_placeholders() {
	local first

	work
	settings
	mv settings.json ..
	mkdir "$HOME/go"
	"$SRT_TOP" run -n t -s "$SETTINGS" -m ask --hold 20 -- \
		sh -c "echo x >own; echo up; $(until_file first); $ATTACK" >"$HOME/out.t" 2>"$HOME/err.t" &
	first=$!
	remember "$first"
	answer write "$WORK_DIR/own" allow --scope dir
	wait_for said up "$HOME/out.t" || fail "not allowed: $(<"$HOME/err.t")"
	must held
	# The same directory, by its settings, and gone before.
	settings .
	mv settings.json ..
	start second "$ATTACK"
	ends_well "$RUN" second
	must held
	[ "${1-}" != kill ] || kill -KILL "$first"
	: >"$HOME/go/first"
	wait_for gone "$first" || fail "did not end"
	wait_for only_own_is_left || fail "left: $(left)"
	unharmed
}

# Root, and another user whose directory it is; $1 ends first.
root_and_a_user_share_a_directory() {
	local user=srt-top-test bin=$HOME/bin users roots last

	[ "$(id -u)" = 0 ] || skip "not root"
	id "$user" >/dev/null 2>&1 || skip "no user $user"
	work late
	mkdir "$HOME/go" "$HOME/user" "$HOME/user/run" "$bin"
	cp "$SRT_TOP" "$(dirname "$SRT_TOP")/srt-shim" "$bin"
	chmod 755 "$WORK" "$CASE" "$HOME"
	chmod 700 "$HOME/user/run"
	chown -R "$user" "$WORK_DIR" "$HOME/user"
	start root "echo up; $(until_file root); $ATTACK; echo end"
	roots=$RUN
	wait_for said up "$HOME/out.root" || fail "root's did not start: $(<"$HOME/err.root")"
	setpriv --reuid "$user" --regid "$user" --clear-groups env HOME="$HOME/user" \
		SRT_TOP_RUNTIME_DIR="$HOME/user/run" "$bin/srt-top" run -n user -m enforce -s "$SETTINGS" -- \
		sh -c "echo up; while [ ! -e $HOME/go/user ]; do sleep 0.02; done; $ATTACK; echo end" \
		>"$HOME/out.user" 2>"$HOME/err.user" &
	users=$!
	remember "$users"
	wait_for said up "$HOME/out.user" || fail "the user's did not start: $(<"$HOME/err.user")"
	: >"$HOME/go/$1"
	if [ "$1" = user ]; then
		ends_well "$users" user
		last=root
	else
		ends_well "$roots" root
		last=user
	fi
	must held
	: >"$HOME/go/$last"
	wait_for gone "$roots" || fail "root's did not end"
	wait_for gone "$users" || fail "the user's did not end"
	is "$(tail -qn 1 "$HOME/out.user" "$HOME/out.root")" $'end\nend' "output"
	unharmed
	must nothing_left
}

made_under_a_free_name() {
	work
	mkdir "$HOME/go" "$HOME/hidden"
	# Something is hidden from the start, so that reading is watched.
	settings . "" "~/hidden"
	mv settings.json ..
	start one "mkdir .vscode; cat .vscode/none; ls .vscode; : >ready; $(until_file one)
		ls .vscode; cat .vscode/made; cat .vscode/none; : >\"\$HOME/work/own\""
	wait_for held || fail "nothing is held"
	wait_for test -e ready || fail "it does not get there"
	has "$(<"$HOME/err.one")" 'File exists' "the directory was made"
	chmod u+w .vscode
	echo text >.vscode/made
	: >"$HOME/go/one"
	ends_well "$RUN" one
	has_not "$(<"$HOME/out.one")" text "what was made"
	is "$("$SRT_TOP" events --json --name one --denied | jq -r '"\(.kind) \(.object) \(.count)"' | sed "s|$WORK_DIR/||" | sort)" \
		$'read .vscode 1\nread .vscode/made 1\nwrite .vscode 1' denials
}

test_case "absent names are protected, and leave nothing" absent_names_are_protected_and_leave_nothing
test_case "the run that made them ends first: the other stays protected" the_first_ends_first
test_case "a run that joined ends first: the other stays protected" the_second_ends_first
test_case "eight runs at once" eight_at_once
test_case "SIGKILL leaves nothing" killed_supervisors_leave_nothing
test_case "nor SIGKILL while bwrap works" killed_while_bwrap_works
test_case "SIGKILL does not harm another run" killed_supervisors_leave_other_runs_alone
test_case "what a crash left is taken over by the next run" the_next_run_takes_over_what_is_left
test_case "no placeholders, no sweeper" no_sweeper_without_a_reason
test_case "empty files and directories of the user stay" files_of_the_user_stay
test_case "what the user makes meanwhile stays" what_the_user_makes_meanwhile_stays
test_case "a file for one, a directory for the other" file_for_one_directory_for_the_other
test_case "another run's placeholder is missing for all settings" \
	what_another_run_holds_is_missing_in_settings_too
test_case "grants bring their placeholders" grants_bring_placeholders
test_case "and SIGKILL leaves none of these either" grants_bring_placeholders kill
if [ "$(id -u)" -eq 0 ]; then
	test_case "root and a user share a directory" root_and_a_user_share_a_directory user
	test_case "and root's run may end first" root_and_a_user_share_a_directory root
fi
test_case "what the host makes under a name that is kept free is hidden, and reading it a denial" \
	made_under_a_free_name
test_end
