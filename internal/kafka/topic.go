package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// maxBatchBytes lets the largest possible post through, with each of its
// characters escaped; maxMessageBytes is what the topic then has to take.
const (
	maxBatchBytes   = 2 << 20
	maxMessageBytes = 4 << 20
)

// ensureTopic creates the topic when it is missing. One that exists is used as
// it is; the answer then tells how it differs from the configuration, if it does.
func ensureTopic(ctx context.Context, client *kgo.Client, cfg Config) (difference []any, err error) {
	admin := kadm.NewClient(client)
	topics, err := admin.ListTopics(ctx, cfg.Topic)
	if err == nil {
		err = topics.Error()
	}
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return nil, createTopic(ctx, admin, cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("reading about the Kafka topic %s: %w", cfg.Topic, err)
	}
	partitions := topics[cfg.Topic].Partitions
	if n := len(partitions); n != int(cfg.Partitions) {
		difference = append(difference, slog.Group("partitions", "configured", cfg.Partitions, "actual", n))
	}
	if n := partitions.NumReplicas(); cfg.ReplicationFactor > 0 && n != int(cfg.ReplicationFactor) {
		difference = append(difference, slog.Group("replicationFactor", "configured", cfg.ReplicationFactor, "actual", n))
	}
	return difference, alterTopic(ctx, admin, cfg)
}

func createTopic(ctx context.Context, admin *kadm.Client, cfg Config) error {
	settings := map[string]*string{"max.message.bytes": new(strconv.Itoa(maxMessageBytes))}
	maps.Copy(settings, cfg.settings)
	_, err := admin.CreateTopic(ctx, cfg.Partitions, cfg.ReplicationFactor, settings, cfg.Topic)
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) { // another node may have been faster
		return fmt.Errorf("creating the Kafka topic %s: %w", cfg.Topic, err)
	}
	cfg.log().Info("Kafka topic created", "topic", cfg.Topic, "partitions", cfg.Partitions)
	return nil
}

// alterTopic gives the settings of the embedded broker's topic again at each
// start: its clean-up does not run before somebody has.
func alterTopic(ctx context.Context, admin *kadm.Client, cfg Config) error {
	if len(cfg.settings) == 0 {
		return nil
	}
	var alter []kadm.AlterConfig
	for name, value := range cfg.settings {
		alter = append(alter, kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: value})
	}
	answers, err := admin.AlterTopicConfigs(ctx, alter, cfg.Topic)
	if err == nil {
		_, err = answers.On(cfg.Topic, func(r *kadm.AlterConfigsResponse) error { return r.Err })
	}
	if err != nil {
		return fmt.Errorf("setting up the Kafka topic %s: %w", cfg.Topic, err)
	}
	return nil
}

// bounds are where each partition of the topic begins and ends now.
type bounds struct{ start, end map[int32]int64 }

func topicBounds(ctx context.Context, client *kgo.Client, topic string) (bounds, error) {
	admin := kadm.NewClient(client)
	read := func(list func(context.Context, ...string) (kadm.ListedOffsets, error)) (map[int32]int64, error) {
		listed, err := list(ctx, topic)
		if err == nil {
			err = listed.Error()
		}
		if err == nil && len(listed[topic]) == 0 {
			err = kerr.UnknownTopicOrPartition
		}
		offsets := make(map[int32]int64, len(listed[topic]))
		for p, o := range listed[topic] {
			offsets[p] = o.Offset
		}
		return offsets, err
	}
	start, err := read(admin.ListStartOffsets)
	if err != nil {
		return bounds{}, fmt.Errorf("reading where the Kafka topic %s begins: %w", topic, err)
	}
	end, err := read(admin.ListEndOffsets)
	if err != nil {
		return bounds{}, fmt.Errorf("reading where the Kafka topic %s ends: %w", topic, err)
	}
	return bounds{start, end}, nil
}
