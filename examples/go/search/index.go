package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// put replaces a post. Call it with mu held.
func (x *index) put(id int64, p post) {
	for _, word := range x.posts[id].words {
		if delete(x.ids[word], id); len(x.ids[word]) == 0 {
			delete(x.ids, word)
		}
	}
	x.posts[id] = p
	for _, word := range p.words {
		if x.ids[word] == nil {
			x.ids[word] = map[int64]bool{}
		}
		x.ids[word][id] = true
	}
}

// answer prints the id, slug and title of each post that has all words of the query.
func (x *index) answer(out io.Writer, query string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	wanted := words(query)
	if len(wanted) == 0 {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(x.ids[wanted[0]])) {
		if !slices.ContainsFunc(wanted, func(word string) bool { return !x.ids[word][id] }) {
			fmt.Fprintf(out, "%d\t%s\t%s\n", id, x.posts[id].slug, x.posts[id].title)
		}
	}
}

// words returns the words of text in lower case, each once.
func words(text string) []string {
	all := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	slices.Sort(all)
	return slices.Compact(all)
}
