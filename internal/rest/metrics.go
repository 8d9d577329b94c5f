package rest

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(reg prometheus.Registerer) metrics {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wiredesk_http_requests_total",
			Help: "Requests by route, method and status."}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "wiredesk_http_request_seconds",
			Help: "Time to answer, by route and method.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14)}, []string{"route", "method"}),
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.seconds)
	}
	return m
}

// Routes of requests that no pattern of the API matches.
const (
	routeDashboard = "dashboard"
	routeNone      = "none"
)

// routeOf returns the pattern of a request that was served, without the method.
func routeOf(r *http.Request) string {
	_, route, ok := strings.Cut(r.Pattern, " ")
	if !ok || route == "/" {
		route = routeDashboard
	}
	if strings.HasPrefix(r.URL.Path, "/api/") && route == routeDashboard {
		route = routeNone
	}
	return route
}

// observe counts a request under its route, never under its path: paths are unbounded.
func (m metrics) observe(r *http.Request, route string, status int, took time.Duration) {
	method := r.Method
	switch method {
	case "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS":
	default:
		method = "other"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route, method).Observe(took.Seconds())
}
