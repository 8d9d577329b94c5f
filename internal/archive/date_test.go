package archive

import (
	"testing"
	"time"
)

func TestTime(t *testing.T) {
	day := time.Date(2014, 12, 12, 0, 0, 0, 0, time.UTC)
	at := day.Add(8*time.Hour + 30*time.Minute)
	for want, texts := range map[time.Time][]string{
		day: {
			"2014-12-12", "2014/12/12", "2014.12.12", "20141212", "Dec 12 2014", "Dec 12, 2014", "December 12 2014", "December 12, 2014", "12 December 2014",
			"12 Dec 2014", "12-Dec-2014", "Dec. 12, 2014", "December 12th, 2014", "Friday, December 12, 2014", "Fri Dec 12 2014", "Fri, 12 Dec 2014", "december 12 2014",
			"2014-12-12T00:00:00", "2014-12-12 00:00", "Fri Dec 12 2014 02:00:00 GMT+0200 (Eastern European Standard Time)", " 2014-12-12 ",
		},
		at: {
			"2014-12-12T08:30:00Z", "2014-12-12T10:30:00.000+02:00", "2014-12-12 08:30:00", "2014-12-12 08:30", "2014-12-12T08:30", "2014-12-12 08:30:00 UTC",
			"2014-12-12 10:30:00 +0200", "2014-12-12 10:30:00 +02:00", "2014-12-12 10:30:00+02:00", "2014-12-12 03:30 -0500", "2014-12-12T10:30:00+0200",
			"2014-12-12T10:30+02:00", "2014-12-12 10:30:00 +2", "2014-12-12t08:30:00z", "2014/12/12 08:30:00", "2014/12/12 8:30", "2014-12-12 08:30:00.000000",
			"Fri, 12 Dec 2014 08:30:00 +0000", "Fri, 12 Dec 2014 08:30:00 GMT", "Fri, 12 Dec 2014 08:30:00 UTC", "Fri, 12 Dec 2014 10:30:00 +0200", "12 Dec 2014 08:30 GMT",
			"Fri Dec 12 2014 10:30:00 GMT+0200 (CEST)", "Fri Dec 12 2014 08:30:00 GMT+0000 (Coordinated Universal Time)", "Fri Dec 12 08:30:00 UTC 2014",
			"Fri Dec 12 08:30:00 2014", "Fri Dec 12 10:30:00 +0200 2014", "Dec 12, 2014 8:30 AM", "December 12, 2014, 8:30 am", "December 12, 2014 at 8:30 a.m.",
			"2014-12-12T10:30:00+02:00[Europe/Helsinki]", "2014-12-12 14:00:00 +05:30", "Dec 12 2014 08:30:00",
		},
	} {
		for _, text := range texts {
			if got, ok := (value{kind: quoted, text: text}).time(); !ok || !got.Equal(want) {
				t.Errorf("%q: %v, %v, want %v", text, got, ok, want)
			}
		}
	}
	for _, text := range []string{
		"", "soon", "12/12/2014", "12.12.2014", "2014", "2014-12", "2014-02-30", "2014-13-01", "2014-12-12 25:00", "2014-12-12 08:60", "2014-12-12 08:30:00 CET",
		"2014-12-12 08:30:00 EST", "08:30:00", "Fri, 12 Dec 14 08:30:00 GMT", "12 Dez 2014", "2014-12-12T08:30:00+25:00", "2014-12-12T08:30:00+02:75", "{{ date }}", "2014-W50-5",
	} {
		if got, ok := (value{kind: quoted, text: text}).time(); ok {
			t.Errorf("%q: %v, want it refused", text, got)
		}
	}
	for text, want := range map[string]time.Time{"1418373000": at, "1418373000000": at} {
		if got, ok := (value{kind: plain, text: text}).time(); !ok || !got.Equal(want) {
			t.Errorf("%s: %v, %v", text, got, ok)
		}
	}
}

// TestDates: which date of a front matter is which.
func TestDates(t *testing.T) {
	const none = "0001-01-01"
	tests := map[string]struct{ head, created, published string }{
		"one date":            {"date: 2020-01-02", "2020-01-02", "2020-01-02"},
		"Astro":               {`pubDate: "Jul 08 2022"`, "2022-07-08", "2022-07-08"},
		"created apart":       {"date: 2020-01-02\ncreated: 2019-01-02", "2019-01-02", "2020-01-02"},
		"Ghost":               {"created_at: 2019-01-02T00:00:00.000Z\npublished_at: 2020-01-02T00:00:00.000Z\nstatus: published", "2019-01-02", "2020-01-02"},
		"withdrawn":           {"draft: true\ncreatedAt: 2019-01-02\npublishedAt: 2020-01-02", "2019-01-02", "2020-01-02"},
		"a draft with a date": {"draft: true\ndate: 2020-01-02", "2020-01-02", none},
		"published as date":   {"published: 2020-01-02", "2020-01-02", "2020-01-02"},
		"Go's zero":           {"date: 0001-01-01T00:00:00Z\ncreated: 2019-01-02", "2019-01-02", none},
		"created unknown":     {"date: 2020-01-02\ncreated: by hand", "2020-01-02", "2020-01-02"},
		"none":                {"title: A", none, none},
		"TOML's":              {"title: A\ndate: 2020-01-02T10:00:00", "2020-01-02", "2020-01-02"},
	}
	for name, test := range tests {
		p, err := newPage("a.md", []byte("---\n"+test.head+"\n---\nx\n"), now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		src, err := p.source()
		if err != nil {
			t.Fatal(err)
		}
		if got := src.Created.Format(time.DateOnly); got != test.created {
			t.Errorf("%s: created %s, want %s", name, got, test.created)
		}
		if got := src.Published.Format(time.DateOnly); got != test.published {
			t.Errorf("%s: published %s, want %s", name, got, test.published)
		}
	}
}
