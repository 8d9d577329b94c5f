import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { BrowserRouter } from 'react-router'
import { Gate } from './Gate'
import { cssVariables, theme } from './theme'

/** The nonce under which the server's policy admits style elements; undefined on a server that fills in none. */
function styleNonce(): string | undefined {
  const nonce = document.querySelector('meta[name=csp-nonce]')?.getAttribute('content')
  return nonce ?? undefined
}

/** The whole dashboard. */
export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => styleNonce() ?? ''}
    >
      <Notifications position="bottom-right" />
      <BrowserRouter>
        <Gate />
      </BrowserRouter>
    </MantineProvider>
  )
}
