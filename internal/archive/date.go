package archive

import (
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

var layouts = []string{
	time.RFC3339,
	"2006-01-02",
	"2006-01-02T15:04:05",
	"2006-01-02T15:04",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02 15:04:05",
	"2006-01-02 15:04",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05 Z07:00",
	"2006-01-02 15:04:05 Z0700",
	"2006-01-02 15:04 Z0700",
	"2006/01/02",
	"January 2, 2006",
	"Jan 2, 2006",
	"2 January 2006",
	"2 Jan 2006",
	time.RFC1123Z,
}

func asTime(value any) (time.Time, bool) {
	switch value := value.(type) {
	case time.Time:
		return value.UTC(), true
	case toml.LocalDate:
		return value.AsTime(time.UTC), true
	case toml.LocalDateTime:
		return value.AsTime(time.UTC), true
	case string:
		// Other zone names are refused: they do not tell their offset.
		text := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(value), " UTC"), " GMT")
		for _, layout := range layouts {
			if t, err := time.Parse(layout, text); err == nil {
				return t.UTC(), true
			}
		}
	}
	return time.Time{}, false
}

var (
	datedPath = regexp.MustCompile(`(?:^|/)(\d{4})/(\d{1,2})/(\d{1,2})/`)
	datedName = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[-_]+|$)`)
)

// dateOfPath returns the date in a path such as 2014/12/12/slug, or at the start of its
// last segment as in 2014-12-12-slug; zero when there is none.
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

// withoutDate drops the date that a name begins with.
func withoutDate(name string) string {
	if rest := datedName.ReplaceAllString(name, ""); rest != "" {
		return rest
	}
	return name
}
