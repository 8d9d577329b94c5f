package check

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
)

const chartDir = "deploy/helm/wiredesk"

// Chart lints the Helm chart, renders it with its default values and with all optional objects, and checks the objects
// with the types of the Kubernetes API, as Kubernetes does with the manifests. The chart's version is the newest one of
// CHANGELOG.md.
func Chart(r Root) []error {
	var p problems
	for _, message := range lint.All(r.path(chartDir), map[string]any{}, "wiredesk", true).Messages {
		if message.Severity >= support.WarningSev {
			p.file(chartDir, message.Err)
		}
	}
	all := map[string]any{"autoscaling": map[string]any{"enabled": true}, "serviceMonitor": map[string]any{"enabled": true, "labels": map[string]any{"release": "prometheus"}},
		"image": map[string]any{"tag": "v9", "pullSecrets": []any{"registry"}}, "nodeSelector": map[string]any{"disk": "ssd"}, "podAnnotations": map[string]any{"a": "b"}}
	least := map[string]any{"ingress": map[string]any{"enabled": false}, "networkPolicy": map[string]any{"enabled": false}, "kafkaCASecretName": ""}
	for _, values := range []map[string]any{{}, all, least} {
		objects, err := p.render(r, values)
		if err != nil {
			p.file(chartDir, err)
			return p
		}
		if len(p) == 0 && values["autoscaling"] != nil {
			p.references(r, objects)
		}
	}
	for _, name := range []string{"JWT_SECRET", "lower_case"} { // values.schema.json refuses both
		if _, err := p.render(r, map[string]any{"settings": map[string]any{name: "x"}}); err == nil {
			p.add("%s: values.schema.json allows the setting %s", chartDir, name)
		}
	}
	return append(p, sameVersion(r)...)
}

// render returns the objects of the chart with values, and the Secrets of the example that it refers to.
func (p *problems) render(r Root, values map[string]any) (map[string]any, error) {
	chart, err := loader.Load(r.path(chartDir))
	if err != nil {
		return nil, err
	}
	top, err := chartutil.ToRenderValues(chart, values, chartutil.ReleaseOptions{Name: "wiredesk", Namespace: "wiredesk", IsInstall: true}, nil)
	if err != nil {
		return nil, fmt.Errorf("values %v: %w", values, err)
	}
	files, err := engine.Render(chart, top)
	if err != nil {
		return nil, err
	}
	objects := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(name, ".yaml") && strings.TrimSpace(files[name]) != "" {
			p.documents(chartDir+strings.TrimPrefix(name, "wiredesk"), []byte(files[name]), objects)
		}
	}
	p.manifest(r, "deploy/kubernetes/base/secret.example.yaml", objects)
	return objects, nil
}

var newestVersion = regexp.MustCompile(`(?m)^## \[(\d+\.\d+\.\d+)\]`)

// sameVersion checks that the chart has the newest version of CHANGELOG.md.
func sameVersion(r Root) []error {
	changelog, err := os.ReadFile(r.path("CHANGELOG.md"))
	if err != nil {
		return []error{err}
	}
	chart, err := loader.Load(r.path(chartDir))
	if err != nil {
		return []error{err}
	}
	newest := newestVersion.FindSubmatch(changelog)
	if newest == nil || string(newest[1]) != chart.Metadata.Version || chart.Metadata.Version != chart.AppVersion() {
		return []error{fmt.Errorf("%s has the version %s of Wiredesk %s; the newest one of CHANGELOG.md is %q", chartDir, chart.Metadata.Version, chart.AppVersion(), newest)}
	}
	return nil
}
