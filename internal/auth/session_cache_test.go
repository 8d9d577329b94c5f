package auth

import (
	"fmt"
	"testing"
)

func TestSessionCache_isBounded(t *testing.T) {
	c := sessionCache{states: make(map[string]sessionState)}
	for i := range maxStates + 5 {
		c.put(fmt.Sprint(i), sessionState{}, 0)
	}
	if len(c.states) > maxStates {
		t.Errorf("%d states are kept", len(c.states))
	}
	c.invalidate()
	c.put("late", sessionState{live: true}, 0) // read before the invalidation
	if _, generation, ok := c.get("late"); ok || generation != 1 {
		t.Errorf("kept: %v, generation %d", ok, generation)
	}
}
