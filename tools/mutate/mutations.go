package main

// mutation is one wrong change of the program, and the tests that must fail with it.
type mutation struct {
	name, what    string
	file          string
	find, replace string // find occurs once in the file
	unit          []test // one of them is enough
	crash         bool   // the crash test must fail
	cluster       bool   // the cluster test must fail
}

// test is a run of `go test`.
type test struct{ pkg, run string }

// mutations are those of the table in docs/testing.md. A client can see those that the crash or
// the cluster test must catch; the others show only in the database, on the topic or in time.
var mutations = []mutation{
	{name: "m01", what: "the gateway leaves out batches that end with n·100", file: "internal/gateway/batch.go",
		find: "func (b *batch) bytes(c *conn) []byte {", replace: "func (b *batch) bytes(c *conn) []byte {\n\tif (b.next-1)%100 == 0 {\n\t\treturn nil\n\t}",
		unit: []test{{"./internal/gateway", "TestStream_healsWhatKafkaDoes"}}, crash: true, cluster: true},
	{name: "m02", what: "the relay publishes a batch in reverse", file: "internal/outbox/term.go",
		find: "if err := r.publisher.Publish(ctx, missing); err != nil {", replace: "for i, j := 0, len(missing)-1; i < j; i, j = i+1, j-1 {\n\t\t\tmissing[i], missing[j] = missing[j], missing[i]\n\t\t}\n\t\tif err := r.publisher.Publish(ctx, missing); err != nil {",
		unit: []test{{"./internal/outbox", "TestRelay_publishesInOrder"}}},
	{name: "m03", what: "the gateway shows a repeat as the next event", file: "internal/gateway/stream.go",
		find: "\t\tcase e.Seq == s.next:\n", replace: "\t\tcase e.Seq == s.next-1 && s.next > 1:\n\t\t\te.Seq = s.next\n\t\t\ts.append(arrival{e, from}, &grown)\n\t\tcase e.Seq == s.next:\n",
		unit: []test{{"./internal/gateway", "TestStream_healsWhatKafkaDoes"}}, crash: true, cluster: true},
	{name: "m03b", what: "the gateway drops an event of the same post as the one before", file: "internal/gateway/stream.go",
		find: "\tfor _, e := range events {\n", replace: "\tfor i, e := range events {\n\t\tif i > 0 && events[i-1].PostID == e.PostID && from == fromKafka {\n\t\t\tcontinue\n\t\t}\n",
		unit: []test{{"./internal/gateway", "TestKafka_holesAreFilled|TestStream"}}},
	{name: "m04", what: "one event in 300 is not stored", file: "internal/sqlstore/posttx.go",
		find: "\tt.events = append(t.events, e)\n\treturn nil", replace: "\tif (31*e.PostID+17*e.Version)%300 != 7 {\n\t\tt.events = append(t.events, e)\n\t}\n\treturn nil",
		unit: []test{{"./internal/sqlstore", "TestSQLite/Numbers"}}, crash: true, cluster: true},
	{name: "m05", what: "errors of publishing are ignored", file: "internal/outbox/term.go",
		find: "if err := r.publisher.Publish(ctx, missing); err != nil {", replace: "if err := r.publisher.Publish(ctx, missing); err != nil && ctx.Err() != nil {",
		unit: []test{{"./internal/outbox", "TestRelay_backsOff|TestRelay_keepsOrderAfterBrokerOutage"}}},
	{name: "m06", what: "a node whose term is over moves the watermark", file: "internal/sqlstore/lease.go",
		find: "\"UPDATE lease SET watermark = ? WHERE fence = ?\"", replace: "\"UPDATE lease SET watermark = ? WHERE fence >= ?\"",
		unit: []test{{"./internal/sqlstore", "TestSQLite/Lease"}}},
	{name: "m07", what: "one idempotency key in 10 is forgotten", file: "internal/sqlstore/posttx.go",
		find: "\treturn t.exec(\"INSERT INTO outcomes (", replace: "\tif o.PostID%10 == 1 {\n\t\treturn nil\n\t}\n\treturn t.exec(\"INSERT INTO outcomes (",
		unit: []test{{"./internal/post", "TestKey"}}, cluster: true},
	{name: "m08", what: "SQLite does not sync its commits", file: "internal/sqlstore/sqlite.go",
		find: "synchronous(FULL)", replace: "synchronous(OFF)",
		unit: []test{{"./internal/sqlstore", "TestSQLite_commitsAreSynced"}}},
	{name: "m08b", what: "SQLite syncs at checkpoints only", file: "internal/sqlstore/sqlite.go",
		find: "synchronous(FULL)", replace: "synchronous(NORMAL)",
		unit: []test{{"./internal/sqlstore", "TestSQLite_commitsAreSynced"}}},
	{name: "m09", what: "a client that resumes from the event log misses one event", file: "internal/gateway/resume.go",
		find: "\tfor _, e := range event.BeforeGap(events) {\n", replace: "\tfor i, e := range event.BeforeGap(events) {\n\t\tif i == 1 {\n\t\t\tcontinue\n\t\t}\n",
		unit: []test{{"./internal/gateway", "TestResume_outcomes"}}, cluster: true},
	{name: "m10", what: "a new term trusts the watermark", file: "internal/outbox/term.go",
		find: "\tp := &cursor{seq: min(from-1, done), alreadyPublished: ids}\n\tfor ; p.seq < done; p.seq++ {", replace: "\tp := &cursor{seq: done, alreadyPublished: ids}\n\t_ = from\n\tfor ; p.seq < done; p.seq++ {",
		unit: []test{{"./internal/outbox", "TestRelay_fillsANewTopic|TestRelay_republishes"}}},
	{name: "m11", what: "Kafka brings no event to the gateway", file: "internal/gateway/hub.go",
		find: "{ h.publish(events, fromKafka) }", replace: "{}",
		unit: []test{{"./internal/gateway", "TestStream_goesOnWithoutLog"}}, cluster: true},
	{name: "m12", what: "a write is acknowledged before its commit", file: "internal/sqlstore/group.go",
		find: "\tevents, err := w.commitWithRetry(slices.Clone(ops))\n", replace: "\tfor _, o := range ops {\n\t\tclose(o.done)\n\t\to.done = make(chan struct{})\n\t}\n\tevents, err := w.commitWithRetry(slices.Clone(ops))\n",
		unit: []test{{"./internal/archive", ""}}, crash: true, cluster: true},
	{name: "m13", what: "a post is read without its lock on MySQL", file: "internal/sqlstore/posttx.go",
		find: "content FROM posts WHERE id = ?\"+t.w.store.dialect.forUpdate, id))", replace: "content FROM posts WHERE id = ?\", id))",
		unit: []test{{"./internal/sqlstore", "TestMySQL_postsAreLocked"}}},
	{name: "m14", what: "every 100th frame has an empty title", file: "internal/gateway/stream.go",
		find: "\tpayload, err := encode(e)\n", replace: "\tif e.Seq%100 == 0 {\n\t\te.Data = regexp.MustCompile(`\"title\":\"[^\"]*\"`).ReplaceAll(e.Data, []byte(`\"title\":\"\"`))\n\t}\n\tpayload, err := encode(e)\n",
		unit: []test{{"./internal/gateway", "TestStream_healsWhatKafkaDoes"}}, crash: true, cluster: true},
	{name: "m15", what: "one broker's acknowledgement is enough", file: "internal/kafka/producer.go",
		find: "kgo.RequiredAcks(kgo.AllISRAcks())", replace: "kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite()",
		unit: []test{{"./internal/kafka", "TestProducer"}}},
	{name: "m16", what: "the consumer loses one record in 50", file: "internal/kafka/consumer.go",
		find: "\t\tevents = append(events, e)\n", replace: "\t\tif e.Seq%50 != 0 {\n\t\t\tevents = append(events, e)\n\t\t}\n",
		unit: []test{{"./internal/kafka", "TestConsumer"}, {"./internal/gateway", "TestKafka_holesAreFilled"}}},
	{name: "m17", what: "a client that resumes gets one event twice", file: "internal/gateway/resume.go",
		find: "\treplay := place{c + 1, v.generation, v.epoch, c, resumeReplayed}\n", replace: "\treplay := place{max(c, 1), v.generation, v.epoch, c, resumeReplayed}\n",
		unit: []test{{"./internal/gateway", "TestResume_outcomes"}}, crash: true, cluster: true},
	{name: "m18", what: "a late event is read from the log after 10 s", file: "internal/gateway/keepup.go",
		find: "pollInterval = 250 * time.Millisecond", replace: "pollInterval = 5000 * time.Millisecond",
		unit: []test{{"./internal/gateway", "TestKafka_awayAndBack"}}},
	{name: "m19", what: "slow readers are not closed", file: "internal/gateway/shard.go",
		find: "\tif s.lag(c) > int64(s.hub.cfg.MaxBehind) {\n", replace: "\tif s.lag(c) > int64(s.hub.cfg.MaxBehind)<<20 {\n",
		unit: []test{{"./internal/gateway", "TestSlow"}}},
	{name: "m20", what: "after a failover reads stay on the old database server", file: "internal/sqlstore/server.go",
		find: "return c.generation != c.server.generation.Load() }", replace: "return false }",
		unit: []test{{"./internal/sqlstore", "TestFailover_readOnly"}}},
	{name: "m21", what: "a read-only database is healthy", file: "internal/sqlstore/health.go",
		find: "\th.err = newHealthError(err)\n", replace: "\th.err = nil\n",
		unit: []test{{"./internal/sqlstore", "TestReadOnly"}}},
	{name: "m22", what: "retention keeps no event of a post", file: "internal/sqlstore/event.go",
		find: "t.keepLast(last)", replace: "error(nil)",
		unit: []test{{"./internal/sqlstore", "TestSQLite/Events"}}},
	{name: "m23", what: "on a full disk sessions are not renewed", file: "internal/auth/refresh.go",
		find: "kind == fault.Full ||", replace: "",
		unit: []test{{"./internal/auth", "TestRefresh_onAFullDisk"}}},
	{name: "m24", what: "a tool beside a server with SQLite does not pause between its transactions", file: "internal/sqlstore/yield.go",
		find: "time.Sleep(time.Until(w.pauseUntil))", replace: "",
		unit: []test{{"./internal/sqlstore", "TestSQLite_toolsYield"}}},
}
