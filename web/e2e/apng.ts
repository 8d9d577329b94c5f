/** Joins pictures to an animated PNG (APNG, the PNG specification, third edition). */
import { crc32 } from 'node:zlib'

/** A part of the picture that replaces what is below it, for `time` milliseconds. The first one has the size of the whole. */
export type Frame = { png: Buffer; x: number; y: number; time: number }

type Chunk = { type: string; data: Buffer }

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = []
  for (let at = signature.length; at < png.length; ) {
    const length = png.readUInt32BE(at)
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) })
    at += length + 12
  }
  return chunks
}

function encode({ type, data }: Chunk): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  return Buffer.concat([numbers(data.length), body, numbers(crc32(body))])
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i))
  return bytes
}

function header(png: Buffer): Buffer {
  const first = chunksOf(png)[0]
  if (first?.type !== 'IHDR') throw new Error('a frame is no PNG')
  return first.data
}

/** The animation repeats without end. */
export function animate(frames: readonly Frame[]): Buffer {
  const first = frames[0]
  if (first === undefined) throw new Error('an animation needs a frame')
  const out: Chunk[] = [
    { type: 'IHDR', data: header(first.png) },
    { type: 'acTL', data: numbers(frames.length, 0) },
  ]
  let sequence = 0
  for (const { png, x, y, time } of frames) {
    const delay = Buffer.alloc(6) // numerator and denominator of seconds; dispose: none, blend: source
    delay.writeUInt16BE(time, 0)
    delay.writeUInt16BE(1000, 2)
    out.push({ type: 'fcTL', data: Buffer.concat([numbers(sequence++), header(png).subarray(0, 8), numbers(x, y), delay]) })
    for (const { type, data } of chunksOf(png)) {
      if (type !== 'IDAT') continue
      if (png === first.png) out.push({ type, data })
      else out.push({ type: 'fdAT', data: Buffer.concat([numbers(sequence++), data]) })
    }
  }
  out.push({ type: 'IEND', data: Buffer.alloc(0) })
  return Buffer.concat([signature, ...out.map(encode)])
}
