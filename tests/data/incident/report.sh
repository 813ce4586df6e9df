#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The victim's honest hourly job: who asked for what, how often.
set -e
cd /var/lib/report
sort /var/log/www/access.log | uniq -c | sort -rn | head -n 20 >top.txt
find /var/log/www -name '*.log' -size +64k -exec gzip -k -f {} +
date -u >stamp.txt
curl -sf -o /dev/null http://127.0.0.1:8080/
