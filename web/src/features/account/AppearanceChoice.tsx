import { SegmentedControl, useMantineColorScheme } from '@mantine/core'

const choices = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
  { value: 'auto', label: 'System' },
] as const

/** Light or dark mode, or that of the system; kept in this browser. */
export function AppearanceChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label="Appearance"
      data={[...choices]}
      value={colorScheme}
      onChange={setColorScheme}
    />
  )
}
