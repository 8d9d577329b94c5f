"""Reads the records of a topic with confluent-kafka and prints for each a line with its headers, its key
and its value, separated by tabs.

Arguments: the brokers' addresses with commas between, the topic, the number of records on it.
"""

import sys
import time

from confluent_kafka import Consumer

brokers, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
consumer = Consumer({"bootstrap.servers": brokers, "group.id": "wiredesk-confluent-" + topic, "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
end = time.monotonic() + 20
while count > 0 and time.monotonic() < end:
    message = consumer.poll(0.2)
    if message is None or message.error() is not None:
        continue
    headers = ",".join(f"{name}:{value.decode()}" for name, value in message.headers())
    print(headers, message.key().decode(), message.value().decode(), sep="\t")
    count -= 1
consumer.close()
