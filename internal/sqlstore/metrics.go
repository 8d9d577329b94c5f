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
