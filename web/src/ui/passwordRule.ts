/** The server's rule for new passwords, as forms show it. */
export const passwordRule =
  'Use at least 10 characters. Common passwords, and ones built from your name or email, are refused.'
