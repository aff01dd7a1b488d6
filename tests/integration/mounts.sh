#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The mount plan in a real bwrap: what can be read, written and moved, and what stays on the host.
# shellcheck disable=SC2012 # the names are the script's own
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

PRINT_MOUNTS=$BUILD/tests/integration/helpers/print_mounts

# bwrap in its smallest form: nothing but the plan decides here.
bare() { # bare [WORD...] -- COMMAND...
	bwrap --die-with-parent --unshare-user --unshare-pid --cap-drop ALL "$@"
}

bwrap_works() {
	bare --ro-bind / / --dev /dev --proc /proc -- true 2>/dev/null
}

policy() { # as settings, but the file stays out of the working directory
	settings "$@"
	mv settings.json "$CASE/settings.json"
}

# Runs a command under the plan for $CASE/settings.json, then removes what bwrap had to create.
inside() { # inside [OPTION OF print_mounts...] -- COMMAND...; output in $OUT and $ERR
	local options=() words=() created=() name

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	"$PRINT_MOUNTS" "${options[@]}" "$CASE/settings.json" >"$CASE/words" ||
		fail "print_mounts failed"
	"$PRINT_MOUNTS" -c "${options[@]}" "$CASE/settings.json" >"$CASE/created"
	mapfile -d '' -t words <"$CASE/words"
	mapfile -d '' -t created <"$CASE/created"
	bare "${words[@]}" --dev /dev --proc /proc -- "$@" >"$CASE/out" 2>"$CASE/err"
	OUT=$(<"$CASE/out") ERR=$(<"$CASE/err")
	has_not "$ERR" "bwrap:" "bwrap's own messages"
	for name in "${created[@]}"; do
		[ -e "$name" ] || fail "$name was to be created on the host"
		if [ -d "$name" ]; then
			must rmdir "$name"
		else
			must_not test -s "$name"
			rm -f "$name"
		fi
	done
}

in_home() { # the cases run in ~/w
	mkdir "$HOME/w"
	cd "$HOME/w" || exit 1
}

holds() { # holds FILE TEXT
	is "$(cat "$1")" "$2" "$1"
}

everything_is_read_only_but_what_is_allowed() {
	mkdir out
	echo old >f
	policy out
	inside -- sh -c 'echo new >out/f; echo new >f; echo new >new; echo new >~/new; chmod 777 f; rm f
		cat f'
	is "$OUT" old "output"
	has "$ERR" "Read-only file system" "error"
	holds out/f new
	must_not test -e new -o -e "$HOME/new"
}

one_writable_file() {
	echo old >f
	echo old >g
	policy f
	inside -- sh -c 'echo new >f; echo new >g; rm -f f'
	holds f new
	holds g old
}

hidden_directories_are_empty_and_read_only() {
	mkdir -p d/sub
	echo secret >d/key
	policy . "" d
	inside -- sh -c 'ls -A d; cat d/key; (cd d && cat key); touch d/x; mkdir d/sub/y; echo $?'
	has_not "$OUT$ERR" secret "output"
	is "$OUT" 1 "output"
	has "$ERR" "Read-only file system" "error"
	must_not test -e d/x
	holds d/key secret
}

a_write_deny_holds_in_what_is_hidden() {
	mkdir -p d/a/s
	echo old >d/a/s/f
	policy d/a/s d/a d
	inside -- sh -c 'cat d/a/s/f; echo new >d/a/s/f; echo new >d/a/s/new'
	is "$OUT" old "output"
	has "$ERR" "Read-only file system" "error"
	holds d/a/s/f old
	must_not test -e d/a/s/new
}

hidden_files_have_no_content() {
	echo secret >f
	ln -s f link
	policy . "" f
	inside -- sh -c 'cat f; cat link; ln f hard; cat hard; mv f g; cp f g; cat g; echo new >f'
	has_not "$OUT" secret "output"
	holds f secret
}

parts_of_what_is_hidden() {
	mkdir -p d/read/sub d/write d/both/sub d/read/not
	for file in d/key d/read/f d/write/f d/both/f d/both/sub/f d/read/not/f; do
		echo "$file" >"$file"
	done
	policy "d/write d/both/sub" "" "d d/read/not" "d/read d/both"
	inside -- sh -c 'for f in d/key d/read/f d/write/f d/both/f d/both/sub/f d/read/not/f; do
		cat $f; echo new >$f; done; ls -A d | tr "\n" " "; ls -A d/read/not; touch d/new'
	is "$OUT" $'d/read/f\nd/write/f\nd/both/f\nd/both/sub/f\nboth read write ' "output"
	holds d/key d/key
	holds d/read/f d/read/f
	holds d/write/f new
	holds d/both/f d/both/f
	holds d/both/sub/f new
	holds d/read/not/f d/read/not/f
	must_not test -e d/new
}

home_hidden_cwd_kept() {
	echo secret >"$HOME/s"
	echo open >f
	policy . "" "~" .
	inside -- sh -c 'cat f; cat ~/s; ls -A ~; echo new >g; touch ~/new'
	is "$OUT" $'open\nw' "output"
	holds g new
	is "$(ls -A "$HOME" | tr '\n' ' ')" "s w " "home directory"
}

the_root_hidden() {
	echo secret >"$HOME/s"
	echo open >f
	policy . "" / "/usr /bin /lib /lib64 ."
	inside -- sh -c 'cat f; cat ~/s; cat /etc/passwd; ls -A /etc /var; echo new >g
		id -u >/dev/null && echo end'
	has "$OUT" open "output"
	has "$OUT" end "output"
	has_not "$OUT$ERR" secret "output"
	has_not "$OUT" root "output"
	holds g new
}

patterns_from_the_root() {
	# No further than this test's own files: those of one beside it would be hidden by name, and
	# that one ends every process that names them.
	local kind=pem$BASHPID$RANDOM own=${WORK##*.}

	mkdir -p a/b
	echo secret >"a/b/x.$kind"
	echo open >a/b/y.txt
	policy "" "" "/tm*/*.$own/*/home/**/*.$kind"
	inside -- sh -c 'cat a/b/x.pem*; cat a/b/y.txt'
	is "$OUT" open "output"
}

through_links() {
	mkdir "$HOME/real"
	echo secret >"$HOME/real/key"
	ln -s "$HOME/real" link
	ln -s link docs
	policy "docs" "" link docs
	inside -- sh -c 'cat link/key; cat docs/key; cat ~/real/key; echo new >docs/x'
	is "$OUT" "" "output"
	must_not test -e "$HOME/real/x"
}

write_denies() {
	mkdir -p keep/sub a/b
	echo old >keep/f
	echo old >a/b/f
	policy . "keep a/b/f later none/deep/f"
	inside -- sh -c 'echo new >keep/f; echo new >keep/sub/x; mv keep k; mv a c; mv a/b a/c; rm -rf a;
		rm -f a/b/f; echo new >a/b/f; echo new >later; mkdir -p none/deep; echo new >none/deep/f
		mv later other; rm -f later; rmdir none; echo new >ok; cat keep/f a/b/f'
	is "$OUT" $'old\nold' "output"
	holds keep/f old
	holds a/b/f old
	holds ok new
	is "$(ls -A | tr '\n' ' ')" "a keep ok " "what is left in the working directory"
}

write_deny_above_write_and_hidden() {
	mkdir -p d/s/work d/open
	echo secret >d/s/key
	echo old >d/s/work/f
	policy "d/open d/s/work" d d/s
	inside -- sh -c 'cat d/s/key; cat d/s/work/f; echo new >d/s/work/f; echo new >d/open/f'
	is "$OUT" old "output"
	holds d/s/work/f old
	must_not test -e d/open/f
}

mandatory_names() {
	mkdir -p .git/hooks .git/objects sub/.git sub/.vscode
	echo old >.git/config
	echo old >.bashrc
	echo ref >sub/.git/HEAD
	echo old >sub/.BASHRC
	policy .
	inside -- sh -c 'for f in .bashrc .zshrc .gitconfig .mcp.json .git/config .git/hooks/x sub/.BASHRC \
			sub/.git/hooks/x sub/.vscode/x .vscode/x .claude/commands/x; do
			mkdir -p $(dirname $f); echo new >$f; rm -f $f; mv ok $f; done
		mv .git .g; mv sub/.git sub/g; mv sub other
		echo new >.git/objects/x; echo new >sub/.git/index'
	is "$(grep -rl new . | sort)" $'./.git/objects/x\n./sub/.git/index' "what was written"
	holds .bashrc old
	holds sub/.BASHRC old
	is "$(ls -A | tr '\n' ' ')" ".bashrc .git sub " "what is left in the working directory"
}

the_sensitive_list() {
	mkdir -p "$HOME/.ssh" "$HOME/.aws/sso"
	echo secret >"$HOME/.ssh/id"
	echo hosts >"$HOME/.ssh/known_hosts"
	echo secret >"$HOME/.aws/credentials"
	echo old >"$HOME/.aws/sso/f"
	echo secret >.env
	echo example >.env.example
	policy .
	inside -a -r "$HOME/.ssh/known_hosts" -w "$HOME/.aws/sso" -- \
		sh -c 'cat ~/.ssh/id ~/.ssh/known_hosts ~/.aws/credentials ~/.aws/sso/f .env .env.example
			echo new >~/.ssh/known_hosts; echo new >~/.aws/sso/f; mv .env e; cat e'
	is "$OUT" $'hosts\nold\nexample' "output"
	holds "$HOME/.ssh/known_hosts" hosts
	holds "$HOME/.aws/sso/f" new
	holds .env secret
}

rules_lift_no_deny_of_the_settings() {
	mkdir -p d/work
	echo secret >d/key
	echo secret >d/work/f
	echo old >keep
	policy . keep d
	inside -a -r "$PWD/d/key" -r "$PWD/d" -w "$PWD/d/work" -w "$PWD/keep" -- \
		sh -c 'cat d/key d/work/f; echo new >d/work/f; echo new >keep'
	is "$OUT" "" "output"
	holds d/work/f secret
	holds keep old
}

own_files() {
	mkdir -p "$HOME/.state/top"
	echo secret >"$HOME/.state/top/db"
	echo '{}' >"$HOME/.srt.json"
	policy "~ ~/.state/top" "" "" "~/.state/top/db"
	inside -o "$HOME/.state/top" -k "$HOME/.srt.json" -k "$HOME/.other.json" -- \
		sh -c 'cd; cat .state/top/db; touch .state/top/x; mv .state .s; mv .state/top t; rm -rf .state
			echo new >.srt.json; rm -f .srt.json; mv .srt.json x; echo new >.other.json; echo new >ok'
	is "$OUT" "" "output"
	holds "$HOME/.srt.json" '{}'
	holds "$HOME/.state/top/db" secret
	holds "$HOME/ok" new
	must_not test -e "$HOME/.other.json" -o -e "$HOME/.state/top/x" -o -e "$HOME/.s"
}

the_whole_tree_writable() {
	mkdir -p a/b
	echo old >a/b/f
	policy / a/b/f
	inside -- sh -c 'echo new >a/b/f; echo new >a/b/g; mv a/b a/c; mv a c; echo new >~/g
		f=$(find /sys -xdev -type f -perm -200 -user "$(id -un)" 2>/dev/null | head -n 1)
		[ -z "$f" ] || { (: >>"$f") && echo kernel; }; touch /sys/kernel/x && echo kernel
		grep " /sys " /proc/self/mounts | tail -n 1'
	has_not "$OUT" kernel "output"
	has "$OUT" " ro," "options of the mount at /sys"
	holds a/b/f old
	holds a/b/g new
	holds "$HOME/g" new
}

a_disabled_file_system() {
	mkdir own
	echo secret >own/db
	echo old >f
	policy "" f f
	jq '.filesystem.disabled = true' "$CASE/settings.json" >"$CASE/s"
	mv "$CASE/s" "$CASE/settings.json"
	inside -o "$PWD/own" -k "$CASE/settings.json" -- \
		sh -c "cat f; echo new >f; echo new >.bashrc; cat own/db; echo new >'$CASE/settings.json'"
	is "$OUT" old "output"
	holds f new
	holds .bashrc new
	has "$(<"$CASE/settings.json")" disabled "settings file"
}

binds_carry_no_privilege() {
	mkdir out
	policy out
	inside -- sh -c 'grep -F "/w/out " /proc/self/mounts | tail -n 1'
	has "$OUT" nosuid "options of the write bind"
	has "$OUT" nodev "options of the write bind"
}

nothing_can_be_undone_inside() {
	mkdir d keep
	echo secret >d/key
	policy . keep d
	inside -- sh -c 'umount d; umount -l d; mount -o remount,rw d; mount -o remount,bind,rw keep; cat d/key
		touch keep/x; unshare -Urm sh -c "umount d; umount -l d; mount -o remount,bind,rw keep;
			cat d/key; touch keep/x"'
	has_not "$OUT$ERR" secret "output"
	must_not test -e keep/x
}

a_directory_closed_to_the_user() {
	mkdir -p shut/in
	echo secret >shut/in/key
	echo open >f
	chmod 600 shut
	policy . "" "shut/in/key **/*.pem"
	inside -- sh -c 'chmod 755 shut; cat shut/in/key; cat f'
	chmod 755 shut
	is "$OUT" open "output"
}

many_files_hidden_by_a_pattern() {
	local i

	for i in $(seq 300); do
		mkdir "d$i"
		echo "secret" >"d$i/k.pem"
	done
	policy . "" "**/*.pem"
	inside -- sh -c 'cat */*.pem; echo new >ok; mv d1 e1; ls | wc -l'
	has_not "$OUT" secret "output"
	is "$OUT" 301 "names"
}

test_mounts() { # test_mounts NAME FUNCTION
	in_home_and() {
		[ "$WORKS" = yes ] || skip "bwrap does not work here"
		in_home
		"$1"
	}
	test_case "$1" in_home_and "$2"
}

WORKS=no
! bwrap_works || WORKS=yes

test_mounts "everything is read-only but what is allowed" everything_is_read_only_but_what_is_allowed
test_mounts "a single file can be writable" one_writable_file
test_mounts "a hidden directory is empty and read-only" hidden_directories_are_empty_and_read_only
test_mounts "a write deny holds for what is writable in a hidden directory" a_write_deny_holds_in_what_is_hidden
test_mounts "a hidden file has no content under any name" hidden_files_have_no_content
test_mounts "parts of what is hidden come back, writing wins" parts_of_what_is_hidden
test_mounts "home hidden, working directory kept" home_hidden_cwd_kept
test_mounts "the root hidden, and a command still runs" the_root_hidden
test_mounts "a pattern with a wildcard at the root hides" patterns_from_the_root
test_mounts "denies follow links, allows do not" through_links
test_mounts "write denies hold for what exists, is missing, or is moved" write_denies
test_mounts "a write deny above what is allowed and hidden" write_deny_above_write_and_hidden
test_mounts "mandatory names cannot be written, made or moved" mandatory_names
test_mounts "the sensitive list and a person's rules" the_sensitive_list
test_mounts "no rule lifts a deny of the settings" rules_lift_no_deny_of_the_settings
test_mounts "the program's own files" own_files
test_mounts "the whole tree writable, the kernel's settings not" the_whole_tree_writable
test_mounts "a disabled file system" a_disabled_file_system
test_mounts "write binds carry no privilege" binds_carry_no_privilege
test_mounts "nothing can be undone from inside" nothing_can_be_undone_inside
test_mounts "a directory that is closed to the user" a_directory_closed_to_the_user
test_mounts "many files hidden by one pattern" many_files_hidden_by_a_pattern
test_end
