package auth

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalEmail returns the stored form of an email: trimmed, lower case, NFC.
func normalEmail(email string) string {
	return norm.NFC.String(strings.ToLower(strings.TrimSpace(email)))
}

// normalName returns the stored form of a name: trimmed, NFC.
func normalName(name string) string { return norm.NFC.String(strings.TrimSpace(name)) }

// CheckEmail returns a message for an invalid email, which has the form of normalEmail; "" for a valid one.
func CheckEmail(email string) string {
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > 200 || !isMailHost(email[strings.LastIndexByte(email, '@')+1:]) {
		return "Enter an email address such as ana@example.org."
	}
	return checkLetters(email)
}

// isMailHost reports whether host is a name with a domain, or localhost.
func isMailHost(host string) bool {
	labels := strings.Split(host, ".")
	return host == "localhost" || len(labels) > 1 && !slices.Contains(labels, "") && len(labels[len(labels)-1]) > 1
}

// checkName returns a message for an invalid name.
func checkName(name string) string {
	const longest = 200
	switch {
	case name == "":
		return "Enter a name."
	case utf8.RuneCountInString(name) > longest:
		return fmt.Sprintf("Use at most %d characters.", longest)
	case !utf8.ValidString(name):
		return "Remove the invisible and control characters."
	}
	return checkLetters(name)
}

// checkLetters returns a message for text that may look like another text: with invisible characters, or words with
// letters of several scripts, such as a Cyrillic а in "аdmin".
func checkLetters(text string) string {
	var last rune
	for _, c := range text {
		isJoiner := (c == '\u200c' || c == '\u200d') && unicode.In(last, joined...)
		if !isJoiner && (unicode.IsControl(c) || unicode.In(c, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Other_Default_Ignorable_Code_Point)) {
			return "Remove the invisible and control characters."
		}
		last = c
	}
	isNoLetter := func(c rune) bool { return !unicode.In(c, unicode.L, unicode.M) }
	for _, word := range strings.FieldsFunc(text, isNoLetter) {
		if !isOfOneScript(word) {
			return fmt.Sprintf("Write %q in the letters of one script; some of its letters only look like others.", word)
		}
	}
	return ""
}

// joined are the scripts with invisible joiners in their words.
var joined = []*unicode.RangeTable{unicode.Arabic, unicode.Bengali, unicode.Devanagari, unicode.Gujarati, unicode.Gurmukhi, unicode.Kannada,
	unicode.Khmer, unicode.Malayalam, unicode.Mongolian, unicode.Myanmar, unicode.Oriya, unicode.Sinhala, unicode.Syriac, unicode.Tamil, unicode.Telugu}

// together are the scripts that one word may mix: those of Japanese, Korean and Chinese.
var together = []*unicode.RangeTable{unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul, unicode.Common, unicode.Inherited}

func isOfOneScript(word string) bool {
	scripts := []*unicode.RangeTable{unicode.Common, unicode.Inherited}
	for _, c := range word {
		switch {
		case unicode.In(c, scripts...):
		case len(scripts) == 2:
			scripts = scriptsBeside(c)
		default:
			return false
		}
	}
	return true
}

// scriptsBeside returns the scripts that a word with the letter c may have.
func scriptsBeside(c rune) []*unicode.RangeTable {
	if unicode.In(c, together...) {
		return together
	}
	for _, script := range unicode.Scripts {
		if unicode.Is(script, c) {
			return []*unicode.RangeTable{script, unicode.Common, unicode.Inherited}
		}
	}
	return nil // a letter of no known script
}
