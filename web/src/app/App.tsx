import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { BrowserRouter } from 'react-router'
import { Gate } from './Gate'
import { styleNonce } from './nonce'
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
      <BrowserRouter>
        <Gate />
      </BrowserRouter>
    </MantineProvider>
  )
}
