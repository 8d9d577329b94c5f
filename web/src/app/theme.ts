import {
  Badge,
  createTheme,
  DEFAULT_THEME,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  Modal,
  ModalHeader,
  TextInput,
} from '@mantine/core'

// Shade 8 on the light background and shade 4 on the dark one both pass WCAG AA as text.
const petrol: MantineColorsTuple = [
  '#e8f5f6',
  '#d3e8ea',
  '#a8d1d5',
  '#79b8bf',
  '#54a2ab',
  '#3c949e',
  '#2b8089',
  '#1e6b74',
  '#135963',
  '#05454e',
]

// Neutral shades with a slight petrol hue.
const dark: MantineColorsTuple = [
  '#d5dbdc',
  '#b9c2c4',
  '#98a4a7',
  '#6a777a',
  '#465255',
  '#354043',
  '#263033',
  '#1b2326',
  '#141b1d',
  '#0d1315',
]

/** Mantine's color with a shade 8 that passes AA as small text on the light background. */
function deeper(name: 'teal' | 'red' | 'yellow', shade8: string): MantineColorsTuple {
  const [a, b, c, d, e, f, g, h, , j] = DEFAULT_THEME.colors[name]
  return [a, b, c, d, e, f, g, h, shade8, j]
}

const sans = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"
const serif = "'Iowan Old Style', 'Palatino Linotype', Palatino, 'Noto Serif', 'Liberation Serif', Georgia, serif"
const mono = "ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace"

/** Mantine's theme for the dashboard. Features use Mantine's components as they are and hold no theme code. */
export const theme = createTheme({
  colors: {
    petrol,
    dark,
    teal: deeper('teal', '#087f5b'),
    red: deeper('red', '#c92a2a'),
    yellow: deeper('yellow', '#8f5600'),
  },
  primaryColor: 'petrol',
  primaryShade: { light: 8, dark: 6 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: sans,
  fontFamilyMonospace: mono,
  headings: {
    fontFamily: serif,
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.9rem', lineHeight: '1.2' }, h2: { fontSize: '1.35rem' }, h3: { fontSize: '1.1rem' } },
  },
  components: {
    Badge: Badge.extend({ defaultProps: { variant: 'outline', tt: 'none', fw: 600 } }),
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' }, centered: true } }),
    // Its <header> would be a second banner of the page.
    ModalHeader: ModalHeader.extend({ defaultProps: { role: 'presentation' } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'sm' } }),
  },
})

/** A warm background in light mode, with dimmed text that passes AA on it. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#fbfaf7',
    '--mantine-color-text': '#1a2629',
    '--mantine-color-dimmed': '#59656a',
    '--mantine-color-placeholder': '#697579',
    '--mantine-color-default-border': '#dcd9d1',
    '--app-surface': '#ffffff',
  },
  dark: {
    '--mantine-color-body': 'var(--mantine-color-dark-8)',
    '--mantine-color-dimmed': 'var(--mantine-color-dark-2)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-2)',
    '--app-surface': 'var(--mantine-color-dark-7)',
  },
})
