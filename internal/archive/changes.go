package archive

// joinChanges attaches each file of unpublished changes to its page. It skips a file, with a note, if the
// page is missing, was changed, or is now a draft.
func joinChanges(pages []page) (joined []page, notes []Note) {
	bySeal := make(map[string]int) // indexes of joined
	for _, p := range pages {
		if p.changesOf == "" {
			if p.seal != "" {
				bySeal[p.seal] = len(joined)
			}
			joined = append(joined, p)
		}
	}
	for i := range pages {
		p := &pages[i]
		if p.changesOf == "" {
			continue
		}
		at, ok := bySeal[p.changesOf]
		if !ok || joined[at].fields["published"] != true {
			notes = append(notes, Note{File: p.file, Text: "is left out: it holds changes of a file of an earlier export"})
			continue
		}
		joined[at].changes = p
	}
	return joined, notes
}
