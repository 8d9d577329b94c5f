import { Group, Text } from '@mantine/core'

/** The logo and the name. */
export function Wordmark({ size = 26 }: { size?: number }) {
  return (
    <Group gap={10} wrap="nowrap">
      <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
        <rect width="32" height="32" rx="8" fill="var(--mantine-color-petrol-8)" />
        <path
          d="M6 11l4.6 11L16 11l5.4 11L26 11"
          fill="none"
          stroke="#fff"
          strokeWidth="2.6"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
        <circle cx="26" cy="10" r="3.2" fill="#f2b84b" />
      </svg>
      <Text component="span" ff="heading" fw={600} fz={size * 0.8} lh={1}>
        Wiredesk
      </Text>
    </Group>
  )
}
