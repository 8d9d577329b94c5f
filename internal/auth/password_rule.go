package auth

import (
	"bytes"
	"cmp"
	"compress/gzip"
	_ "embed" // the list
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Password lengths in characters, counted in Unicode NFC.
const (
	MinPassword = 10
	MaxPassword = 200
)

// The 10 000 most common passwords, one a line in lower case, and longer ones that are less
// common. common-passwords.LICENSE names their source.
//
//go:embed common-passwords.txt.gz
var commonList []byte

var commonPasswords = sync.OnceValue(func() map[string]bool {
	r, err := gzip.NewReader(bytes.NewReader(commonList))
	if err != nil {
		panic(err) // a broken build
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	set := make(map[string]bool)
	for word := range strings.Lines(string(text)) {
		set[strings.TrimSuffix(word, "\n")] = true
	}
	return set
})

// CheckPassword returns a message for an unacceptable password, "" for an acceptable one. context has public
// facts of the user and the installation, from which no password may be built: names, email addresses,
// host names.
func CheckPassword(password string, context ...string) string {
	if !utf8.ValidString(password) {
		return "Use characters of valid UTF-8."
	}
	password = norm.NFC.String(password)
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return fmt.Sprintf("Use at least %d characters.", MinPassword)
	case n > MaxPassword:
		return fmt.Sprintf("Use at most %d characters.", MaxPassword)
	case isCommon(strings.ToLower(password)):
		return "This password is too common. Use one that is harder to guess."
	case isFromContext(strings.ToLower(password), context):
		return "Do not build the password from your name, email address or the name of this site."
	}
	return ""
}

// isCommon reports whether a password in lower case is on the list, is a listed word with digits or signs
// around it, or is a sequence such as aaaaaaaaaa or 0123456789.
func isCommon(password string) bool {
	word := strings.TrimFunc(password, func(r rune) bool { return !unicode.IsLetter(r) })
	return commonPasswords()[password] || commonPasswords()[word] || isSequence(password)
}

func isSequence(password string) bool {
	runes := []rune(password)
	step := runes[1] - runes[0]
	if step < -1 || step > 1 {
		return false
	}
	for i := 1; i < len(runes); i++ {
		if runes[i]-runes[i-1] != step {
			return false
		}
	}
	return true
}

// isFromContext reports whether a password in lower case consists mostly of words of the context.
func isFromContext(password string, context []string) bool {
	const shortest, enough = 3, 6 // characters of a word that counts, and of a sufficient rest
	var words []string
	for _, text := range append(context, "wiredesk") {
		text = strings.ToLower(norm.NFC.String(text))
		words = append(words, text)
		words = append(words, strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // a word before its parts
	rest := password
	for _, word := range words {
		if utf8.RuneCountInString(word) >= shortest {
			rest = strings.ReplaceAll(rest, word, "")
		}
	}
	return rest != password && utf8.RuneCountInString(rest) < enough
}
