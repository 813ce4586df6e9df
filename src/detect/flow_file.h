/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that go on through a regular file: "nc >f", and beside it "tail -f f | sh". */
#ifndef AUSPEX_DETECT_FLOW_FILE_H
#define AUSPEX_DETECT_FLOW_FILE_H

#include "detect/flow.h"
#include "state/state.h"

/*
 * The way of what comes to proc's standard input, where who feeds it reads a
 * file that another process, which has a connection, still writes; false:
 * none. The steps hold the file between the two.
 */
bool flow_through_file(const struct state *state, const struct proc *proc,
		       struct flow *out);

#endif
