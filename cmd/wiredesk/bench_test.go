package main

import (
	"slices"
	"testing"
)

func TestSizesFlag(t *testing.T) {
	var got []int
	set := sizesFlag(&got, 1, 50_000)
	if err := set("1000,2000,50000"); err != nil || !slices.Equal(got, []int{1000, 2000, 50_000}) {
		t.Errorf("sizes %v: %v", got, err)
	}
	for _, list := range []string{"", "1000,", "0", "50001", "1k", "1000 2000", "-5", "99999999999999999999"} {
		if err := set(list); err == nil {
			t.Errorf("%q was accepted as %v", list, got)
		}
	}
}
