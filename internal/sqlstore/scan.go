package sqlstore

import "time"

// Bounds of the posts that are examined one by one for a page. A page that ends at a bound may
// be short; the next one continues from there.
const (
	maxScanRows  = 5_000
	maxScanBytes = 8 << 20 // of content
	maxScanTime  = seekTime / 2
)

// scan is what was examined for a page.
type scan struct {
	rows, bytes int
	words       int  // rows that have all words searched for, in whatever order
	complete    bool // the page is full, or the list has ended
	began       time.Time
}

func (s *scan) add(content string) {
	if s.rows == 0 {
		s.began = time.Now()
	}
	s.rows, s.bytes = s.rows+1, s.bytes+len(content)
}

// full reports whether a bound is reached.
func (s *scan) full() bool {
	return s.rows >= maxScanRows || s.bytes >= maxScanBytes || s.rows > 0 && time.Since(s.began) > maxScanTime
}
