package rest

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestRefusals_areLoggedTogether(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	var f refusals
	now := time.Now()
	refuse := func(n int) {
		for range n {
			f.add(t.Context(), log, now, 507, errors.New("the disk is full"))
			f.flush(log, now)
		}
	}
	lines := func(want string) {
		t.Helper()
		if got := out.String(); strings.Count(got, "\n") != strings.Count(want, "\n")+1 || !strings.Contains(got, want) {
			t.Errorf("log:\n%swant %s", got, want)
		}
		out.Reset()
	}
	refuse(2000)
	lines(`level=WARN msg="refusing requests; repeats are logged as a count" status=507 error="the disk is full"`)
	now = now.Add(time.Minute)
	f.flush(log, now)
	lines(`level=WARN msg="requests refused" requests=1999 took=1m0s status=507 error="the disk is full"`)
	refuse(3)
	if out.Len() > 0 {
		t.Errorf("a line within the period: %s", &out)
	}
	now = now.Add(time.Minute)
	f.flush(log, now)
	lines(`requests=3`)
	now = now.Add(time.Minute) // calm
	f.flush(log, now)
	if out.Len() > 0 {
		t.Errorf("a line without a refusal: %s", &out)
	}
	refuse(1)
	lines("refusing requests")
}
