#!/bin/sh
# SPDX-License-Identifier: MIT
# A manual page without a warning is one passed test.
set -u
name=${1##*/}
echo 1..1
if ! command -v mandoc >/dev/null 2>&1; then
	echo "ok 1 - $name # SKIP mandoc is not installed"
elif said=$(mandoc -Tlint -Wwarning "$1" 2>&1); then
	echo "ok 1 - $name has nothing that mandoc warns of"
else
	echo "not ok 1 - $name has nothing that mandoc warns of"
	echo "$said" | sed 's/^/# /'
	exit 1
fi
