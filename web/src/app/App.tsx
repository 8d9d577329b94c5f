import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { BrowserRouter } from 'react-router'
import { Gate } from './Gate'
import { styleNonce } from '../ui/styleNonce'
import { cssVariables, theme } from './theme'

/** The whole dashboard. */
export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <Notifications position="bottom-right" />
      {/* No transitions: keys typed after a save would go into the form that is about to unmount. */}
      <BrowserRouter useTransitions={false}>
        <Gate />
      </BrowserRouter>
    </MantineProvider>
  )
}
