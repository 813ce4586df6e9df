/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of MITRE ATT&CK was seen: all tactics in their order, techniques below. */
#include <string.h>

#include "report/report_html_priv.h"

/* tactics: short names, ',' between. */
static bool has_tactic(const char *tactics, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = tactics; *p;) {
		size_t n = strcspn(p, ",");

		if (n == len && memcmp(p, name, n) == 0)
			return true;
		p += n + (p[n] == ',');
	}
	return false;
}

static void print_technique(struct html_page *page, enum technique number)
{
	const struct technique_info *t = technique_info(number);
	uint64_t n = page->techniques[number];
	char url[TECHNIQUE_URL_MAX];

	technique_url(t, url);
	fprintf(page->out, "<li><span><a href=\"%s\">%s</a> ", url, t->id);
	html_text(page->out, t->name);
	fprintf(page->out,
		"</span> <b>%llu<span class=\"sr\"> finding%s</span></b></li>\n",
		(unsigned long long)n, n == 1 ? "" : "s");
}

static bool is_seen(const struct html_page *page, const struct tactic_info *tactic, int i)
{
	return page->techniques[i] > 0 &&
	       has_tactic(technique_info((enum technique)i)->tactics, tactic->short_name);
}

static void print_tactic(struct html_page *page, const struct tactic_info *tactic)
{
	bool any = false;

	for (int i = 0; i < TECHNIQUE_MAX; i++) {
		if (!is_seen(page, tactic, i))
			continue;
		if (!any)
			fprintf(page->out,
				"<li class=\"tactic\"><h3><a "
				"href=\"https://attack.mitre.org/tactics/%s/\">%s</a></h3>\n<ul>\n",
				tactic->id, tactic->name);
		any = true;
		print_technique(page, (enum technique)i);
	}
	fputs(any ? "</ul></li>\n" : "", page->out);
}

void html_attack(struct html_page *page)
{
	FILE *out = page->out;
	const char *between = "<p class=\"note\">Not seen: ";

	if (page->n == 0)
		return;
	fputs("<section aria-labelledby=\"h-attack\">\n"
	      "<h2 id=\"h-attack\">MITRE ATT&amp;CK</h2>\n"
	      "<p class=\"note\">Techniques that findings show, with their number, below "
	      "each tactic that they serve.</p>\n<ul class=\"matrix\">\n",
	      out);
	for (size_t i = 0; i < tactic_count(); i++)
		print_tactic(page, tactic_info(i));
	fputs("</ul>\n", out);
	for (size_t i = 0; i < tactic_count(); i++) {
		bool any = false;

		for (int t = 0; t < TECHNIQUE_MAX; t++)
			any |= is_seen(page, tactic_info(i), t);
		if (any)
			continue;
		fprintf(out, "%s%s", between, tactic_info(i)->name);
		between = ", ";
	}
	fputs(between[0] == ',' ? ".</p>\n</section>\n" : "</section>\n", out);
}
