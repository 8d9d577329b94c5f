package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settings reads variables from the environment and the .env file, and collects one problem for each wrong variable.
type settings struct {
	getenv   func(string) string
	file     map[string]string
	filePath string // of file, empty without one

	secretFiles []string // the files that secrets were read from

	known    []string // the names of all variables read so far
	refused  []string // the names of the variables with a problem
	problems []error
}

func (s *settings) text(name, otherwise string) string {
	if !slices.Contains(s.known, name) {
		s.known = append(s.known, name)
	}
	if v := strings.TrimSpace(s.getenv(name)); v != "" {
		return v
	}
	if v := strings.TrimSpace(s.file[name]); v != "" {
		return v
	}
	return otherwise
}

// maxSecretFile bounds the content of a file that a NAME_FILE variable names, in bytes.
const maxSecretFile = 64 << 10

// secret returns the value of name, or the content of the file in NAME_FILE.
func (s *settings) secret(name, otherwise string) string {
	value, path := s.text(name, ""), s.text(name+"_FILE", "")
	switch {
	case path == "" && value == "":
		return otherwise
	case path == "":
		if strings.TrimSpace(s.getenv(name)) == "" {
			s.secretFiles = append(s.secretFiles, s.filePath)
		}
		return value
	case value != "":
		s.bad(name+"_FILE", shownPath(path), "is set together with "+name+": remove one of them", "/run/secrets/"+strings.ToLower(name))
		return value
	}
	content, err := readSecretFile(path)
	if err != nil {
		s.bad(name+"_FILE", shownPath(path), "cannot be read: "+err.Error(), "/run/secrets/"+strings.ToLower(name))
		return otherwise
	}
	s.secretFiles = append(s.secretFiles, path)
	return content
}

// shownPath hides a value that does not resemble a path: it may be the secret itself.
func shownPath(path string) string {
	if filepath.IsAbs(path) || strings.HasPrefix(path, "./") || strings.HasPrefix(path, "../") {
		return path
	}
	return "(hidden)"
}

func readSecretFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", withoutPath(err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	text := strings.TrimSpace(string(content))
	switch {
	case err != nil:
		return "", withoutPath(err)
	case len(content) > maxSecretFile:
		return "", fmt.Errorf("it has more than %d bytes", maxSecretFile)
	case text == "":
		return "", errors.New("it is empty")
	}
	return text, nil
}

// withoutPath returns the cause of a file error.
func withoutPath(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// bad adds a problem, unless the variable has one already.
func (s *settings) bad(name, value, problem, example string) {
	if !slices.Contains(s.refused, name) {
		s.refused = append(s.refused, name)
		s.problems = append(s.problems, fmt.Errorf("%s=%q %s; for example %s=%s", name, value, problem, name, example))
	}
}

func (s *settings) integer(name string, otherwise, least, most int) int {
	text := s.text(name, strconv.Itoa(otherwise))
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		s.bad(name, text, fmt.Sprintf("must be a whole number from %d to %d", least, most), strconv.Itoa(otherwise))
		return otherwise // so that this value causes no problem of another variable
	}
	return n
}

func (s *settings) duration(name, otherwise, example string) time.Duration {
	text := s.text(name, otherwise)
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		s.bad(name, text, "must be a length of time", example)
	}
	return d
}

func (s *settings) durationWithin(name, otherwise string, least, most time.Duration, example string) time.Duration {
	d := s.duration(name, otherwise, example)
	if d < least || d > most {
		s.bad(name, s.text(name, otherwise), fmt.Sprintf("must be from %s to %s", shortDuration(least), shortDuration(most)), example)
	}
	return d
}

// minRetention is the smallest EVENT_RETENTION but 0.
const minRetention = 24 * time.Hour

// retention returns 0 or a duration of at least minRetention.
func (s *settings) retention(name string) time.Duration {
	d := s.duration(name, "0", "2160h")
	if d != 0 && d < minRetention {
		s.bad(name, s.text(name, "0"), "must be 0 or at least 24h", "2160h")
	}
	return d
}

// shortDuration formats d without zeros at the end: 5m, not 5m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// networks reads a list of networks in CIDR form.
func (s *settings) networks(name, otherwise, example string) (list []netip.Prefix) {
	for _, text := range strings.FieldsFunc(s.text(name, otherwise), func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			s.bad(name, text, "must be networks with commas between", example)
		}
		list = append(list, p.Masked())
	}
	return list
}

func (s *settings) oneOf(name, otherwise string, allowed ...string) string {
	text := s.text(name, otherwise)
	if !slices.Contains(allowed, text) {
		s.bad(name, text, "must be one of "+strings.Join(allowed, ", "), allowed[0])
		return otherwise
	}
	return text
}

func (s *settings) onOff(name, otherwise string) bool {
	switch s.oneOf(name, otherwise, "on", "off", "true", "false", "1", "0") {
	case "on", "true", "1":
		return true
	}
	return false
}
