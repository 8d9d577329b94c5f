import { Anchor, Modal, Stack, Text } from '@mantine/core'
import type { Me } from '../../api/types'
import { SignInForm } from './SignInForm'
import { useSession } from './useSession'

/** Asks the person whose session ended to sign in over the page, which stays as it is with all that was typed. */
export function SignInAgain({ opened, user }: { opened: boolean; user: Me }) {
  const { logout } = useSession()
  return (
    <Modal opened={opened} onClose={keepAsking} withCloseButton={false} title="Sign in again" size="sm">
      <Stack>
        <Text size="sm">Your session has ended. This page and everything you typed stay as they are.</Text>
        <SignInForm email={user.email} />
        <Anchor component="button" type="button" size="sm" onClick={() => void logout()}>
          Leave this page and sign in as someone else
        </Anchor>
      </Stack>
    </Modal>
  )
}

/** Nothing on the page works without a session: Escape and a click outside lead nowhere. */
const keepAsking = () => undefined
