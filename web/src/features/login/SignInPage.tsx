import { Box, Text, Title } from '@mantine/core'
import { Wordmark } from '../../ui/Wordmark'
import { SignInForm } from './SignInForm'
import classes from './SignInPage.module.css'

/** The door. The address stays, so that a link leads on to its page after the sign-in. */
export function SignInPage() {
  return (
    <main className={classes.page}>
      <title>Sign in · Wiredesk</title>
      <div className={classes.side}>
        <Text component="p" className={classes.promise}>
          Every change, on every desk, the moment it is made.
        </Text>
        <Text size="sm" visibleFrom="sm">
          Nothing lost, nothing overwritten in silence.
        </Text>
      </div>
      <div className={classes.form}>
        <Box mb="xl">
          <Wordmark />
        </Box>
        <Title order={1} fz="h2" mb="lg">
          Sign in
        </Title>
        <SignInForm />
      </div>
    </main>
  )
}
