package sqlstore

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	groupSize     prometheus.Histogram
	commitSeconds prometheus.Histogram
	failedCommits prometheus.Counter
	thinned       prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) metrics {
	m := metrics{
		groupSize: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "wiredesk_db_group_writes",
			Help: "Writes that shared one commit.", Buckets: prometheus.ExponentialBuckets(1, 2, 8)}),
		commitSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "wiredesk_db_commit_seconds",
			Help: "Time to run and commit one group of writes.", Buckets: prometheus.ExponentialBuckets(0.0002, 2, 14)}),
		failedCommits: prometheus.NewCounter(prometheus.CounterOpts{Name: "wiredesk_db_failed_commits_total",
			Help: "Groups of writes that could not be committed."}),
		thinned: prometheus.NewCounter(prometheus.CounterOpts{Name: "wiredesk_events_thinned_total",
			Help: "Autosaved versions whose content this node removed from the event log."}),
	}
	if reg != nil {
		reg.MustRegister(m.groupSize, m.commitSeconds, m.failedCommits, m.thinned)
	}
	return m
}

// registerMetrics registers gauges of IndexStatus.
func (x *indexer) registerMetrics(reg prometheus.Registerer) {
	if reg == nil {
		return
	}
	gauge := func(name, help string, value func(IndexStatus) float64) {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return value(x.IndexStatus()) }))
	}
	gauge("wiredesk_search_index_waiting_events", "Committed events whose posts are not in the search index yet.",
		func(i IndexStatus) float64 { return float64(i.Waiting) })
	gauge("wiredesk_search_index_waiting_seconds", "Time since the search index had all committed events.",
		func(i IndexStatus) float64 { return i.Seconds })
	gauge("wiredesk_search_index_rebuilding", "1 while the search index is rebuilt.", func(i IndexStatus) float64 {
		if i.Rebuilding {
			return 1
		}
		return 0
	})
}
