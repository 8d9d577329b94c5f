package post_test

import (
	"slices"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/post"
)

func TestThinnable(t *testing.T) {
	const ana, ben = 3, 4
	at := func(author int64, autosave bool, times ...time.Duration) (list []post.VersionInfo) {
		for _, d := range times {
			list = append(list, post.VersionInfo{Time: time.Unix(0, 0).Add(d), Author: author, Autosave: autosave})
		}
		return list
	}
	for name, c := range map[string]struct {
		parts [][]post.VersionInfo
		want  []int64 // numbers from 1
	}{
		"none":                       {nil, nil},
		"one autosave":               {[][]post.VersionInfo{at(ana, true, 0)}, nil},
		"three autosaves":            {[][]post.VersionInfo{at(ana, true, 0, time.Second, 2*time.Second)}, []int64{1, 2}},
		"saved by hand":              {[][]post.VersionInfo{at(ana, false, 0, time.Second, 2*time.Second)}, nil},
		"before a save by hand":      {[][]post.VersionInfo{at(ana, true, 0, time.Second), at(ana, false, 2*time.Second)}, []int64{1}},
		"after a save by hand":       {[][]post.VersionInfo{at(ana, false, 0), at(ana, true, time.Second, 2*time.Second)}, []int64{2}},
		"around a save by hand":      {[][]post.VersionInfo{at(ana, true, 0, 1), at(ana, false, 2), at(ana, true, 3, 4)}, []int64{1, 4}},
		"of two authors":             {[][]post.VersionInfo{at(ana, true, 0, 1), at(ben, true, 2, 3), at(ana, true, 4)}, []int64{1, 3}},
		"by turns":                   {[][]post.VersionInfo{at(ana, true, 0), at(ben, true, 1), at(ana, true, 2), at(ben, true, 3)}, nil},
		"exactly ten minutes":        {[][]post.VersionInfo{at(ana, true, 0, 5*time.Minute, 10*time.Minute)}, []int64{1, 2}},
		"more than ten minutes":      {[][]post.VersionInfo{at(ana, true, 0, 10*time.Minute+time.Millisecond)}, nil},
		"two groups":                 {[][]post.VersionInfo{at(ana, true, 0, 6*time.Minute, 12*time.Minute, 18*time.Minute, 24*time.Minute)}, []int64{1, 3}},
		"a clock that was set back":  {[][]post.VersionInfo{at(ana, true, time.Hour, 0, time.Second)}, []int64{1, 2}},
		"an hour, every ten seconds": {[][]post.VersionInfo{hour(ana)}, allBut(360, 61, 122, 183, 244, 305, 360)},
	} {
		t.Run(name, func(t *testing.T) {
			versions := slices.Concat(c.parts...)
			for i := range versions {
				versions[i].Version = int64(i + 1)
			}
			if got := post.Thinnable(versions); !slices.Equal(got, c.want) {
				t.Errorf("Thinnable = %v, want %v", got, c.want)
			}
		})
	}
}

func hour(author int64) (list []post.VersionInfo) {
	for i := range 360 {
		list = append(list, post.VersionInfo{Time: time.Unix(int64(10*i), 0), Author: author, Autosave: true})
	}
	return list
}

func allBut(last int64, kept ...int64) (list []int64) {
	for v := int64(1); v <= last; v++ {
		if !slices.Contains(kept, v) {
			list = append(list, v)
		}
	}
	return list
}
