import { Anchor, Button, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Me } from '@wiredesk/client'
import { copyText } from '../../ui/copyText'
import { unsavedText } from '../../ui/unsavedText'
import { SignInForm } from './SignInForm'

type Props = { opened: boolean; user: Me; onSignOut: () => void }

/** Asks for the password after the session has ended. The page below keeps all typed text. */
export function ReauthDialog({ opened, user, onSignOut }: Props) {
  return (
    <Modal opened={opened} onClose={stayOpen} withCloseButton={false} title="Sign in again" size="sm">
      <Stack>
        <Text size="sm">Your session has ended. This page and your unsaved text are kept.</Text>
        <SignInForm email={user.email} />
        {opened && <CopyButton />}
        <Anchor component="button" type="button" size="sm" onClick={onSignOut}>
          Sign in as a different user
        </Anchor>
      </Stack>
    </Modal>
  )
}

/** Copies the unsaved text of the page, for users who cannot sign in again. */
function CopyButton() {
  const [text] = useState(unsavedText)
  const [isCopied, setIsCopied] = useState(false)
  if (text === null) return null
  return (
    <Button variant="default" onClick={() => void copyText(text).then(setIsCopied)}>
      {isCopied ? 'Copied' : 'Copy my unsaved text'}
    </Button>
  )
}

/** Escape and a click outside do not close the dialog, because the page needs a session. */
const stayOpen = () => undefined
