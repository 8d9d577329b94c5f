package post

import "time"

// ThinWindow is the maximum time span of a group of autosaves of which thinning keeps only the last.
const ThinWindow = 10 * time.Minute

// VersionInfo is a version without its text.
type VersionInfo struct {
	Version  int64
	Time     time.Time
	Author   int64
	Autosave bool
}

// Thinnable returns the versions of a post whose content thinning removes. versions are
// consecutive, in order, and begin where a run begins.
//
// A run is a sequence of consecutive versions that are autosaves by one author. It is cut into
// groups: a group begins with the run, or with the first version more than ThinWindow later
// than the start of the group before. All versions of a group but its last are thinned. The
// newest version has none after it, so it is always the last of its group.
func Thinnable(versions []VersionInfo) []int64 {
	var thin []int64
	var start time.Time // of the group
	for i, v := range versions {
		if i == 0 || !v.follows(versions[i-1]) || v.Time.Sub(start) > ThinWindow {
			start = v.Time
		} else {
			thin = append(thin, versions[i-1].Version)
		}
	}
	return thin
}

// follows reports whether v and the version before it belong to one run.
func (v VersionInfo) follows(before VersionInfo) bool {
	return v.Autosave && before.Autosave && v.Author == before.Author && v.Version == before.Version+1
}
