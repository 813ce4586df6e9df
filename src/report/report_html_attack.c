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

static void print_tactic(struct html_page *page, const struct tactic_info *tactic)
{
	bool any = false;

	for (int i = 0; i < TECHNIQUE_MAX; i++) {
		const struct technique_info *t = technique_info((enum technique)i);

		if (page->techniques[i] == 0 ||
		    !has_tactic(t->tactics, tactic->short_name))
			continue;
		if (!any)
			fprintf(page->out,
				"<li class=\"tactic seen\"><h3><a "
				"href=\"https://attack.mitre.org/tactics/%s/\">%s</a></h3>\n<ul>\n",
				tactic->id, tactic->name);
		any = true;
		print_technique(page, (enum technique)i);
	}
	if (any)
		fputs("</ul></li>\n", page->out);
	else
		fprintf(page->out,
			"<li class=\"tactic\"><h3>%s</h3><p>not seen</p></li>\n",
			tactic->name);
}

void html_attack(struct html_page *page)
{
	if (page->n == 0)
		return;
	fputs("<section aria-labelledby=\"h-attack\">\n"
	      "<h2 id=\"h-attack\">MITRE ATT&amp;CK</h2>\n"
	      "<p class=\"note\">Techniques that findings show, with their number, below "
	      "each tactic that they serve.</p>\n<ul class=\"matrix\">\n",
	      page->out);
	for (size_t i = 0; i < tactic_count(); i++)
		print_tactic(page, tactic_info(i));
	fputs("</ul>\n</section>\n", page->out);
}
