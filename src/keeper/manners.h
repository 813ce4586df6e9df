/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How auditd starts a plugin is not how a program wants to run: up to
 * version 4.2 every signal is ignored, in one that is started again some are
 * blocked, the environment is empty, and descriptors from 24 on leak
 * (safe_exec() in audisp/audispd.c of audit 3.0.9; auditd-plugins(5)).
 */
#ifndef AUSPEX_KEEPER_MANNERS_H
#define AUSPEX_KEEPER_MANNERS_H

/*
 * Puts signals, mask, umask, environment and directory right, closes what leaked
 * and opens what is missing of standard input, output and error.
 */
void manners_reset(void);
/* For who is to live (-1000) or to die (1000) when memory runs out. */
void manners_oom(int score);
/* Standard input becomes /dev/null. */
void manners_drop_input(void);

#endif
