"""Builds a search index of the published posts of a Wiredesk installation from its Kafka topic.

It reads the topic from the beginning, answers queries, and follows what is new. See ../README.md for the rules.
"""

import json
import os
import re
import sys
import threading

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition


class Index:
    """Maps words to the ids of posts. It may be used by several threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.epoch = ""
        self.newest = 0  # timestamp of the records of the epoch
        self.posts = {}  # id: (sequence, slug, title, words); without words it is not published
        self.ids = {}  # word: ids

    def apply(self, timestamp, value):
        """Updates the index from one record, which may be a repeat."""
        event = json.loads(value)
        data, sequence = event["data"], event["sequence"]  # sequence has leading zeros: it orders as text
        with self.lock:
            if event["epoch"] != self.epoch:
                if timestamp < self.newest:
                    return  # of an earlier epoch: partitions are read independently
                self.epoch, self.posts, self.ids = event["epoch"], {}, {}
            self.newest = max(self.newest, timestamp)
            if data["id"] in self.posts and sequence <= self.posts[data["id"]][0]:
                return  # seen, or older than what readers see
            if event["type"] == "blog-deleted" or not data["published"]:
                self.put(data["id"], (sequence, "", "", set()))
            elif data["liveVersion"] == data["version"]:
                text = " ".join([data["title"], data["description"], data["content"], *data["tags"]])
                self.put(data["id"], (sequence, data["slug"], data["title"], words(text)))
            # else an unpublished change: readers still see what the index has

    def put(self, post_id, post):
        for word in self.posts[post_id][3] if post_id in self.posts else ():
            self.ids[word].discard(post_id)
            if not self.ids[word]:
                del self.ids[word]
        self.posts[post_id] = post
        for word in post[3]:
            self.ids.setdefault(word, set()).add(post_id)

    def answer(self, query):
        """Prints the id, slug and title of each post that has all words of the query."""
        wanted = words(query)
        with self.lock:
            found = set.intersection(*(self.ids.get(word, set()) for word in wanted)) if wanted else set()
            for post_id in sorted(found):
                _, slug, title, _ = self.posts[post_id]
                print(post_id, slug, title, sep="\t")


def words(text):
    return set(re.findall(r"[^\W_]+", text.lower()))


def read(consumer, index, partitions, stopped):
    """Applies records until stopped, or until the end of each of the partitions."""
    unread = set(partitions)
    while not stopped.is_set() and (unread or not partitions):
        message = consumer.poll(0.2)
        if message is None:
            continue
        error = message.error()
        if error is None:
            index.apply(message.timestamp()[1], message.value())
        elif error.code() == KafkaError._PARTITION_EOF:
            unread.discard(message.partition())
        elif error.fatal():
            raise KafkaException(error)
        else:
            print(error, file=sys.stderr)  # the client tries again


def main():
    topic = os.environ.get("KAFKA_TOPIC", "blog-events")
    # The client wants a group's name, but assign() joins none: each process reads all partitions, and stores no offsets.
    consumer = Consumer({
        "bootstrap.servers": os.environ.get("KAFKA_BROKER", "127.0.0.1:9092"),
        "group.id": "search", "enable.auto.commit": False, "auto.offset.reset": "earliest", "enable.partition.eof": True,
    })
    partitions = list(consumer.list_topics(topic, timeout=30).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    index, stopped = Index(), threading.Event()
    read(consumer, index, partitions, stopped)
    if len(sys.argv) > 1:
        index.answer(" ".join(sys.argv[1:]))
        return

    def follow():
        try:
            read(consumer, index, [], stopped)
        finally:
            if not stopped.is_set():
                os._exit(1)  # an error, which was printed, ends the program

    follower = threading.Thread(target=follow)
    follower.start()
    print("ready", file=sys.stderr, flush=True)
    for line in sys.stdin:
        index.answer(line)
        print(flush=True)
    stopped.set()
    follower.join()
    consumer.close()


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")
    sys.stdout.reconfigure(encoding="utf-8")
    main()
