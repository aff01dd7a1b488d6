#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the sandbox refuses is an event with object, program and reason; what fails by itself is none.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

who='.pid > 0 and (.exe | endswith("/probe")) and (.syscall | length) > 0'

a_masked_file() {
	echo token >"$HOME/.npmrc"
	echo open >"$HOME/open"
	run -m enforce -- "$PROBE" read "$HOME/.npmrc" , read "$HOME/open"
	must_not grep -q "read $HOME/.npmrc: ok" out
	probe_says read "$HOME/open" ok
	must_be_denied read "$HOME/.npmrc" "$who and (.syscall | startswith(\"open\"))"
	must_not_be_denied "$HOME/open"
}

a_masked_directory_and_a_name_below_it() {
	mkdir -p "$HOME/.ssh" "$HOME/plain"
	echo key >"$HOME/.ssh/id_ed25519"
	run -m enforce -- "$PROBE" list "$HOME/.ssh" , read "$HOME/.ssh/id_ed25519" , list "$HOME/plain"
	has_not "$(<out)" "entry id_ed25519" "the list of the directory"
	must grep -q "read $HOME/.ssh/id_ed25519: E" out
	probe_says list "$HOME/plain" ok
	must_be_denied read "$HOME/.ssh/id_ed25519" "$who"
	must_not_be_denied "$HOME/plain"
}

each_way_to_write() {
	mkdir -p "$HOME/keep/full" "$HOME/work"
	echo text | tee "$HOME/keep/file" "$HOME/keep/full/file" "$HOME/work/file" >/dev/null
	cp -a "$HOME/keep" before
	settings "~/work"
	run -s settings.json -m enforce -- "$PROBE" append "$HOME/keep/file" , truncate "$HOME/keep/file" , \
		create "$HOME/keep/new" , mkdir "$HOME/keep/dir" , unlink "$HOME/keep/full/file" , \
		rename "$HOME/keep/full" "$HOME/keep/moved" , symlink x "$HOME/keep/link" , \
		append "$HOME/work/file" , rename "$HOME/work/file" "$HOME/work/moved"
	must_not grep -q "$HOME/keep/.*: ok" out
	probe_says append "$HOME/keep/file" EROFS
	probe_says truncate "$HOME/keep/file" EROFS
	probe_says create "$HOME/keep/new" EROFS
	probe_says mkdir "$HOME/keep/dir" EROFS
	probe_says unlink "$HOME/keep/full/file" EROFS
	probe_says append "$HOME/work/file" ok
	probe_says rename "$HOME/work/file" ok
	must diff -r before "$HOME/keep"
	must_be_denied write "$HOME/keep/file" "$who"
	must_be_denied write "$HOME/keep/new" "$who"
	must_be_denied write "$HOME/keep/dir" '.syscall | startswith("mkdir")'
	must_be_denied write "$HOME/keep/full/file" '.syscall | startswith("unlink")'
	must_be_denied write "$HOME/keep/full" '.syscall | startswith("rename")'
	must_be_denied write "$HOME/keep/link" '.syscall | startswith("symlink")'
	must_not_be_denied "$HOME/work/file"
	must_not_be_denied "$HOME/work/moved"
}

ordinary_failures() {
	mkdir "$HOME/work"
	echo text >"$HOME/closed"
	chmod 0 "$HOME/closed"
	echo text >"$HOME/work/fixed"
	chmod 0444 "$HOME/work/fixed"
	settings "~/work"
	run -s settings.json -m ask -- "$PROBE" read "$HOME/missing" , read "$HOME/closed" , \
		append "$HOME/work/fixed" , stat "$HOME/missing/deep" , create "$HOME/work/fixed" , \
		unlink "$HOME/work/missing" , read /etc/hostname/not-a-directory
	probe_says read "$HOME/missing" ENOENT
	# Root is not stopped by the modes of its own files, inside as outside.
	probe_says read "$HOME/closed" "$([ "$(id -u)" -eq 0 ] && echo ok || echo EACCES)"
	probe_says append "$HOME/work/fixed" "$([ "$(id -u)" -eq 0 ] && echo ok || echo EACCES)"
	probe_says create "$HOME/work/fixed" EEXIST
	probe_says unlink "$HOME/work/missing" ENOENT
	is "$("$SRT_TOP" events --json --name t --denied)" "" "denials"
	is "$(pending)" "" "questions"
}

harmless_looks_at_read_only_places() {
	# What programs do all the time in places that are read-only: no write, no denial.
	run -m ask -- sh -c 'ls / >/dev/null; cat /etc/passwd >/dev/null; test -w /usr; mkdir -p /usr/bin; cd /usr'
	is "$STATUS" 0 "exit status"
	is "$("$SRT_TOP" events --json --name t --denied)" "" "denials"
}

# All of it lies where no program inside can change anything, so that what is found is remembered.
what_is_remembered() {
	local i words=()

	mkdir -p "$HOME/keep/secret" "$HOME/work"
	echo text | tee "$HOME/keep/plain" "$HOME/keep/hidden" "$HOME/keep/secret/key" >/dev/null
	ln -s plain "$HOME/keep/good"
	ln -s hidden "$HOME/keep/bad"
	ln -s secret "$HOME/keep/toward"
	ln -s keep "$HOME/alias"
	settings "~/work" "" "~/keep/secret ~/keep/hidden"
	for i in 1 2; do
		words+=(read "$HOME/keep/none/x" "," exec "$HOME/keep/none/x" "," read "$HOME/alias/none/x" ","
			read "$HOME/keep/good" "," read "$HOME/alias/good" "," read "$HOME/keep/bad" ","
			read "$HOME/alias/bad" "," read "$HOME/keep/secret/none/x" ","
			read "$HOME/keep/secret/key" "," read "$HOME/keep/toward/key" ","
			list "$HOME/alias/toward" "," create "$HOME/keep/none/x" "," create "$HOME/keep/new" ",")
	done
	unset 'words[-1]'
	run -s settings.json -m enforce --watch everyday -- "$PROBE" "${words[@]}"
	probe_says read "$HOME/keep/none/x" ENOENT
	probe_says read "$HOME/alias/good" ok
	must_be_denied read "$HOME/keep/hidden" "$who and .count == 4"
	must_be_denied read "$HOME/keep/secret/key" "$who and .count == 4"
	must_be_denied read "$HOME/keep/secret" "$who and .count == 2"
	must_be_denied write "$HOME/keep/new" "$who and .count == 2"
	for i in none none/x plain good secret/none secret/none/x; do
		must_not_be_denied "$HOME/keep/$i"
	done
	must_not_be_denied "$HOME/alias/none/x"
}

the_same_refusal_is_counted() {
	local words=() i

	echo token >"$HOME/.npmrc"
	for ((i = 0; i < 50; i++)); do
		words+=(read "$HOME/.npmrc" ',')
	done
	run -m enforce -- "$PROBE" "${words[@]}" read /etc/passwd
	must_be_denied read "$HOME/.npmrc"
	is "$(event_rows read "$HOME/.npmrc" deny | jq -s 'map(.count) | add')" 50 "refusals"
	[ "$(event_rows read "$HOME/.npmrc" deny | wc -l)" -le 5 ] || fail "too many rows: $(events)"
}

a_flood_does_not_stop_the_program() {
	# 10,000 different names: the program ends, and the history says so much as fits.
	run -m ask -- sh -c 'i=0; while [ $i -lt 10000 ]; do echo 2>/dev/null >~/n$i; i=$((i+1)); done; echo end' 2>/dev/null
	is "$STATUS" 0 "exit status"
	is "$(tail -n 1 out)" end "output"
	must_be_denied write "$HOME/n0"
}

hostile_names_stay_one_line() {
	local name=$'bad\n{"v":1}\e[2J\xff'

	run -m enforce -- "$PROBE" create "$HOME/$name"
	wait_for test -n "$(events)" || fail "no event"
	is "$(events | wc -l)" "$(events | jq -c . | wc -l)" "lines of JSON"
	"$SRT_TOP" events --name t >text || fail "events"
	must_not grep -q $'\e' text
	must_not grep -q $'^{"v":1}' text
}

while_it_runs() {
	mkdir "$HOME/work"
	settings "~/work"
	run_bg -s settings.json -m enforce -- sh -c 'echo x 2>/dev/null >~/new; while [ ! -e ~/work/go ]; do sleep 0.05; done'
	must_be_denied write "$HOME/new"
	must_not gone "$RUN"
	: >"$HOME/work/go"
	wait_run
}

followed() {
	"$SRT_TOP" events --json --name t --follow >followed &
	local follower=$!

	remember "$follower"
	run -m enforce -- "$PROBE" create "$HOME/new"
	wait_for said "$HOME/new" followed || fail "not followed: $(<followed)"
	must_not gone "$follower"
	kill "$follower"
}

another_server_is_apart() {
	"$SRT_TOP" run -n other -m enforce -- "$PROBE" create "$HOME/theirs" >out2 2>err2
	run -m enforce -- "$PROBE" create "$HOME/ours"
	must_be_denied write "$HOME/ours"
	has_not "$(events)" "$HOME/theirs" "events of t"
	has "$("$SRT_TOP" events --json --name other)" "$HOME/theirs" "events of other"
	has_not "$("$SRT_TOP" events --json --name other)" "$HOME/ours" "events of other"
}

# What no policy opens: refused by number, and still seen.
calls_that_are_closed() {
	local keyctl=250 unshare=272

	[ "$(uname -m)" = x86_64 ] || keyctl=219 unshare=97
	run -m enforce -- "$PROBE" datagram "$HOME/socket" , \
		syscall "$keyctl" 0 , syscall "$unshare" 0x10000000 , syscall "$unshare" 0x200
	probe_says datagram "$HOME/socket" EPERM
	probe_says syscall "$keyctl" EPERM
	must_be_denied unix 'socketpair(SOCK_DGRAM)' "$who"
	must_be_denied exec keyctl "$who"
	must_be_denied exec 'unshare(CLONE_NEWUSER)' '.syscall == "unshare"'
	is "$(events | jq -r 'select(.kind == "exec" and .verdict == "deny") | .object' | sort -u | wc -l)" 2 \
		"refused calls"
}

# The call is answered at once, and the program ends before anybody could be told of it.
the_last_thing_a_program_does() {
	local keyctl=250 i

	[ "$(uname -m)" = x86_64 ] || keyctl=219
	for i in {1..60}; do
		run -m enforce -- "$PROBE" syscall "$keyctl" 0
		is "$(<out)" "syscall $keyctl: EPERM" "run $i"
	done
	is "$(event_rows exec keyctl deny | jq -s 'map(.count) | add')" 60 "denials"
}

# A name that must not come into being is a /dev/null that no one can write.
a_name_that_is_kept_free() {
	mkdir "$HOME/work"
	settings "~/work" "~/work/never"
	run -s settings.json -m enforce -- "$PROBE" writable "$HOME/work/never" , \
		create "$HOME/work/never" , read "$HOME/work/never" , unlink "$HOME/work/never" , \
		create "$HOME/work/other"
	# Without O_CREAT there would be nothing to open, to read or to remove.
	is "$(events --denied)" "$(event_rows write "$HOME/work/never" deny '.syscall | startswith("open")')" \
		"denials"
	is "$(event_rows write "$HOME/work/never" deny | jq -s 'map(.count) | add')" 1 "denials"
	run -s settings.json -m enforce -- "$PROBE" create "$HOME/work/x" , symlink x "$HOME/work/never" , \
		mkdir "$HOME/work/never" , rename "$HOME/work/x" "$HOME/work/never" , \
		link "$HOME/work/x" "$HOME/work/never"
	is "$(event_rows write "$HOME/work/never" deny | jq -s 'map(.count) | add')" 5 "denials"
	must_not test -e "$HOME/work/never"
	must_not_be_denied "$HOME/work/x"
}

# The kernel gives up on ".." while names change anywhere: that must hide nothing.
while_names_change() {
	type -P python3 >/dev/null || skip "python3 is not there"
	mkdir -p "$HOME/hidden" "$HOME/work/sub"
	echo x >"$HOME/hidden/file"
	settings "~/work" "" "~/hidden"
	# Renames inside would wait for the same thread that looks at paths.
	mkdir names
	python3 -c '
import os
os.chdir("names")
os.mkdir("a")
while os.getppid() != 1 and not os.path.exists("end"):
    for i in range(1000):
        os.rename("a", "b")
        os.rename("b", "a")
' &
	run -s settings.json -m enforce -- python3 -c '
import sys
for i in range(500):
    try:
        open(sys.argv[1] + "/work/sub/../../hidden/file")
        print("read")
    except OSError:
        pass
' "$HOME"
	touch names/end
	wait "$!"
	is "$(<out)" "" "what was read"
	is "$(event_rows read "$HOME/hidden/file" deny | jq -s 'map(.count) | add')" 500 "denials"
}

# What only looks is a denial at the level that sees it.
looking_at_what_is_hidden() {
	mkdir -p "$HOME/hidden/sub"
	echo x >"$HOME/hidden/file"
	settings "" "" "~/hidden"
	run -s settings.json -m enforce -- "$PROBE" stat "$HOME/hidden/file" , read "$HOME/hidden/file"
	must_be_denied read "$HOME/hidden/file"
	is "$(event_rows read "$HOME/hidden/file" deny | jq -s 'map(.count) | add')" 1 "denials at the everyday level"
	run -s settings.json -m enforce --watch full -- "$PROBE" stat "$HOME/hidden/file" , \
		stat "$HOME/hidden/nothing" , stat "$HOME/hidden"
	must_be_denied read "$HOME/hidden/file" '.syscall | test("stat")'
	must_not_be_denied "$HOME/hidden/nothing"
	must_not_be_denied "$HOME/hidden"
	"$SRT_TOP" run -n t --watch some -- true 2>err && fail "an unknown level"
	grep -q 'everyday or full' err || fail "what it says: $(<err)"
}

# What the kernel starts for a program is denied by its own name.
hidden_interpreters() {
	mkdir "$HOME/hidden" "$HOME/open"
	cp "$(type -P sh)" "$HOME/hidden/sh"
	cp "$(type -P sh)" "$HOME/alone"
	printf '#! %s -e\n' "$HOME/hidden/sh" >"$HOME/open/script"
	printf '#!%s\n' "$HOME/open/script" >"$HOME/open/twice"
	printf '#!%s\n' "$HOME/alone" >"$HOME/open/file"
	printf '#!%s\n' "$HOME/hidden/nothing" >"$HOME/open/missing"
	printf '#!/bin/sh\nexit 0\n' >"$HOME/open/fine"
	printf '#!hidden/sh\n' >"$HOME/open/relative"
	chmod +x "$HOME/open/"*
	settings "" "" "~/hidden ~/alone"
	cd "$HOME" || exit 1
	"$SRT_TOP" run -n t -s "$CASE/settings.json" -m enforce -- "$PROBE" exec open/script , exec open/twice , \
		exec open/relative , exec open/file , exec open/missing , exec open/fine >"$CASE/out" 2>"$CASE/err" </dev/null
	cd "$CASE" || exit 1
	probe_says exec open/script ENOENT
	probe_says exec open/relative ENOENT
	probe_says exec open/file EACCES
	probe_says exec open/fine ok
	is "$(events --denied | jq -r '"\(.kind) \(.object) \(.errno) \(.count)"' | sed "s|$HOME/||" | sort)" \
		$'exec alone EACCES 1\nexec hidden/sh ENOENT 3' denials
}

a_hidden_linker() {
	local linker=/lib64/ld-linux-x86-64.so.2

	type -P gcc >/dev/null || skip "gcc is not there"
	[ -e "$linker" ] || skip "another architecture"
	cp "$linker" "$HOME/linker"
	printf 'int main(void) { return 0; }\n' >main.c
	gcc -Wl,--dynamic-linker="$HOME/linker" -o "$HOME/program" main.c || skip "gcc does not link"
	settings "" "" "~/linker"
	run -s settings.json -m enforce -- "$PROBE" exec "$HOME/program"
	probe_says exec "$HOME/program" EACCES
	is "$(events --denied | jq -r '"\(.kind) \(.object)"')" "exec $HOME/linker" denials
}

# openat2(2): what its flags refuse fails by itself, and what they make of a path is what is denied.
restricted_paths() {
	local words=() flags from path denied

	mkdir "$HOME/secret" "$HOME/w" "$HOME/ro"
	touch "$HOME/secret/k"{1,2,3,4,5,6,8,9} "$HOME/w/"{open,plain} "$HOME/ro/file"
	ln -s ../secret/k3 "$HOME/w/to_k3"
	ln -s "$HOME/secret/k8" "$HOME/w/to_k8"
	settings "~/w" "" "~/secret"
	while read -r flags from path denied; do
		words+=(resolve "$HOME/$from" "$flags" "$path" ",")
		echo "$denied" >>wanted
	done <<-END
		BENEATH w ../secret/k1 -
		IN_ROOT . /secret/k2 read secret/k2
		NO_SYMLINKS w to_k3 -
		BENEATH . secret/k4 read secret/k4
		NO_XDEV . secret/k5 read secret/k5
		NO_XDEV . w/open read w/open
		IN_ROOT,create . /ro/new write ro/new
		IN_ROOT,create . /ro/nothing/new -
		BENEATH w to_k8 -
		NO_MAGICLINKS . /proc/self/cwd/secret/k9 -
		NO_SYMLINKS . $HOME/secret/../ro/file -
		NO_SYMLINKS nothing $HOME/secret/k6 read secret/k6
		BENEATH nothing $HOME/secret/k6 -
		BENEATH w plain -
	END
	cd "$HOME" || exit 1
	"$SRT_TOP" run -n t -s "$CASE/settings.json" -m enforce -- "$PROBE" "${words[@]}" >"$CASE/out" 2>"$CASE/err" </dev/null
	cd "$CASE" || exit 1
	is "$(grep -c ': ok$' out)" 2 "what was open: $(<out)"
	grep -v '^-' wanted | sort >denials
	events --denied | jq -r '"\(.kind) \(.object)"' | sed "s|$HOME/||" | sort >got
	must diff denials got
}

reads_are_watched_where_needed() {
	local mode hidden seen

	echo data >"$HOME/data"
	ln -s data "$HOME/way"
	mkdir "$HOME/hidden"
	while read -r mode hidden seen; do
		settings "~" "" "${hidden#-}"
		SRT_TOP_WITHOUT=fuse must "$SRT_TOP" run -n t -s settings.json -m "$mode" --report report.json -- sh -c \
			"cat '$HOME/way' && echo x >'$HOME/written'" >/dev/null 2>&1 </dev/null
		is "$(jq --arg o "$HOME/data" '[.accesses[] | select(.object == $o and .kind == "read")] | length' \
			report.json)" "$seen" "reads seen in mode $mode, hidden: $hidden"
		is "$(jq --arg o "$HOME/written" '[.accesses[] | select(.object == $o)] | length' report.json)" 1 \
			"writes seen in mode $mode, hidden: $hidden"
	done <<-'END'
		enforce - 0
		enforce ~/hidden 1
		ask - 0
		learn - 1
	END
}

the_level_is_shown() {
	run_bg -m enforce --watch full -- sh -c 'until [ -e ~/go ]; do sleep 0.05; done'
	wait_for sh -c "'$SRT_TOP' sessions --json | jq -e 'select(.level == \"full\")'"
	kill "$RUN"
	wait_run
}

# A kernel that lacks what makes notifications quick or robust: the same is seen.
without_newer_features() {
	export SRT_TOP_WITHOUT=$1

	echo token >"$HOME/.npmrc"
	run -m enforce -- "$PROBE" read "$HOME/.npmrc" , create "$HOME/new" , read /etc/passwd
	is "$STATUS" 0 "exit status"
	must_be_denied read "$HOME/.npmrc" "$who"
	must_be_denied write "$HOME/new" "$who"
	must_not_be_denied /etc/passwd
}

test_case "writing a name that is kept free is a denial" a_name_that_is_kept_free
test_case "a hidden interpreter is a denial of that, and not of the script" hidden_interpreters
test_case "a hidden dynamic linker is a denial of that" a_hidden_linker
test_case "paths with flags that restrict them are judged as the kernel follows them" restricted_paths
test_case "names that change all the time hide no denial" while_names_change
test_case "a look at what is hidden is a denial at the full level only" looking_at_what_is_hidden
test_case "sessions show which calls are watched" the_level_is_shown
test_case "reads are watched where something is hidden, and left alone where nothing is" \
	reads_are_watched_where_needed
for feature in sync-wake-up wait-killable-recv tsync-esrch \
	sync-wake-up,wait-killable-recv,tsync-esrch; do
	test_case "denials are seen on a kernel without $feature" without_newer_features "$feature"
done
test_case "calls that are closed in every sandbox are denials" calls_that_are_closed
test_case "a refusal just before the end is seen too" the_last_thing_a_program_does
test_case "reading a masked file is a denial" a_masked_file
test_case "reading below a masked directory is a denial of that very name" \
	a_masked_directory_and_a_name_below_it
test_case "open, create, truncate, mkdir, unlink, rename and symlink in read-only places are denials" \
	each_way_to_write
test_case "ENOENT, EEXIST and EACCES by file modes are no denials" ordinary_failures
test_case "looking round in read-only places is no denial" harmless_looks_at_read_only_places
test_case "what is remembered of read-only places neither hides nor makes a denial" what_is_remembered
test_case "the same refusal again and again is counted, not repeated" the_same_refusal_is_counted
test_case "ten thousand refusals do not stop the program" a_flood_does_not_stop_the_program
test_case "hostile file names stay one line and escaped" hostile_names_stay_one_line
test_case "a denial is in the history while the program runs" while_it_runs
test_case "events --follow shows a denial when it happens" followed
test_case "each server has a history of its own" another_server_is_apart
test_end
