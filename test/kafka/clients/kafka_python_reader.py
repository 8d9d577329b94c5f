"""Reads the records of a topic with kafka-python, without the packages for its other codecs than gzip,
and prints for each a line with its headers, its key and its value, separated by tabs.

Arguments: the brokers' addresses with commas between, the topic, the number of records on it.
"""

import sys

from kafka import KafkaConsumer

brokers, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
consumer = KafkaConsumer(topic, bootstrap_servers=brokers.split(","), auto_offset_reset="earliest", consumer_timeout_ms=20_000)
for record in consumer:
    headers = ",".join(f"{name}:{value.decode()}" for name, value in record.headers)
    print(headers, record.key.decode(), record.value.decode(), sep="\t")
    count -= 1
    if count == 0:
        break
consumer.close()
