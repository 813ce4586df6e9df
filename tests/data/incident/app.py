# SPDX-License-Identifier: GPL-2.0-or-later
"""The victim: a page that looks host names up, and trusts what it is given."""
import http.server
import subprocess
import urllib.parse


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        body = b"ok\n"
        if url.path == "/lookup":
            host = urllib.parse.parse_qs(url.query).get("host", [""])[0]
            # The mistake: host goes to a shell.
            body = subprocess.run("getent hosts " + host, shell=True, check=False,
                                  stdout=subprocess.PIPE).stdout
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        with open("/var/log/www/access.log", "a", encoding="utf-8") as log:
            log.write(f"{self.client_address[0]} {self.requestline}\n")


http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Page).serve_forever()
