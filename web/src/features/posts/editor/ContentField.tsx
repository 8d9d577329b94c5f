import { Group, Tabs, Text, Textarea } from '@mantine/core'
import { useDebouncedValue, useMediaQuery } from '@mantine/hooks'
import { FieldNotes } from './FieldNotes'
import { fieldLabels } from '../data/fieldTexts'
import { MarkdownView } from './MarkdownView'
import classes from './editor.module.css'
import { useField } from './useField'

const mostBytes = 250_000
/** The preview of a text with more characters than this waits for a pause in typing. */
const longText = 20_000
const encoder = new TextEncoder()
const number = new Intl.NumberFormat('en')

/** The Markdown with its preview: side by side, or one at a time on a narrow screen. */
export function ContentField() {
  const { value, change, input } = useField('content')
  const isNarrow = useMediaQuery('(max-width: 62em)', false, { getInitialValueInEffect: false })
  const [preview] = useDebouncedValue(value, value.length > longText ? 600 : 50)
  const bytes = encoder.encode(value).length
  const write = (
    <Textarea
      {...input}
      label={fieldLabels.content}
      value={value}
      onChange={({ currentTarget }) => change(currentTarget.value)}
      classNames={{ input: classes.content ?? '' }}
      spellCheck
    />
  )
  const read = <MarkdownView text={preview} className={classes.preview} label="Preview" />
  return (
    <div>
      {isNarrow ? (
        <Tabs defaultValue="write">
          <Tabs.List mb="xs">
            <Tabs.Tab value="write">Write</Tabs.Tab>
            <Tabs.Tab value="preview">Preview</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="write">{write}</Tabs.Panel>
          <Tabs.Panel value="preview" keepMounted={false}>{read}</Tabs.Panel>
        </Tabs>
      ) : (
        <div className={classes.sides}>
          {write}
          {read}
        </div>
      )}
      <Group justify="space-between" gap="xs" mt={4}>
        <Text size="xs" c="dimmed">
          Markdown
        </Text>
        <Text size="xs" c={bytes > mostBytes ? 'red' : 'dimmed'} fw={bytes > mostBytes ? 600 : 400}>
          {number.format(bytes)} of {number.format(mostBytes)} bytes
        </Text>
      </Group>
      <FieldNotes field="content" />
    </div>
  )
}
