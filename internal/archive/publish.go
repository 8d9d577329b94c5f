package archive

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// An import publishes a page only if every tool that its front matter may be for would show it to all
// readers. Each member by which a tool hides a page has a rule. One rule that hides is enough, for any
// spelling of the name and in any of the searched tables.

// verdict is the result of a rule.
type verdict struct {
	hides bool
	why   string // the remark; empty: the front matter explicitly requests a draft
}

// rule evaluates one member. now is the time of the import.
type rule func(r *headReader, m member, now time.Time) verdict

// becomesDraft is the start of the remark about a hidden page.
const becomesDraft = "becomes a draft: "

// rules maps folded names to rules.
var rules = allRules()

func allRules() map[string]rule {
	rules := make(map[string]rule)
	for _, row := range []struct {
		rule  rule
		names string
	}{
		{draftRule, "draft isdraft"},
		{publishedRule, "published publish"},
		{unlessTrue, "ispublished public ispublic dgpublish routable"},
		{ifTrue, "hidden private isprivate unlisted secret headless wip password encrypt encrypted protect protected membersonly redirectto " +
			"eleventyexcludefromcollections"},
		{unlessFalseGiven, "permalink"},
		{statusRule, "status poststatus publishstatus publicationstatus visibility"},
		{stateRule, "state access stage"},
		{renderRule, "render"},
		{buildRule, "build"},
		{dateRule, "date publishdate pubdate publisheddate publishedat publishedon publicationdate postdate"},
		{scheduleRule, "publishon publishafter releasedate scheduled scheduledat scheduledate scheduleddate embargo embargodate"},
		{expiryRule, "expirydate unpublishdate expirationdate"},
		{expiresRule, "expires expiresat expireson expiry unpublishat unpublishon"},
	} {
		for _, name := range strings.Fields(row.names) {
			rules[name] = row.rule
		}
	}
	return rules
}

// isHidden applies the rules to every member. why is the first remark.
func (r *headReader) isHidden(now time.Time) (hidden bool, why *problem) {
	for _, part := range r.tables() {
		for _, m := range part.members {
			rule, ok := rules[m.key]
			if !ok {
				continue
			}
			v := rule(r, m, now)
			hidden = hidden || v.hides
			if v.why != "" && why == nil {
				why = problemf(m.line, "%s%s", becomesDraft, v.why)
			}
		}
	}
	return hidden, why
}

// show formats a member for a remark.
func show(m member) string {
	if m.isScalar() {
		return fmt.Sprintf("%s is %q", m.name, cut(m.text, 100))
	}
	return m.name + " is set"
}

func hides(m member) verdict { return verdict{hides: true, why: show(m)} }

// falsy reports whether a member is empty or any form of false.
func falsy(m member) bool {
	return !m.isSet() || m.isScalar() && slices.Contains(no, strings.ToLower(strings.TrimSpace(m.text))) ||
		!m.isScalar() && len(m.items)+len(m.members) == 0
}

func draftRule(r *headReader, m member, _ time.Time) verdict {
	if !m.isSet() {
		return verdict{}
	}
	draft, ok := m.boolean()
	if !ok {
		r.fail(&m, "must be true or false")
	}
	return verdict{hides: draft}
}

// publishedRule also accepts a date, because some tools store the day of publication under this name.
func publishedRule(r *headReader, m member, now time.Time) verdict {
	if !m.isSet() {
		return verdict{}
	}
	if published, ok := m.boolean(); ok {
		return verdict{hides: !published}
	}
	if _, ok := m.time(); ok {
		return dateRule(r, m, now)
	}
	r.fail(&m, "must be true or false")
	return verdict{}
}

func unlessTrue(_ *headReader, m member, _ time.Time) verdict {
	if shown, ok := m.boolean(); !m.isSet() || ok && shown {
		return verdict{}
	}
	return hides(m)
}

func ifTrue(_ *headReader, m member, _ time.Time) verdict {
	if falsy(m) {
		return verdict{}
	}
	if strings.Contains(m.key, "password") {
		return verdict{hides: true, why: m.name + " is set"}
	}
	return hides(m)
}

// unlessFalseGiven: Eleventy writes no page for "permalink: false".
func unlessFalseGiven(_ *headReader, m member, _ time.Time) verdict {
	if shown, ok := m.boolean(); ok && !shown && m.isSet() {
		return hides(m)
	}
	return verdict{}
}

var (
	publicWords  = []string{"publish", "published", "public", "true", "1"}
	privateWords = []string{"draft", "drafts", "private", "pending", "future", "scheduled", "unpublished", "hidden", "unlisted", "trash", "archived",
		"auto-draft", "inherit", "wip", "review", "in review", "members", "paid", "protected", "password", "secret", "never", "false"}
)

// words returns the texts of a member in lower case.
func (m member) words() (words []string) {
	reader := headReader{}
	for _, text := range reader.flatten(&m, m.value, "name", "value") {
		words = append(words, strings.ToLower(text))
	}
	return words
}

// statusRule hides a page with a top-level status other than published, and a page with a nested status such
// as draft: nested names are custom.
func statusRule(r *headReader, m member, now time.Time) verdict {
	if !r.isTop(m) {
		return stateRule(r, m, now)
	}
	if !m.isSet() {
		return verdict{}
	}
	words := m.words()
	if len(words) == 0 || slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(publicWords, word) }) {
		return hides(m)
	}
	return verdict{}
}

func stateRule(_ *headReader, m member, _ time.Time) verdict {
	if slices.ContainsFunc(m.words(), func(word string) bool { return slices.Contains(privateWords, word) }) {
		return hides(m)
	}
	return verdict{}
}

func (r *headReader) isTop(m member) bool {
	return slices.ContainsFunc(r.head.members, func(top member) bool { return top.name == m.name && top.line == m.line })
}

// renderRule: Zola and Hugo write no page then; Hugo's "link" gives the page an address only.
func renderRule(_ *headReader, m member, _ time.Time) verdict {
	if word := strings.ToLower(m.text); m.isSet() && (falsy(m) || word == "never" || word == "link") {
		return hides(m)
	}
	return verdict{}
}

// buildRule: Hugo's build options. A page that Hugo omits from its lists would be in ours.
func buildRule(_ *headReader, m member, _ time.Time) verdict {
	if m.kind != table {
		if m.isSet() && falsy(m) {
			return hides(m)
		}
		return verdict{}
	}
	for _, option := range m.members {
		hidden := option.isSet() && falsy(option) || slices.Contains([]string{"never", "link", "local"}, strings.ToLower(option.text))
		if (option.key == "render" || option.key == "list") && hidden {
			return verdict{hides: true, why: m.name + "." + show(option)}
		}
	}
	return verdict{}
}

// dateRule hides a page with a date in the future or a publication of null.
func dateRule(r *headReader, m member, now time.Time) verdict {
	if !m.isSet() {
		if m.key == "publishedat" && m.kind == null {
			return verdict{hides: true, why: m.name + " is empty"}
		}
		return verdict{}
	}
	if !r.dateOf(&m).After(now) {
		return verdict{}
	}
	if m.key == "date" {
		return verdict{hides: true, why: "it is dated in the future"}
	}
	return verdict{hides: true, why: fmt.Sprintf("%s %s is in the future", m.name, m.text)}
}

// scheduleRule hides a page with a schedule that is not certainly past.
func scheduleRule(r *headReader, m member, now time.Time) verdict {
	if due, ok := m.time(); falsy(m) || ok && !due.After(now) {
		return verdict{}
	}
	return hides(m)
}

func expiryRule(r *headReader, m member, now time.Time) verdict {
	if !m.isSet() {
		return verdict{}
	}
	if end := r.dateOf(&m); end.IsZero() || end.After(now) {
		return verdict{}
	}
	return verdict{hides: true, why: fmt.Sprintf("%s %s has passed", m.name, m.text)}
}

func expiresRule(r *headReader, m member, now time.Time) verdict {
	if falsy(m) || strings.EqualFold(m.text, "never") {
		return verdict{}
	}
	if end, ok := m.time(); ok && end.After(now) {
		return verdict{}
	}
	return hides(m)
}

// hiddenPath returns the part of a path that hides the pages below it: "_drafts", and other names that start
// with "_", which Jekyll, Hexo and Astro ignore.
func hiddenPath(file string) string {
	for part := range strings.SplitSeq(file, "/") {
		if strings.HasPrefix(part, "_") && part != "_posts" {
			return part
		}
	}
	return ""
}

// published decides whether readers may see the page.
func (p *page) published(r *headReader, now time.Time) bool {
	if p.doc.head == nil {
		p.notes = append(p.notes, problemf(1, becomesDraft+"it has no front matter"))
		return false
	}
	hidden, why := r.isHidden(now)
	part := hiddenPath(p.file)
	switch {
	case why != nil:
	case hidden || strings.EqualFold(part, "_drafts"):
		return false
	case part != "":
		why = problemf(1, "%sthe name %q begins with _", becomesDraft, part)
	case p.publication.After(now):
		why = problemf(1, becomesDraft+"it is dated in the future")
	}
	if why != nil {
		p.notes = append(p.notes, why)
		return false
	}
	return true
}
