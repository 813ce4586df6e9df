/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of a socket address, in either byte order. */
#include <stdlib.h>
#include <string.h>

#include "audit/sockaddr.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_make((const char *)data, size);

	for (int big = 0; big < 2; big++) {
		struct sockaddr_info info;

		memset(&info, 0xff, sizeof(info));
		if (!sockaddr_parse(bytes, big, &info))
			continue;
		if (strnlen(info.addr, sizeof(info.addr)) == sizeof(info.addr))
			abort();
		if (info.port < -1 || info.port > 65535)
			abort();
		if (info.family == SOCK_INET && !info.addr[0])
			abort();
	}
	return 0;
}
