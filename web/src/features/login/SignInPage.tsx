import { Box, Text, Title } from '@mantine/core'
import { Wordmark } from '../../ui/Wordmark'
import { SignInForm } from './SignInForm'
import classes from './SignInPage.module.css'

/** The sign-in page. It keeps the address, so that a link opens its page after the sign-in. */
export function SignInPage() {
  return (
    <main className={classes.page}>
      <title>Sign in · Wiredesk</title>
      <div className={classes.side}>
        <Text component="p" className={classes.promise}>
          See every edit as it happens.
        </Text>
        <Text size="sm" visibleFrom="sm">
          Edit together without losing or overwriting text.
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
