import { writeFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { animate, type Frame } from './apng'

/** Screenshots of two pages side by side, joined to one animation. */
export class Film {
  readonly #canvas: Page
  readonly #frames: Frame[] = []

  /** `canvas` is an empty page, in which the screenshots are joined. */
  constructor(canvas: Page) {
    this.#canvas = canvas
  }

  /** Adds a frame that is shown for `time` milliseconds. */
  async take(time: number, ...pages: [Page, Page]): Promise<void> {
    const shots = await Promise.all(pages.map(async (page) => (await page.screenshot()).toString('base64')))
    const part = await this.#canvas.evaluate(join, shots)
    if (part !== null) this.#frames.push({ png: Buffer.from(part.png, 'base64'), x: part.x, y: part.y, time })
  }

  write(file: string): void {
    writeFileSync(file, animate(this.#frames))
  }
}

/** Runs in the page: draws the pictures side by side and returns the rectangle that differs from the last call, null if none does. */
async function join(shots: string[]): Promise<{ png: string; x: number; y: number } | null> {
  const gap = 8
  const pictures = await Promise.all(
    shots.map(async (shot) => {
      const picture = new Image()
      picture.src = `data:image/png;base64,${shot}`
      await picture.decode()
      return picture
    }),
  )
  const width = pictures.reduce((sum, picture) => sum + picture.width + gap, -gap)
  const height = Math.max(...pictures.map((picture) => picture.height))
  const draw = (w: number, h: number): CanvasRenderingContext2D => {
    const context = Object.assign(document.createElement('canvas'), { width: w, height: h }).getContext('2d', { willReadFrequently: true })
    if (context === null) throw new Error('no canvas')
    return context
  }
  const whole = draw(width, height)
  whole.fillStyle = '#6b7280'
  whole.fillRect(0, 0, width, height)
  let left = 0
  for (const picture of pictures) {
    whole.drawImage(picture, left, 0)
    left += picture.width + gap
  }
  const pixels = new Uint32Array(whole.getImageData(0, 0, width, height).data.buffer)
  const holder: { last?: Uint32Array } = window as never
  const { last } = holder
  holder.last = pixels
  let [x1, y1, x2, y2] = [width, height, -1, -1]
  pixels.forEach((pixel, i) => {
    if (last !== undefined && last[i] === pixel) return
    const [x, y] = [i % width, Math.floor(i / width)]
    ;[x1, y1, x2, y2] = [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x), Math.max(y2, y)]
  })
  if (x2 < 0) return null
  const part = draw(x2 - x1 + 1, y2 - y1 + 1)
  part.drawImage(whole.canvas, -x1, -y1)
  return { png: part.canvas.toDataURL('image/png').replace(/^.*,/, ''), x: x1, y: y1 }
}
