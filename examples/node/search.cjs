/* Builds a search index of the published posts of a Wiredesk installation from its Kafka topic. It reads
 * the topic from the beginning, answers queries, and follows what is new. See ../README.md for the rules.
 */
const { randomUUID } = require('node:crypto')
const readline = require('node:readline')
const { Kafka, logLevel } = require('kafkajs')

const brokers = (process.env.KAFKA_BROKER || '127.0.0.1:9092').split(',')
const topic = process.env.KAFKA_TOPIC || 'blog-events'

/** Maps words to the ids of posts. */
class Index {
  epoch = ''
  newest = 0 // timestamp of the records of the epoch
  posts = new Map() // id -> {sequence, slug, title, words}; without words it is not published
  ids = new Map() // word -> Set of ids

  /** Updates the index from one record, which may be a repeat. */
  apply({ timestamp, value }) {
    const { type, epoch, sequence, data } = JSON.parse(value) // sequence has leading zeros: it orders as text
    const at = Number(timestamp)
    if (epoch !== this.epoch) {
      if (at < this.newest) return // of an earlier epoch: partitions are read independently
      this.epoch = epoch
      this.posts.clear()
      this.ids.clear()
    }
    this.newest = Math.max(this.newest, at)
    if (this.posts.has(data.id) && sequence <= this.posts.get(data.id).sequence) return // seen, or older than what readers see
    if (type === 'blog-deleted' || !data.published) {
      this.put(data.id, { sequence, words: new Set() })
    } else if (data.liveVersion === data.version) {
      const text = [data.title, data.description, data.content, ...data.tags].join(' ')
      this.put(data.id, { sequence, slug: data.slug, title: data.title, words: words(text) })
    } // else an unpublished change: readers still see what the index has
  }

  put(id, post) {
    for (const word of this.posts.get(id)?.words ?? []) {
      const ids = this.ids.get(word)
      ids.delete(id)
      if (ids.size === 0) this.ids.delete(word)
    }
    this.posts.set(id, post)
    for (const word of post.words) {
      if (!this.ids.has(word)) this.ids.set(word, new Set())
      this.ids.get(word).add(id)
    }
  }

  /** Returns a line with the id, slug and title of each post that has all words of the query. */
  answer(query) {
    const [first, ...others] = words(query)
    const found = [...(this.ids.get(first) ?? [])].filter((id) => others.every((word) => this.ids.get(word)?.has(id)))
    return found.sort((a, b) => a - b).map((id) => `${id}\t${this.posts.get(id).slug}\t${this.posts.get(id).title}\n`).join('')
  }
}

function words(text) {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu))
}

/** Reads from the beginning on. The promise resolves at the end that the topic had. */
async function readToEnd(consumer, admin, index) {
  const unread = new Map() // partition -> end
  for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
    if (Number(low) < Number(high)) unread.set(partition, Number(high))
  }
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (payload.restart) return // the client tries again
      console.error(payload.error)
      process.exit(1)
    })
    if (unread.size === 0) resolve()
    consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        index.apply(message)
        if (Number(message.offset) + 1 >= unread.get(partition)) unread.delete(partition)
        if (unread.size === 0) resolve()
      },
    }).catch(reject)
  })
}

async function main() {
  const kafka = new Kafka({ brokers, logLevel: logLevel.ERROR })
  const groupId = `search-${randomUUID()}` // kafkajs needs a group; its own, so that this process reads all partitions
  const [consumer, admin] = [kafka.consumer({ groupId }), kafka.admin()]
  const index = new Index()
  await admin.connect()
  await readToEnd(consumer, admin, index)
  const query = process.argv.slice(2).join(' ')
  if (query) {
    process.stdout.write(index.answer(query))
  } else {
    console.error('ready')
    for await (const line of readline.createInterface({ input: process.stdin })) process.stdout.write(index.answer(line) + '\n')
  }
  await consumer.disconnect()
  await admin.deleteGroups([groupId])
  await admin.disconnect()
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
