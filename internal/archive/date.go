package archive

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var dateLayouts = []string{
	"2006-1-2", "2006/1/2", "2006.1.2", "20060102", "Jan 2 2006", "January 2 2006", "2 Jan 2006", "2 January 2006",
	"2-Jan-2006", "Jan-2-2006", "2006 Jan 2", "2006 January 2",
}

var timeLayouts = []string{"15:04:05", "15:04", "3:04:05PM", "3:04PM"}

// timeText splits a text into date, time of day and zone: "2014-12-12", "2014-12-12T08:30:00.5+02:00",
// "Fri, 12 Dec 2014 08:30:00 GMT", "December 12th, 2014 at 8:30 pm", "Fri Dec 12 2014 10:30:00 GMT+0200 (CEST)".
var timeText = regexp.MustCompile(`(?i)^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]* +)?(.+?)` +
	`(?:(?:T|,? +(?:at +)?)(\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]\.?m\b\.?)?)` +
	` ?(Z|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|UTC|GMT)?(?: ?\([^()]*\)| ?\[[^][]*\])?)?$`)

// unixDate matches "Fri Dec 12 08:30:00 UTC 2014", the format of date(1) and C.
var unixDate = regexp.MustCompile(`^([A-Za-z]{3} +\d{1,2}) (\d{2}:\d{2}:\d{2})(?: (UTC|GMT|[+-]\d{4}))? (\d{4})$`)

var (
	ordinal = regexp.MustCompile(`(?i)\b(\d{1,2})(?:st|nd|rd|th)\b`)
	weekday = regexp.MustCompile(`(?i)^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]* +`)
	offset  = regexp.MustCompile(`^([+-])(\d{1,2}):?(\d{2})?$`)
)

// time parses a date, in UTC if it has no zone. Zone names other than UTC and GMT are refused, because they
// are ambiguous; so are days such as 01/02/2006.
func (v value) time() (time.Time, bool) {
	if !v.isScalar() {
		return time.Time{}, false
	}
	text := strings.Join(strings.Fields(v.text), " ")
	if t, ok := unixTime(text); ok && v.kind == plain {
		return t, true
	}
	if m := unixDate.FindStringSubmatch(weekday.ReplaceAllString(text, "")); m != nil {
		text = m[1] + " " + m[4] + " " + m[2] + " " + m[3]
	}
	m := timeText.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return time.Time{}, false
	}
	day, ok := parseFirst(dateLayouts, dayText(m[1]))
	if !ok {
		return time.Time{}, false
	}
	if m[2] == "" {
		return day, true
	}
	clock, ok := parseFirst(timeLayouts, clockText(m[2]))
	if !ok {
		return time.Time{}, false
	}
	zone, ok := zoneOffset(m[3])
	if !ok {
		return time.Time{}, false
	}
	return day.Add(clock.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)) - zone), true
}

// unixTime parses a number of seconds or milliseconds since 1970; its size decides which.
func unixTime(text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
	case len(text) == 10:
		return time.Unix(n, 0).UTC(), n > 0
	case len(text) == 13:
		return time.UnixMilli(n).UTC(), n > 0
	}
	return time.Time{}, false
}

// dayText removes ordinal suffixes, commas and the dots of abbreviations, which the date layouts lack.
func dayText(text string) string {
	text = ordinal.ReplaceAllString(text, "$1")
	text = strings.NewReplacer(",", " ", "Sept ", "Sep ", "Sept. ", "Sep ").Replace(text)
	if strings.ContainsFunc(text, func(r rune) bool { return r >= 'A' }) { // "Dec. 12", not "2014.12.12"
		text = strings.ReplaceAll(text, ".", " ")
	}
	return strings.Join(strings.Fields(text), " ")
}

func clockText(text string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", ",", ".", "a.m.", "am", "p.m.", "pm", "A.M.", "AM", "P.M.", "PM").Replace(text))
}

func parseFirst(layouts []string, text string) (time.Time, bool) {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// zoneOffset parses "", "Z", "UTC", "+2", "+0200", "GMT+02:00".
func zoneOffset(zone string) (time.Duration, bool) {
	zone = strings.TrimPrefix(strings.TrimPrefix(strings.ToUpper(zone), "GMT"), "UTC")
	if zone == "" || zone == "Z" {
		return 0, true
	}
	m := offset.FindStringSubmatch(zone)
	if m == nil {
		return 0, false
	}
	hours, _ := strconv.Atoi(m[2])
	minutes, _ := strconv.Atoi(m[3])
	east := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if m[1] == "-" {
		east = -east
	}
	return east, hours < 24 && minutes < 60
}

var (
	datedPath = regexp.MustCompile(`(?:^|/)(\d{4})/(\d{1,2})/(\d{1,2})/`)
	datedName = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[-_]+|$)`)
)

// dateOfPath returns the date in a path such as 2014/12/12/slug, or at the start of its
// last segment as in 2014-12-12-slug; zero if there is none.
func dateOfPath(name string) time.Time {
	for _, m := range [][]string{datedPath.FindStringSubmatch(name), datedName.FindStringSubmatch(path.Base(name))} {
		if m == nil {
			continue
		}
		if t, err := time.Parse("2006-1-2", strings.Join(m[1:4], "-")); err == nil && t.Year() >= 1970 {
			return t
		}
	}
	return time.Time{}
}

// withoutDate removes the date at the start of a name.
func withoutDate(name string) string {
	if rest := datedName.ReplaceAllString(name, ""); rest != "" {
		return rest
	}
	return name
}
