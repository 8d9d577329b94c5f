package main

import (
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// unknownSetting is a variable that looks like a setting and is none, and the setting that it may stand for.
type unknownSetting struct{ name, nearest string }

// maxUnknown bounds the warnings of one start.
const maxUnknown = 20

// serviceLink matches the variables that Kubernetes sets for each service of a namespace, such as KAFKA_PORT_9092_TCP_ADDR.
var serviceLink = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// otherNames are the names that other programs use for a setting.
var otherNames = map[string]string{
	"KAFKA_URL": "KAFKA_BROKER", "KAFKA_HOST": "KAFKA_BROKER", "KAFKA_BOOTSTRAP": "KAFKA_BROKER", "KAFKA_BOOTSTRAP_SERVER": "KAFKA_BROKER",
	"KAFKA_BOOTSTRAP_SERVERS": "KAFKA_BROKER", "DB_URL": "DATABASE_URL", "MYSQL_URL": "DATABASE_URL", "MARIADB_URL": "DATABASE_URL", "SQLITE_URL": "DATABASE_URL",
	"BASE_URL": "FRONTEND_URL", "PUBLIC_URL": "FRONTEND_URL", "SITE_URL": "FRONTEND_URL", "APP_URL": "FRONTEND_URL",
}

// unknownNames returns the variables that are probably meant for Wiredesk and that it does not read: every one of the
// .env file, and of the environment ("NAME=value") those that begin with KAFKA_ or WIREDESK_, end with _URL, or differ
// from a setting's name by one or two characters. Call it after all settings were read.
func (s *settings) unknownNames(environ []string) (found []unknownSetting) {
	names := map[string]bool{}
	for name := range s.file {
		names[name] = true
	}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if value != "" && !serviceLink.MatchString(name) && s.looksLikeSetting(name) {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !slices.Contains(s.known, name) && len(found) < maxUnknown {
			nearest, _ := s.nearest(name)
			found = append(found, unknownSetting{name, nearest})
		}
	}
	return found
}

func (s *settings) looksLikeSetting(name string) bool {
	upper := strings.ToUpper(name)
	if strings.HasPrefix(upper, "KAFKA_") || strings.HasPrefix(upper, "WIREDESK_") || strings.HasSuffix(upper, "_URL") {
		return true
	}
	_, distance := s.nearest(name)
	return len(name) > 6 && distance <= 2
}

// nearest returns the setting whose name is most like name, and the number of characters that differ.
func (s *settings) nearest(name string) (nearest string, distance int) {
	upper := strings.ToUpper(name)
	if known, ok := otherNames[upper]; ok {
		return known, 0
	}
	distance = len(name) + 1
	for _, known := range s.known {
		if d := editDistance(upper, known); d < distance {
			nearest, distance = known, d
		}
	}
	return nearest, distance
}

// editDistance returns the least number of insertions, deletions and replacements of bytes that turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j+1]+1, row[j]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}

// warnUnknown logs the unknown settings, without their values.
func (c config) warnUnknown(log *slog.Logger) {
	for _, u := range c.unknown {
		log.Warn("a setting is unknown and ignored: check its name", "setting", u.name, "nearest", u.nearest)
	}
}
