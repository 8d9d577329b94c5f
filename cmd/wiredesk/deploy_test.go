package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

var (
	exported    = regexp.MustCompile(`(?m)^# TYPE (\w+) (\w+)$`)
	labelled    = regexp.MustCompile(`[{,](\w+)="`)
	usedMetric  = regexp.MustCompile(`\b(?:wiredesk|process|go)_\w+\b`)
	usedLabel   = regexp.MustCompile(`(\w+)(?:=~?|!=|!~)\\?"`)
	usedByLabel = regexp.MustCompile(`by \(([\w, ]+)\)`)
)

// find returns the last group of each match of pattern, or the whole match if pattern has no group.
func find(pattern *regexp.Regexp, text string) (all []string) {
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		all = append(all, m[len(m)-1])
	}
	return all
}

// An alert or a panel of a metric that the server does not export would stay empty without an error.
func TestMetrics_areThoseOfDeployAndDocs(t *testing.T) {
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	p.connect(token, 0).next()
	p.want(201, token, "POST /api/posts", `{"title":"Counted"}`)
	metrics := p.call("GET /metrics", "").body

	labels := map[string]bool{"job": true, "instance": true, "alertname": true, "alertstate": true} // by Prometheus
	for _, label := range find(labelled, metrics) {
		labels[label] = true
	}
	series := map[string]bool{"wiredesk_node": true} // the label
	docs, err := os.ReadFile("../../docs/operations/monitoring.md")
	testkit.Must(t, err)
	for _, m := range exported.FindAllStringSubmatch(metrics, -1) {
		name, kind := m[1], m[2]
		if kind == "histogram" {
			series[name+"_bucket"], series[name+"_sum"], series[name+"_count"] = true, true, true
		}
		series[name] = true
		if short, ours := strings.CutPrefix(name, "wiredesk_"); ours && !regexp.MustCompile("`"+short+"[`{]").Match(docs) {
			t.Errorf("docs/operations/monitoring.md does not name the metric %s", short)
		}
	}
	for _, file := range []string{"prometheus/rules.yml", "prometheus/rules_test.yml", "grafana/dashboards/wiredesk.json", "kubernetes/autoscale/autoscaler.yaml", "kubernetes/autoscale/prometheus-adapter.yaml"} {
		text, err := os.ReadFile("../../deploy/" + file)
		testkit.Must(t, err)
		used := find(usedMetric, string(text))
		if len(used) == 0 {
			t.Errorf("deploy/%s asks for no metric", file)
		}
		for _, name := range used {
			if !series[name] {
				t.Errorf("deploy/%s asks for %s, which is not exported", file, name)
			}
		}
		if strings.HasPrefix(file, "kubernetes/") {
			continue // the labels there are those of Kubernetes
		}
		for _, label := range slices.Concat(find(usedLabel, string(text)), strings.Split(strings.Join(find(usedByLabel, string(text)), ", "), ", ")) {
			if label != "" && !labels[label] {
				t.Errorf("deploy/%s asks for the label %s, which is on none of %v", file, label, slices.Sorted(maps.Keys(labels)))
			}
		}
	}
}
