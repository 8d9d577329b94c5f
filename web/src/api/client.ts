import { createApi } from '@wiredesk/client'
import { session } from './session'

/** The typed client of this page's session. */
export const api = createApi(session)
