package check

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path"
	"reflect"
	"strings"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// kustomization has the used fields of a Kustomization.
type kustomization struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Namespace  string   `json:"namespace"`
	Resources  []string `json:"resources"`
	Images     []struct {
		Name    string `json:"name"`
		NewName string `json:"newName,omitempty"`
		NewTag  string `json:"newTag,omitempty"`
	} `json:"images,omitempty"`
	ConfigMapGenerator []struct {
		Name    string   `json:"name"`
		Files   []string `json:"files"`
		Options struct {
			DisableNameSuffixHash bool              `json:"disableNameSuffixHash"`
			Labels                map[string]string `json:"labels"`
		} `json:"options"`
	} `json:"configMapGenerator,omitempty"`
	Patches []struct {
		Target struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"target"`
		Patch string `json:"patch"`
	} `json:"patches,omitempty"`
}

// serviceMonitor has the used fields of the Prometheus operator's ServiceMonitor.
type serviceMonitor struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		JobLabel string `json:"jobLabel"`
		Selector struct {
			MatchLabels map[string]string `json:"matchLabels"`
		} `json:"selector"`
		Endpoints []struct {
			Port     string `json:"port"`
			Path     string `json:"path"`
			Interval string `json:"interval"`
		} `json:"endpoints"`
	} `json:"spec"`
}

// prometheusRule has the used fields of the Prometheus operator's PrometheusRule. Rules checks its groups in rules.yml.
type prometheusRule struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		Groups []map[string]any `json:"groups"`
	} `json:"spec"`
}

// kinds returns an empty object of each used kind.
func kinds() map[string]any {
	return map[string]any{
		"v1 Namespace": new(core.Namespace), "v1 ConfigMap": new(core.ConfigMap), "v1 Secret": new(core.Secret), "v1 Service": new(core.Service),
		"apps/v1 Deployment": new(apps.Deployment), "policy/v1 PodDisruptionBudget": new(policy.PodDisruptionBudget),
		"networking.k8s.io/v1 Ingress": new(networking.Ingress), "networking.k8s.io/v1 NetworkPolicy": new(networking.NetworkPolicy),
		"autoscaling/v2 HorizontalPodAutoscaler":  new(autoscaling.HorizontalPodAutoscaler),
		"monitoring.coreos.com/v1 ServiceMonitor": new(serviceMonitor),
		"monitoring.coreos.com/v1 PrometheusRule": new(prometheusRule),
	}
}

// Kubernetes decodes the manifests strictly into the types of the Kubernetes API, and checks the references between them.
func Kubernetes(r Root) []error {
	var p problems
	objects := map[string]any{}
	for _, dir := range []string{"base", "autoscale", "monitoring"} {
		dir = "deploy/kubernetes/" + dir
		var k kustomization
		text, err := r.read(dir + "/kustomization.yaml")
		if err == nil {
			err = yaml.UnmarshalStrict(text, &k)
		}
		p.file(dir+"/kustomization.yaml", err)
		for _, generator := range k.ConfigMapGenerator {
			for _, file := range generator.Files {
				_, err := r.read(dir + "/" + file)
				p.file(dir+"/kustomization.yaml", err)
			}
		}
		for _, resource := range k.Resources {
			if path.Ext(resource) == ".yaml" {
				p.manifest(r, dir+"/"+resource, objects)
			}
		}
	}
	p.manifest(r, "deploy/kubernetes/base/secret.example.yaml", objects)
	if len(p) == 0 {
		p.references(r, objects)
	}
	return p
}

// manifest reads the objects of a file.
func (p *problems) manifest(r Root, name string, objects map[string]any) {
	text, err := r.read(name)
	if err != nil {
		p.file(name, err)
		return
	}
	p.documents(name, text, objects)
}

// documents decodes the YAML documents of text strictly and adds them to objects.
func (p *problems) documents(name string, text []byte, objects map[string]any) {
	for docs := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
		doc, err := docs.Read()
		if err == io.EOF {
			return
		}
		var head struct {
			APIVersion, Kind string
			Metadata         struct{ Name string }
		}
		if err == nil {
			err = yaml.Unmarshal(doc, &head)
		}
		object := kinds()[head.APIVersion+" "+head.Kind]
		if err == nil && object == nil {
			err = fmt.Errorf("%s %s is no kind that is known here", head.APIVersion, head.Kind)
		}
		if err == nil {
			err = yaml.UnmarshalStrict(doc, object)
		}
		if err != nil {
			p.file(name, err)
			return
		}
		for _, field := range missing(reflect.ValueOf(object).Elem(), head.Kind) {
			p.add("%s: %s is missing", name, field)
		}
		objects[head.Kind+" "+head.Metadata.Name] = object
	}
}

// missing returns the fields that are required and empty: those of the API that their JSON does
// not leave out. It skips the fields that the cluster sets.
func missing(v reflect.Value, at string) (fields []string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return missing(v.Elem(), at)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fields = append(fields, missing(v.Index(i), fmt.Sprintf("%s[%d]", at, i))...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if !v.Type().Field(i).IsExported() || name == "status" || name == "metadata" {
				continue
			}
			field, here := v.Field(i), strings.TrimSuffix(at+"."+name, ".")
			required := name != "" && name != "-" && !strings.Contains(options, "omit") && !strings.Contains(options, "inline")
			if required && field.Kind() != reflect.Struct && field.IsZero() {
				fields = append(fields, here)
			}
			fields = append(fields, missing(field, here)...)
		}
	}
	return fields
}
