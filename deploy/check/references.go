package check

import (
	"maps"
	"slices"
	"strings"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// references checks the references between the objects: selectors, ports, volumes and settings.
func (p *problems) references(r Root, objects map[string]any) {
	deployment := objects["Deployment wiredesk"].(*apps.Deployment)
	pod := deployment.Spec.Template
	service := objects["Service wiredesk"].(*core.Service)
	monitor := objects["ServiceMonitor wiredesk"].(*serviceMonitor)
	autoscaler := objects["HorizontalPodAutoscaler wiredesk"].(*autoscaling.HorizontalPodAutoscaler)
	selected := map[string]map[string]string{
		"the Deployment":          deployment.Spec.Selector.MatchLabels,
		"the Service":             service.Spec.Selector,
		"the PodDisruptionBudget": objects["PodDisruptionBudget wiredesk"].(*policy.PodDisruptionBudget).Spec.Selector.MatchLabels,
		"the NetworkPolicy":       objects["NetworkPolicy wiredesk"].(*networking.NetworkPolicy).Spec.PodSelector.MatchLabels,
	}
	for _, spread := range pod.Spec.TopologySpreadConstraints {
		selected["the spread over "+spread.TopologyKey] = spread.LabelSelector.MatchLabels
	}
	for who, labels := range selected {
		p.selects(who, labels, pod.Labels)
	}
	p.selects("the ServiceMonitor", monitor.Spec.Selector.MatchLabels, service.Labels)
	if target := autoscaler.Spec.ScaleTargetRef; target.Kind != "Deployment" || target.Name != deployment.Name ||
		deployment.Spec.Replicas != nil && *deployment.Spec.Replicas < *autoscaler.Spec.MinReplicas {
		p.add("the HorizontalPodAutoscaler does not fit the Deployment")
	}
	for _, rule := range objects["Ingress wiredesk"].(*networking.Ingress).Spec.Rules {
		for _, path := range rule.HTTP.Paths {
			if b := path.Backend.Service; b.Name != service.Name || !slices.ContainsFunc(service.Spec.Ports, func(port core.ServicePort) bool { return port.Name == b.Port.Name }) {
				p.add("the Ingress leads to the port %q of the service %q, which is not there", b.Port.Name, b.Name)
			}
		}
	}
	p.pod(pod.Spec, service, objects)
	p.settings(r, objects)
}

func (p *problems) selects(who string, labels, of map[string]string) {
	for name, value := range labels {
		if of[name] != value {
			p.add("%s selects %s=%s, which nothing has", who, name, value)
		}
	}
	if len(labels) == 0 {
		p.add("%s selects everything", who)
	}
}

// pod checks the ports, probes, volumes and rights of the container.
func (p *problems) pod(pod core.PodSpec, service *core.Service, objects map[string]any) {
	c := pod.Containers[0]
	named := func(port intstr.IntOrString) bool {
		return slices.ContainsFunc(c.Ports, func(have core.ContainerPort) bool { return have.Name == port.StrVal })
	}
	for _, probe := range []*core.Probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
		if probe == nil || probe.HTTPGet == nil || !named(probe.HTTPGet.Port) {
			p.add("the container lacks a probe, or one asks at a port that it has not")
		}
	}
	for _, port := range service.Spec.Ports {
		if !named(port.TargetPort) {
			p.add("the Service leads to the port %s, which the container has not", port.TargetPort.StrVal)
		}
	}
	for _, from := range c.EnvFrom {
		if from.ConfigMapRef != nil && objects["ConfigMap "+from.ConfigMapRef.Name] == nil || from.SecretRef != nil && objects["Secret "+from.SecretRef.Name] == nil {
			p.add("the container takes settings from what is not there")
		}
	}
	for _, mount := range c.VolumeMounts {
		if !slices.ContainsFunc(pod.Volumes, func(v core.Volume) bool { return v.Name == mount.Name }) {
			p.add("the container mounts %s, which is no volume", mount.Name)
		}
	}
	for _, volume := range pod.Volumes {
		if volume.Secret != nil && objects["Secret "+volume.Secret.SecretName] == nil {
			p.add("the volume %s is of a secret that is not there", volume.Name)
		}
	}
	s := c.SecurityContext
	if !*pod.SecurityContext.RunAsNonRoot || pod.SecurityContext.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault ||
		!*s.ReadOnlyRootFilesystem || *s.AllowPrivilegeEscalation || !slices.Contains(s.Capabilities.Drop, "ALL") {
		p.add("the pod may do more than its namespace allows")
	}
}

// settings checks that Wiredesk has all settings, and that the secret ones are in the Secret.
func (p *problems) settings(r Root, objects map[string]any) {
	open := slices.Sorted(maps.Keys(objects["ConfigMap wiredesk"].(*core.ConfigMap).Data))
	p.unknown(r, "the ConfigMap", open)
	p.unknown(r, "the Secret", slices.Sorted(maps.Keys(objects["Secret wiredesk"].(*core.Secret).StringData)))
	for _, name := range open {
		if strings.Contains(name, "PASSWORD") || strings.Contains(name, "SECRET") || name == "DATABASE_URL" {
			p.add("the ConfigMap holds %s, which is a secret", name)
		}
	}
}
