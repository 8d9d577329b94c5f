package sqlstore

import "testing"

// TestTotals_server: a total is found only at the position of the log that it was counted at. A
// count on the old database server that ends late is not found at the same head of the new one.
func TestTotals_server(t *testing.T) {
	var cache totals
	var key totalKey
	n := int64(7)
	cache.set(key, logPosition{server: 0, head: 100}, &n)
	for _, at := range []logPosition{{server: 1, head: 100}, {server: 0, head: 101}} {
		if _, ok := cache.get(key, at); ok {
			t.Errorf("a total is found at %+v", at)
		}
	}
	if total, ok := cache.get(key, logPosition{server: 0, head: 100}); !ok || *total != n {
		t.Errorf("the total is %v, found %v", total, ok)
	}
}
