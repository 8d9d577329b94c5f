package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/outbox"
)

// Empty removes all records of the topic. On a cluster the topic keeps its settings and offsets, and
// the brokers remove the records from their disks within minutes. On the embedded broker the topic is
// deleted with its files and created again, as its offsets would restart at 0 in any case. The error is
// outbox.ErrRefused without the right DELETE on the topic.
func (p *Producer) Empty(ctx context.Context) error {
	p.Close() // its client caches the metadata of the topic
	client, err := kgo.NewClient(p.opts...)
	if err != nil {
		return fmt.Errorf("setting up the Kafka producer: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if p.cfg.Local != nil {
		err = deleteTopic(ctx, admin, p.cfg.Topic)
	} else {
		err = deleteRecords(ctx, client, admin, p.cfg.Topic)
	}
	if err == nil {
		return p.EnsureTopic(ctx)
	}
	denied := errors.Is(err, kerr.TopicAuthorizationFailed) || errors.Is(err, kerr.ClusterAuthorizationFailed) || errors.Is(err, kerr.TopicDeletionDisabled) ||
		errors.Is(err, kerr.PolicyViolation)
	err = p.cfg.describeError(p.dials, "emptying the Kafka topic "+p.cfg.Topic, "DELETE", err)
	if denied {
		err = fmt.Errorf("%w: %w", outbox.ErrRefused, err)
	}
	return err
}

// deleteTopic deletes the topic and returns when the broker no longer lists it.
func deleteTopic(ctx context.Context, admin *kadm.Client, topic string) error {
	if _, err := admin.DeleteTopic(ctx, topic); err != nil && !errors.Is(err, kerr.UnknownTopicOrPartition) {
		return err
	}
	for {
		topics, err := admin.ListTopics(ctx, topic)
		if err == nil {
			err = topics.Error()
		}
		if errors.Is(err, kerr.UnknownTopicOrPartition) {
			return nil
		}
		if err != nil {
			return err
		}
		if sleep(ctx, 50*time.Millisecond); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// deleteRecords moves the start of each partition to its end.
func deleteRecords(ctx context.Context, client *kgo.Client, admin *kadm.Client, topic string) error {
	bounds, err := topicBounds(ctx, client, topic)
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return nil
	}
	if err != nil {
		return err
	}
	ends := kadm.Offsets{}
	for p, end := range bounds.End {
		ends.AddOffset(topic, p, end, -1)
	}
	answers, err := admin.DeleteRecords(ctx, ends)
	if err != nil {
		return err
	}
	return answers.Error()
}
