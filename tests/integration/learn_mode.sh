#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Mode learn: what goes on without a question, what is asked about all the same, and what comes of it.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# learn ARGUMENT...: as run() does
learn() {
	"$SRT_TOP" learn -n t "$@" >out 2>err
	STATUS=$?
}

fetch() { # fetch URL: a line for a shell
	printf 'curl -s --noproxy "" -m 10 -o /dev/null -w "%%{http_code}\\n" %s\n' "$1"
}

# --- reads ---

reads_go_on_and_are_recorded() {
	echo data >"$HOME/data"
	learn --writes ask -- cat "$HOME/data"
	is "$STATUS" 0 "exit status"
	is "$(<out)" data "output"
	is "$(<err)" "" "standard error"
	must "$SRT_TOP" verify t --json >verified
	is "$("$SRT_TOP" sessions --json --name t | jq -r .mode)" learn "the mode of the session"
	settings "" "" "~/data" "" ""
	"$SRT_TOP" verify t -s settings.json >verified
	has "$(<verified)" "newly refused  read  ~/data" "what was recorded"
}

reads_of() { # reads_of SETTINGS: what would be opened
	jq -r '.filesystem.allowRead[]?' "$1" | sort | tr '\n' ' '
}

looks_are_needs() {
	mkdir "$HOME/there" "$HOME/walked" "$HOME/.ssh"
	touch "$HOME/there/marker" "$HOME/there/other" "$HOME/linked" "$HOME/walked/one" "$HOME/walked/two" "$HOME/beside"
	echo key >"$HOME/.ssh/id_one"
	ln -s linked "$HOME/link"
	local look="[ -e $HOME/there/marker ] && [ -r $HOME/link ] && [ ! -e $HOME/missing ] && [ -d $HOME/walked ]"
	learn --writes ask -- sh -c "$look; stat $HOME/.ssh/id_one"
	must_be_denied read "$HOME/.ssh/id_one"
	must "$SRT_TOP" export t >settings.json
	is "$(reads_of settings.json)" "~/linked ~/there/marker " "what an export opens"
	run -m enforce -s settings.json -- sh -c "[ -e $HOME/there/marker ] && [ -r $HOME/linked ] && ! [ -e $HOME/there/other ]"
	is "$STATUS" 0 "the same look with the export"
	learn -n less --writes ask --watch everyday -- sh -c "$look; stat $HOME/.ssh/id_one"
	is "$("$SRT_TOP" events --json --denied --name less)" "" "looks that are not watched"
}

# It is what learning is for, however little else is watched.
what_is_opened_counts_at_every_level() {
	local level

	mkdir -p "$HOME/walked/in"
	for level in refused everyday full; do
		learn --watch "$level" --report report.json -- find "$HOME/walked"
		is "$STATUS" 0 "exit status"
		is "$(jq --arg o "$HOME/walked/in" '[.accesses[] | select(.object == $o and .kind == "read")] | length' report.json)" \
			1 "opens of a directory below, $level"
	done
}

what_a_listing_names_is_none() {
	mkdir "$HOME/walked" "$HOME/walked/in"
	touch "$HOME/walked/one" "$HOME/walked/two" "$HOME/top" "$HOME/walked/in/deep"
	learn --writes ask -- sh -c "ls -la $HOME; find $HOME -newer /etc/passwd; [ -e $HOME/top ]"
	is "$STATUS" 0 "exit status"
	must "$SRT_TOP" export t >settings.json
	has " $(reads_of settings.json)" " ~/walked " "what was listed"
	must_not grep -q '~/top' settings.json
}

sensitive_files_stay_hidden() {
	mkdir "$HOME/.ssh"
	echo key >"$HOME/.ssh/id_one"
	echo token >"$HOME/.npmrc"
	learn --writes ask -- "$PROBE" read "$HOME/.ssh/id_one" , read "$HOME/.npmrc"
	probe_says read "$HOME/.ssh/id_one" ENOENT
	probe_says read "$HOME/.npmrc" EACCES
	must_be_denied read "$HOME/.ssh/id_one"
	must_be_denied read "$HOME/.npmrc"
}

and_can_be_allowed_by_an_answer() {
	mkdir "$HOME/.ssh"
	echo key >"$HOME/.ssh/id_one"
	"$SRT_TOP" learn -n t --writes ask --hold 20 -- cat "$HOME/.ssh/id_one" >out 2>err &
	RUN=$!
	remember "$RUN"
	answer read "$HOME/.ssh/id_one" allow
	wait_run
	is "$(<out)" key "output"
}

denies_hold() {
	mkdir "$HOME/closed" "$HOME/open"
	echo a >"$HOME/closed/a"
	settings "" "~/open" "~/closed" "" "" "denied.example.com"
	must "$SRT_TOP" rules add --name t deny write "$HOME/kept" >/dev/null
	must "$SRT_TOP" rules add --name t deny connect kept.example.com:80 --scope exact >/dev/null
	for writes in ask through; do
		learn -s settings.json --writes "$writes" -- sh -c "$PROBE read $HOME/closed/a , \
			create $HOME/open/f , create $HOME/kept
			$(fetch http://denied.example.com/); $(fetch http://kept.example.com/)"
		probe_says read "$HOME/closed/a" ENOENT
		probe_says create "$HOME/open/f" EROFS
		probe_says create "$HOME/kept" EROFS
		is "$(tail -n 2 out)" $'403\n403' "answers of the proxy"
	done
	must_be_denied connect denied.example.com:80
	must_be_denied connect kept.example.com:80
	is "$(pending)" "" "questions"
}

# --- connections ---

public_names_are_allowed_and_recorded() {
	# It has no address anywhere (RFC 6761), so nothing leaves this machine.
	learn --writes ask -- sh -c "$(fetch http://name.invalid/)"
	is "$(<out)" 502 "answer of the proxy"
	is_event connect name.invalid:80 allow || fail "not recorded: $(events)"
	learn --writes ask --net ask -- sh -c "$(fetch http://other.invalid/)"
	is "$(<out)" 403 "answer with --net ask"
	must_be_denied connect other.invalid:80
	# Somebody can answer: then it is asked.
	learn --writes ask --hold 0 -- true
	"$SRT_TOP" learn -n t --writes ask --hold 20 -- sh -c "$(fetch http://third.invalid/)" >out 2>err &
	RUN=$!
	remember "$RUN"
	answer connect third.invalid:80 allow
	wait_run
	is "$(<out)" 502 "answer of the proxy after the question"
	"$SRT_TOP" learn -n t --writes ask --hold 20 --net allow -- sh -c "$(fetch http://fourth.invalid/)" >out 2>err
	is "$(<out)" 502 "answer with --net allow"
}

what_is_near_is_asked_about() {
	start_origin
	learn --writes ask --net allow -- sh -c "for host in 127.0.0.1 localhost 10.0.0.1 169.254.169.254 '[::1]'; do
		curl -s --noproxy '' -m 10 -o /dev/null -w '%{http_code}\n' http://\$host:$PORT/; done; true"
	is "$(sort -u out)" 403 "answers of the proxy"
	is "$(<origin.log)" "" "requests that arrived"
	for host in 127.0.0.1 localhost 10.0.0.1 169.254.169.254 '[::1]'; do
		must_be_denied connect "$host:$PORT"
		must_not is_event connect "$host:$PORT" allow
	done
	# Without the proxy it is the same.
	learn --writes ask --net allow -- "$PROBE" connect 10.0.0.1 "$PORT"
	must_not is_event connect "10.0.0.1:$PORT" allow
}

and_goes_on_when_it_is_allowed() {
	start_origin
	"$SRT_TOP" learn -n t --writes ask --net allow --hold 20 -- \
		sh -c "$(fetch "http://localhost:$PORT/one"); $(fetch "http://localhost:$PORT/two")" >out 2>err &
	RUN=$!
	remember "$RUN"
	answer connect "localhost:$PORT" allow
	wait_run
	is "$(<out)" $'200\n200' "answers"
	is "$(grep -c GET origin.log)" 2 "requests that arrived"
	has "$(event_rows connect "localhost:$PORT" allow)" '"you allowed it"' "the event"
}

# --- writes ---

writes_are_asked_about() {
	learn --writes ask -- "$PROBE" create "$HOME/new"
	probe_says create "$HOME/new" EROFS
	must_be_denied write "$HOME/new"
	is "$(<err)" "" "standard error"
}

writes_go_through() {
	mkdir -p "$HOME/work/.git/hooks" "$HOME/.ssh" "$HOME/.config/tool" "$HOME/notes/.git/hooks" "$HOME/.local/state/srt-top"
	chmod 700 "$HOME/.local/state/srt-top"
	touch "$HOME/work/.git/HEAD" "$HOME/notes/.git/HEAD"
	cd "$HOME/work" || exit 1
	learn --writes through -- "$PROBE" create "$HOME/work/new" , create "$HOME/notes/new" , \
		create "$HOME/.config/tool/new" , create "$HOME/.ssh/new" , mkdir "$HOME/.aws" , \
		mkdir "$HOME/.config/gh" , create "$HOME/.bashrc" , create "$HOME/work/.bashrc" , \
		create "$HOME/work/.git/hooks/pre-commit" , create "$HOME/notes/.git/hooks/pre-commit" , \
		create "$HOME/.local/state/srt-top/x" , create /etc/learned
	is "$(grep -c 'learning writes through' err)" 1 "what is said: $(<err)"
	probe_says create "$HOME/work/new" ok
	probe_says create "$HOME/notes/new" ok
	probe_says create "$HOME/.config/tool/new" ok
	is "$(grep -c ': ok' out)" 3 "what was written: $(<out)"
	[ -e "$HOME/notes/new" ] || fail "not on the host"
	must_be_denied write "$HOME/.ssh/new"
	must_be_denied write "$HOME/.aws"
	must_be_denied write "$HOME/.config/gh"
}

# --- the layer ---

layered() { # layered SCRIPT [ARGUMENT...]: from a directory that the home directory is not below
	local script=$1

	shift
	mkdir -p elsewhere
	(cd elsewhere && exec "$SRT_TOP" learn -n t --writes layer "$@" -- sh -c "$script") >out 2>err
	STATUS=$?
	! grep -q 'no layer\|writes layer' err || skip "no overlayfs here: $(<err)"
}

tree_of_home() {
	(cd "$HOME" && find . -path ./.local -prune -o -printf '%p %y %m %l %s\n' | sort)
	(cd "$HOME" && find . -path ./.local -prune -o -type f -exec md5sum {} + | sort)
}

review() { # the lines of what has changed
	"$SRT_TOP" review t | sed "s|$PWD|.|g"
}

start_tree() {
	mkdir -p "$HOME/work/sub" "$HOME/old/deep" "$HOME/.ssh" "$HOME/replaced"
	echo one >"$HOME/work/one"
	echo two >"$HOME/work/sub/two"
	echo gone >"$HOME/old/deep/gone"
	echo key >"$HOME/.ssh/id_one"
	echo before >"$HOME/replaced/before"
	echo same >"$HOME/same"
	chmod 600 "$HOME/same"
}

changes='echo more >>~/work/one; rm ~/work/sub/two; rm -rf ~/old; mkdir -p ~/new/dir; echo x >~/new/dir/x
	chmod 750 ~/new/dir; chmod 755 ~/new/dir/x; ln -s /etc/passwd ~/link; rm -rf ~/replaced; mkdir ~/replaced
	echo after >~/replaced/after; touch ~/same; echo here >here; mkfifo ~/pipe'

nothing_changes_on_the_host() {
	start_tree
	tree_of_home >before
	layered "$changes; cat ~/work/one ~/replaced/*; ls ~/old; ls ~/.ssh"
	is "$STATUS" 0 "exit status: $(<err)"
	is "$(<out)" $'one\nmore\nafter' "what the program sees"
	tree_of_home >after
	must diff before after
	[ ! -e elsewhere/here ] || fail "written in the working directory"
	# The next run goes on from there.
	layered 'cat ~/work/one; echo again >>~/work/one'
	is "$(<out)" $'one\nmore' "what the second run sees"
	is "$(review)" "created  5               ./elsewhere/here
created  link            ~/link -> /etc/passwd
created  directory       ~/new/
created  directory       ~/new/dir/
created  2               ~/new/dir/x
deleted  directory       ~/old/
created  other           ~/pipe  (cannot be kept: a pipe, socket or device)
created  6               ~/replaced/after
deleted  7               ~/replaced/before
changed  4 -> 15         ~/work/one
deleted  4               ~/work/sub/two
7 created, 1 changed, 3 deleted; 1 cannot be kept" "the review"
	is "$("$SRT_TOP" review t --json | jq -r 'select(.path | endswith("/one")) | [.change, .size, .was_size] | tostring')" \
		'["changed",15,4]' "the review as JSON"
	has "$("$SRT_TOP" review t --diff)" $'\n    +more\n    +again\n' "the differences"
	tree_of_home >after
	must diff before after
	must "$SRT_TOP" review t --keep none
	tree_of_home >after
	must diff before after
	is "$(review)" "0 created, 0 changed, 0 deleted; 0 cannot be kept" "the review afterwards"
	layered 'cat ~/work/one'
	is "$(<out)" one "what a run after that sees"
}

# A directory that was made anew hides all that the host has below it, and so do those in it.
what_is_hidden_deep_is_deleted() {
	mkdir -p "$HOME/made/deep/deeper"
	echo old >"$HOME/made/deep/deeper/old"
	echo also >"$HOME/made/deep/also"
	layered 'rm -rf ~/made; mkdir -p ~/made/deep/deeper; echo new >~/made/deep/deeper/new; find ~/made -type f'
	is "$(<out)" "$HOME/made/deep/deeper/new" "what the program sees"
	is "$(review)" "deleted  5               ~/made/deep/also
created  4               ~/made/deep/deeper/new
deleted  4               ~/made/deep/deeper/old
1 created, 0 changed, 2 deleted; 0 cannot be kept" "the review"
	must "$SRT_TOP" review t --keep all
	is "$(cd "$HOME" && find made -type f)" made/deep/deeper/new "what is kept"
}

what_is_kept_is_there() {
	start_tree
	umask 077
	layered "$changes"
	must "$SRT_TOP" review t --keep "$HOME/new/dir/x" "$HOME/work" >kept
	has "$(<kept)" "3 kept" "what is said"
	is "$(<"$HOME/new/dir/x")" x "a file in a directory that was not there"
	is "$(stat -c %a "$HOME/new/dir" "$HOME/new/dir/x" | tr '\n' ' ')" "750 755 " "modes"
	[ ! -e "$HOME/work/sub/two" ] || fail "not deleted"
	[ -e "$HOME/old" ] || fail "deleted without being asked for"
	must_not "$SRT_TOP" review t --keep "$HOME/nothing" 2>err
	has "$(<err)" "nothing was written there" "the message"
	"$SRT_TOP" review t --keep all >kept 2>err
	is $? 1 "status where something cannot be kept"
	has "$(<err)" "pipe: a pipe, socket or device" "the message"
	[ ! -e "$HOME/pipe" ] || fail "a pipe was made"
	[ ! -e "$HOME/old" ] || fail "not deleted"
	is "$(readlink "$HOME/link")" /etc/passwd "the link"
	is "$(ls "$HOME/replaced")" after "a directory that was made anew"
	is "$(<elsewhere/here)" here "the working directory"
	is "$(review | tail -n 1)" "1 created, 0 changed, 0 deleted; 1 cannot be kept" "what is left"
	compgen -G "$HOME/.srt-top-*" >/dev/null && fail "something temporary is left"
	must "$SRT_TOP" review t --keep none
}

what_is_dropped_is_as_on_the_host() {
	start_tree
	mkdir "$HOME/replaced/kept"
	echo in >"$HOME/replaced/kept/in"
	echo too >"$HOME/replaced/too"
	tree_of_home >before
	layered "$changes"
	must_not "$SRT_TOP" review t --drop "$HOME/nothing" 2>err
	has "$(<err)" "nothing was written there" "the message"
	must_not "$SRT_TOP" review t --drop all --keep all 2>err
	# What hides the others there is a mark of the directory that was made anew.
	must "$SRT_TOP" review t --drop "$HOME/replaced/before" "$HOME/new" "$HOME/work/one" "$HOME/link" "$HOME/old" >dropped
	is "$(<dropped)" "7 dropped, 6 left in the layer" "what is said"
	is "$(review)" "created  5               ./elsewhere/here
created  other           ~/pipe  (cannot be kept: a pipe, socket or device)
created  6               ~/replaced/after
deleted  directory       ~/replaced/kept/
deleted  4               ~/replaced/too
deleted  4               ~/work/sub/two
3 created, 0 changed, 3 deleted; 1 cannot be kept" "the review afterwards"
	layered 'cat ~/work/one ~/replaced/*; cat ~/old/deep/gone; ls -d ~/new'
	is "$(<out)" $'one\nafter\nbefore\ngone' "what the program sees"
	tree_of_home >after
	must diff before after
	must "$SRT_TOP" review t --drop all
	is "$(review)" "0 created, 0 changed, 0 deleted; 0 cannot be kept" "the review of nothing"
}

what_settings_deny_is_left() {
	mkdir -p "$HOME/shut" "$HOME/hidden" "$HOME/outer/inner" "$HOME/asked"
	layered 'echo x >~/shut/f; echo x >~/hidden/f; echo x >~/asked/f; echo x >~/ok; rm -r ~/outer; echo x >~/missing'
	must "$SRT_TOP" rules add --name t deny write "$HOME/asked" >/dev/null
	settings "" "~/shut ~/outer/inner ~/missing" "~/hidden" "" ""
	must_not "$SRT_TOP" review t -s settings.json --keep all >kept 2>err
	is "$(<kept)" "1 kept, 5 left in the layer" "what is said"
	has "$(<err)" "not kept: $HOME/shut/f: denyWrite ~/shut" "why"
	has "$(<err)" "not kept: $HOME/outer: denyWrite ~/outer/inner" "why"
	has "$(<err)" "not kept: $HOME/hidden/f: denyRead ~/hidden" "why"
	has "$(<err)" "not kept: $HOME/asked/f: " "why"
	is "$(<"$HOME/ok")" x "what nothing denies"
	[ -d "$HOME/outer/inner" ] || fail "deleted"
	is "$(find "$HOME/shut" "$HOME/hidden" "$HOME/asked" "$HOME/missing" -type f 2>/dev/null)" "" "what was kept"
	# The file that holds without being named.
	mv settings.json "$HOME/.srt-settings.json"
	must_not "$SRT_TOP" review t --keep "$HOME/shut" >kept 2>err
	has "$(<err)" "denyWrite ~/shut" "why"
	is "$("$SRT_TOP" review t --json | jq -r 'select(.path | endswith("/shut/f")) | .refused')" "denyWrite ~/shut" "the same as JSON"
}

hostile_layers() {
	start_tree
	mkdir -p "$HOME/project/.git/hooks" "$HOME/target"
	touch "$HOME/project/.git/HEAD"
	echo bystander >"$HOME/target/file"
	layered 'mkdir ~/.aws; echo x >~/.aws/credentials; echo x >~/.bashrc; echo x >~/project/.git/hooks/pre-commit
		mkdir -p ~/made/.git/hooks ~/made/.vscode; echo x >~/made/.git/hooks/h; echo x >~/made/.vscode/tasks.json
		echo x >~/made/.env; ln -s ~/target ~/made/.git/config; echo ok >~/made/ok; rm -rf ~/project
		printf x >~/"$(printf "bad\033[31m\nname")"; rm -rf ~/work; ln -s ~/target ~/work
		printf x >~/big; chmod 4777 ~/big; mkdir ~/closed; echo x >~/closed/x; chmod 0 ~/closed'
	review >listed
	has "$(<listed)" 'bad\x1b[31m\nname' "an escaped name"
	"$SRT_TOP" review t --json >json
	is "$(jq -r 'select(.path | endswith("name")) | .change' json)" created "the same as JSON"
	# On the host somebody puts a link in the way.
	mv "$HOME/work" "$HOME/moved"
	layered 'mkdir -p ~/way; echo x >~/way/file'
	ln -s target "$HOME/way"
	"$SRT_TOP" review t --keep all >kept 2>err
	is $? 1 "status"
	is "$(<"$HOME/target/file")" bystander "what a link leads to"
	is "$(ls "$HOME/target")" file "where a link leads"
	for path in .aws/credentials .bashrc made/.git/hooks made/.git/config made/.vscode made/.env; do
		if [ -e "$HOME/$path" ] || [ -L "$HOME/$path" ]; then fail "$path was kept"; fi
	done
	[ -d "$HOME/project/.git/hooks" ] || fail "a repository was deleted"
	is "$(ls "$HOME/project/.git/hooks")" "" "its hooks"
	is "$(<"$HOME/made/ok")" ok "what may be kept"
	is "$(stat -c %a "$HOME/big")" 777 "the modes of what wanted more"
	is "$(<"$HOME/.ssh/id_one")" key "a bystander"
	must "$SRT_TOP" review t --keep none >dropped
	is "$(review)" "0 created, 0 changed, 0 deleted; 0 cannot be kept" "the review afterwards"
}

a_planted_link_uncovers_nothing() {
	mkdir -p "$HOME/.ssh" "$HOME/project/.git/hooks"
	echo DECOY >"$HOME/.ssh/config"
	touch "$HOME/project/.git/HEAD" "$HOME/project/.git/config"
	layered 'rm -rf ~/project/.git; ln -s ~/.ssh ~/project/.git; readlink ~/project/.git'
	has "$(<out)" "/.ssh" "the link in the layer: $(<err)"
	cd "$HOME/project" || exit 1
	learn --writes layer -- sh -c 'cat ~/.ssh/config .git/config'
	must_not grep -q DECOY out
	is "$STATUS" 125 "status: nothing is run then"
	has "$(<err)" "review it first" "the message"
	must "$SRT_TOP" review t --keep none
	learn --writes layer -- sh -c 'cat ~/.ssh/config .git/config'
	must_not grep -q DECOY out
	must_be_denied read "$HOME/.ssh/config"
}

nobody_reaches_the_layer() {
	layers=$HOME/.local/state/srt-top/layers
	layered "echo x >~/f; ls $layers; ls $layers/t; echo y >$layers/t/lock; cat $layers/t/*/upper/f"
	must_not grep -q . out
	[ ! -s "$layers/t/lock" ] || fail "written to"
	run -m ask -- sh -c "ls $layers; cat $layers/t/*/upper/f"
	must_not grep -q . out
	is "$(stat -c %a "$layers/t")" 700 "modes of the layer"
}

one_at_a_time() {
	layered 'echo x >~/f'
	"$SRT_TOP" learn -n t --writes layer -- sh -c 'echo begun; exec sleep 60' >begun 2>err0 &
	RUN=$!
	remember "$RUN"
	wait_for said begun begun
	must_not "$SRT_TOP" review t --keep all 2>err2
	has "$(<err2)" "in use" "the message to a review"
	must "$SRT_TOP" review t >/dev/null
	learn --writes layer -- true
	is "$STATUS" 125 "status of a second run"
	has "$(<err)" "in use" "the message to a run"
	learn -- true
	is "$STATUS" 0 "status of a run that need not have it"
	has "$(<err)" "asks about writes" "the message"
	kill "$RUN"
	wait "$RUN"
	must "$SRT_TOP" review t --keep all
	is "$(<"$HOME/f")" x "the file"
}

denies_hold_in_the_layer() {
	mkdir -p "$HOME/shut" "$HOME/hidden" elsewhere
	echo secret >"$HOME/hidden/f"
	settings "" "~/shut" "~/hidden"
	layered 'echo x >~/shut/f; cat ~/hidden/f; echo x >~/hidden/g; echo x >.bashrc; echo ok >~/open' -s "$PWD/settings.json"
	is "$(<out)" "" "output"
	is "$(review | grep -c /)" 1 "what was written: $(review)"
	must_be_denied write "$HOME/shut/f"
	must_be_denied read "$HOME/hidden/f"
}

nothing_is_kept_where_reading_is_denied() {
	mkdir -p "$HOME/private" elsewhere
	layered 'echo x >~/private/f'
	must "$SRT_TOP" rules add --name t deny read "$HOME/private" --scope dir >/dev/null
	"$SRT_TOP" review t --keep all >kept 2>err
	is $? 1 "status"
	has "$(<err)" "private/f: deny read" "the message"
	[ ! -e "$HOME/private/f" ] || fail "kept"
}

a_planted_settings_file_is_not_kept() {
	mkdir -p elsewhere
	settings
	cp settings.json "$HOME/named.json"
	layered 'echo planted >~/.srt-settings.json; echo planted >~/named.json; echo ok >~/other'
	is "$("$SRT_TOP" review t --json | jq -r 'select(.path | endswith("/.srt-settings.json")) | .refused')" \
		"srt-top's own" "the file that is obeyed without being named"
	"$SRT_TOP" review t -s "$HOME/named.json" --keep all >kept 2>err
	is $? 1 "status"
	[ ! -e "$HOME/.srt-settings.json" ] || fail "kept"
	must cmp settings.json "$HOME/named.json"
	is "$(<"$HOME/other")" ok "what is nobody's settings"
}

wrong_use_is_refused() {
	learn --writes none -- true
	is "$STATUS" 125 "status"
	has "$(<err)" "--writes wants layer, ask or through" "the message"
	learn --net none -- true
	has "$(<err)" "--net wants ask or allow" "the message"
	learn -m enforce -- true
	has "$(<err)" "srt-top learn is for learning" "the message"
	run --net allow -- true
	is "$STATUS" 125 "status"
	has "$(<err)" "--net and --writes are for learning" "the message"
	run -m learn --writes ask -- true
	is "$STATUS" 0 "status of run -m learn"
}

# --- what comes of it ---

drive() { # drive OUT NAME CALLS... -- SRT-TOP'S ARGUMENTS...
	local out=$1 calls=()

	shift
	while [ "$1" != -- ]; do
		calls+=(-c "$1")
		shift
	done
	shift
	"$DEMO/client" "${calls[@]}" -- "$SRT_TOP" "$@" -- "$DEMO/sample_server" >"$out" 2>"$out.err"
}

what_was_learned_suffices() { # HOW WRITES ARE DONE
	mkdir -p "$HOME/notes" "$HOME/docs" "$HOME/.ssh"
	echo doc >"$HOME/docs/readme"
	echo "Host sample" >"$HOME/.ssh/config"
	echo other >"$HOME/docs/other"
	export SAMPLE_NOTES=$HOME/docs/readme
	must drive first read_notes save_note=hello -- learn -n t --writes "$1"
	! grep -q 'writes layer' first.err || skip "no overlayfs here"
	[ "$1" = through ] || must "$SRT_TOP" review t --keep all
	has "$(<first)" "read_notes: ok: doc" "the first run"
	has "$(<first)" "save_note=hello: ok" "the first run"
	must "$SRT_TOP" export t -o exported.json
	must drive second read_notes save_note=again -- run -n exported -m enforce -s exported.json
	has "$(<second)" "read_notes: ok: doc" "the second run"
	has "$(<second)" "save_note=again: ok" "the second run"
	is "$("$SRT_TOP" events --json --name exported --denied)" "" "denials in the second run"
	is "$(<"$HOME/notes/today.txt")" $'hello\nagain' "the notes on the host"
	"$SRT_TOP" run -n closed -m enforce -s exported.json -- "$PROBE" read "$HOME/docs/other" >out 2>err
	must_not grep -q ok out
}

# Secrets at places of the list; each has its own path as its text.
decoys=".ssh/id_ed25519 .ssh/config .gnupg/private-keys-v1.d/k.key .aws/credentials .config/gcloud/token .npmrc .netrc
	.git-credentials .config/git/credentials .docker/config.json .kube/config .pypirc .bash_history
	.mozilla/firefox/p/logins.json .config/chromium/Default/Cookies .local/share/keyrings/login.keyring
	.password-store/a.gpg .claude.json .config/gh/hosts.yml .python_history"
decoys=${decoys//[$'\n\t']/ }

plant() {
	for decoy in $decoys; do
		mkdir -p "$(dirname "$HOME/$decoy")"
		echo "DECOY-$decoy" >"$HOME/$decoy"
	done
	echo "DECOY-env" >.env
}

refused_reads() { # refused_reads NAME: paths
	"$SRT_TOP" events --json --denied --name "$1" | jq -r 'select(.kind == "read") | .object'
}

no_program_gets_at_a_secret() {
	local name python

	mkdir here
	cd here || exit 1
	plant
	echo "plain" >"$HOME/plain"
	git init -q "$HOME/repository" || skip "no git"
	# Not one that a version manager puts into the real home directory.
	python=$(PATH=/usr/bin:/bin command -v python3) || skip "no python3"
	cat >walk.py <<-'END'
		import os
		for top in (os.environ["HOME"], "."):
		    for path, _, files in os.walk(top):
		        for name in files:
		            try:
		                print(open(os.path.join(path, name), errors="replace").read())
		            except OSError:
		                pass
	END
	cat >read.py <<-'END'
		import os, sys
		for name in sys.argv[1:]:
		    for flags in (os.O_RDONLY, os.O_RDWR, os.O_RDONLY | os.O_NOFOLLOW):
		        try:
		            print(os.read(os.open(os.path.join(os.environ["HOME"], name), flags), 100))
		        except OSError:
		            pass
	END
	try() { # try NAME COMMAND...
		name=$1
		shift
		"$SRT_TOP" learn -n "$name" --writes "$writes" -- "$@" >"../$name.out" 2>"../$name.err"
		must_not grep -l DECOY "../$name.out" "../$name.err"
	}
	for writes in ask layer; do
		# shellcheck disable=SC2016,SC2086
		{
			try "sh-$writes" sh -c 'for f in '"$decoys"'; do cat ~/$f; done; cat .env'
			try "redirect-$writes" sh -c 'for f in '"$decoys"'; do while read -r l; do echo "$l"; done <~/$f; done'
			try "head-$writes" sh -c 'cd && head -c 100 -- '"$decoys"
			try "cp-$writes" sh -c 'cd && cp -r . /dev/shm/copy; cat $(find /dev/shm/copy -type f)'
			try "ln-$writes" sh -c 'cd /dev/shm && ln -s ~/.ssh keys; cat keys/id_ed25519; ln ~/.npmrc hard; cat hard'
			try "grep-$writes" grep -r DEC ~
			try "tar-$writes" sh -c 'cd && tar cf - . | tr -d "\0"'
			try "dd-$writes" sh -c 'for f in '"$decoys"'; do dd if=$HOME/$f; done'
			try "sort-$writes" sh -c 'cd && sort '"$decoys"
			try "find-$writes" find "$HOME" . -type f -exec cat {} +
			try "git-$writes" git -C "$HOME/repository" config --file "$HOME/.git-credentials" --list
			try "diff-$writes" git diff --no-index /dev/null "$HOME/.netrc"
			try "hash-$writes" sh -c 'cd && cat $(git hash-object '"$decoys"' 2>/dev/null)'
			try "walk-$writes" "$python" walk.py
			try "python-$writes" "$python" read.py $decoys
			try "move-$writes" sh -c 'cd && mv .ssh keys; cat keys/*; mv .npmrc token; cat token; rm -rf .aws; cat .aws/*'
			try "parent-$writes" sh -c 'cd ~/.ssh && cat ../.netrc id_ed25519; cat /proc/self/root$HOME/.netrc; cat /proc/1/root$HOME/.netrc'
			try "awk-$writes" sh -c 'cd && awk 1 -- '"$decoys"
			try "sed-$writes" sh -c 'cd && sed -n p -- '"$decoys"
			try "od-$writes" sh -c 'cd && od -c -- '"$decoys"
			try "perl-$writes" perl -e 'for (@ARGV) { open(F, "<", "$ENV{HOME}/$_") && print <F> }' -- $decoys
			try "exec-$writes" sh -c '. ~/.netrc; . ~/.bash_history'
		}
		refused_reads "sh-$writes" >by-sh
		refused_reads "python-$writes" >by-python
		for decoy in $decoys; do
			grep -qxF "$HOME/$decoy" by-sh || fail "$decoy is no event of sh-$writes"
			grep -qxF "$HOME/$decoy" by-python || fail "$decoy is no event of python-$writes"
			is "$(<"$HOME/$decoy")" "DECOY-$decoy" "the secret itself"
		done
		has "$(<"../find-$writes.out")" plain "what is not secret"
	done
}

test_case "reads go on, and are recorded" reads_go_on_and_are_recorded
test_case "files that are only looked at are needed" looks_are_needs
test_case "what is opened counts, whatever is watched" what_is_opened_counts_at_every_level
test_case "but not those that a listing names" what_a_listing_names_is_none
test_case "sensitive files stay hidden" sensitive_files_stay_hidden
test_case "and can be allowed by an answer" and_can_be_allowed_by_an_answer
test_case "explicit denies and kept answers hold" denies_hold
test_case "public names are allowed where nobody can answer" public_names_are_allowed_and_recorded
test_case "what is near is asked about" what_is_near_is_asked_about
test_case "and goes on when it is allowed" and_goes_on_when_it_is_allowed
test_case "writes are asked about" writes_are_asked_about
test_case "writes go through to the host, but not to protected places" writes_go_through
test_case "nothing changes on the host before the review" nothing_changes_on_the_host
test_case "what a new directory hides is deleted, however deep" what_is_hidden_deep_is_deleted
test_case "what is kept is there, with its modes, links and deletions" what_is_kept_is_there
test_case "what is dropped is as it is on the host" what_is_dropped_is_as_on_the_host
test_case "what the settings or an answer deny is not kept" what_settings_deny_is_left
test_case "a hostile layer reaches nothing" hostile_layers
test_case "a link that was planted in a layer uncovers nothing" a_planted_link_uncovers_nothing
test_case "nobody inside reaches the layer itself" nobody_reaches_the_layer
# In namespaces of its own, where something can be mounted.
where_something_is_mounted_below() {
	mkdir -p "$HOME/work/mounted" here
	cd "$HOME/work" || exit 1
	unshare --user --map-root-user --mount sh -c '
		mount -t tmpfs none "$HOME/work/mounted" && exec "$0" learn -n t --writes layer -- true' \
		"$SRT_TOP" >"$CASE/out" 2>"$CASE/err" || skip "nothing can be mounted here: $(<"$CASE/err")"
	has "$(<"$CASE/err")" "$HOME is not in the layer, since other file systems are mounted below it" "what is said"
}

test_case "what a layer cannot be for is said" where_something_is_mounted_below
test_case "a layer is used by one at a time" one_at_a_time
test_case "denies hold in the layer" denies_hold_in_the_layer
test_case "nothing is kept where an answer denies reading" nothing_is_kept_where_reading_is_denied
test_case "a settings file that was planted is not kept" a_planted_settings_file_is_not_kept
test_case "wrong use is refused" wrong_use_is_refused
test_case "the export of what was learned suffices" what_was_learned_suffices through
test_case "the export of what was learned in a layer suffices" what_was_learned_suffices layer
test_case "no program gets at a secret" no_program_gets_at_a_secret
test_end
