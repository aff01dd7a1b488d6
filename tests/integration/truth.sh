#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every call that fails only because of the sandbox is a denial in the history, and no other is: strace,
# inside, is the ground truth, and helpers/oracle.py makes the calls again without a sandbox.
# shellcheck disable=SC2088 # "~" is for srt-top, not for the shell
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

ORACLE=$TOP/tests/integration/helpers/oracle.py
FILE_CALLS=file,fchmod,fchown,fsetxattr,fchdir,clone,clone3,fork,vfork

# The tree that programs work in: parts of it hidden, parts protected, parts that fail by themselves.
make_fixture() {
	rm -rf "$CASE/home/f"
	mkdir -p "$CASE/home/f/"{secret/deep,open/sub,fixed/full,work/src,other,tmp,locked}
	cd "$CASE/home/f" || exit 1
	echo key >secret/key
	echo deep >secret/deep/key
	printf '#!/bin/sh\necho secret\n' >secret/tool
	chmod +x secret/tool
	echo token >open/token
	echo text | tee open/file open/sub/file fixed/file fixed/full/file work/file other/file >/dev/null
	echo kept >work/kept
	ln -s ../secret/key work/to_key
	ln -s ../secret work/to_secret
	ln -s "$PWD/secret/deep" work/to_deep
	ln -s ../fixed/file work/to_fixed
	ln -s nowhere work/dangling
	ln -s /proc/self/cwd work/to_cwd
	echo no >locked/file
	chmod 0444 work/src
	chmod 0755 work/src
	echo 'int main(void) { return 0; }' >work/src/main.c
	printf '#include "../../secret/key"\nint x;\n' >work/src/bad.c
	printf 'import os\n' >work/src/mod.py
}

policy() {
	cd "$CASE" || exit 1
	settings "~/f/work ~/f/other ~/f/tmp" "~/f/work/kept ~/f/work/never" \
		"${HIDDEN:-~/f/secret ~/f/open/token}"
}

watched() { # watched LEVEL COMMAND...: the program under strace in the sandbox, and what is said of it
	local level=$1

	shift
	make_fixture
	policy
	rm -f "$CASE/home/f/tmp/trace"
	cd "$CASE/home/f" || exit 1
	TMPDIR=$CASE/home/f/tmp "$SRT_TOP" run -n t -s "$CASE/settings.json" -m enforce --watch "$level" -- \
		strace -f -y -s 4096 -o "$CASE/home/f/tmp/trace" -e trace="$FILE_CALLS" \
		env TMPDIR="$CASE/home/f/tmp" "$@" >"$CASE/out" 2>"$CASE/err" </dev/null
	cd "$CASE" || exit 1
	[ -s "$CASE/home/f/tmp/trace" ] || fail "no trace: $(<err)"
	mv "$CASE/home/f/tmp/trace" trace
	"$SRT_TOP" events --json --name t --denied >denials
	make_fixture
	cd "$CASE" || exit 1
	python3 "$ORACLE" "$level" "$CASE/home/f" trace denials "$CASE/home/f/secret" >differences ||
		fail "$(<differences)"
	cat differences
}

# A program that asks for what it is refused shows something, so that 0 of 0 is no success.
shows_denials() {
	must_not grep -q '^0 denials' "$CASE/differences"
}

needs() {
	local program

	for program in strace python3 "$@"; do
		type -P "$program" >/dev/null || skip "$program is not there"
	done
	strace -f -o /dev/null true 2>/dev/null || skip "strace may not trace here"
}

coreutils='
	cat secret/key open/token work/to_key work/to_deep/key nothing locked/file work/dangling
	ls -l secret work secret/deep open . nothing
	ls -la work/to_secret/ secret/key
	find . -newer work/file
	stat secret/key secret open/token nothing secret/nothing
	du -a secret work
	cp open/token other/a; cp work/file fixed/copy; cp -p work/file fixed/file; cp -r secret other/copied
	cp -a work other/work2; cp work/file secret/new
	mv work/file other/moved; mv other/moved fixed/moved; mv fixed/file other/stolen; mv work/kept work/lost
	mv secret other/secret; mv -f other/file work/kept; mv nothing other
	rm -f fixed/file work/kept nothing secret/key; rm -rf fixed/full secret/deep work/src/none; cp file work/back
	rmdir fixed/full fixed work/src other/none
	touch fixed/file fixed/new work/new secret/key secret/new work/kept work/never work/dangling
	ln secret/key other/link; ln work/new other/hard; ln -s x fixed/soft; ln fixed/file other/hard2; ln -sf a work/never
	install -m 644 work/new fixed/installed; install -D work/new other/i/j; install work/new work/never
	mkdir fixed/dir secret/dir work/dir work/never; mkdir -p fixed/full/a/b other/a/b
	chmod 600 fixed/file work/new secret/key work/kept; chmod -R u+w fixed
	test -r secret/key; test -w fixed/file; test -x secret/tool; test -e secret/deep; test -d nothing
	secret/tool; ./work/to_secret/tool; ./fixed/file
	(cd secret/deep); (cd work/to_deep); (cd secret; cat key deep/key ../open/token; cd deep)
	readlink work/to_key; readlink -f work/to_deep/key; realpath secret/key
	cat /proc/self/cwd/secret/key /proc/self/root"$PWD"/secret/key work/to_cwd/secret/key /proc/$$/cwd/secret/key
	truncate -s 0 fixed/file; echo x >work/never; echo x >>work/kept; echo x >work/to_fixed; echo x >secret/key
	dd if=secret/key of=fixed/dd; tee fixed/tee work/kept </dev/null; mktemp -p fixed; mkfifo fixed/fifo
	chown "$(id -u)" fixed/file; touch -h work/to_key fixed/file; head -c1 <secret/key
'

run_coreutils() {
	needs
	watched "$1" sh -c "$coreutils"
	shows_denials
}

run_git() {
	needs git
	watched "$1" sh -c 'export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b.test GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b.test
		git init -q fixed/repo; cd other; git init -q repo; cd repo; cp ../file .; git add .; git commit -qm one; git status
		git config a.b c; git mv file moved; git commit -qam two; git gc -q
		cp ../../secret/key .; git clone -q . ../../fixed/clone; git clone -q . ../clone; git -C ../../secret status
		git --git-dir=../../secret/.git log; git add ../../secret/key; git hash-object ../../secret/key'
	shows_denials
}

run_python() {
	needs
	watched "$1" python3 -B -c '
import os, shutil, sys, tempfile
def tried(f, *a, **k):
    try: f(*a, **k)
    except OSError: pass
sys.path.insert(0, "secret")
tried(open, "secret/key"); tried(open, "work/to_key"); tried(open, "fixed/file", "r+"); tried(open, "work/never", "x")
tried(os.listdir, "secret"); tried(os.listdir, "secret/deep"); tried(os.scandir, "nothing")
tried(os.replace, "other/file", "work/kept"); tried(os.replace, "work/file", "fixed/x"); tried(os.link, "work/src/mod.py", "other/l")
tried(os.chmod, "fixed/file", 0o600); tried(os.utime, "fixed/file"); tried(os.truncate, "fixed/file", 0)
tried(os.setxattr, "fixed/file", "user.a", b"x"); tried(os.getxattr, "secret/key", "user.a"); tried(os.statvfs, "secret/deep")
tried(os.removedirs, "fixed/full"); tried(shutil.rmtree, "secret"); tried(shutil.copytree, "secret", "other/s")
tried(os.chdir, "secret/deep"); tried(os.execv, "secret/tool", ["x"]); tried(os.mknod, "fixed/node"); tried(os.mkdir, "secret/d")
d = os.open("secret", os.O_RDONLY | os.O_DIRECTORY); tried(os.open, "key", os.O_RDONLY, dir_fd=d); tried(os.stat, "key", dir_fd=d)
tried(os.stat, "../work/file", dir_fd=d); tried(os.unlink, "../fixed/file", dir_fd=d)
f = os.open("fixed/file", os.O_RDONLY); tried(os.fchmod, f, 0o600); tried(os.open, "/proc/self/fd/%d" % f, os.O_WRONLY)
tried(os.open, "/dev/fd/%d" % f, os.O_RDWR); tried(os.open, "/proc/self/fd/%d/key" % d, os.O_RDONLY)
tried(tempfile.NamedTemporaryFile, dir="work"); import json, email'
	shows_denials
}

run_gcc() {
	needs gcc
	watched "$1" sh -c 'gcc -o work/main work/src/main.c; gcc -c -o work/bad.o work/src/bad.c; gcc -o fixed/main work/src/main.c
		gcc -Isecret -c -o other/x.o work/src/main.c; work/main'
	shows_denials
}

run_node() {
	needs node
	watched "$1" node -e '
const fs = require("fs");
const tried = f => { try { f() } catch (e) {} };
tried(() => fs.readFileSync("secret/key")); tried(() => fs.writeFileSync("fixed/new", "x")); tried(() => fs.statSync("secret/deep"));
tried(() => fs.rmSync("fixed/full", { recursive: true })); tried(() => fs.cpSync("secret", "other/c", { recursive: true }));
tried(() => fs.renameSync("work/file", "other/file")); tried(() => fs.mkdirSync("work/never/x", { recursive: true }));
tried(() => require("./secret/key")); tried(() => fs.readdirSync("secret")); tried(() => fs.copyFileSync("open/token", "work/t"));
tried(() => fs.accessSync("fixed/file", fs.constants.W_OK)); tried(() => fs.realpathSync("work/to_deep/key"));'
	shows_denials
}

run_perl() {
	needs perl
	watched "$1" perl -e '
for my $f (qw(secret/key open/token work/to_key nothing fixed/file work/never)) {
	open(my $h, "<", $f); open($h, "+<", $f); open($h, ">>", $f); stat($f); lstat($f); -r $f; -w $f; -x $f; -d $f;
	unlink($f); rename($f, "other/x"); chmod(0600, $f); utime(undef, undef, $f); symlink("a", $f); link($f, "other/y");
	mkdir($f); rmdir($f); readlink($f); truncate($f, 0); opendir(my $d, $f); chdir($f);
}
system("secret/tool"); exec("fixed/file")'
	shows_denials
}

# What the shell does by itself.
run_bash() {
	needs bash
	watched "$1" bash -c 'shopt -s globstar; echo secret/* fixed/* */key **; compgen -f secret/
		[[ -r secret/key && -w fixed/file ]]; [[ -e secret/deep/key ]]; [ fixed/file -nt secret/key ]
		read -r line <secret/key; mapfile <secret/key; exec 3<secret/key; exec 4<>fixed/file; echo x >fixed/n; echo x >|fixed/file
		source secret/tool; . open/token; type -p secret/tool; PATH=$PWD/secret:$PATH; tool; command -v tool
		cd secret; cd ..; cd work/to_secret; cd ~+; pwd -P'
	shows_denials
}

run_archives() {
	needs tar gzip make
	watched "$1" sh -c 'tar cf other/a.tar secret work open; tar xf other/a.tar -C fixed; tar xf other/a.tar -C work; tar tf secret/x.tar
		tar czf fixed/b.tgz work; gzip -k secret/key; gzip fixed/file; gzip -k work/file
		sed -i s/a/b/ fixed/file work/file work/kept secret/key; grep -r key .; diff -r secret work; sort -o fixed/file work/file
		printf "all: secret/key\n\tcat secret/key >fixed/a\ninclude secret/mk\n-include secret/mk2\n" >work/Makefile
		make -f work/Makefile; make -C secret; make -f secret/Makefile'
	shows_denials
}

for level in refused full; do
	for program in perl bash archives; do
		test_case "$level: denials of $program are those of the sandbox, all and no other" \
			"run_$program" "$level"
	done
done
for level in refused everyday full; do
	for program in coreutils git python gcc node; do
		test_case "$level: denials of $program are those of the sandbox, all and no other" \
			"run_$program" "$level"
	done
done
# No file is hidden by itself: all reads are left to the masks.
HIDDEN='~/f/secret'
for program in coreutils git python gcc node; do
	test_case "refused, by masks alone: denials of $program are those of the sandbox, all and no other" \
		"run_$program" refused
done
test_end
