# SPDX-License-Identifier: GPL-2.0-or-later
"""report.py AUSPEX DIR: tests the HTML report of DIR/incident.db.

What the file holds is read with html.parser. What it does is asked of Chromium
by the WebDriver protocol (https://www.w3.org/TR/webdriver2/), where chromedriver
is installed; where it is not, the exit status is 77.
"""
import base64
import hashlib
import html.parser
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

MANY = 5000
# What others may have named things: markup, terminal sequences, bidi marks.
HOSTILE = ("</pre></summary><script>window.alive=1</script>"
           "<img src=x onerror=window.alive=1>\"'><svg onload=window.alive=1>"
           "<a href=javascript:window.alive=1>&lt;b&gt; \x1b[31m\x9b \u202e\u2066 ]]>--><!--")
TAGS = set("""html head meta title style body a header h1 h2 h3 h4 h5 p nav ul ol li
    main section div table thead tbody tr th td span b small svg line text circle rect
    form label select option input button output details summary dl dt dd time
    pre code footer script""".split())
failures = []


def check(good, what):
    if not good:
        failures.append(what)
        print("FAILED:", what)


def report(auspex, dir_, name, *options):
    path = os.path.join(dir_, name + ".html")
    began = time.monotonic()
    subprocess.run([auspex, "report", "-d", os.path.join(dir_, name + ".db"), "-o", path,
                    *options], check=True)
    return path, time.monotonic() - began


class Page(html.parser.HTMLParser):
    """Checks each tag and attribute; keeps texts."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.name, self.inside, self.policy = os.path.basename(path), [], ""
        self.texts, self.counts, self.ids, self.links = {}, {}, [], []
        with open(path, encoding="utf-8") as file:
            self.source = file.read()
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        check(tag in TAGS, f"{self.name}: there is a <{tag}>")
        names = dict(attrs)
        if names.get("http-equiv") == "Content-Security-Policy":
            self.policy = names["content"]
        for name, value in attrs:
            check(not name.startswith("on") and name not in ("style", "src", "srcdoc"),
                  f"{self.name}: <{tag} {name}=...>")
            if name == "href":
                self.links.append(value)
            if name == "id":
                self.ids.append(value)
        if tag not in ("meta", "input"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            check(tag in ("circle", "line", "rect"), f"{self.name}: </{tag}> closes nothing of its own")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_comment(self, data):
        check(False, f"{self.name}: there is a comment")

    def handle_data(self, data):
        tag = self.inside[-1] if self.inside else ""
        self.texts[tag] = self.texts.get(tag, "") + data


def hash_of(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def check_file(path, findings):
    page = Page(path)
    name = page.name
    check(page.policy.startswith("default-src 'none';"), f"{name}: the policy forbids all")
    check("unsafe" not in page.policy and "http" not in page.policy,
          f"{name}: the policy allows nothing but two digests")
    for tag in ("style", "script"):
        check(page.counts.get(tag) == 1, f"{name}: one <{tag}>")
        check(f"{tag}-src '{hash_of(page.texts[tag])}'" in page.policy,
              f"{name}: the policy names the digest of <{tag}>")
    for link in page.links:
        check(re.fullmatch(r"#[-a-z0-9]+|https://attack\.mitre\.org/\w+/[A-Z0-9/]+"
                           r"|https://www\.virustotal\.com/gui/file/[0-9a-f]{64}", link),
              f"{name}: link to {link}")
        check(not link.startswith("#") or link[1:] in page.ids,
              f"{name}: {link} leads nowhere")
    check(len(page.ids) == len(set(page.ids)), f"{name}: ids are unique")
    check(len([i for i in page.ids if re.fullmatch(r"f\d+", i)]) == findings,
          f"{name}: {findings} findings")
    check(not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]",
                        page.source), f"{name}: nothing invisible")
    check("<!--" not in page.source, f"{name}: nothing of a name is markup")
    return page


def make_hostile(dir_):
    path = os.path.join(dir_, "hostile.db")
    shutil.copy(os.path.join(dir_, "incident.db"), path)
    db = sqlite3.connect(path)
    argv = json.dumps(["sh", "-c", HOSTILE])
    for sql in ("UPDATE hosts SET name = ?1 WHERE id <> 0",
                "UPDATE detectors SET title = ?1, description = ?1, response = ?1",
                "UPDATE findings SET title = ?1, summary = ?1, caveat = ?1, manifest = ?1,"
                " path = ?1, kind = ?1, sha256 = ?1, expected_sha256 = ?1, how = ?1,"
                " origin = ?1, direction = ?1, remote_addr = ?1, local_addr = ?1,"
                " mechanism = ?1, data_path = ?1, detector = ?1",
                "UPDATE finding_processes SET exe = ?1, comm = ?1, cwd = ?1, tty = ?1,"
                " user_name = ?1, argv = ?2",
                "UPDATE images SET exe = ?1, comm = ?1, cwd = ?1, argv = ?2",
                "UPDATE evidence SET node = ?1, what = ?1, raw = ?1",
                "INSERT INTO containers (id, host_id, container, name, image, image_digest,"
                " pod, namespace, runtime) VALUES (1, 0, ?1, ?1, ?1, ?1, ?1, ?1, ?1)",
                "UPDATE findings SET container_id = 1",
                "INSERT INTO health (host_id, kind, first, count, detail)"
                " VALUES (0, ?1, 0, 1, ?1)",
                "INSERT INTO manifests (name, path, entries) VALUES (?1, ?1, 1)",
                "INSERT INTO sources (path, bytes, records, events, malformed)"
                " VALUES (?1, 1, 1, 1, 1)"):
        db.execute(sql, (HOSTILE, argv)[:len(set(re.findall(r"\?\d", sql)))])
    db.commit()
    db.close()


def make_many(dir_):
    path = os.path.join(dir_, "many.db")
    shutil.copy(os.path.join(dir_, "incident.db"), path)
    db = sqlite3.connect(path)
    have = db.execute("SELECT max(id) FROM findings").fetchone()[0]
    columns = [row[1] for row in db.execute("PRAGMA table_info(findings)")]
    chosen = ", ".join({"id": "f.id + n.v * ?1", "uid": "f.uid || n.v",
                        "first_seen": "f.first_seen + n.v * 60000",
                        "last_seen": "f.last_seen + n.v * 60000"}.get(c, "f." + c)
                       for c in columns)
    series = f"WITH n (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < {MANY // have - 1})"
    db.execute(f"INSERT INTO findings {series} SELECT {chosen} FROM findings f, n", (have,))
    for table in ("finding_techniques", "finding_processes", "evidence"):
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        chosen = ", ".join("t.finding_id + n.v * ?1" if c == "finding_id" else "t." + c
                           for c in columns)
        db.execute(f"INSERT INTO {table} {series} SELECT {chosen} FROM {table} t, n", (have,))
    db.commit()
    count = db.execute("SELECT count(*) FROM findings").fetchone()[0]
    db.close()
    return count


class Browser:
    """Chromium without a window."""

    def __init__(self):
        self.base = None
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)

    def begin(self, dir_):
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        for line in self.driver.stdout:
            port = re.search(r"success\w* on port (\d+)", line)
            if port:
                break
        self.base = f"http://127.0.0.1:{port.group(1)}"
        # Root and containers cannot have its sandbox.
        args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                "--window-size=1200,900", "--user-data-dir=" + os.path.join(dir_, "profile")]
        self.base += "/session/" + self.ask("/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": chromium, "args": args}}}})["sessionId"]

    def ask(self, path, body=None, method="POST"):
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, data, method=method, headers={
            "Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def open(self, path):
        self.ask("/url", {"url": "about:blank"})
        self.ask("/url", {"url": "file://" + path})
        # The driver may answer while a large file is still being read.
        self.wait("return location.protocol === 'file:' && document.readyState === 'complete'")

    def run(self, script, *args):
        return self.ask("/execute/sync", {"script": script, "args": list(args)})

    def click(self, selector):
        element = self.ask("/element", {"using": "css selector", "value": selector})
        self.ask(f"/element/{list(element.values())[0]}/click")

    def type(self, selector, text):
        element = self.ask("/element", {"using": "css selector", "value": selector})
        self.ask(f"/element/{list(element.values())[0]}/value", {"text": text})

    def wait(self, script):
        """Until script gives true, at most 20 seconds; how long it took, in ms."""
        began = time.monotonic()
        while not self.run(script) and time.monotonic() - began < 20:
            pass
        return (time.monotonic() - began) * 1000

    def complaints(self):
        return [e["message"] for e in self.ask("/se/log", {"type": "browser"})]

    def close(self):
        try:
            if self.base:
                self.ask("", method="DELETE")
        finally:
            self.driver.terminate()
            self.driver.wait()


SHOWN = ("return Array.from(document.querySelectorAll('details.finding'))"
         ".filter(f => f.checkVisibility()).length")


def check_use(browser, path, findings):
    browser.open(path)
    check(browser.run(SHOWN) == findings, "all findings are shown at first")
    check(browser.run("return document.querySelectorAll('.finding[open]').length") == 0,
          "all findings are folded at first")
    browser.click(".finding.critical > summary")
    check(browser.run("return document.querySelector('.finding.critical .chain')"
                      ".checkVisibility()"), "a click unfolds a finding")
    browser.click(".finding.critical .event > summary")
    check("type=SYSCALL" in browser.run("return document.querySelector("
          "'.finding.critical .event pre').innerText"), "evidence unfolds to its records")
    browser.click(".finding.critical .more > summary")
    check("bash -i" in browser.run("return document.querySelector("
          "'.finding.critical .more pre').innerText"), "the tree unfolds")
    browser.run("document.querySelector('.finding.critical > summary').focus()")
    browser.ask("/actions", {"actions": [{"type": "key", "id": "k", "actions": [
        {"type": "keyDown", "value": "\ue007"}, {"type": "keyUp", "value": "\ue007"}]}]})
    check(not browser.run("return document.querySelector('.finding.critical').open"),
          "the Enter key folds a finding")
    browser.run("var s = document.getElementById('least'); s.value = '4';"
                "s.dispatchEvent(new Event('change'))")
    check(browser.run(SHOWN) == 1, "the filter by severity leaves the critical one")
    browser.click("svg a:last-of-type circle.high, svg circle.high")
    check(browser.run(SHOWN) == findings, "a link to what the filter hides ends the filter")
    check(browser.run("return document.querySelector(location.hash).open"),
          "a mark of the timeline unfolds its finding")
    browser.type("#text", "KWORKERD executed")
    browser.wait(SHOWN + " < 4")
    check(browser.run(SHOWN) < 4 and browser.run("return document.querySelectorAll("
          "'section.group:not([hidden])').length") < 3, "the filter by text hides")
    check("shown" in browser.run("return document.getElementById('shown').textContent"),
          "the number that is shown is said")
    check(browser.run("return document.documentElement.scrollWidth <= innerWidth"),
          "the page is no wider than the window")
    check(browser.complaints() == [], "the console is empty")


def check_names(browser):
    """What a screen reader goes by."""
    check(browser.run("return document.querySelectorAll('main, header, footer, nav').length")
          == 4, "landmarks")
    check(browser.run("return Array.from(document.querySelectorAll('input, select'))"
                      ".every(e => e.labels.length === 1)"), "fields have labels")
    check(browser.run("return Array.from(document.querySelectorAll('[aria-labelledby]'))"
                      ".every(e => document.getElementById(e.getAttribute('aria-labelledby')))"),
          "labels are there")


def check_hostile(browser, path):
    browser.open(path)
    browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    check(browser.run("return window.alive === undefined && document.scripts.length === 1"
                      " && document.images.length === 0"), "no name comes alive")
    check("<script>window.alive=1</script>" in browser.run("return document.body.innerText"),
          "hostile names can be read")
    check(browser.complaints() == [], "the console is empty with hostile names")
    browser.run("var s = document.createElement('script'); s.text = 'window.alive = 1';"
                "document.body.append(s); var d = document.createElement('div');"
                "d.innerHTML = '<img src=x onerror=window.alive=1>'; document.body.append(d)")
    check(browser.run("return window.alive === undefined"), "the policy stops what gets in")
    check(any("Content Security Policy" in c for c in browser.complaints()),
          "the browser says that the policy stopped it")


def check_many(browser, path, findings):
    browser.open(path)
    browser.wait(SHOWN + f" === {findings}")
    shown = browser.run(SHOWN)
    check(shown == findings, f"all {findings} are there, not {shown}")
    took = browser.run("var t = performance.now(), s = document.getElementById('least');"
                       "s.value = '4'; s.dispatchEvent(new Event('change'));"
                       "document.body.offsetHeight; return performance.now() - t")
    browser.run("var s = document.getElementById('least'); s.value = '0';"
                "s.dispatchEvent(new Event('change'))")
    browser.type("#text", "kworkerd")
    text = browser.wait(f"return !document.getElementById('shown').textContent"
                        f".startsWith('{findings} ')")
    print(f"{findings} findings: filter by severity {took:.0f} ms, by text {text:.0f} ms")
    check(took < 3000 and text < 10000, f"filters answer with {findings} findings")
    check(browser.complaints() == [], f"the console is empty with {findings} findings")


def main(auspex, dir_):
    incident, _ = report(auspex, dir_, "incident")
    page = check_file(incident, 4)
    for heading in ("Summary", "Timeline", "Findings", "MITRE ATT&CK", "What the log could"):
        check(heading in page.texts["h2"], f"there is a heading {heading}")
    serious, _ = report(auspex, dir_, "incident", "-s", "critical")
    check_file(serious, 1)
    incident, _ = report(auspex, dir_, "incident")
    make_hostile(dir_)
    hostile, _ = report(auspex, dir_, "hostile")
    check_file(hostile, 4)
    findings = make_many(dir_)
    many, took = report(auspex, dir_, "many")
    print(f"{findings} findings: {os.path.getsize(many) >> 10} KiB in {took:.1f} s")
    check(os.path.getsize(many) < 32 << 20, "the file of many findings has a bound")
    if not shutil.which("chromedriver"):
        print("the browser is left out: chromedriver (Debian: chromium-driver) is not installed")
        sys.exit(1 if failures else 77)
    browser = Browser()
    try:
        browser.begin(dir_)
        check_use(browser, incident, 4)
        check_names(browser)
        check_hostile(browser, hostile)
        check_many(browser, many, findings)
    finally:
        browser.close()
    sys.exit(1 if failures else 0)


main(sys.argv[1], os.path.abspath(sys.argv[2]))
