/** The server's rule for new passwords, as forms show it. */
export const passwordRule =
  'Use at least 10 characters. Don’t use a common password, your name or your email.'
