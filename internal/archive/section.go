package archive

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// A section is a folder. The file that describes it may keep all pages below it from readers:
// "draft" of Zola's _index.md, "cascade" of Hugo's, the data file of an Eleventy folder, and
// the index.md of a headless bundle of Hugo's.

// hiddenSection is a folder with hidden pages.
type hiddenSection struct {
	dir     string // "." is the root of the import
	lang    string // of the hidden pages; empty: all
	undated bool   // only pages without a date are hidden
	file    string // the file that describes it
	why     string
}

// isSection reports whether a file describes its folder.
func isSection(file string) bool {
	base, dir := path.Base(file), path.Base(path.Dir(file))
	return isSectionIndex(base) || base == dir+".json" || base == dir+".11tydata.json"
}

func isSectionIndex(base string) bool {
	ext := strings.ToLower(path.Ext(base))
	return strings.HasPrefix(base, "_index.") && (isMarkdown(base) || ext == ".mdx" || ext == ".html" || ext == ".htm")
}

// readSection returns the section that a file hides; nil if it hides none. An unreadable file hides its
// section.
func readSection(files fs.FS, name string, now time.Time) *hiddenSection {
	s := &hiddenSection{dir: path.Dir(name), file: name}
	if m := strings.Split(path.Base(name), "."); len(m) == 3 && isSectionIndex(path.Base(name)) {
		s.lang = languageOf(m[1])
	}
	info, err := fs.Stat(files, name)
	if err == nil && !info.Mode().IsRegular() {
		err = problemf(1, "is not a regular file")
	}
	var src []byte
	if err == nil {
		src, err = readFile(files, name)
	}
	var doc document
	if err == nil {
		doc, err = parse(src)
	}
	if err != nil {
		s.why = "cannot be read: " + err.Error()
		return s
	}
	if doc.head == nil {
		return nil
	}
	if s.why = sectionHides(*doc.head, isSectionIndex(path.Base(name)), now); s.why == "" {
		return nil
	}
	return s
}

// sectionHides returns the reason to hide the pages of a section, "" if there is none. Of an index file only
// draft and cascade apply to the pages, of a data file all members.
func sectionHides(head value, isIndex bool, now time.Time) string {
	heads := []value{{kind: table, members: slices.DeleteFunc(slices.Clone(head.members), func(m member) bool { return m.key == "date" })}}
	if isIndex {
		heads = nil
		for _, m := range head.members {
			switch m.key {
			case "draft", "isdraft":
				heads = append(heads, value{kind: table, members: []member{m}})
			case "cascade":
				heads = append(append(heads, m.value), m.items...)
			}
		}
	}
	for _, head := range heads {
		r := headReader{head: head}
		hidden, why := r.isHidden(now)
		switch {
		case r.err != nil:
			return "cannot be read: " + r.err.Error()
		case why != nil:
			return "hides its pages: " + strings.TrimPrefix(why.text, becomesDraft)
		case hidden:
			return "is a draft"
		}
	}
	return ""
}

// hides reports whether the section hides the page.
func (s hiddenSection) hides(p *page) bool {
	below := s.dir == "." || strings.HasPrefix(p.file, s.dir+"/")
	if s.undated && (p.dated || isIndex(p.file)) {
		return false
	}
	return below && s.file != p.file && (s.lang == "" || s.lang == p.lang)
}

// hideSections makes the published pages of hidden sections drafts.
func hideSections(pages []page, sections []hiddenSection) {
	for i := range pages {
		p := &pages[i]
		for _, s := range sections {
			if p.fields["published"] == true && s.hides(p) {
				p.fields["published"] = false
				p.notes = append(p.notes, problemf(1, "%s%s %s", becomesDraft, s.file, s.why))
			}
		}
	}
}

// bundles returns the folders in which other files belong to index.md: all files of a headless bundle, files
// without a date of another one. Hugo shows such files only as part of the index.
func bundles(pages []page) (hidden []hiddenSection) {
	for i := range pages {
		p := &pages[i]
		dir := path.Dir(p.file)
		if !isIndex(p.file) || dir == "." {
			continue
		}
		if p.headless {
			hidden = append(hidden, hiddenSection{dir: dir, file: p.file, why: "is headless"})
		} else {
			hidden = append(hidden, hiddenSection{dir: dir, undated: true, file: p.file, why: "has it as a part: it has no date of its own"})
		}
	}
	return hidden
}
