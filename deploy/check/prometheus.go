package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// Rules reads the alerts: their form, their queries and their texts' templates.
func Rules(r Root) []error {
	groups, found := rulefmt.ParseFile(r.path("deploy/prometheus/rules.yml"), false, model.UTF8Validation)
	if len(found) > 0 {
		return found
	}
	var p problems
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			if rule.Labels["severity"] == "" || rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
				p.add("deploy/prometheus/rules.yml: %s needs a severity, a summary and a description", rule.Alert)
			}
		}
	}
	return p
}

// panel is a panel of a dashboard.
type panel struct {
	ID      int
	Type    string
	Title   string
	GridPos struct{ X, Y, W, H int }
	Targets []struct{ Expr string }
}

func (a panel) covers(b panel) bool {
	return a.GridPos.X < b.GridPos.X+b.GridPos.W && b.GridPos.X < a.GridPos.X+a.GridPos.W &&
		a.GridPos.Y < b.GridPos.Y+b.GridPos.H && b.GridPos.Y < a.GridPos.Y+a.GridPos.H
}

// variables are filled in by Grafana before Prometheus sees a query.
var variables = strings.NewReplacer("$__rate_interval", "1m", "$node", "wiredesk-1")

// Dashboard reads Grafana's dashboard: its queries, and that no panel lies on another.
func Dashboard(r Root) []error {
	var p problems
	const name = "deploy/grafana/dashboards/wiredesk.json"
	text, err := r.read(name)
	if err != nil {
		return []error{err}
	}
	var dashboard struct {
		UID, Title string
		Panels     []panel
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		p.file(name, err)
		return p
	}
	if dashboard.UID == "" || dashboard.Title == "" || len(dashboard.Panels) == 0 {
		p.file(name, errors.New("it has no uid, no title or no panel"))
	}
	for i, a := range dashboard.Panels {
		for _, b := range dashboard.Panels[:i] {
			if a.ID == b.ID || a.covers(b) {
				p.add("%s: the panels %q and %q have one id or one place", name, a.Title, b.Title)
			}
		}
		if len(a.Targets) == 0 && a.Type != "row" {
			p.add("%s: the panel %q asks for nothing", name, a.Title)
		}
		for _, target := range a.Targets {
			if _, err := parser.ParseExpr(variables.Replace(target.Expr)); err != nil {
				p.file(name, fmt.Errorf("panel %q: %w", a.Title, err))
			}
		}
	}
	return p
}
