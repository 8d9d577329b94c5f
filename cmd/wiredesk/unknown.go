package main

import (
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// unknownSetting is a variable that resembles a setting but is not one, and the most similar setting.
type unknownSetting struct{ name, nearest string }

// maxUnknown bounds the warnings at a start.
const maxUnknown = 20

// maxSettingName is above the length of each setting's name, in bytes.
const maxSettingName = 64

// serviceLink matches the variables that Kubernetes sets for each service of a namespace, such as KAFKA_PORT_9092_TCP_ADDR.
var serviceLink = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// otherNames are names that other programs use for a setting. In an environment they may be for those programs.
var otherNames = map[string]string{
	"KAFKA_URL": "KAFKA_BROKER", "KAFKA_HOST": "KAFKA_BROKER", "KAFKA_BOOTSTRAP": "KAFKA_BROKER", "KAFKA_BOOTSTRAP_SERVER": "KAFKA_BROKER",
	"KAFKA_BOOTSTRAP_SERVERS": "KAFKA_BROKER", "DB_URL": "DATABASE_URL", "MYSQL_URL": "DATABASE_URL", "MARIADB_URL": "DATABASE_URL", "SQLITE_URL": "DATABASE_URL",
	"BASE_URL": "FRONTEND_URL", "PUBLIC_URL": "FRONTEND_URL", "SITE_URL": "FRONTEND_URL", "APP_URL": "FRONTEND_URL",
}

// unknownNames returns variables that are for Wiredesk but that it does not read: all of the .env file, and those of the
// environment ("NAME=value") that isOurs reports, since it also has the variables of other programs. Call it after all
// settings were read.
func (s *settings) unknownNames(environ []string) (found []unknownSetting) {
	names := map[string]bool{}
	for name := range s.file {
		names[name] = true
	}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if value != "" && s.isOurs(name) {
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

// isOurs reports whether a variable of the environment is for Wiredesk: it begins with WIREDESK_, is a misspelt setting,
// or names a Kafka cluster while KAFKA_BROKER is not set. Other KAFKA_* and *_URL variables are not: containers and shells
// have such variables for other programs.
func (s *settings) isOurs(name string) bool {
	upper := strings.ToUpper(name)
	if strings.HasPrefix(upper, "WIREDESK_") {
		return !serviceLink.MatchString(name)
	}
	if setting, isAlias := otherNames[upper]; isAlias {
		return setting == "KAFKA_BROKER" && s.text(setting, "") == ""
	}
	if len(name) > maxSettingName || strings.HasPrefix(upper, "NEXT_PUBLIC_") { // for builds of a frontend, not for a server
		return false
	}
	nearest, distance := s.nearest(name)
	return len(nearest) > 6 && distance <= min(3, len(nearest)/5)
}

// nearest returns the setting with the most similar name, and the edit distance.
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

// editDistance returns the least number of insertions, deletions and replacements of bytes, and swaps of two neighbours,
// that turn a into b.
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// warnUnknown logs the unknown settings, without their values.
func (c config) warnUnknown(log *slog.Logger) {
	for _, u := range c.unknown {
		log.Warn("unknown setting ignored: check its name", "setting", u.name, "nearest", u.nearest)
	}
}
