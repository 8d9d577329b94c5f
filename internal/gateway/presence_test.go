package gateway_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
)

// brief writes each person as id/post/state/field:line.
func brief(people []person) (list []string) {
	for _, p := range people {
		post, field := int64(0), ""
		if p.PostID != nil {
			post = *p.PostID
		}
		if p.Field != nil {
			field = *p.Field
		}
		if p.Line != nil {
			field += fmt.Sprintf(":%d", *p.Line)
		}
		list = append(list, fmt.Sprintf("%d/%d/%s/%s", p.ID, post, p.State, field))
	}
	return list
}

// wantPresence reads on until presence is as wanted.
func (c *client) wantPresence(want ...string) []person {
	c.t.Helper()
	var got []person
	for range 10 {
		if got = c.nextPresence(); cmp.Equal(brief(got), want) {
			return got
		}
	}
	c.t.Fatalf("presence %v, want %v", brief(got), want)
	return nil
}

func TestPresence_tellsWhoDoesWhat(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		ana, _ := s.connect("1.a", "")
		ana.wantPresence("1/0/online/")
		time.Sleep(time.Second)
		ben, _ := s.connect("2.b", "")
		ana.wantPresence("1/0/online/", "2/0/online/")
		ben.wantPresence("1/0/online/", "2/0/online/")

		ben.say(`{"type":"follow","postId":42,"state":"viewing"}`)
		got := ana.wantPresence("2/42/viewing/", "1/0/online/")
		since := got[0].Since
		if got[0].Name != "User 2" || time.Since(since) > time.Second {
			t.Errorf("got %+v", got[0])
		}
		time.Sleep(time.Second)
		ben.say(`{"type":"follow","postId":42,"state":"editing","field":"title"}`)
		got = ana.wantPresence("2/42/editing/title", "1/0/online/")
		if !got[0].Since.After(since) {
			t.Error("editing began when viewing did")
		}
		since = got[0].Since
		time.Sleep(time.Second)
		ben.say(`{"type":"follow","postId":42,"state":"editing","field":"tags"}`)
		if got = ana.wantPresence("2/42/editing/tags", "1/0/online/"); !got[0].Since.Equal(since) {
			t.Error("editing began anew with another field")
		}
		ben.say(`{"type":"follow","postId":7,"state":"viewing"}`)
		ana.wantPresence("2/42/editing/tags", "2/7/viewing/", "1/0/online/")
		ben.say(`{"type":"unfollow","postId":42}`)
		ana.wantPresence("2/7/viewing/", "1/0/online/")
		ben.nc.Close()
		ana.wantPresence("1/0/online/")
	})
}

// TestPresence_line: the line of the caret is shown with the field content, and without a field.
func TestPresence_line(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		ana, _ := s.connect("1.a", "")
		ben, _ := s.connect("2.b", "")
		ben.say(`{"type":"follow","postId":42,"state":"editing","field":"content","line":7}`)
		since := ana.wantPresence("2/42/editing/content:7", "1/0/online/")[0].Since
		time.Sleep(time.Second)
		ben.say(`{"type":"follow","postId":42,"state":"editing","field":"content","line":250001}`)
		if got := ana.wantPresence("2/42/editing/content:250001", "1/0/online/"); !got[0].Since.Equal(since) {
			t.Error("editing began anew with another line")
		}
		ben.say(`{"type":"follow","postId":42,"state":"viewing","line":1}`)
		ana.wantPresence("2/42/viewing/:1", "1/0/online/")
		ben.say(`{"type":"follow","postId":42,"state":"editing","field":"title"}`)
		ana.wantPresence("2/42/editing/title", "1/0/online/")
	})
}

// TestPresence_linesAreFewFrames: a caret that moves all the time makes two frames a second.
func TestPresence_linesAreFewFrames(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		ana, _ := s.connect("1.a", "")
		ben, _ := s.connect("2.b", "")
		ana.wantPresence("1/0/online/", "2/0/online/")
		const seconds = 5
		var writing sync.WaitGroup
		writing.Go(func() {
			for line := range seconds * 15 { // below the limit of frames
				ben.say(fmt.Sprintf(`{"type":"follow","postId":42,"state":"editing","field":"content","line":%d}`, line+1))
				time.Sleep(time.Second / 15)
			}
		})
		frames, last := 0, fmt.Sprintf("2/42/editing/content:%d", seconds*15)
		for began := time.Now(); ; frames++ {
			if got := brief(ana.nextPresence()); got[0] == last {
				break
			} else if time.Since(began) > 2*seconds*time.Second {
				t.Fatalf("the last line did not come; the newest is %v", got)
			}
		}
		writing.Wait()
		if frames > seconds*2+2 {
			t.Errorf("%d frames in %d seconds", frames, seconds)
		}
	})
}

func TestPresence_mergesTabs(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		watcher, _ := s.connect("9.w", "")
		tab1, _ := s.connect("1.a", "")
		tab2, _ := s.connect("1.a", "")
		s.aside.Go(tab1.drain)
		s.aside.Go(tab2.drain)
		watcher.wantPresence("1/0/online/", "9/0/online/")
		tab1.say(`{"type":"follow","postId":5,"state":"viewing"}`)
		tab2.say(`{"type":"follow","postId":5,"state":"editing","field":"title"}`)
		watcher.wantPresence("1/5/editing/title", "9/0/online/")
		tab2.nc.Close()
		watcher.wantPresence("1/5/viewing/", "9/0/online/")
		tab1.nc.Close()
		watcher.wantPresence("9/0/online/")
	})
}

// drain reads until the connection ends.
func (c *client) drain() {
	for err := error(nil); err == nil; {
		_, err = c.read()
	}
}

// With many changes two frames a second are sent, and the last one has the final state.
func TestPresence_isSentTwiceASecond(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		watcher, _ := s.connect("9.w", "")
		busy, _ := s.connect("1.a", "")
		s.aside.Go(busy.drain)
		start := time.Now()
		s.aside.Go(func() {
			for i := range 100 {
				busy.say(fmt.Sprintf(`{"type":"follow","postId":5,"state":"editing","field":"f%d"}`, i))
				time.Sleep(100 * time.Millisecond)
			}
		})
		count := 0
		for last := ""; last != "1/5/editing/f99"; count++ {
			last = brief(watcher.nextPresence())[0]
		}
		if seconds := time.Since(start).Seconds(); float64(count) > 2*seconds+2 || count < 15 {
			t.Errorf("%d frames in %.1f s", count, seconds)
		}
	})
}

func TestPresence_isBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		editor, _ := s.connect("999.e", "")
		for user := range 250 {
			c, _ := s.connect(fmt.Sprintf("%d.s", user+1), "")
			s.aside.Go(c.drain)
		}
		s.aside.Go(func() {
			time.Sleep(time.Minute)
			editor.say(`{"type":"follow","postId":5,"state":"editing"}`)
		})
		for {
			got := editor.nextPresence()
			if len(got) > 200 {
				t.Fatalf("%d people", len(got))
			}
			if got[0].State == "editing" {
				return
			}
		}
	})
}

// A second tab changes nothing for the others, and gets the list itself.
func TestPresence_isToldToWhoComesLater(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	first, _ := s.connect("1.a", "")
	first.wantPresence("1/0/online/")
	second, _ := s.connect("1.a", "")
	second.wantPresence("1/0/online/")
}

func TestPresence_viewersOnlyView(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		vic, _ := s.connect("1.viewer", "")
		vic.say(`{"type":"follow","postId":42,"state":"editing","field":"content","line":3}`)
		vic.wantPresence("1/42/viewing/")
	})
}

// 224 open posts of one user hide no other user.
func TestPresence_isCutFairly(t *testing.T) {
	inBubble(t, func(t *testing.T, s *site) {
		for tab := range 7 {
			many, _ := s.connect("1.tab", "")
			for n := range 32 {
				many.say(fmt.Sprintf(`{"type":"follow","postId":%d,"state":"editing"}`, tab*32+n+1))
				if n%16 == 15 {
					time.Sleep(time.Second)
				}
			}
		}
		for id := 2; id <= 9; id++ {
			s.connect(fmt.Sprintf("%d.a", id), "")
		}
		last, _ := s.connect("10.a", "")
		var got []person
		for seen := map[int64]bool{}; len(seen) < 10; {
			got = last.nextPresence()
			clear(seen)
			for _, p := range got {
				seen[p.ID] = true
			}
		}
		if len(got) != 200 || got[0].ID != 1 || got[199].State != "online" {
			t.Errorf("%d entries, first %+v, last %+v", len(got), got[0], got[len(got)-1])
		}
	})
}
