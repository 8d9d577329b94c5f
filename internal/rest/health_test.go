package rest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/rest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

func TestHealth(t *testing.T) {
	d := newDesk(t)
	play(t, d, []scenario{
		{name: "alive", call: "GET /healthz", status: 200, has: []string{"ok\n"}},
		{name: "ready", call: "GET /readyz", status: 200, has: []string{"Content-Type: text/plain; charset=utf-8", "\ndatabase ok\nkafka ok 3 partitions\n"}},
		{name: "status", as: viewer, call: "GET /api/status", status: 200,
			has: []string{`{"head":7,"relay":{"waiting":0,"oldestSeconds":0,"healthy":true},"kafka":{"mode":"embedded","healthy":true,"detail":""},"database":{"kind":"sqlite","healthy":true},"sockets":0,"node":"n1","version":"v1"}`}},
		{name: "status as nobody", call: "GET /api/status", status: 401},
	})
	d.system.checks = []rest.Check{{Name: "database"}, {Name: "kafka", Err: errors.New("x"), Detail: "no broker has answered for 3s", Optional: true}, {Name: "gateway", Optional: true}}
	play(t, d, []scenario{
		{name: "degraded", call: "GET /readyz", status: 200, has: []string{"\ndatabase ok\nkafka degraded no broker has answered for 3s\ngateway ok\n"}},
	})
	d.system.checks[0].Err = errors.New("y")
	play(t, d, []scenario{
		{name: "not ready", call: "GET /readyz", status: 503, has: []string{"\ndatabase failing\nkafka degraded no broker has answered for 3s\ngateway ok\n"}},
		{name: "but alive", call: "GET /healthz", status: 200},
	})
}

// A label's values are kept for ever, so they must not come from outside.
func TestMetrics_labelsAreBounded(t *testing.T) {
	d := newDesk(t)
	d.fresh()
	for _, call := range []string{"GET /api/posts/1", "GET /api/posts/2", "GET /api/posts/none", "GET /api/x/1", "GET /api/x/2", "GET /a", "GET /b", "GET /posts/new", "GET /assets/none.js",
		"BREW /api/posts", "STIR /", "OPTIONS /api/posts/1", "GET /api/public/posts/a", "GET /api/public/posts/b", "PATCH /api/posts/7", "GET /healthz", "GET /api", "POST /ws"} {
		d.do(viewer, call, "")
	}
	var got []string
	families, err := d.registry.Gather()
	testkit.Must(t, err)
	for _, family := range families {
		if family.GetName() != "wiredesk_http_requests_total" {
			continue
		}
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			got = append(got, strings.Join(labels, " "))
		}
	}
	slices.Sort(got)
	want := []string{
		"GET /api/posts/{id} 200", "GET /api/posts/{id} 404", "GET /api/public/posts/{slug} 404", "GET /healthz 200", "GET dashboard 200", "GET dashboard 307",
		"GET dashboard 404", "GET none 404", "OPTIONS none 405", "PATCH /api/posts/{id} 403", "POST dashboard 405", "other dashboard 405", "other none 405",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("method, route and status (-want +got):\n%s", diff)
	}
	if a := d.do(nobody, "GET /metrics", ""); !strings.Contains(a.body, `wiredesk_http_requests_total{method="GET",route="/api/posts/{id}",status="404"} 2`) {
		t.Errorf("the metrics lack the request:\n%s", a.body)
	}
}
