#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A parallel build: make's job server, recursion, the compiler's own children.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
mkdir sub
for i in 1 2 3 4 5 6; do echo "int f$i(void) { return $i; }" >f$i.c; done
cat >Makefile <<'END'
all: f1.o f2.o f3.o f4.o f5.o f6.o sub/all
	ar rc lib.a *.o
%.o: %.c
	@echo cc $< | cat
	$(CC) -c -o $@ $<
sub/all: f1.o
	+$(MAKE) -C sub
END
cat >sub/Makefile <<'END'
all: a b c
a b c:
	@sleep 0.05; touch $@
END
make -j4 >/dev/null
