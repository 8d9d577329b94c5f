import { SegmentedControl, useMantineColorScheme } from '@mantine/core'

const choices = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
  { value: 'auto', label: 'System' },
] as const

/** Day, night, or as the system has it; remembered in this browser. */
export function ColorSchemeChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label="Colours"
      data={[...choices]}
      value={colorScheme}
      onChange={setColorScheme}
    />
  )
}
