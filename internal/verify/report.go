package verify

import (
	"fmt"
	"io"
	"strings"
)

// kind is a kind of finding.
type kind int

const (
	gap kind = iota
	damaged
	missing
	disorder
	foreign
	postDiffers
	liveDiffers
	deletedDiffers
	indexDiffers
	kinds
)

// meaning has the heading of each kind of finding, and its fix.
var meaning = [kinds]struct{ problem, fix string }{
	gap: {"The log has gaps",
		"The event log is the source of truth and has no second copy: restore the database from a backup."},
	damaged: {"Events in the log cannot be read",
		"Restore the database from a backup. Until then the events after them are not published."},
	missing: {"Events are missing on the topic",
		"'wiredesk verify --repair' publishes them again, and after them the later events of the same posts."},
	disorder: {"Events are out of order on the topic",
		"'wiredesk verify --repair' publishes them again, and after them the later events of the same posts."},
	foreign: {"Records on the topic are not this log's",
		"Records cannot be deleted one by one. Allow only Wiredesk to write to the topic; if consumers rely on it, set a new " +
			"KAFKA_TOPIC, which Wiredesk fills from the event log. The MAC of records from before the last two changes of JWT_SECRET cannot be verified."},
	postDiffers: {"Posts differ from their last event",
		"Another program changed the rows. If the post opens, restore the right version from its history; " +
			"otherwise restore the database from a backup."},
	liveDiffers: {"Live posts differ from what was published",
		"Another program changed the rows. Unpublish the post and publish it again: readers then see its " +
			"present text. Otherwise restore the database from a backup."},
	deletedDiffers: {"Deleted posts differ from the log",
		"Another program changed the rows, or an earlier release did during an upgrade. A post that is missing here " +
			"can be restored from its history."},
	indexDiffers: {"The search index differs from the posts",
		"'wiredesk index --rebuild' stores the words of all posts again."},
}

// kept bounds the findings of a kind that are listed, unless all are.
const kept = 20

// Report has the results of a check.
type Report struct {
	all      bool
	noTopic  bool // the topic was not read
	findings [kinds]struct {
		n     int64
		items []string
	}
	publish map[int64]int64 // by post, the first event to publish again

	oldest, newest, events, lost, thinned  int64 // of the log
	records, there, waiting                int64 // of the topic
	repeats, removed, forgotten, earlier   int64
	chains, split, posts, deleted, unknown int64
	live, liveUnknown, deletedPosts        int64
	indexed, unindexed                     int64 // the last event that the search index has; events after it
}

// found adds a finding.
func (r *Report) found(k kind, format string, args ...any) {
	f := &r.findings[k]
	if f.n++; r.all || f.n <= kept {
		f.items = append(f.items, fmt.Sprintf(format, args...))
	}
}

// Problems returns the number of findings.
func (r *Report) Problems() (n int64) {
	for _, f := range r.findings {
		n += f.n
	}
	return n
}

// Print writes the report as text.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	n := func(k kind) int64 { return r.findings[k].n }
	log := "empty"
	if r.events > 0 {
		log = fmt.Sprintf("from %d to %d", r.oldest, r.newest)
	}
	r.line(&b, "log", n(gap)+n(damaged), log, count("events", r.events), countIfAny("thinned", r.thinned), countIfAny("missing", r.lost), countIfAny("damaged", n(damaged)))
	if !r.noTopic {
		r.topicLines(&b)
	}
	r.line(&b, "posts", n(postDiffers), count("equal to their last event", r.posts), countIfAny("different", n(postDiffers)),
		countIfAny("deleted", r.deleted), countIfAny("without event since the log's start", r.unknown))
	r.line(&b, "live", n(liveDiffers), count("equal to their version", r.live), countIfAny("different", n(liveDiffers)),
		countIfAny("of a version before the log's start", r.liveUnknown))
	r.line(&b, "bin", n(deletedDiffers), count("deleted posts", r.deletedPosts), countIfAny("different", n(deletedDiffers)))
	r.line(&b, "index", n(indexDiffers), count("of words, up to event", r.indexed), countIfAny("different", n(indexDiffers)), countIfAny("events not indexed yet", r.unindexed))
	for k, f := range r.findings {
		if f.n == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s:\n  %s\n", meaning[k].problem, strings.Join(f.items, "\n  "))
		if more := f.n - int64(len(f.items)); more > 0 {
			fmt.Fprintf(&b, "  … and %d more (--all prints them)\n", more)
		}
		fmt.Fprintf(&b, "Fix: %s\n", meaning[k].fix)
	}
	b.WriteByte('\n')
	switch problems := r.Problems(); problems {
	case 0:
		if r.noTopic {
			b.WriteString("verified: the log and the posts agree; the topic was not read\n")
			break
		}
		b.WriteString("verified: the log, the topic and the posts agree\n")
	case 1:
		b.WriteString("NOT verified: 1 problem\n")
	default:
		fmt.Fprintf(&b, "NOT verified: %d problems\n", problems)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// topicLines prints the checks of the topic.
func (r *Report) topicLines(b *strings.Builder) {
	n := func(k kind) int64 { return r.findings[k].n }
	r.line(b, "topic", n(missing)+n(foreign), count("records", r.records), count("events", r.there), countIfAny("missing", n(missing)),
		countIfAny("foreign records", n(foreign)), countIfAny("repeats", r.repeats), countIfAny("waiting for the relay", r.waiting),
		countIfAny("perhaps no longer kept", r.removed), countIfAny("older than the log", r.forgotten), countIfAny("of earlier epochs", r.earlier))
	r.line(b, "order", n(disorder), count("posts", r.chains), countIfAny("out of order", n(disorder)),
		countIfAny("on several partitions, proven for each alone", r.split))
}

// line prints one check.
func (r *Report) line(b *strings.Builder, name string, problems int64, parts ...string) {
	state := "ok"
	if problems > 0 {
		state = "NOT ok"
	}
	shown := parts[:0]
	for _, p := range parts {
		if p != "" {
			shown = append(shown, p)
		}
	}
	fmt.Fprintf(b, "%-6s %-7s %s\n", name, state, strings.Join(shown, ", "))
}

func count(what string, n int64) string { return fmt.Sprintf("%s: %d", what, n) }

// countIfAny returns count, or "" for 0.
func countIfAny(what string, n int64) string {
	if n == 0 {
		return ""
	}
	return count(what, n)
}
