#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Masks that see reads themselves (FUSE): what is refused, seen, asked about and shown is the same as
# where every open is notified.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# Where only root may open the device there is a node for the tests.
if [ ! -w /dev/fuse ] && [ -w "$TOP/fuse" ]; then
	export SRT_TOP_FUSE_DEVICE=$TOP/fuse
fi
usable() {
	grep -qw fuse /proc/filesystems || skip "machine: no FUSE"
	{ : <>"${SRT_TOP_FUSE_DEVICE:-/dev/fuse}"; } 2>/dev/null || skip "machine: no FUSE device to open"
}

# A tree with a part that is hidden, and the settings for it.
hidden_tree() {
	usable
	mkdir -p "$HOME/secret/deep"
	echo key >"$HOME/secret/key"
	echo other >"$HOME/secret/other"
	echo x >"$HOME/secret/deep/x"
	ln -s secret/key "$HOME/link"
	echo plain >"$HOME/plain"
	settings "~ $PWD" "" "~/secret"
}

is_masked() { # in a sandbox that runs with these arguments
	"$SRT_TOP" run -n m "$@" -- grep -q " $HOME/secret fuse " /proc/self/mounts
}

# --- the same as under a mask that nobody watches ---

looks() { # what programs can find out about it, in words that do not change from run to run
	cat <<-'END'
		cd ~
		stat -c '%F %a %s %h %u %g' secret secret/key; stat -c %F secret/deep/x
		ls -l secret; ls -A secret; ls -d secret secret/key; ls secret/deep
		cat secret/key secret/deep/x link; cat <secret/key; cat secret/key/
		cat secret/key/x; cat secret/../plain
		mkdir secret/new; echo x >secret/key; echo x >>secret/new; rm secret/key; mv secret/key plain2
		touch secret/key; ln plain secret/hard; chmod 600 secret; rmdir secret; mv secret gone
		cd secret && { cat key; ls -A; cat ../plain; pwd; cd ..; }
		cd secret/deep; readlink secret/key; test -e secret/key; echo $?; test -w secret; echo $?
		test -x secret; echo $?; find secret; du -a secret | cut -f 2; (exec secret/key); exec 3<secret; echo $?
		head -c 300 /dev/zero | tr '\0' n >long; cat "secret/$(cat long)"
		python3 -c '
		import os
		for flags in (0, os.O_NOFOLLOW, os.O_DIRECTORY, os.O_PATH, os.O_PATH | os.O_NOFOLLOW, os.O_NOATIME):
		    for path in ("secret", "secret/key", "secret/deep", "secret/nothing", "link"):
		        try:
		            os.close(os.open(path, flags))
		            print(path, flags, "opened")
		        except OSError as e:
		            print(path, flags, e.strerror)
		for call in (os.listxattr, lambda p: os.getxattr(p, "user.x"), os.listdir):
		    try:
		        print(call("secret"))
		    except OSError as e:
		        print(e.strerror)
		'
	END
}

compare_ways() { # compare_ways SCRIPT: what it finds out, and what the history says
	local way

	for way in masks notices; do
		mkdir -p "$CASE/$way"
		SRT_TOP_WITHOUT=${way/#notices/fuse} "$SRT_TOP" run -n "$way" -s "$CASE/settings.json" -m enforce -- bash "$1" \
			>"$CASE/$way/out" 2>"$CASE/$way/err" </dev/null
		"$SRT_TOP" events --json --denied --name "$way" |
			jq -c '[.kind, .object, .verdict, .why, .rule, .syscall, .errno, .count, (.exe // "" | split("/")[-1])]' |
			sort >"$CASE/$way/events"
	done
	must is_masked -s "$CASE/settings.json" -m enforce
	cd "$CASE" || exit 1
	must diff masks/out notices/out
	must diff masks/err notices/err
	must diff masks/events notices/events
}

looks_the_same() {
	hidden_tree
	looks | sed 's/^\t\t*//' >look.sh
	compare_ways look.sh
	# What is compared is there.
	has "$(<masks/err)" 'secret/key: No such file' "errors"
	has "$(<masks/events)" "$HOME/secret/deep/x" "events"
}

# Parts of what is hidden are shown, and parts of these are hidden.
with_parts_shown() {
	usable
	mkdir -p "$HOME/secret/shown/closed" "$HOME/secret/work/deep" "$HOME/secret/also"
	for name in key shown/file shown/closed/file work/file work/deep/file also/file; do
		echo "$name" >"$HOME/secret/$name"
	done
	settings "~/secret/work $PWD" "" "~/secret ~/secret/shown/closed" "~/secret/shown ~/secret/also/file"
	cat >look.sh <<-'END'
		find ~/secret | sort
		cd ~/secret
		ls -lA . shown shown/closed work also | grep -v ^total | sed 's/ [A-Z][a-z][a-z] .*:.. / /'
		cat key shown/file shown/closed/file work/file work/deep/file also/file also/other
		echo new >work/new; echo new >shown/new; echo new >shown/closed/new; echo new >also/file
		cd shown/closed && ls -A && cat file && cat ../file ../../key
		cd ~/secret/work && cat ../key ../shown/file new; rm -f new
	END
	compare_ways look.sh
	has "$(<masks/out)" "also/file" "output"
}

# The sandbox has its working directory before its masks are covered.
started_in_it() {
	hidden_tree
	mkdir -p "$HOME/secret/shown"
	echo file >"$HOME/secret/shown/file"
	settings "$PWD" "" "~/secret" "~/secret/shown"
	for directory in secret secret/shown; do
		cat >look.sh <<-'END'
			pwd; ls -A; cat file key ../key ../../secret/other; ls -A ..; cd ..; cat key
		END
		(cd "$HOME/$directory" && compare_ways "$CASE/look.sh") || exit 1
	done
}

# --- what it is for: opens for reading are left alone ---

reads_seen() { # how often the plain file was seen to be read, of a run with these arguments
	must "$SRT_TOP" run -n r -s settings.json -m enforce --report report.json "$@" >/dev/null 2>&1 </dev/null
	jq --arg o "$HOME/$SEEN" '[.accesses[] | select(.object == $o and .kind == "read")] | length' report.json
}

others_are_left_alone() {
	hidden_tree
	mkdir "$HOME/open"
	# By a link: where there is none, what was notified need not be looked at.
	ln -s plain "$HOME/way"
	ln -s open "$HOME/ways"
	SEEN=plain
	is "$(reads_seen -- cat "$HOME/way")" 0 "reads of a file"
	is "$(SRT_TOP_WITHOUT=fuse reads_seen -- cat "$HOME/way")" 1 "reads of a file, without"
	is "$(SRT_TOP_FUSE_DEVICE=/dev/nothing reads_seen -- cat "$HOME/way")" 1 "where there is no device"
	is "$(SRT_TOP_FUSE_DEVICE=/dev/null reads_seen -- cat "$HOME/way")" 1 "where it is none"
	# What lies where it says, and nothing is hidden there.
	is "$(SRT_TOP_WITHOUT=fuse reads_seen -- cat "$HOME/plain")" 0 "reads of a file without a link, without"
	is "$(SRT_TOP_WITHOUT=fuse reads_seen --watch everyday -- cat "$HOME/plain")" 1 "the same, for the history"
	# A masked file cannot see that it is opened. Directories are no files.
	echo token >"$HOME/token"
	settings "~ $PWD" "" "~/secret ~/token"
	is "$(reads_seen -- cat "$HOME/way")" 1 "reads of a file, where a file is hidden"
	SEEN=open
	is "$(reads_seen -- ls "$HOME/ways/")" 0 "reads of a directory, where a file is hidden"
	is "$(SRT_TOP_WITHOUT=fuse reads_seen -- ls "$HOME/ways/")" 1 "reads of a directory, without"
	# One name in a directory that the program has open is not looked at where nothing is hidden.
	mkdir "$HOME/open/sub"
	SEEN=open/sub
	is "$(SRT_TOP_WITHOUT=fuse reads_seen -- find "$HOME/open")" 0 "reads of a name in a directory, without"
	is "$(SRT_TOP_WITHOUT=fuse reads_seen --watch everyday -- find "$HOME/open")" 1 "the same, for the history"
	run -s settings.json -m enforce -- sh -c 'stat -c %F ~/token; cat ~/token ~/secret/key; ls ~/secret'
	is "$(head -n 1 out)" "character special file" "what a hidden file looks like"
	must_be_denied read "$HOME/token" '.errno == "EACCES"'
	must_be_denied read "$HOME/secret/key" '.errno == "ENOENT"'
	must_be_denied read "$HOME/secret" '.syscall == "openat"'
}

# --- asking ---

asks() { # asks COMMAND...: the sensitive directory of a fresh home
	usable
	mkdir -p "$HOME/.ssh/sub"
	for name in one two sub/three; do
		echo "$name" >"$HOME/.ssh/$name"
	done
	run_bg -m ask --watch refused --hold "${HOLD:-20}" -- "$@"
}

allow_makes_the_very_read_succeed() {
	asks sh -c 'cat ~/.ssh/one; cat ~/.ssh/sub/three; cat ~/.ssh/two; cat ~/.ssh/sub/three/x
		stat -c %F ~/.ssh/one ~/.ssh/sub ~/.ssh/two; grep -c ".ssh fuse" /proc/self/mounts'
	answer read "$HOME/.ssh/one" allow --scope exact --for session
	answer read "$HOME/.ssh/sub/three" allow --scope exact --for session
	answer read "$HOME/.ssh/two" deny
	wait_run
	is "$(<out)" $'one\nsub/three\nregular file\ndirectory\n1' output
	has "$(<err)" 'two: No such file' errors
	has "$(<err)" 'three/x: Not a directory' errors
	must_be_denied read "$HOME/.ssh/two"
}

the_whole_directory() {
	asks sh -c 'ls -A ~/.ssh; cat ~/.ssh/sub/three; cd ~/.ssh; cat two'
	answer read "$HOME/.ssh" allow --for session
	wait_run
	is "$(<out)" $'one\nsub\ntwo\nsub/three\ntwo' output
	is "$(<err)" "" errors
}

what_is_taken_back_is_seen_again() {
	asks sh -c 'cat ~/.ssh/one; until [ -e ~/go ]; do sleep 0.02; done; cat ~/.ssh/one; cat ~/.ssh/two; ls -A ~/.ssh'
	answer read "$HOME/.ssh/one" allow --scope dir --for session
	wait_for said one
	must "$SRT_TOP" rules rm "$("$SRT_TOP" rules --json --name t | jq -r '.id' | head -n 1)"
	touch "$HOME/go"
	answer read "$HOME/.ssh/one" deny
	answer read "$HOME/.ssh/two" allow --scope exact --for session
	answer read "$HOME/.ssh" deny --for once
	wait_run
	is "$(<out)" $'one\ntwo\ntwo' output
}

once_is_for_that_open_alone() {
	asks python3 -c '
import os, sys
home = os.environ["HOME"]
one = open(home + "/.ssh/sub/three")
print(one.read(), end="")
one.seek(0)
print(one.read(), os.fstat(one.fileno()).st_size)
try:
    open(home + "/.ssh/sub/three")
except OSError as e:
    print(e.strerror)
'
	answer read "$HOME/.ssh/sub/three" allow --for once
	answer read "$HOME/.ssh/sub/three" deny
	wait_run
	is "$(<out)" $'sub/three\nsub/three\n 10\nNo such file or directory' output
}

one_is_awaited_by() { # one_is_awaited_by NUMBER
	local rows

	rows=$(pending)
	[[ $rows == *"\"waiters\":$1"[,\}]* ]] &&
		[ "$(jq 'select(.object | endswith("/one")) | .waiters' <<<"$rows")" = "$1" ]
}

# Each gets the file, and none an error that only the kernel is to see.
many_open_it_once() {
	HOLD=200 asks python3 -c '
import os, threading
def run():
    fd = os.open(os.environ["HOME"] + "/.ssh/one", os.O_RDONLY)
    os.write(1, os.read(fd, 100))
    os.close(fd)
threads = [threading.Thread(target=run) for i in range(300)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]'
	WAIT_SECONDS=120 wait_for one_is_awaited_by 300 || fail "$(pending)"
	answer read "$HOME/.ssh/one" allow --for once
	wait_run
	is "$(grep -c one out)" 300 "lines of output: $(head -n 5 err)"
}

many_wait_for_one_answer() {
	asks bash -c '{ for i in {1..60}; do cat ~/.ssh/one & done; wait; } | cat'
	wait_question read "$HOME/.ssh/one" >/dev/null || exit 1
	wait_for one_is_awaited_by 60 || fail "$(pending)"
	is "$(pending | wc -l)" 1 questions
	answer read "$HOME/.ssh/one" allow --scope exact --for session
	wait_run
	is "$(grep -c one out)" 60 "lines of output: $(<err)"
}

# --- what waits can be ended ---

a_held_program_can_be_killed() {
	asks bash -c 'cat ~/.ssh/one & one=$!; cat ~/.ssh/one & other=$!; cat ~/.ssh/two & two=$!
		until [ -e ~/go ]; do sleep 0.02; done
		kill -9 $one; wait $one; echo $?
		kill $other $two; wait $other; echo $?; wait $two; echo $?'
	wait_for one_is_awaited_by 2 || fail "$(pending)"
	wait_question read "$HOME/.ssh/two" >/dev/null || exit 1
	touch "$HOME/go"
	wait_run
	is "$(<out)" $'137\n143\n143' "how they ended"
	must_be_denied read "$HOME/.ssh/one"
}

# A handler that has to run is no reason to fail: the mask without us would not have.
a_signal_with_a_handler_waits() {
	asks bash -c 'trap "came=1" USR1; read -r x <~/.ssh/one; echo "$x $came"'
	wait_question read "$HOME/.ssh/one" >/dev/null || exit 1
	kill -USR1 "$RUN"
	# It has come, and waits too: the call was not ended for it.
	signal_waits() {
		local pid

		for pid in $(pids_with 'came=1'); do
			[ "$(<"/proc/$pid/comm")" = bash ] &&
				grep -qsE '^ShdPnd:[[:space:]]*[0-9a-f]*[2367abef][0-9a-f]{2}$' "/proc/$pid/status" && return 0
		done
		return 1
	}
	wait_for signal_waits || fail "no signal has come"
	answer read "$HOME/.ssh/one" allow --scope exact --for session
	wait_run
	is "$(<out)" 'one 1' output
	is "$(<err)" "" errors
	is "$(event_rows read "$HOME/.ssh/one" allow | jq .count)" 1 "questions that were put"
}

# Grants are its work, and masks are not: what waits is answered, and nothing is shown that was not granted.
the_broker_is_killed() {
	local broker id marker="srt-test-$NUMBER-$$"

	asks bash -c "(exec -a $marker cat ~/.ssh/one); cat ~/.ssh/two; ls -A ~/.ssh; cat ~/.ssh/sub/three; echo end"
	id=$(wait_question read "$HOME/.ssh/one") || exit 1
	broker=$(pgrep -P "$RUN" -x srt-top-broker) || fail "no broker"
	kill -KILL "$broker"
	wait_for gone "$broker"
	must_not "$SRT_TOP" answer "$id" allow --scope exact --for session 2>said
	has "$(<said)" "the process that changes mounts has ended" "the answer"
	must_not "$SRT_TOP" answer "$id" allow --scope dir --for session
	must_not "$SRT_TOP" answer "$id" allow --for once
	must "$SRT_TOP" answer "$id" deny
	id=$(wait_question read "$HOME/.ssh/two") || exit 1
	must_not "$SRT_TOP" answer "$id" allow --for once
	# Whoever waits for what nobody can grant can be killed, and so can the session.
	must "$SRT_TOP" answer "$id" deny
	answer read "$HOME/.ssh" deny --for once
	answer read "$HOME/.ssh/sub/three" deny
	wait_run
	is "$(<out)" end output
	has "$(<err)" 'one: No such file' errors
	must_be_denied read "$HOME/.ssh/one"
	must_be_denied read "$HOME/.ssh/sub/three"
	must no_pids_with "$marker"
	must no_pids_with "$PWD/run"
}

# The session with it: at once, while a call waits.
the_broker_and_then_the_session_are_killed() { # SIGNAL
	local broker marker="srt-test-$NUMBER-$$"

	asks bash -c "exec -a $marker cat ~/.ssh/one"
	wait_question read "$HOME/.ssh/one" >/dev/null || exit 1
	broker=$(pgrep -P "$RUN" -x srt-top-broker) || fail "no broker"
	kill -KILL "$broker"
	kill -"$1" "$RUN"
	wait_for gone "$RUN" || fail "it does not end"
	wait_for no_pids_with "$marker" || fail "still there: $(cat /proc/"$(pids_with "$marker" | head -n 1)"/stack 2>&1)"
	is "$(<out)" "" output
}

nothing_is_left_of_a_supervisor_that_is_killed() {
	local marker="srt-test-$NUMBER-$$"

	asks bash -c "exec -a $marker cat ~/.ssh/one"
	wait_question read "$HOME/.ssh/one" >/dev/null || exit 1
	[ -n "$(pids_with "$marker")" ] || fail "it does not run"
	kill -KILL "$RUN"
	wait_for no_pids_with "$marker" || fail "still there: $(cat /proc/"$(pids_with "$marker" | head -n 1)"/stack 2>&1)"
}

a_flood_is_seen_whole() {
	hidden_tree
	run -s settings.json -m enforce -- bash -c 'cd ~/secret/..; for i in {1..3000}; do read -r x <secret/n$((i % 7)) || read -r x <secret/key; done; cat plain'
	is "$(<out)" plain output
	is "$(event_rows read "$HOME/secret/key" deny | jq .count)" 3000 "refusals"
	is "$("$SRT_TOP" sessions --json --name t | jq .lost)" 0 lost
}

# Ten thousand names: neither the number of them nor the masks' own bookkeeping makes the supervisor grow,
# and whoever looks at it meanwhile is answered.
many_names() { # many_names MODE DIRECTORY
	local asked=0 before

	usable
	mkdir -p "$HOME/secret" "$HOME/.ssh"
	(cd "$HOME/$2" && seq 10000 | xargs touch)
	settings "~ $PWD" "" "~/secret"
	mkfifo begin hold
	run_bg -s settings.json -m "$1" --watch refused --hold 0 -- python3 -c '
import os, sys, threading
directory = sys.argv[1]
names = os.listdir(directory) + [str(i + 1) for i in range(10000)]
opened = 0
open("begin").read()
def run(part):
    global opened
    for name in part:
        try:
            open(directory + "/" + name)
            opened += 1
        except FileNotFoundError:
            pass
threads = [threading.Thread(target=run, args=(names[i::8],)) for i in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print("opened", opened, flush=True)
open("hold").read()' "$HOME/$2"
	# It waits inside for somebody to write.
	: >begin
	before=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$RUN/status")
	until grep -q opened out; do
		gone "$RUN" && fail "it ended: $(<err)"
		must timeout 5 "$SRT_TOP" sessions --json >/dev/null
		asked=$((asked + 1))
	done
	[ "$asked" -gt 1 ] || fail "asked $asked times while it was at it"
	is "$(<out)" "opened 0" output
	after=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$RUN/status")
	grep -qa __asan_init "$SRT_TOP" || [ "$((after - before))" -lt 40000 ] || fail "memory: $before KiB, then $after"
	: >hold
	wait_run
	is "$(events | jq -s --arg below "$HOME/$2/" 'map(select(.verdict == "deny" and (.object | startswith($below))) | .count) | add')" \
		10000 "refusals in the history"
	is "$("$SRT_TOP" sessions --json --name t | jq .lost)" 0 lost
}

# --- when it does not work ---

is_blind_and_says_so() {
	local banner

	hidden_tree
	mkfifo hold
	SRT_TOP_WITHOUT=mask-notices run_bg -s settings.json -m enforce -- sh -c 'cat ~/secret/key; echo up; read -r x <hold'
	wait_for said up
	banner() { "$SRT_TOP" sessions --json | jq -r 'select(.live) | .banner'; }
	says() { [[ $(banner) == *'Reads of what is hidden are refused unseen.'* ]]; }
	wait_for says || fail "banner: $(banner)"
	banner=$(banner)
	has_not "$banner" Writes banner
	echo >hold
	wait_run
	has_not "$(<out)" key output
}

# Nothing was started by then: every open is notified instead, and that is said.
falls_back() { # falls_back SWITCH
	local banner

	hidden_tree
	ln -s plain "$HOME/way"
	mkfifo hold
	SRT_TOP_WITHOUT=$1 run_bg -s settings.json -m enforce --report report.json -- \
		sh -c 'cat ~/secret/key ~/way; ls -A ~/secret; grep -c "secret fuse" /proc/self/mounts; echo up; read -r x <hold'
	wait_for said up || fail "$(<err)"
	banner() { "$SRT_TOP" sessions --json | jq -r 'select(.live) | .banner'; }
	says() { [[ $(banner) == *'The masks do not work: opens are watched one by one, which takes longer.'* ]]; }
	wait_for says || fail "banner: $(banner)"
	has_not "$(banner)" unseen banner
	echo >hold
	wait_run
	is "$STATUS" 0 status
	is "$(<out)" $'plain\n0\nup' output
	is "$(<err)" "cat: $HOME/secret/key: No such file or directory" errors
	must_be_denied read "$HOME/secret/key"
	must_be_denied read "$HOME/secret"
	is "$(jq --arg o "$HOME/plain" '[.accesses[] | select(.object == $o and .kind == "read")] | length' report.json)" 1 \
		"reads of what is not hidden"
}

# Who makes new masks later must not make such as nobody serves.
what_falls_back_grants_and_takes_back() {
	export SRT_TOP_WITHOUT=mask-server
	what_is_taken_back_is_seen_again
}

doctor_says_whether_it_can_be() {
	usable
	item() { "$SRT_TOP" doctor --json | jq -c '.items[] | select(.item == "FUSE") | [.ok, .required, .found]'; }
	is "$(item)" '[true,false,"works"]' "with a device"
	is "$(SRT_TOP_FUSE_DEVICE=$PWD/none item)" '[false,false,"No such file or directory"]' "without"
	is "$(SRT_TOP_FUSE_DEVICE=/dev/null item)" '[false,false,"Invalid argument"]' "with another one"
	has "$(SRT_TOP_FUSE_DEVICE=$PWD/none "$SRT_TOP" doctor)" 'modprobe fuse' "the fix"
}

# An executable that may not be read may not be asked what it does, either.
an_unreadable_program_is_said() {
	hidden_tree
	chmod 755 . ..
	cp "$(type -P cat)" ./unreadable && chown 65534 unreadable && chmod 111 unreadable
	mkfifo hold
	setpriv --bounding-set=-sys_ptrace "$SRT_TOP" run -n t -s settings.json -m enforce -- \
		sh -c './unreadable ~/secret/key; read -r x <hold' >out 2>err &
	RUN=$!
	wait_for said 'No such file' err || fail "it is hidden all the same: $(<err)"
	says() { [[ $("$SRT_TOP" sessions --json | jq -r .banner) == *"cannot be read"* ]]; }
	WAIT_SECONDS=5 wait_for says || fail "banner: $("$SRT_TOP" sessions --json)"
	echo >hold
	wait_run
}

test_case "programs see the same, and so does the history" looks_the_same
test_case "the same where parts of what is hidden are shown" with_parts_shown
test_case "the same for a program that is started in it" started_in_it
test_case "opens for reading are not notified, but where that is the only way" others_are_left_alone
test_case "allowed, the very read succeeds, and its neighbours stay hidden" allow_makes_the_very_read_succeed
test_case "a whole directory is allowed" the_whole_directory
test_case "what is taken back is hidden and seen again" what_is_taken_back_is_seen_again
test_case "once is for that open alone" once_is_for_that_open_alone
test_case "once is for all that wait" many_open_it_once
test_case "many that wait for one name wait for one answer" many_wait_for_one_answer
test_case "a program that waits can be killed" a_held_program_can_be_killed
test_case "a signal with a handler does not end the waiting" a_signal_with_a_handler_waits
test_case "what waits is answered when the broker is killed" the_broker_is_killed
test_case "and its session can be ended" the_broker_and_then_the_session_are_killed TERM
test_case "and killed" the_broker_and_then_the_session_are_killed KILL
test_case "nothing is left when the supervisor is killed" nothing_is_left_of_a_supervisor_that_is_killed
test_case "a flood of refusals is seen whole" a_flood_is_seen_whole
test_case "ten thousand names are refused and told" many_names enforce secret
test_case "ten thousand names are asked about together" many_names ask .ssh
test_case "masks that do not see are in the banner" is_blind_and_says_so
test_case "no process for the masks: all is notified, and said" falls_back broker
test_case "nobody to serve the masks: all is notified, and said" falls_back mask-server
test_case "masks that cannot be put in place: all is notified, and said" falls_back mask-covers
test_case "grants come and go after that" what_falls_back_grants_and_takes_back
test_case "doctor says whether it can be" doctor_says_whether_it_can_be
[ "$(id -u)" -ne 0 ] || test_case "a program that cannot be read is in the banner" an_unreadable_program_is_said
test_end
