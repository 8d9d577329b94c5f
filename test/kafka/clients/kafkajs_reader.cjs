/* Reads the records of a topic with kafkajs, which has no codec but gzip, and prints for each a line
 * with its headers, its key and its value, separated by tabs.
 *
 * Arguments: the brokers' addresses with commas between, the topic, the number of records on it.
 */
const { Kafka, logLevel } = require('kafkajs')

const [brokers, topic, count] = process.argv.slice(2)
const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR })
const consumer = kafka.consumer({ groupId: `wiredesk-kafkajs-${topic}` })

async function main() {
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let left = Number(count)
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    consumer.run({
      eachMessage: ({ message: { headers, key, value } }) => {
        const pairs = Object.entries(headers).map(([name, text]) => `${name}:${text}`)
        console.log([pairs.join(','), key, value].join('\t'))
        if (--left === 0) resolve()
        return Promise.resolve()
      },
    })
  })
  await consumer.disconnect()
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
