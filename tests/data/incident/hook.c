/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The library that the attacker preloads. It hides nothing. */
__attribute__((constructor)) static void loaded(void)
{
}
